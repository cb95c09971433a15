package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code classifies an error. The names are those of gRPC's status codes; numbers
// never change and new codes are only added at the end.
type Code int

// The codes. CodeOf returns OK for nil and Unknown for an error without a code.
const (
	OK Code = iota
	// Unknown: an error that carries no code.
	Unknown
	// InvalidArgument: the request itself is wrong; repeating it is useless.
	InvalidArgument
	// NotFound: what the request names does not exist.
	NotFound
	// AlreadyExists: what the request creates is there already.
	AlreadyExists
	// PermissionDenied: known caller, not allowed; an administrator must act.
	PermissionDenied
	// Unauthenticated: credentials or access token are wrong.
	Unauthenticated
	// ResourceExhausted: a rate limit or quota; see Error.RetryAfter.
	ResourceExhausted
	// FailedPrecondition: the system is not in the state the request needs.
	FailedPrecondition
	// Unavailable: the other side is down, slow or talks nonsense; repeating
	// later can succeed.
	Unavailable
	// Unsupported: this office app cannot do it.
	Unsupported
	// Canceled: the caller gave up.
	Canceled
	// DeadlineExceeded: no answer in time; whether the request took effect is
	// not known.
	DeadlineExceeded
	// Internal: a fault of this module.
	Internal
)

var codeNames = [...]string{ //nolint:gochecknoglobals // constant table
	OK: "ok", Unknown: "unknown", InvalidArgument: "invalid_argument", NotFound: "not_found",
	AlreadyExists: "already_exists", PermissionDenied: "permission_denied",
	Unauthenticated: "unauthenticated", ResourceExhausted: "resource_exhausted",
	FailedPrecondition: "failed_precondition", Unavailable: "unavailable",
	Unsupported: "unsupported", Canceled: "canceled", DeadlineExceeded: "deadline_exceeded",
	Internal: "internal",
}

// String returns the code's stable lower-case name, such as "not_found".
func (c Code) String() string {
	if c < 0 || int(c) >= len(codeNames) {
		return fmt.Sprintf("code(%d)", int(c))
	}
	return codeNames[c]
}

// Error is what an office app, or the way to it, answered instead of success.
type Error struct {
	Code     Code
	Provider Kind
	// Op is the operation that failed, in the office app's words, such as
	// "topapi/v2/user/list".
	Op string
	// Upstream is the office app's own error number or name, such as "60011".
	// It is empty when the app did not answer in its own form.
	Upstream string
	// UpstreamMessage is the office app's own text, without secrets.
	UpstreamMessage string
	// RequestID is what the office app's support asks for.
	RequestID string
	// RetryAfter is how long to wait before another try; 0 when the office app
	// does not say.
	RetryAfter time.Duration
	// Remedy tells an administrator of the tenant what to do about it.
	Remedy Text
	// Unsent is true when the request certainly took no effect: it never left,
	// or the office app refused it. A send that failed otherwise may have been
	// carried out.
	Unsent bool
	// Err is the cause, such as a network error; may be nil.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s", e.Provider, e.Op, e.Code)
	if e.Upstream != "" {
		fmt.Fprintf(&b, ": %s %s", e.Upstream, e.UpstreamMessage)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrorCode makes [CodeOf] find the code.
func (e *Error) ErrorCode() Code { return e.Code }

// CodeOf classifies err: OK for nil, else the code of the first error in its
// tree that has a method ErrorCode() Code, else Unsupported, Canceled or
// DeadlineExceeded for the errors that mean it, else Unknown.
func CodeOf(err error) Code {
	var coded interface{ ErrorCode() Code }
	switch {
	case err == nil:
		return OK
	case errors.As(err, &coded):
		return coded.ErrorCode()
	case errors.Is(err, ErrUnsupported):
		return Unsupported
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded
	}
	return Unknown
}

// Retryable reports whether the same request can succeed later without
// anybody acting: ResourceExhausted, Unavailable and DeadlineExceeded.
func Retryable(err error) bool {
	switch CodeOf(err) {
	case ResourceExhausted, Unavailable, DeadlineExceeded:
		return true
	default:
		return false
	}
}
