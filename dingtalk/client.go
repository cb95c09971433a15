package dingtalk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

const (
	// firstRest is the pause before the second attempt; it doubles.
	firstRest = 200 * time.Millisecond
	// longestRest bounds what the client waits by itself; a longer pause is
	// the caller's to keep, by Error.RetryAfter.
	longestRest = 5 * time.Second
)

// credentials name one app.
type credentials struct {
	clientID     string
	clientSecret provider.Secret
}

// client makes the calls of one app to both generations of DingTalk's API.
type client struct {
	http     *http.Client
	base     map[generation]string
	now      func() time.Time
	timeout  time.Duration
	attempts int
	app      credentials
	tokens   *tokenSource
	pacer    *pacer
	ban      *ban
	metrics  Metrics
	tracer   provider.Tracer
}

// newClient returns the client of an app. held is shared by all that call from
// this address.
func newClient(o Options, env provider.Environment, app credentials, held *ban) *client {
	h := *env.Client // a copy: redirects and cookies are ours to refuse
	h.Jar = nil
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &client{
		http:     &h,
		base:     map[generation]string{oldAPI: o.OAPIBaseURL, newAPI: o.APIBaseURL},
		now:      env.Now,
		timeout:  o.CallTimeout,
		attempts: o.Attempts,
		app:      app,
		pacer:    newPacer(o.CallsPerSecond),
		ban:      held,
		metrics:  o.Metrics.withDefaults(),
		tracer:   o.Tracer,
	}
	c.tokens = newTokenSource(c.fetchToken, env.Now, c.patience())
	return c
}

func (c *client) close() { c.tokens.close() }

// patience bounds a call with all its attempts.
func (c *client) patience() time.Duration {
	return time.Duration(c.attempts) * (c.timeout + longestRest)
}

// request is one use of an api.
type request struct {
	api api
	// body is encoded as JSON; nil sends none.
	body any
	// query stands in the URL, beside the token of the old API; may be nil.
	query url.Values
	// address replaces base URL and path; "" means those of the api. It is one
	// of many places that count their calls by themselves, so that it is not
	// paced here.
	address string
	// bearer is the access token of a user, for an open api of the new
	// generation; "" is none.
	bearer string
	// result returns a pointer that the field result of an answer of the old API
	// is decoded into, by each attempt anew; it is nil again where that fails.
	// Without the function the field is left alone.
	result func() any
	// private values stand in the request and must not stand in an error.
	private []string
}

// answer is a success.
type answer struct {
	body      []byte
	requestID string
	hidden    redactor
}

// call makes a request until it succeeds, fails for good or the attempts are
// used up. It renews the access token once when DingTalk refuses it. A request
// that is not repeatable is made again only when it certainly took no effect.
// Every error is an [*provider.Error].
func (c *client) call(ctx context.Context, r request) (answer, error) {
	body, err := encode(r.body)
	if err != nil {
		return answer{}, c.failure(r.api, provider.InvalidArgument, errNotJSON, true)
	}
	renewed := false
	for attempt := 1; ; attempt++ {
		token, err := c.token(ctx, r.api)
		if err != nil {
			return answer{}, err
		}
		a, err := c.once(ctx, r, c.parcel(body), token)
		if err == nil {
			return a, nil
		}
		if classOf(err) == tokenRefused && token != "" {
			if renewed {
				return answer{}, refusedAfresh(err)
			}
			renewed = true
			attempt--
			c.tokens.drop(token)
			continue
		}
		if attempt >= c.attempts || !mayRepeat(r.api, err) || !rest(ctx, attempt, err) {
			return answer{}, err
		}
	}
}

// refusedAfresh is the error for a token that was refused when it had just been
// issued: the credentials are good, and what DingTalk's servers do not agree
// about passes.
func refusedAfresh(err error) error {
	e, ok := asError(err)
	if !ok {
		return err
	}
	passing := *e
	passing.Code, passing.Remedy = provider.Unavailable, remedyWait
	return &passing
}

