package transport

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/thirdapp/thirdapp/internal/recent"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The defaults and bounds of Config.LoginsPerAddress and LoginsPerTenant.
const (
	defaultPerAddress = 600
	minPerAddress     = 10
	maxPerAddress     = 1_000_000
	defaultPerTenant  = 12_000
	minPerTenant      = 100
	maxPerTenant      = 10_000_000
)

// pace limits the operations for everybody, by address and by tenant.
type pace struct{ addresses, tenants *buckets }

func newPace(c Config) *pace {
	return &pace{addresses: newBuckets(c.LoginsPerAddress), tenants: newBuckets(c.LoginsPerTenant)}
}

// paced turns addresses away that ask too often.
func (a *api) paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wait := a.pace.addresses.take(networkOf(a.cfg.ClientAddress(r)), a.cfg.Now())
		if wait > 0 {
			a.encodeError(r.Context(), errTooFast(wait), w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tenant counts a request for a tenant, and refuses what is too much.
func (p *pace) tenant(t tenant.ID, now time.Time) error {
	if wait := p.tenants.take(string(t), now); wait > 0 {
		return errTooFast(wait)
	}
	return nil
}

// tooFast is a refusal that says when to come back.
type tooFast struct {
	refusal *tenant.Error
	wait    time.Duration
}

// Error implements error.
func (e *tooFast) Error() string { return e.refusal.Error() }

// Unwrap makes errors.As find the refusal.
func (e *tooFast) Unwrap() error { return e.refusal }

func errTooFast(wait time.Duration) error {
	return &tooFast{tenant.Refuse(provider.ResourceExhausted, "too_fast",
		"登录请求过于频繁，请稍后再试", "too many login requests; try again in a moment"), wait}
}

// networkOf returns what requests from an address are counted by: the address,
// or of IPv6 its network, of which one subscriber has the whole.
func networkOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	const network = 64
	prefix, err := ip.WithZone("").Prefix(network)
	if err != nil {
		return ip.String()
	}
	return prefix.String()
}

// maxBuckets bounds the memory of a process; twice as many may be held.
const maxBuckets = 10_000

// buckets are token buckets by name, those that were used lately: who comes
// when there are too many costs no more than others. It is safe for concurrent
// use.
type buckets struct {
	limit rate.Limit
	burst int

	mu   sync.Mutex
	held recent.Map[string, *rate.Limiter]
}

func newBuckets(perMinute int) *buckets {
	return bucketsOf(rate.Limit(float64(perMinute)/60), perMinute)
}

// bucketsOf returns buckets that fill by so much a second.
func bucketsOf(limit rate.Limit, burst int) *buckets {
	return &buckets{limit: limit, burst: burst, held: recent.Map[string, *rate.Limiter]{Size: maxBuckets}}
}

// take takes a token; otherwise it returns how long until there is one.
func (b *buckets) take(name string, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	one, ok := b.held.Get(name)
	if !ok {
		one = rate.NewLimiter(b.limit, b.burst)
		b.held.Put(name, one)
	}
	r := one.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}
