package transport

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/kit/metrics"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/internal/instrument"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// Services are what the handler serves; all are required.
type Services struct {
	Tenants  *tenant.Service
	Messages *messaging.Service
	Sync     *dirsync.Service
	Events   *events.Service
	Logins   *identity.Service
	// Registry is the one that the services use.
	Registry *provider.Registry
}

func (s Services) validate() error {
	var faults []error
	for _, service := range []struct {
		name    string
		missing bool
	}{
		{"Tenants", s.Tenants == nil},
		{"Messages", s.Messages == nil},
		{"Sync", s.Sync == nil},
		{"Events", s.Events == nil},
		{"Logins", s.Logins == nil},
		{"Registry", s.Registry == nil},
	} {
		if service.missing {
			faults = append(faults, fmt.Errorf("Services.%s is missing", service.name))
		}
	}
	return errors.Join(faults...)
}

// Config tunes the handler. Everything but Authenticator has a default.
type Config struct {
	// Authenticator tells who sends a request. Required.
	Authenticator Authenticator
	// Prefix stands before every path, such as "/jeecg-boot": a clean absolute
	// path without a slash at its end. "" is none.
	Prefix string
	// MaxBody bounds a request's body, in bytes, 1 KiB to 64 MiB; 0 means
	// 1 MiB.
	MaxBody int64
	// SyncWait is how long the compatible synchronisation routes wait for the
	// run they have started, up to 10 min; 0 means 55 s, which leaves 5 s of the
	// 60 s that existing front ends wait, and 8 s of the 10 s that their button
	// for users and departments waits.
	SyncWait time.Duration
	// SendWait is how long sendMessageTest and the recalls wait for the office
	// app's answer, up to 5 min; 0 means 10 s.
	SendWait time.Duration
	// Timeout bounds a request, the arrival of its body included, besides the
	// waits above, 1 s to 10 min; 0 means 30 s. Answers that are streams,
	// server-sent events and CSV, are not bounded.
	Timeout time.Duration
	// Heartbeat is the time between the comments that keep an idle stream of
	// server-sent events open, 10 ms to 1 min; 0 means 15 s.
	Heartbeat time.Duration
	// HostParameters are query parameters of the host's own, such as the one by
	// which its Authenticator takes the token of an EventSource, which can send
	// no header. They are let through on every path; on those of the full family
	// every other parameter that an operation does not have is refused.
	HostParameters []string
	// PublicURL is where people's browsers find the host, such as
	// https://platform.example.com: scheme and host, without the Prefix. The
	// office app sends them back there after a login, to addresses that are
	// registered with it, and events to addresses below it. "" offers no logins
	// with a browser.
	PublicURL string
	// ClientAddress returns the address that a request comes from, for the limits
	// below; nil takes it from the connection. Behind a proxy it reads the
	// header that the proxy sets.
	ClientAddress func(*http.Request) string
	// LoginsPerAddress and LoginsPerTenant bound how many requests of a login a
	// minute this process takes from one address, 10 to 1,000,000, and for one
	// tenant, 100 to 10,000,000; 0 means 600 and 12,000. A minute's worth may
	// come at once. Addresses of IPv6 count by their network (/64).
	LoginsPerAddress int
	LoginsPerTenant  int
	// Stopping, once closed, ends streams of server-sent events, so that the
	// host's server need not wait for the runs they watch; nil never does.
	Stopping <-chan struct{}
	// Logger gets one line per request, without texts, names and secrets: at
	// info, at warn when the database or an office app was away or slow, at
	// error when the module is to blame. nil discards.
	Logger *slog.Logger
	// Metrics counts requests; its zero fields discard.
	Metrics Metrics
	// Now is the clock of answers and durations; nil means time.Now.
	Now func() time.Time
}

// Metrics are the instruments of the handler.
type Metrics struct {
	// Requests counts finished requests by the labels "op", the operation's
	// name, and "code", the name of a provider.Code.
	Requests metrics.Counter
	// Seconds observes how long requests took, by the label "op".
	Seconds metrics.Histogram
}

