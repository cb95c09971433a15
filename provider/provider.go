package provider

import (
	"errors"
	"fmt"
	"reflect"
)

// Kind names an office app in settings, URLs, rows and logs: lower case
// letters, digits and underscores, at most 32 bytes. A Kind never changes once
// released.
type Kind string

// The kinds of this project. A host may register others.
const (
	DingTalk Kind = "dingtalk"
	WeCom    Kind = "wecom"
	Feishu   Kind = "feishu"
)

// Provider is one tenant's open connection to an office app. It is safe for
// concurrent use.
type Provider interface {
	// Kind returns the office app's kind; it never changes.
	Kind() Kind

	// Limits returns what the office app allows; it never changes while the
	// Provider is open, does no input or output and returns a copy.
	Limits() Limits

	// Close releases connections and goroutines. Calls under way may fail.
	// Closing twice is harmless.
	Close() error
}

// ErrUnsupported is found with [errors.Is] in the error [As] returns when a
// provider does not have an ability.
var ErrUnsupported = errors.New("provider: ability not supported")

// UnsupportedError says which ability a provider does not have.
type UnsupportedError struct {
	Provider Kind
	// Ability is the Go name of the interface that was asked for, such as
	// "MessageSender".
	Ability string
}

// Error implements error.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("provider: %s has no %s", e.Provider, e.Ability)
}

// Is makes errors.Is(err, ErrUnsupported) true.
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// As returns p as the ability T, or an [*UnsupportedError]. It looks through
// wrappers that have a method Unwrap() Provider. With a concrete type as T it
// is the way to a provider's own methods.
func As[T any](p Provider) (T, error) {
	for q := p; q != nil; {
		if t, ok := q.(T); ok {
			return t, nil
		}
		w, ok := q.(interface{ Unwrap() Provider })
		if !ok {
			break
		}
		q = w.Unwrap()
	}
	var zero T
	e := &UnsupportedError{Ability: reflect.TypeFor[T]().Name()}
	if p != nil {
		e.Provider = p.Kind()
	}
	return zero, e
}
