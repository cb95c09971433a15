package dingtalk

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"unicode"

	"github.com/thirdapp/thirdapp/provider"
)

var (
	errNotJSON   = errors.New("request is not JSON")
	errMalformed = errors.New("answer is not DingTalk's form")
	errTooLarge  = errors.New("answer is too large")
	errClosed    = errors.New("provider is closed")
)

// longestMessage bounds what of a text of DingTalk's is kept, in characters.
const longestMessage = 300

// failure returns an error that DingTalk did not itself report.
func (c *client) failure(a api, code provider.Code, cause error, unsent bool) *provider.Error {
	return &provider.Error{Code: code, Provider: provider.DingTalk, Op: a.path, Unsent: unsent, Err: cause}
}

// malformed is the error for an answer that says success and lacks its content.
func (c *client) malformed(a api, got answer) *provider.Error {
	e := c.failure(a, provider.Unavailable, errMalformed, false)
	e.RequestID, e.Remedy = got.requestID, remedyUnreachable
	return e
}

// invalid is the error for an argument that was not sent at all.
func invalid(a api, problem string) *provider.Error {
	return &provider.Error{
		Code: provider.InvalidArgument, Provider: provider.DingTalk, Op: a.path,
		Unsent: true, Err: errors.New(problem),
	}
}

func asError(err error) (*provider.Error, bool) {
	var e *provider.Error
	ok := errors.As(err, &e)
	return e, ok
}

// codeOfCause classifies an error from the way to DingTalk.
func codeOfCause(err error) provider.Code {
	switch {
	case errors.Is(err, context.Canceled):
		return provider.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return provider.DeadlineExceeded
	default:
		return provider.Unavailable
	}
}

// scrubbedError is a network error without its chain: *url.Error and what
// transports return print the URL, and with it the access token.
type scrubbedError struct {
	text string
	// is is the context error it stands for; may be nil.
	is error
}

// Error implements error.
func (e *scrubbedError) Error() string { return e.text }

// Unwrap returns context.Canceled, context.DeadlineExceeded or nil.
func (e *scrubbedError) Unwrap() error { return e.is }

// redactor takes values out of texts.
type redactor []string

// replace returns s without the values, plain or as they stand in a URL.
func (r redactor) replace(s string) string {
	for _, v := range r {
		if v == "" {
			continue
		}
		for _, form := range []string{v, url.QueryEscape(v), url.PathEscape(v)} {
			s = strings.ReplaceAll(s, form, "[redacted]")
		}
	}
	return s
}

// text returns s without the values, control characters and excess length.
func (r redactor) text(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, r.replace(s))
	if chars := []rune(s); len(chars) > longestMessage {
		return string(chars[:longestMessage]) + "…"
	}
	return s
}

// cause returns err as an error that can be shown.
func (r redactor) cause(err error) error {
	if wrapped := new(url.Error); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	e := &scrubbedError{text: r.text(err.Error())}
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			e.is = known
		}
	}
	return e
}
