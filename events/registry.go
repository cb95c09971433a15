package events

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/thirdapp/thirdapp/provider"
)

// registry has the types of events that there are, and the host's functions. It
// is filled while the platform is wired, and only read after that.
type registry struct {
	mu     sync.RWMutex
	sealed bool
	types  map[string]described
	hooks  map[string][]hook // by the type they were registered for, All included
}

// described is a type of event that there is.
type described struct {
	about    provider.Text
	describe Describer
}

// hook is a function of the host.
type hook func(ctx context.Context, e Event) error

// hookRef names a function: the n-th, from 0, registered for a type.
type hookRef struct {
	Type  string `json:"type"`
	Index int    `json:"index"`
}

var errSealed = errors.New("the handlers were handed out already: register while the platform is wired, before it starts")

// Describe makes a type of event known. Types are pieces of letters, digits and
// '_' divided by full stops, at most 64 bytes. What it is about is told in both
// languages to who subscribes, in half a sentence such as "a run has ended". It
// is an error to describe a type twice, "ping", one without both languages, or
// any after [Service.Handlers] was called.
func (s *Service) Describe(eventType string, about provider.Text, d Describer) error {
	if err := s.registry.describe(eventType, about, d); err != nil {
		return fmt.Errorf("events: describe %q: %w", eventType, err)
	}
	return nil
}

// On has fn called for every event of a type, or of all types with "*", in
// whatever tenant. It is called in a job as the platform itself
// (tenant.AsSystem), with a context that ends after 30 seconds, at least once
// for each event; it must be safe for concurrent use. When it returns an error
// or panics it is called again by Config.Backoff.
//
// Every process registers the same functions in the same order, also one that
// works no jobs: an event is kept for the functions of the process in which it
// happens, and told by whichever works the job.
//
// It is an error to name a type that was not described, or to register after
// [Service.Handlers] was called.
func (s *Service) On(eventType string, fn func(ctx context.Context, e Event) error) error {
	if err := s.registry.on(eventType, fn); err != nil {
		return fmt.Errorf("events: on %q: %w", eventType, err)
	}
	return nil
}

func (r *registry) describe(eventType string, about provider.Text, d Describer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.sealed:
		return errSealed
	case d == nil:
		return errors.New("no describer")
	case about.ZH == "" || about.EN == "":
		return errors.New("say what it is about, in both languages")
	case !validType(eventType):
		return fmt.Errorf("want pieces of letters, digits and '_' divided by '.', at most %d bytes", maxType)
	case eventType == Ping:
		return errors.New("the type is taken by the test of endpoints")
	case r.types[eventType].describe != nil:
		return errors.New("described already")
	case r.types == nil:
		r.types = make(map[string]described)
	}
	r.types[eventType] = described{about, d}
	return nil
}

func (r *registry) on(eventType string, fn hook) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.sealed:
		return errSealed
	case fn == nil:
		return errors.New("no function")
	case eventType != All && r.types[eventType].describe == nil:
		return fmt.Errorf("no such type of event; there are: %s", strings.Join(r.sortedNames(), ", "))
	case r.hooks == nil:
		r.hooks = make(map[string][]hook)
	}
	r.hooks[eventType] = append(r.hooks[eventType], fn)
	return nil
}

// seal ends the registration.
func (r *registry) seal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sealed = true
}

// names returns the known types in alphabetical order.
func (r *registry) names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.sortedNames()
}

func (r *registry) sortedNames() []string { return slices.Sorted(maps.Keys(r.types)) }

// list returns the known types with what they are about, in that order.
func (r *registry) list() []Type {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]Type, 0, len(r.types))
	for _, name := range r.sortedNames() {
		list = append(list, Type{name, r.types[name].about})
	}
	return list
}

// describer returns the describer of a type, nil when there is none.
func (r *registry) describer(eventType string) Describer {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.types[eventType].describe
}

// hooksOf returns the functions that want a type.
func (r *registry) hooksOf(eventType string) []hookRef {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var refs []hookRef
	for _, t := range []string{eventType, All} {
		for i := range r.hooks[t] {
			refs = append(refs, hookRef{t, i})
		}
	}
	return refs
}

// hook returns a function, nil when there is none.
func (r *registry) hook(ref hookRef) hook {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if list := r.hooks[ref.Type]; ref.Index >= 0 && ref.Index < len(list) {
		return list[ref.Index]
	}
	return nil
}
