package transport

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// callbackPath is where an office app tells one of its apps of events.
const callbackPath = compatBase + "/callback/{provider}/{id}"

// openRoutes is the table of operations that need no principal: what they are
// sent proves itself.
func (a *api) openRoutes() []route {
	callback := newRoute(a, fullFamily, http.MethodPost, callbackPath, "callback.receive",
		a.decodeCallback, a.receiveCallback, writeCallback)
	check := newRoute(a, fullFamily, http.MethodGet, callbackPath, "callback.check",
		a.decodeCheck, a.checkCallback, writeCallback)
	callback.anonymous, callback.foreignQuery = true, true
	check.anonymous, check.foreignQuery = true, true
	return slices.Concat(a.visitorRoutes(), []route{callback.as(mediaOwn), check.as(mediaOwn)}, a.documentRoutes())
}

// callbackRequest is a report of an office app.
type callbackRequest struct {
	kind provider.Kind
	app  string
	provider.CallbackRequest
}

// decodeCallback takes the request as it is, once there is room for it.
func (a *api) decodeCallback(r *http.Request) (callbackRequest, error) {
	req, err := a.decodeCheck(r)
	if err != nil {
		return req, err
	}
	req.Body, err = readBody(r)
	return req, err
}

// decodeCheck is decodeCallback of a request by GET, which has no body.
func (a *api) decodeCheck(r *http.Request) (callbackRequest, error) {
	req := callbackRequest{kind: provider.Kind(r.PathValue("provider")), app: r.PathValue("id")}
	if !isToken(req.app) || !isToken(string(req.kind)) {
		return req, errNoCallback()
	}
	if !a.callbacks.allow(req.app, networkOf(a.cfg.ClientAddress(r)), a.cfg.Now()) {
		return req, errCallbacksTooMany()
	}
	req.CallbackRequest = provider.CallbackRequest{Query: r.URL.Query(), Header: r.Header, At: a.cfg.Now()}
	return req, nil
}

// receiveCallback answers once the events are kept; they are followed later.
// What is wrong is told to the log, not to whoever asks.
func (a *api) receiveCallback(ctx context.Context, req callbackRequest) (provider.CallbackAnswer, error) {
	conn, err := a.services.Tenants.ConnectCallback(ctx, req.kind, req.app)
	if err != nil {
		return provider.CallbackAnswer{}, hiddenCallbackError(err)
	}
	c := callFrom(ctx)
	c.tenant = conn.App.Tenant
	answer, err := a.services.Sync.Receive(ctx, conn, req.CallbackRequest)
	if err != nil {
		return provider.CallbackAnswer{}, hiddenCallbackError(err)
	}
	a.callbacks.prove(req.app)
	return answer, nil
}

// checkCallback answers an office app that checks the address by GET.
func (a *api) checkCallback(ctx context.Context, req callbackRequest) (provider.CallbackAnswer, error) {
	conn, err := a.services.Tenants.ConnectCallback(ctx, req.kind, req.app)
	if err != nil {
		return provider.CallbackAnswer{}, hiddenCallbackError(err)
	}
	callFrom(ctx).tenant = conn.App.Tenant
	checker, err := provider.As[provider.CallbackChecker](conn.Provider)
	if err != nil {
		return provider.CallbackAnswer{}, errMethod(http.MethodGet, []string{http.MethodPost})
	}
	answer, err := checker.CheckCallback(ctx, req.CallbackRequest)
	if err != nil {
		return provider.CallbackAnswer{}, hiddenCallbackError(err)
	}
	a.callbacks.prove(req.app)
	return answer, nil
}

// hiddenCallbackError keeps the code of an error, and of the code only whether
// to come again.
func hiddenCallbackError(err error) error {
	switch code := provider.CodeOf(err); code { //nolint:exhaustive // the others are about the request
	case provider.Unavailable, provider.DeadlineExceeded, provider.Canceled, provider.Internal, provider.Unknown:
		return err
	case provider.Unauthenticated, provider.PermissionDenied, provider.InvalidArgument:
		return tenant.Refuse(code, "callback_refused", "请求未通过校验", "the request could not be verified").WithCause(err)
	}
	return errNoCallback().WithCause(err)
}

// writeCallback answers in the office app's own form.
func writeCallback(_ context.Context, w http.ResponseWriter, answer provider.CallbackAnswer) error {
	if answer.ContentType != "" {
		w.Header().Set("Content-Type", answer.ContentType)
	}
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(answer.Body)
	return err
}

func errNoCallback() *tenant.Error {
	return tenant.Refuse(provider.NotFound, "no_callback", "该地址未启用事件接收，请检查应用的eventMode与回调地址", "no events are taken in at this address; see the app's eventMode and callback URL")
}

func errCallbacksTooMany() *tenant.Error {
	return tenant.Refuse(provider.ResourceExhausted, "too_many_callbacks", "请求过于频繁，请稍后重试", "too many requests; come again later")
}

// How many reports are let in a second, and at once: of an app whose reports
// have proved themselves; and of all others, from one network and from
// everywhere.
const (
	provenRate, provenBurst     = 200, 2000
	networkRate, networkBurst   = 50, 200
	unprovenRate, unprovenBurst = 1000, 5000
)

// callbackLimits keep strangers from keeping the database busy. Only apps there
// are get a limit of their own. After a start none has proved itself: what an
// office app reports then must not be kept out by a stranger.
type callbackLimits struct {
	mu       sync.Mutex
	proven   map[string]*rate.Limiter
	networks *buckets
	unproven *rate.Limiter
}

func newCallbackLimits() *callbackLimits {
	return &callbackLimits{
		proven: make(map[string]*rate.Limiter), networks: bucketsOf(networkRate, networkBurst),
		unproven: rate.NewLimiter(unprovenRate, unprovenBurst),
	}
}

// allow reports whether there is room for a report of an app from a network.
func (l *callbackLimits) allow(app, network string, now time.Time) bool {
	l.mu.Lock()
	own := l.proven[app]
	l.mu.Unlock()
	if own != nil {
		return own.AllowN(now, 1)
	}
	return l.networks.take(network, now) == 0 && l.unproven.AllowN(now, 1)
}

// prove gives an app a limit of its own.
func (l *callbackLimits) prove(app string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.proven[app] == nil {
		l.proven[app] = rate.NewLimiter(provenRate, provenBurst)
	}
}