// token returns the access token for an api, "" when it needs none. The api
// itself has not been called when this fails.
func (c *client) token(ctx context.Context, a api) (string, error) {
	if a.open {
		return "", nil
	}
	token, err := c.tokens.token(ctx)
	if err == nil {
		return token, nil
	}
	e, ok := asError(err)
	if !ok {
		return "", c.failure(a, codeOfCause(err), err, true)
	}
	unsent := *e
	unsent.Unsent = true
	return "", &unsent
}

// fetchToken asks for an access token. The new API takes the secret in the
// body; the old gettoken has it in the query, where proxies log it. Its token
// is accepted by both generations (casdoor's login provider, read 2026-11-22).
func (c *client) fetchToken(ctx context.Context) (string, time.Duration, error) {
	a, err := c.call(ctx, request{api: apiAccessToken, body: wire.TokenRequest{
		AppKey: c.app.clientID, AppSecret: c.app.clientSecret.Reveal(),
	}})
	if err != nil {
		return "", 0, err
	}
	var t wire.Token
	if json.Unmarshal(a.body, &t) != nil || t.AccessToken == "" || t.ExpireIn <= 0 {
		return "", 0, c.malformed(apiAccessToken, a)
	}
	return string(t.AccessToken), time.Duration(t.ExpireIn) * time.Second, nil
}

// held is the refusal of a call during a ban; nil when there is none.
func (c *client) held(a api) *provider.Error {
	left := c.ban.left(c.now())
	if left <= 0 {
		return nil
	}
	e := c.failure(a, provider.ResourceExhausted, nil, true)
	e.RetryAfter, e.Remedy = left, remedyBanned
	return e
}

// once makes one attempt: it waits for its turn, calls and classifies. A ban
// may begin while it waits.
func (c *client) once(ctx context.Context, r request, p parcel, token string) (answer, error) {
	if e := c.held(r.api); e != nil {
		return answer{}, e
	}
	if r.address == "" {
		start := time.Now() // the pacer's clock
		err := c.pacer.wait(ctx, r.api.path)
		c.metrics.waited(r.api, time.Since(start))
		if err != nil {
			return answer{}, c.notPaced(r.api, err)
		}
		if e := c.held(r.api); e != nil {
			return answer{}, e
		}
	}
	hidden := redactor(slices.Concat(r.private, []string{token, c.app.clientSecret.Reveal()}))
	start := time.Now()
	traced, end := c.tracer.Start(ctx, string(provider.DingTalk)+" "+r.api.path)
	raw, err := c.exchange(traced, r, p, token, hidden)
	var a answer
	if err == nil {
		a, err = c.judge(r, raw, hidden)
	}
	end(err)
	c.metrics.called(r.api, err, time.Since(start))
	switch kind := classOf(err); {
	case kind == banned:
		c.ban.begin(c.now().Add(retryAfter(err)))
	case kind == throttled && r.address == "":
		c.pacer.slow(r.api.path, retryAfter(err))
	}
	return a, err
}

// notPaced explains why a call never got its turn.
func (c *client) notPaced(a api, err error) *provider.Error {
	var late *tooLateError
	if !errors.As(err, &late) {
		return c.failure(a, codeOfCause(err), err, true)
	}
	e := c.failure(a, provider.ResourceExhausted, late, true)
	e.RetryAfter, e.Remedy = late.wait, remedySlow
	return e
}

// mayRepeat reports whether another attempt can succeed and cannot do twice
// what should be done once.
func mayRepeat(a api, err error) bool {
	e, ok := asError(err)
	return ok && provider.Retryable(err) && (a.repeatable || e.Unsent)
}

// rest waits before another attempt. It returns false when there is no time for
// one.
func rest(ctx context.Context, attempt int, err error) bool {
	d := max(firstRest<<(attempt-1), retryAfter(err))
	if d > longestRest {
		return false
	}
	d += rand.N(d/4 + 1) //nolint:gosec // jitter
	return sleep(ctx, d) == nil
}

func retryAfter(err error) time.Duration {
	if e, ok := asError(err); ok {
		return e.RetryAfter
	}
	return 0
}

// encode leaves <, > and & as they are: escaping would make a message longer
// than the limit it was checked against.
func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