// The defaults and bounds of Config.
const (
	defaultMaxBody    = 1 << 20
	minMaxBody        = 1 << 10
	maxMaxBody        = 64 << 20
	defaultSyncWait   = 55 * time.Second
	defaultButtonWait = 8 * time.Second
	maxSyncWait       = 10 * time.Minute
	defaultSendWait   = 10 * time.Second
	maxSendWait       = 5 * time.Minute
	defaultTimeout    = 30 * time.Second
	minTimeout        = time.Second
	maxTimeout        = 10 * time.Minute
	defaultHeartbeat  = 15 * time.Second
	minHeartbeat      = 10 * time.Millisecond
	maxHeartbeat      = time.Minute
)

// WithDefaults returns a copy in which every zero field has its default.
func (c Config) WithDefaults() Config {
	if c.MaxBody == 0 {
		c.MaxBody = defaultMaxBody
	}
	if c.SyncWait == 0 {
		c.SyncWait = defaultSyncWait
	}
	if c.SendWait == 0 {
		c.SendWait = defaultSendWait
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.LoginsPerAddress == 0 {
		c.LoginsPerAddress = defaultPerAddress
	}
	if c.LoginsPerTenant == 0 {
		c.LoginsPerTenant = defaultPerTenant
	}
	if c.ClientAddress == nil {
		c.ClientAddress = func(r *http.Request) string { return r.RemoteAddr }
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = defaultHeartbeat
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Metrics.Requests = instrument.Counter(c.Metrics.Requests)
	c.Metrics.Seconds = instrument.Histogram(c.Metrics.Seconds)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Validate returns every fault of c, joined. Zero fields other than
// Authenticator are valid.
func (c Config) Validate() error {
	c = c.WithDefaults()
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(c.Authenticator == nil, "Authenticator is missing: requests could not be told apart")
	fault(!validPrefix(c.Prefix), "Prefix %q: want a clean absolute path such as /jeecg-boot", c.Prefix)
	fault(c.MaxBody < minMaxBody || c.MaxBody > maxMaxBody, "MaxBody %d: want %d to %d", c.MaxBody, minMaxBody, maxMaxBody)
	fault(c.SyncWait < 0 || c.SyncWait > maxSyncWait, "SyncWait %s: at most %s", c.SyncWait, maxSyncWait)
	fault(c.SendWait < 0 || c.SendWait > maxSendWait, "SendWait %s: at most %s", c.SendWait, maxSendWait)
	fault(c.Timeout < minTimeout || c.Timeout > maxTimeout, "Timeout %s: want %s to %s", c.Timeout, minTimeout, maxTimeout)
	fault(slices.Contains(c.HostParameters, ""), "HostParameters has an empty name")
	fault(!validPublicURL(c.PublicURL), "PublicURL: want scheme and host in lower case, such as https://platform.example.com")
	fault(c.LoginsPerAddress < minPerAddress || c.LoginsPerAddress > maxPerAddress,
		"LoginsPerAddress %d: want %d to %d", c.LoginsPerAddress, minPerAddress, maxPerAddress)
	fault(c.LoginsPerTenant < minPerTenant || c.LoginsPerTenant > maxPerTenant,
		"LoginsPerTenant %d: want %d to %d", c.LoginsPerTenant, minPerTenant, maxPerTenant)
	fault(c.Heartbeat < minHeartbeat || c.Heartbeat > maxHeartbeat,
		"Heartbeat %s: want %s to %s", c.Heartbeat, minHeartbeat, maxHeartbeat)
	return errors.Join(faults...)
}

func validPrefix(p string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
	return p == "" || p != "/" && path.IsAbs(p) && path.Clean(p) == p && strings.Trim(p, allowed) == ""
}

// api is the handler while it is being built, and what its operations share.
type api struct {
	services Services
	cfg      Config
	// buttonWait is that of buttonWaitOf.
	buttonWait time.Duration
	callbacks  *callbackLimits
	pace       *pace
	// documents returns the document of the API by language, which is made when it
	// is first asked for; listing are its operations in groups.
	documents func() map[string][]byte
	listing   []docsGroup
}

// New returns the handler of every operation, for a host to mount at the
// prefix: it listens on nothing and registers itself nowhere. It is safe for
// concurrent use. The error lists every fault of its arguments.
func New(s Services, cfg Config) (http.Handler, error) {
	if err := errors.Join(s.validate(), cfg.Validate()); err != nil {
		return nil, fmt.Errorf("transport: new: %w", err)
	}
	a := &api{services: s, cfg: cfg.WithDefaults(), callbacks: newCallbackLimits()}
	a.buttonWait = buttonWaitOf(cfg)
	a.pace = newPace(a.cfg)
	routes := slices.Concat(a.routes(), a.openRoutes())
	a.listing = listingOf(routes)
	a.documents = sync.OnceValue(func() map[string][]byte { return a.describe(routes) })
	return a.mux(routes), nil
}

// buttonWaitOf returns SyncWait of what is behindButton.
func buttonWaitOf(c Config) time.Duration { return cmp.Or(c.SyncWait, defaultButtonWait) }

// mux serves the table of routes, and says so in the envelope when a request
// is for none of them. HEAD is not offered: some of these GET requests begin
// work.
func (a *api) mux(routes []route) *http.ServeMux {
	methods, refusals := make(map[string][]string), make(map[string]http.Handler)
	for _, r := range routes {
		methods[r.path] = append(methods[r.path], r.method)
	}
	mux := http.NewServeMux()
	for _, r := range routes {
		p, refuse := a.cfg.Prefix+r.path, a.wrongMethod(r.refusing(), methods[r.path])
		refusals[p] = refuse
		mux.Handle(r.method+" "+p, withoutHead(r.method, a.protected(r), refuse))
		if r.method != methods[r.path][0] || r.overlaps {
			continue // the path's other methods are seen to
		}
		for _, m := range everyMethod() {
			if !slices.Contains(methods[r.path], m) {
				mux.Handle(m+" "+p, refuse)
			}
		}
	}
	mux.Handle("/", withUnknownMethods(mux, refusals, a.unknownPath()))
	return mux
}

// withUnknownMethods refuses a method of nobody's, such as PROPFIND, on a path
// that there is: no pattern of mux takes it.
func withUnknownMethods(mux *http.ServeMux, refusals map[string]http.Handler, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead && !slices.Contains(everyMethod(), r.Method) {
			_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, Host: r.Host, URL: r.URL})
			if refuse, ok := refusals[strings.TrimPrefix(pattern, http.MethodGet+" ")]; ok {
				refuse.ServeHTTP(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// withoutHead refuses HEAD, which a pattern with GET takes, too.
func withoutHead(method string, next, refuse http.Handler) http.Handler {
	if method != http.MethodGet {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			refuse.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// everyMethod returns the methods of HTTP; GET stands for HEAD, too. A pattern
// without method, or with HEAD, would stand against one with GET and a narrower
// path.
func everyMethod() []string {
	return []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace,
	}
}

// refusing is the family in which another method is refused. The classic paths
// have pages and operations under one pattern, and who sends something to them
// is a script.
func (r route) refusing() family {
	if r.family == pageFamily && strings.HasPrefix(r.path, compatLogin+"/") {
		return compatFamily
	}
	return r.family
}

// wrongMethod answers requests for a path that has other methods only.
func (a *api) wrongMethod(f family, allowed []string) http.Handler {
	return a.open("wrong_method", f, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.encodeError(r.Context(), errMethod(r.Method, allowed), w)
	}))
}

func (a *api) unknownPath() http.Handler {
	refuse := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.encodeError(r.Context(), errNoRoute(), w)
	})
	compat, full := a.open("unknown_path", compatFamily, refuse), a.open("unknown_path", fullFamily, refuse)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, a.cfg.Prefix+compatBase+"/") || strings.HasPrefix(r.URL.Path, a.cfg.Prefix+compatLogin+"/") {
			compat.ServeHTTP(w, r)
			return
		}
		full.ServeHTTP(w, r)
	})
}
