package dingtalktest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// The kinds of faults. Unless Fault.AfterEffect is set, a call that is hit has
// no effect, Delay and Truncate excepted.
const (
	// Throttle refuses the call for speed: 90018, or status 403.
	Throttle FaultKind = "throttle"
	// TokenExpired says that the token is no longer valid: 42001, or
	// InvalidAuthentication. The token itself stays as it is; see also
	// Emulator.ExpireTokens.
	TokenExpired FaultKind = "token_expired"
	// Busy is 系统繁忙: -1, or status 500.
	Busy FaultKind = "busy"
	// GatewayBusy is the gateway of /topapi that could not ask whether the call
	// is allowed: 88 without sub_code. The new API answers as with Busy.
	GatewayBusy FaultKind = "gateway_busy"
	// Refuse answers with Fault.Code, whatever it is.
	Refuse FaultKind = "refuse"
	// Banned is what an address that called too much gets: neither an errcode
	// nor a code (docs, "call frequency limit", read 2026-11-22).
	Banned FaultKind = "banned"
	// ServerError answers with Fault.Status, default 500, and a page of HTML.
	ServerError FaultKind = "server_error"
	// Garbage answers with Fault.Status, default 200, and a page of HTML.
	Garbage FaultKind = "garbage"
	// Truncate carries the call out and breaks off in the middle of the answer.
	Truncate FaultKind = "truncate"
	// Reset resets the connection instead of answering.
	Reset FaultKind = "reset"
	// Timeout holds the call until the client gives up, or for Fault.Delay,
	// after which it answers with status 504.
	Timeout FaultKind = "timeout"
	// Delay carries the call out and answers after Fault.Delay.
	Delay FaultKind = "delay"
)

// Fault is a rule for calls that shall fail. Where, which and how often add up:
// a call must meet all of it.
type Fault struct {
	// Path is the endpoint, or the beginning of several when it ends in "*"; ""
	// is every endpoint.
	Path string
	// ClientID restricts the fault to one app.
	ClientID string
	// Params must all be there with these values, as text:
	// {"dept_id": "7", "cursor": "100"} is one page of one department.
	Params map[string]string
	// Match may look at the call itself; it must not call the emulator.
	Match func(Call) bool

	// Skip lets so many calls pass first.
	Skip int
	// Every hits only each so-manieth call; 0 and 1 are all.
	Every int
	// Times is how often to strike; 0 is no bound.
	Times int
	// Probability hits at random, above 0 and below 1; 0 and 1 are always. The
	// same Seed gives the same sequence of hits.
	Probability float64
	Seed        uint64

	Kind FaultKind
	// Status is the HTTP status of ServerError and Garbage, and of Refuse on
	// the new API (default 400).
	Status int
	// Code is the answer of Refuse: an error number of the old API or an error
	// name of the new one. Text goes with it.
	Code string
	Text string
	// Scopes are the missing permissions that Refuse names on the new API.
	Scopes []string
	// Wrapped packs the Code of Refuse into 88, as the gateway of /topapi does.
	Wrapped bool
	// Delay comes before the answer, in real time. See Timeout.
	Delay time.Duration
	// AfterEffect carries the call out, and only then spoils the answer: the
	// message is sent, and the client does not know.
	AfterEffect bool
}

func (f *Fault) validate() error {
	var problems []error
	add := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("%w: fault: "+format, append([]any{ErrInvalid}, args...)...))
	}
	if !slices.Contains(faultKinds(), f.Kind) {
		add("kind %q; one of %v", f.Kind, faultKinds())
	}
	if f.Probability < 0 || f.Probability > 1 {
		add("probability %v; 0 to 1", f.Probability)
	}
	if f.Skip < 0 || f.Every < 0 || f.Times < 0 || f.Delay < 0 {
		add("skip %d, every %d, times %d, delay %s; none may be negative", f.Skip, f.Every, f.Times, f.Delay)
	}
	if f.Kind == Refuse && f.Code == "" {
		add("refuse needs a code")
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		add("status %d; 200 to 599", f.Status)
	}
	return errors.Join(problems...)
}

