package provider

import (
	"fmt"
	"slices"
	"strings"
)

// Registry is the set of office apps a host offers. It does not change after
// it was made and is safe for concurrent use.
type Registry struct {
	order  []Factory
	byKind map[Kind]Factory
}

// NewRegistry returns a registry of the given factories, in that order. Two
// factories of one kind, a nil factory or a malformed kind is an error.
func NewRegistry(factories ...Factory) (*Registry, error) {
	r := &Registry{byKind: make(map[Kind]Factory, len(factories))}
	for i, f := range factories {
		if f == nil {
			return nil, fmt.Errorf("provider: factory %d is nil", i)
		}
		k := f.Kind()
		if !validKind(k) {
			return nil, fmt.Errorf("provider: kind %q: want 1 to 32 of a-z, 0-9 and _", k)
		}
		if _, dup := r.byKind[k]; dup {
			return nil, fmt.Errorf("provider: kind %q given twice", k)
		}
		r.byKind[k] = f
		r.order = append(r.order, f)
	}
	return r, nil
}

// Factories returns a copy of the registered factories, in order.
func (r *Registry) Factories() []Factory { return slices.Clone(r.order) }

// Factory returns the factory of a kind, or an [*UnknownKindError].
func (r *Registry) Factory(k Kind) (Factory, error) {
	if f, ok := r.byKind[k]; ok {
		return f, nil
	}
	e := &UnknownKindError{Kind: k}
	for _, f := range r.order {
		e.Known = append(e.Known, f.Kind())
	}
	return nil, e
}

// UnknownKindError names a kind that is not registered, and those that are.
type UnknownKindError struct {
	Kind  Kind
	Known []Kind
}

// Error implements error.
func (e *UnknownKindError) Error() string {
	known := make([]string, len(e.Known))
	for i, k := range e.Known {
		known[i] = string(k)
	}
	return fmt.Sprintf("provider: unknown kind %q; known are %s", e.Kind, strings.Join(known, ", "))
}

// ErrorCode makes CodeOf answer InvalidArgument.
func (*UnknownKindError) ErrorCode() Code { return InvalidArgument }

func validKind(k Kind) bool {
	if len(k) == 0 || len(k) > 32 {
		return false
	}
	return strings.Trim(string(k), "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
