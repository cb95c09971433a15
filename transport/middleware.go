package transport

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// open wraps what needs no principal. The layers, outermost first: recover,
// request id, log, metrics, limits of the body.
func (a *api) open(op string, f family, next http.Handler) http.Handler {
	return a.limitedTo(a.cfg.MaxBody, 0, op, f, next)
}

// limitedTo is open with a size limit of its own, for an operation that waits.
func (a *api) limitedTo(body int64, wait time.Duration, op string, f family, next http.Handler) http.Handler {
	within := a.cfg.Timeout + wait + bodyGrace
	return a.recovered(op, f, a.identified(a.logged(a.measured(limited(body, within, next)))))
}

// bodyGrace is for how much longer than the request lasts its body may be read:
// a connection that cannot be read any more counts as closed by the client.
const bodyGrace = time.Second

// protected wraps an operation: the layers of open, then authentication and
// tenant. Only then is the body read, the endpoint called and its answer
// encoded.
func (a *api) protected(r route) http.Handler {
	if r.visitors {
		return a.limitedTo(a.cfg.MaxBody, r.wait, r.op, r.family, a.inTime(r, a.paced(a.withBrowser(a.withMark(r, a.strict(r, r.server))))))
	}
	if r.anonymous {
		return a.limitedTo(a.cfg.MaxBody, r.wait, r.op, r.family, a.inTime(r, a.strict(r, r.server)))
	}
	return a.limitedTo(max(r.maxBody, a.cfg.MaxBody), r.wait, r.op, r.family,
		a.inTime(r, a.authenticated(a.inTenant(a.strict(r, a.lasting(r, patient(r, r.server)))))))
}

// recovered begins the call, and turns a panic into an answer.
func (a *api) recovered(op string, f family, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{op: op, family: f, lang: languageOf(r.Header.Get("Accept-Language"))}
		sw := &statusWriter{ResponseWriter: w}
		r = r.WithContext(withCall(r.Context(), c))
		defer func() { //nolint:contextcheck // the request's context is what it uses
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // the very value, as net/http compares it
				panic(p)
			}
			a.cfg.Logger.LogAttrs(r.Context(), slog.LevelError, "panic in a request",
				slog.String("op", c.op), slog.String("tenant", string(c.tenant)), slog.String("request_id", c.requestID),
				slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
			if sw.status != 0 {
				panic(http.ErrAbortHandler) // half an answer is sent: break it off visibly
			}
			a.encodeError(r.Context(), fmt.Errorf("panic: %v", p), sw)
		}()
		next.ServeHTTP(sw, r)
	})
}

// requestIDHeader carries the id by which a request is found in the logs.
const requestIDHeader = "X-Request-Id"

// identified gives the request an id, the caller's own if it is a sane one, and
// every answer the headers that keep it out of caches.
func (a *api) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callFrom(r.Context())
		if c.requestID = r.Header.Get(requestIDHeader); !isToken(c.requestID) {
			c.requestID = rand.Text()
		}
		h := w.Header()
		h.Set(requestIDHeader, c.requestID)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// isToken reports whether s is 1 to 64 letters, digits, '_', '-' and '.'.
func isToken(s string) bool {
	if s == "" || len(s) > maxIDLength {
		return false
	}
	for i := range len(s) {
		c := s[i]
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
		if !ok {
			return false
		}
	}
	return true
}

// logged writes one line per request. A panic has its own.
func (a *api) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.cfg.Now()
		next.ServeHTTP(w, r)
		c := callFrom(r.Context())
		attrs := []slog.Attr{
			slog.String("op", c.op), slog.String("tenant", string(c.tenant)), slog.String("user", c.principal.UserID),
			slog.String("code", c.code.String()), slog.Duration("took", a.cfg.Now().Sub(start)),
			slog.String("request_id", c.requestID),
		}
		if c.code != provider.OK {
			attrs = append(attrs, slog.String("reason", c.reason))
		}
		if c.err != nil {
			attrs = append(attrs, slog.String("error", cut(c.err.Error(), longestText)))
		}
		a.cfg.Logger.LogAttrs(r.Context(), levelOf(c.code), "request", attrs...)
	})
}

