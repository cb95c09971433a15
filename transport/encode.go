package transport

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// reply is the answer of a compatible operation. The zero value is a success
// with code 0 and no result.
type reply struct {
	// outcome is OK, or the code of a failure that has a result all the same.
	outcome provider.Code
	code    int
	message provider.Text
	result  any
}

// okReply is a success with a result and no message.
func okReply(result any) reply { return reply{code: codeOK, result: result} }

// doneReply is a success with a message and no result.
func doneReply(zh, en string) reply {
	return reply{code: codeOK, message: provider.Text{ZH: zh, EN: en}}
}

// encodeReply writes the answer of a compatible operation.
func (a *api) encodeReply(ctx context.Context, w http.ResponseWriter, out reply) error {
	c := callFrom(ctx)
	c.code = out.outcome
	return a.write(w, c, http.StatusOK, envelope{
		Success: out.outcome == provider.OK, Message: c.text(out.message), Code: out.code, Result: out.result,
	})
}

// resultEncoder returns what writes the answers of a full operation.
func resultEncoder[Resp any](a *api, status int) func(context.Context, http.ResponseWriter, Resp) error {
	return func(ctx context.Context, w http.ResponseWriter, result Resp) error {
		return a.write(w, callFrom(ctx), status, envelope{Success: true, Code: codeOK, Result: result})
	}
}

// encodeError answers err in the form of the request's family, and leaves it in
// the call for the log. It is go-kit's ErrorEncoder.
func (a *api) encodeError(ctx context.Context, err error, w http.ResponseWriter) {
	c := callFrom(ctx)
	f := a.failureOf(err, c.requestID)
	c.code, c.reason, c.err = f.code, f.reason, err
	var h *httpError
	if errors.As(err, &h) && len(h.allowed) > 0 {
		w.Header().Set("Allow", strings.Join(h.allowed, ", "))
	}
	if c.family == pageFamily {
		a.writeErrorPage(w, c, f)
		return
	}
	f = f.namingField()
	if wait := seconds(f.retryAfter()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(wait))
	}
	status, e := f.status, envelope{Message: f.message.In(c.lang), Code: f.status, Error: f.body(c.lang)}
	if c.family == compatFamily {
		status, e.Code = compatibleStatus(f)
		e.Message, e.Error = f.sentence(c.lang), nil
	}
	if a.write(w, c, status, e) != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// compatibleStatus returns the HTTP status and envelope code of a failure on a
// compatible path: only a missing or invalid token is told by the status.
func compatibleStatus(f failure) (status, code int) {
	switch {
	case f.refused != nil: // the office app's credentials are not the caller's
		return http.StatusOK, codeFailed
	case f.code == provider.Unauthenticated:
		return http.StatusUnauthorized, http.StatusUnauthorized
	case f.code == provider.PermissionDenied:
		return http.StatusOK, codeForbidden
	case f.routing:
		return http.StatusOK, f.status
	}
	return http.StatusOK, codeFailed
}
