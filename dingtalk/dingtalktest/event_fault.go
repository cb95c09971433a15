package dingtalktest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// EventFaultKind is what goes wrong with an event.
type EventFaultKind string

// The kinds of event faults.
const (
	// EventDrop loses the event: it is neither pushed nor in the failed list.
	EventDrop EventFaultKind = "drop"
	// EventRepeat pushes it twice.
	EventRepeat EventFaultKind = "repeat"
	// EventReorder lets the next event of the app overtake it; without one it
	// comes after EventFault.Delay, default 1 s.
	EventReorder EventFaultKind = "reorder"
	// EventDelay pushes it after EventFault.Delay.
	EventDelay EventFaultKind = "delay"
)

// EventFault is a rule for events that shall go wrong. Skip, Every, Times,
// Probability and Seed are as in Fault.
type EventFault struct {
	Kind EventFaultKind
	// Type restricts the fault to one type of events, ClientID to one app.
	Type     string
	ClientID string

	Skip        int
	Every       int
	Times       int
	Probability float64
	Seed        uint64

	// Delay is real time.
	Delay time.Duration
}

func (f *EventFault) validate() error {
	kinds := []EventFaultKind{EventDrop, EventRepeat, EventReorder, EventDelay}
	problems := []error{(&Fault{Skip: f.Skip, Every: f.Every, Times: f.Times, Probability: f.Probability}).validateRule()}
	if !slices.Contains(kinds, f.Kind) {
		problems = append(problems, fmt.Errorf("%w: event fault: kind %q; one of %v", ErrInvalid, f.Kind, kinds))
	}
	if f.Delay < 0 {
		problems = append(problems, fmt.Errorf("%w: event fault: delay %s; must not be negative", ErrInvalid, f.Delay))
	}
	return errors.Join(problems...)
}

// EventScript is an event fault in force.
type EventScript struct {
	fault EventFault
	rule  *Script
	set   *eventFaultSet
}

// Hits returns how many events it has spoiled.
func (s *EventScript) Hits() int { return s.rule.Hits() }

// Remove takes it out of force.
func (s *EventScript) Remove() {
	s.set.mu.Lock()
	defer s.set.mu.Unlock()
	s.set.scripts = slices.DeleteFunc(s.set.scripts, func(o *EventScript) bool { return o == s })
}

// FailEvents puts an event fault in force. Of several that fit an event, the one
// that came first strikes. It panics on a fault that makes no sense.
func (em *Emulator) FailEvents(f EventFault) *EventScript {
	if err := f.validate(); err != nil {
		panic(err)
	}
	rule := Fault{Skip: f.Skip, Every: f.Every, Times: f.Times, Probability: f.Probability}
	s := &EventScript{fault: f, set: &em.eventFaults, rule: &Script{
		fault: rule, rng: rand.New(rand.NewPCG(f.Seed, 0xbb67ae8584caa73b)), //nolint:gosec // reproducible on purpose
	}}
	em.eventFaults.mu.Lock()
	defer em.eventFaults.mu.Unlock()
	em.eventFaults.scripts = append(em.eventFaults.scripts, s)
	return s
}

// eventFaultSet holds the event faults in force.
type eventFaultSet struct {
	mu      sync.Mutex
	scripts []*EventScript
}

func (s *eventFaultSet) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts = nil
}

func (s *eventFaultSet) list() []*EventScript {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.scripts)
}

// pick returns the fault that hits an event on its way to an app; the zero
// value when none does.
func (s *eventFaultSet) pick(clientID string, e *Event) EventFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, script := range s.scripts {
		f := script.fault
		fits := (f.Type == "" || f.Type == e.Type) && (f.ClientID == "" || f.ClientID == clientID)
		if fits && script.rule.strikes() {
			return f
		}
	}
	return EventFault{}
}