func faultKinds() []FaultKind {
	return []FaultKind{
		Throttle, TokenExpired, Busy, GatewayBusy, Refuse, Banned,
		ServerError, Garbage, Truncate, Reset, Timeout, Delay,
	}
}

// Script is a fault in force.
type Script struct {
	set   *faultSet
	fault Fault
	hits  atomic.Int64

	// The rest is guarded by set.mu.
	met int
	rng *rand.Rand
}

// Hits returns how many calls it has spoiled.
func (s *Script) Hits() int { return int(s.hits.Load()) }

// Remove takes it out of force.
func (s *Script) Remove() { s.set.remove(s) }

// Fail puts a fault in force. Of several that fit a call, the one that came
// first strikes. It panics on a fault that makes no sense, such as an unknown
// kind.
func (em *Emulator) Fail(f Fault) *Script {
	if err := f.validate(); err != nil {
		panic(err)
	}
	return em.faults.add(f)
}

// Clear takes all faults out of force.
func (em *Emulator) Clear() { em.faults.clear() }

// faultSet holds the scripts in force.
type faultSet struct {
	active atomic.Int32

	mu      sync.Mutex
	scripts []*Script
}

func (s *faultSet) add(f Fault) *Script {
	script := &Script{set: s, fault: f, rng: rand.New(rand.NewPCG(f.Seed, 0x6a09e667f3bcc908))} //nolint:gosec // reproducible on purpose
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts = append(s.scripts, script)
	s.active.Add(1)
	return script
}

func (s *faultSet) remove(script *Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.scripts)
	s.scripts = slices.DeleteFunc(s.scripts, func(o *Script) bool { return o == script })
	s.active.Add(int32(len(s.scripts) - before))
}

func (s *faultSet) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts = nil
	s.active.Store(0)
}

func (s *faultSet) list() []*Script {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.scripts)
}

// pick returns the fault that hits a call, nil when it may pass.
func (s *faultSet) pick(c *call) *Fault {
	if s.active.Load() == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, script := range s.scripts {
		if script.fits(c) && script.strikes() {
			return &script.fault
		}
	}
	return nil
}

// fits tells whether a call is of the kind the fault is about.
func (s *Script) fits(c *call) bool {
	f := &s.fault
	path := c.r.URL.Path
	if prefix, open := strings.CutSuffix(f.Path, "*"); open {
		if !strings.HasPrefix(path, prefix) {
			return false
		}
	} else if f.Path != "" && f.Path != path {
		return false
	}
	if f.ClientID != "" && (c.app == nil || c.app.clientID != f.ClientID) {
		return false
	}
	for name, value := range f.Params {
		if c.params.text(name) != value {
			return false
		}
	}
	if f.Match == nil {
		return true
	}
	seen := c.entry.call
	seen.Params = c.params.shown()
	return f.Match(seen)
}

// strikes counts a call that fits and decides whether it is hit. The caller
// holds set.mu.
func (s *Script) strikes() bool {
	f := &s.fault
	if f.Times > 0 && s.Hits() >= f.Times {
		return false
	}
	s.met++
	n := s.met - f.Skip
	if n <= 0 || f.Every > 1 && n%f.Every != 0 {
		return false
	}
	if f.Probability > 0 && f.Probability < 1 && s.rng.Float64() >= f.Probability {
		return false
	}
	s.hits.Add(1)
	return true
}

// refusal is the answer of the kinds that answer like DingTalk.
func (f *Fault) refusal() *refusal {
	switch f.Kind {
	case Throttle:
		return errThrottled
	case TokenExpired:
		return errTokenExpired
	case GatewayBusy:
		return errGatewayBusy
	case Refuse:
		code, err := strconv.Atoi(f.Code)
		if err != nil {
			code = errParameter.code
		}
		return &refusal{code: code, text: f.Text, gateway: f.Wrapped, status: f.Status, name: f.Code, scopes: f.Scopes}
	default:
		return errBusy
	}
}
