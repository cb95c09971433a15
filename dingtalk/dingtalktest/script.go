package dingtalktest

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

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

// Clear takes all faults out of force, those of events included.
func (em *Emulator) Clear() {
	em.faults.clear()
	em.eventFaults.clear()
}

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
			return script.answer()
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

// answer returns what a call that is hit gets. The caller holds set.mu.
func (s *Script) answer() *Fault {
	mix := s.fault.Mix
	if len(mix) == 0 {
		return &s.fault
	}
	total := 0
	for i := range mix {
		total += max(1, mix[i].Weight)
	}
	draw := s.rng.IntN(total)
	for i := range mix {
		if draw -= max(1, mix[i].Weight); draw < 0 {
			return &mix[i]
		}
	}
	return &mix[0]
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
