package jwtauth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// at is when the tests take place.
var at = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

var testKey = provider.NewSecret(strings.Repeat("k", jwtauth.MinKeyBytes))

// config lets everybody in who has a token, except for "gone" and "locked".
func config() jwtauth.Config {
	return jwtauth.Config{
		Key: testKey,
		Now: func() time.Time { return at },
		Lookup: func(_ context.Context, c jwtauth.Claims) (transport.Principal, error) {
			switch c.Username {
			case "gone":
				return transport.Principal{}, fmt.Errorf("users: %w", tenant.ErrNotFound)
			case "nobody":
				return transport.Principal{}, nil
			case "locked":
				return transport.Principal{}, transport.ErrUserLocked
			case "unlucky":
				return transport.Principal{}, tenant.ErrUnavailable
			}
			return transport.Principal{UserID: c.UserID, Username: c.Username, Tenants: []tenant.ID{"1000"}}, nil
		},
	}
}

func newAuth(tb testing.TB, cfg jwtauth.Config) *jwtauth.Authenticator {
	tb.Helper()
	a, err := jwtauth.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func issue(tb testing.TB, a *jwtauth.Authenticator, username string) string {
	tb.Helper()
	token, err := a.Issue(tb.Context(), jwtauth.Claims{UserID: "id of " + username, Username: username}, time.Hour)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// forge signs claims of the test's own making.
func forge(tb testing.TB, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	tb.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

func request(tb testing.TB, header, value string) *http.Request {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "/sys/thirdApp/getEnabledType?token=ignored", nil)
	if header != "" {
		r.Header.Set(header, value)
	}
	return r
}

func TestAuthenticateHeaders(t *testing.T) {
	t.Parallel()
	a := newAuth(t, config())
	token := issue(t, a, "alice")
	for name, test := range map[string]struct {
		headers map[string]string
		want    error
	}{
		"X-Access-Token":         {map[string]string{"X-Access-Token": token}, nil},
		"with spaces":            {map[string]string{"X-Access-Token": "  " + token + " "}, nil},
		"bearer":                 {map[string]string{"Authorization": "Bearer " + token}, nil},
		"bearer in lower case":   {map[string]string{"Authorization": "bearer  " + token}, nil},
		"bare":                   {map[string]string{"Authorization": token}, nil},
		"blank X-Access-Token":   {map[string]string{"X-Access-Token": " ", "Authorization": token}, nil},
		"X-Access-Token first":   {map[string]string{"X-Access-Token": token, "Authorization": "Bearer bad"}, nil},
		"X-Access-Token decides": {map[string]string{"X-Access-Token": "bad", "Authorization": "Bearer " + token}, transport.ErrTokenInvalid},
		"nothing":                {nil, transport.ErrTokenMissing},
		"bearer of nothing":      {map[string]string{"Authorization": "Bearer "}, transport.ErrTokenMissing},
		"another scheme":         {map[string]string{"Authorization": "Basic " + token}, transport.ErrTokenMissing},
		"too many words":         {map[string]string{"Authorization": "Bearer " + token + " x"}, transport.ErrTokenMissing},
	} {
		r := request(t, "", "")
		for header, value := range test.headers {
			r.Header.Set(header, value)
		}
		p, err := a.Authenticate(r)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got error %v, want %v", name, err, test.want)
		}
		if test.want == nil && (p.UserID != "id of alice" || p.Username != "alice" || len(p.Tenants) != 1) {
			t.Errorf("%s: got principal %+v, want alice", name, p)
		}
	}
}

func TestAuthenticateTokens(t *testing.T) {
	t.Parallel()
	a := newAuth(t, config())
	key := []byte(testKey.Reveal())
	good := func(change func(jwt.MapClaims)) jwt.MapClaims {
		c := jwt.MapClaims{"sub": "id", "username": "alice", "iat": at.Unix(), "exp": at.Add(time.Hour).Unix()}
		change(c)
		return c
	}
	hs256 := func(change func(jwt.MapClaims)) string { return forge(t, jwt.SigningMethodHS256, key, good(change)) }
	same := func(jwt.MapClaims) {}
	ok := hs256(same)
	parts := strings.Split(ok, ".")
	for name, test := range map[string]struct {
		token string
		want  error
	}{
		"good":                    {ok, nil},
		"user name only":          {hs256(func(c jwt.MapClaims) { delete(c, "sub") }), transport.ErrUserUnknown},
		"user id only":            {hs256(func(c jwt.MapClaims) { delete(c, "username") }), nil},
		"neither":                 {hs256(func(c jwt.MapClaims) { delete(c, "sub"); delete(c, "username") }), transport.ErrTokenInvalid},
		"expired within leeway":   {hs256(func(c jwt.MapClaims) { c["exp"] = at.Add(-29 * time.Second).Unix() }), nil},
		"expired":                 {hs256(func(c jwt.MapClaims) { c["exp"] = at.Add(-31 * time.Second).Unix() }), transport.ErrTokenExpired},
		"without expiry":          {hs256(func(c jwt.MapClaims) { delete(c, "exp") }), transport.ErrTokenInvalid},
		"expiry not a number":     {hs256(func(c jwt.MapClaims) { c["exp"] = "never" }), transport.ErrTokenInvalid},
		"not yet":                 {hs256(func(c jwt.MapClaims) { c["nbf"] = at.Add(time.Minute).Unix() }), transport.ErrTokenInvalid},
		"from the future":         {hs256(func(c jwt.MapClaims) { c["iat"] = at.Add(time.Minute).Unix() }), transport.ErrTokenInvalid},
		"without issue time":      {hs256(func(c jwt.MapClaims) { delete(c, "iat") }), nil},
		"another key":             {forge(t, jwt.SigningMethodHS256, []byte(strings.Repeat("x", 32)), good(same)), transport.ErrTokenInvalid},
		"expired and another key": {forge(t, jwt.SigningMethodHS256, []byte("x"), good(func(c jwt.MapClaims) { c["exp"] = 1 })), transport.ErrTokenInvalid},
		"empty key":               {forge(t, jwt.SigningMethodHS256, []byte{}, good(same)), transport.ErrTokenInvalid},
		"none":                    {forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good(same)), transport.ErrTokenInvalid},
		"HS512":                   {forge(t, jwt.SigningMethodHS512, key, good(same)), transport.ErrTokenInvalid},
		"without signature":       {parts[0] + "." + parts[1] + ".", transport.ErrTokenInvalid},
		"payload changed":         {parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"root","exp":99999999999}`)) + "." + parts[2], transport.ErrTokenInvalid},
		"two parts":               {parts[0] + "." + parts[1], transport.ErrTokenInvalid},
		"garbage":                 {"garbage", transport.ErrTokenInvalid},
		"very long":               {strings.Repeat("a", 9000), transport.ErrTokenInvalid},
		"gone":                    {issue(t, a, "gone"), transport.ErrUserUnknown},
		"nobody":                  {issue(t, a, "nobody"), transport.ErrUserUnknown},
		"locked":                  {issue(t, a, "locked"), transport.ErrUserLocked},
		"database away":           {issue(t, a, "unlucky"), tenant.ErrUnavailable},
	} {
		_, err := a.Authenticate(request(t, jwtauth.HeaderAccessToken, test.token))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got error %v, want %v", name, err, test.want)
		}
		if err != nil && len(test.token) > 10 && strings.Contains(err.Error(), test.token) {
			t.Errorf("%s: the error contains the token", name)
		}
	}
}

// TestMessages pins the texts that existing front ends know.
func TestMessages(t *testing.T) {
	t.Parallel()
	a := newAuth(t, config())
	expired := forge(t, jwt.SigningMethodHS256, []byte(testKey.Reveal()), jwt.MapClaims{"sub": "id", "exp": 1})
	for token, want := range map[string]string{
		"":                  "token为空!",
		"x":                 "Token非法无效!",
		expired:             "Token失效，请重新登录!",
		issue(t, a, "gone"): "用户不存在!",
	} {
		_, err := a.Authenticate(request(t, jwtauth.HeaderAccessToken, token))
		var refusal *tenant.Error
		if !errors.As(err, &refusal) || refusal.Message.ZH != want || refusal.Code != provider.Unauthenticated {
			t.Errorf("token %.10q: got %v, want %s with message %q", token, err, provider.Unauthenticated, want)
		}
	}
}

// TestKeyFunc has a key for each user.
func TestKeyFunc(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Key = provider.Secret{}
	cfg.KeyFunc = func(_ context.Context, c jwtauth.Claims) (provider.Secret, error) {
		switch c.Username {
		case "gone":
			return provider.Secret{}, tenant.ErrNotFound
		case "weak":
			return provider.NewSecret("short"), nil
		case "unlucky":
			return provider.Secret{}, tenant.ErrUnavailable
		}
		return provider.NewSecret(strings.Repeat(c.Username, 32)), nil
	}
	a := newAuth(t, cfg)
	if _, err := a.Authenticate(request(t, jwtauth.HeaderAccessToken, issue(t, a, "alice"))); err != nil {
		t.Errorf("alice: %v", err)
	}
	key := func(k string) []byte { return []byte(strings.Repeat(k, 32)) }
	claims := func(name string) jwt.MapClaims {
		return jwt.MapClaims{"username": name, "sub": "id", "exp": at.Add(time.Hour).Unix()}
	}
	for name, test := range map[string]struct {
		token string
		want  error
	}{
		"bob signs for alice": {forge(t, jwt.SigningMethodHS256, key("bob"), claims("alice")), transport.ErrTokenInvalid},
		"gone":                {forge(t, jwt.SigningMethodHS256, key("gone"), claims("gone")), transport.ErrTokenInvalid},
		"unlucky":             {forge(t, jwt.SigningMethodHS256, key("unlucky"), claims("unlucky")), tenant.ErrUnavailable},
	} {
		if _, err := a.Authenticate(request(t, jwtauth.HeaderAccessToken, test.token)); !errors.Is(err, test.want) {
			t.Errorf("%s: got error %v, want %v", name, err, test.want)
		}
	}
	weak := forge(t, jwt.SigningMethodHS256, []byte("short"), claims("weak"))
	if _, err := a.Authenticate(request(t, jwtauth.HeaderAccessToken, weak)); err == nil {
		t.Error("a key that is too short: got no error")
	}
}

// TestPreviousKey changes the key in three steps, none of which ends a session.
func TestPreviousKey(t *testing.T) {
	t.Parallel()
	next := provider.NewSecret(strings.Repeat("n", jwtauth.MinKeyBytes))
	with := func(key, previous provider.Secret) *jwtauth.Authenticator {
		cfg := config()
		cfg.Key, cfg.PreviousKey = key, previous
		return newAuth(t, cfg)
	}
	before, announced, changed, after := with(testKey, provider.Secret{}), with(testKey, next), with(next, testKey), with(next, provider.Secret{})
	for name, step := range map[string]struct {
		issuer, checker *jwtauth.Authenticator
		want            error
	}{
		"announced takes the old":        {before, announced, nil},
		"announced signs with the old":   {announced, before, nil},
		"announced takes the new":        {changed, announced, nil},
		"changed takes the old":          {announced, changed, nil},
		"changed signs with the new":     {changed, after, nil},
		"the old is gone at the end":     {announced, after, transport.ErrTokenInvalid},
		"the new is unknown in the past": {changed, before, transport.ErrTokenInvalid},
	} {
		_, err := step.checker.Authenticate(request(t, jwtauth.HeaderAccessToken, issue(t, step.issuer, "alice")))
		if !errors.Is(err, step.want) {
			t.Errorf("%s: got %v, want %v", name, err, step.want)
		}
	}
	late := config()
	late.Key, late.PreviousKey, late.Now = next, testKey, func() time.Time { return at.Add(2 * time.Hour) }
	if _, err := newAuth(t, late).Authenticate(request(t, jwtauth.HeaderAccessToken, issue(t, before, "alice"))); !errors.Is(err, transport.ErrTokenExpired) {
		t.Errorf("an expired token of the key before: got %v, want %v", err, transport.ErrTokenExpired)
	}
}

// TestRemember: an answer of Lookup is believed for a while, for its owner only,
// and a refusal never is.
func TestRemember(t *testing.T) {
	t.Parallel()
	now, asked := at, map[string]int{}
	cfg := config()
	lookup := cfg.Lookup
	cfg.Now, cfg.Remember = func() time.Time { return now }, time.Second
	cfg.Lookup = func(ctx context.Context, c jwtauth.Claims) (transport.Principal, error) {
		asked[c.Username]++
		return lookup(ctx, c)
	}
	a := newAuth(t, cfg)
	for _, step := range []struct {
		username string
		after    time.Duration
		asked    int
	}{
		{"alice", 0, 1},
		{"alice", 999 * time.Millisecond, 1},
		{"bob", 0, 1},
		{"alice", time.Millisecond, 2},
		{"locked", 0, 1},
		{"locked", 0, 2},
	} {
		token := issue(t, a, step.username)
		now = now.Add(step.after)
		p, err := a.Authenticate(request(t, jwtauth.HeaderAccessToken, token))
		if step.username != "locked" && (err != nil || p.Username != step.username) {
			t.Errorf("%s: got %v, %v", step.username, p, err)
		}
		if asked[step.username] != step.asked {
			t.Errorf("%s after %s: asked %d times, want %d", step.username, step.after, asked[step.username], step.asked)
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	a := newAuth(t, config())
	for name, test := range map[string]struct {
		claims jwtauth.Claims
		ttl    time.Duration
	}{
		"nobody":   {jwtauth.Claims{}, time.Hour},
		"no time":  {jwtauth.Claims{UserID: "id"}, 0},
		"negative": {jwtauth.Claims{UserID: "id"}, -time.Hour},
	} {
		if token, err := a.Issue(t.Context(), test.claims, test.ttl); err == nil {
			t.Errorf("%s: got token %q, want an error", name, token)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*jwtauth.Config){
		"no key":    func(c *jwtauth.Config) { c.Key = provider.Secret{} },
		"short key": func(c *jwtauth.Config) { c.Key = provider.NewSecret(strings.Repeat("k", jwtauth.MinKeyBytes-1)) },
		"two keys": func(c *jwtauth.Config) {
			c.KeyFunc = func(context.Context, jwtauth.Claims) (provider.Secret, error) { return c.Key, nil }
		},
		"short previous key": func(c *jwtauth.Config) { c.PreviousKey = provider.NewSecret("kkk") },
		"previous key of KeyFunc": func(c *jwtauth.Config) {
			key := c.Key
			c.Key, c.PreviousKey = provider.Secret{}, key
			c.KeyFunc = func(context.Context, jwtauth.Claims) (provider.Secret, error) { return key, nil }
		},
		"no lookup":  func(c *jwtauth.Config) { c.Lookup = nil },
		"leeway":     func(c *jwtauth.Config) { c.Leeway = time.Hour },
		"leeway < 0": func(c *jwtauth.Config) { c.Leeway = -time.Second },
		"remember":   func(c *jwtauth.Config) { c.Remember = time.Hour },
	} {
		cfg := config()
		change(&cfg)
		_, err := jwtauth.New(cfg)
		if err == nil {
			t.Errorf("%s: got no error", name)
		} else if strings.Contains(err.Error(), "kkk") {
			t.Errorf("%s: the error contains the key", name)
		}
	}
}

func FuzzAuthenticate(f *testing.F) {
	a := newAuth(f, config())
	f.Add("Bearer " + issue(f, a, "alice")[:40])
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, value string) {
		r := request(t, "Authorization", value)
		p, err := a.Authenticate(r)
		if err == nil {
			t.Errorf("forged token of %q let in", p.Username)
		}
		if code := provider.CodeOf(err); code != provider.Unauthenticated {
			t.Errorf("got code %s, want %s", code, provider.Unauthenticated)
		}
	})
}

func ExampleNew() {
	auth, err := jwtauth.New(jwtauth.Config{
		Key: provider.NewSecret("at least thirty-two bytes of random data"),
		Lookup: func(_ context.Context, c jwtauth.Claims) (transport.Principal, error) {
			// A host asks its user table here, on every request.
			return transport.Principal{UserID: c.UserID, Username: c.Username, Tenants: []tenant.ID{"1000"}}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := auth.Issue(context.Background(), jwtauth.Claims{UserID: "42", Username: "alice"}, time.Hour)
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	r.Header.Set("X-Access-Token", token)
	who, err := auth.Authenticate(r)
	fmt.Println(who.Username, who.Tenants, err)
	// Output: alice [1000] <nil>
}