// levelOf returns the level at which the log tells of a request: what its
// sender can put right is no news to the operator.
func levelOf(code provider.Code) slog.Level {
	switch {
	case isFault(code):
		return slog.LevelError
	case code == provider.Unavailable || code == provider.DeadlineExceeded:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}

// measured counts the request and its duration, also when it panics.
func (a *api) measured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, code := a.cfg.Now(), provider.Internal
		c := callFrom(r.Context())
		defer func() {
			a.cfg.Metrics.Requests.With("op", c.op, "code", code.String()).Add(1)
			a.cfg.Metrics.Seconds.With("op", c.op).Observe(a.cfg.Now().Sub(start).Seconds())
		}()
		next.ServeHTTP(w, r)
		code = c.code
	})
}

// limited bounds what can be read of the body, and for how long: one that comes
// drop by drop would hold the request, and a server that is shut down. The clock
// is the connection's. Servers without deadlines bound it themselves.
func limited(body int64, within time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(within))
		r.Body = http.MaxBytesReader(w, r.Body, body)
		next.ServeHTTP(w, r)
	})
}

// authenticated asks the host who sends the request.
func (a *api) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		p, err := a.principalOf(r)
		if err != nil {
			a.encodeError(ctx, err, w)
			return
		}
		callFrom(ctx).principal = p
		next.ServeHTTP(w, r)
	})
}

func (a *api) principalOf(r *http.Request) (Principal, error) {
	p, err := a.cfg.Authenticator(r)
	if err == nil && p.UserID == "" {
		err = fmt.Errorf("transport: the authenticator returned a principal without user id")
	}
	if err != nil {
		return Principal{}, authenticationError(err)
	}
	return p, nil
}

// lasting lets a stream ask again whether its request would be let in: see
// readmitted.
func (a *api) lasting(op route, next http.Handler) http.Handler {
	if !op.stream {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		callFrom(r.Context()).again = func(ctx context.Context) error { return a.readmitted(r.WithContext(ctx)) }
		next.ServeHTTP(w, r)
	})
}

// readmitted refuses a request that was let in once, of somebody whose session
// has ended meanwhile, or who has left the tenant. As long as nobody can say, it
// goes on.
func (a *api) readmitted(r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), a.cfg.Timeout)
	defer cancel()
	c := callFrom(ctx)
	p, err := a.principalOf(r.WithContext(ctx))
	if err == nil && p.UserID != c.principal.UserID {
		return ErrTokenInvalid
	}
	if err == nil {
		err = a.enterTenant(ctx, p, c.tenant)
	}
	switch provider.CodeOf(err) { //nolint:exhaustive // the rest is no refusal
	case provider.Unauthenticated, provider.PermissionDenied:
		return err
	}
	return nil
}

// authenticationError keeps the refusals an Authenticator may give, and makes
// ErrTokenInvalid of everything that is neither such nor an outage.
func authenticationError(err error) error {
	var refusal *tenant.Error
	switch provider.CodeOf(err) { //nolint:exhaustive // the rest is about the request
	case provider.Unavailable, provider.DeadlineExceeded, provider.Canceled, provider.Internal:
		return err
	case provider.Unauthenticated:
		if errors.As(err, &refusal) {
			return err
		}
	}
	return ErrTokenInvalid.WithCause(err)
}

// statusWriter remembers whether an answer has begun. http.ResponseController
// looks through it.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// inTime ends an operation that takes longer than it may: a database that
// neither answers nor fails must not hold requests for ever.
func (a *api) inTime(op route, next http.Handler) http.Handler {
	if op.stream {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), a.cfg.Timeout+op.wait)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// patient makes room for an operation that takes its time: for its wait, or for
// an answer that is a stream, however long it lasts. Only then is the time for
// the body lifted: when it is over the connection counts as closed.
func patient(op route, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if op.stream {
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		}
		if op.wait > 0 {
			extendWrite(w, op.wait+writeTimeout)
		}
		next.ServeHTTP(w, r)
	})
}

// extendWrite lets an answer that takes long be written although the host's
// server has a shorter write timeout. The clock is the connection's, not the
// injected one. Servers without deadlines need none.
func extendWrite(w http.ResponseWriter, d time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d))
}
