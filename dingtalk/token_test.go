package dingtalk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

func TestManyCallersOneTokenCall(t *testing.T) {
	t.Parallel()
	f := newFake().reply(userPath, okUser)
	p := open(t, f)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := f.count(tokenPath); n != 1 {
		t.Errorf("%d calls for a token, want 1", n)
	}
}

func TestRefusedTokenIsRenewedOnceForAll(t *testing.T) {
	t.Parallel()
	for _, refused := range []string{
		`{"errcode":40001}`, `{"errcode":40014}`, `{"errcode":42001}`, `{"errcode":88,"sub_code":"40014"}`,
	} {
		f := newFake().on(userPath, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("access_token") == "tok-1" {
				say(w, refused)
				return
			}
			say(w, okUser)
		})
		p := open(t, f)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
					t.Errorf("%s: %v", refused, err)
				}
			})
		}
		wg.Wait()
		if n := f.count(tokenPath); n != 2 {
			t.Errorf("%s: %d calls for a token, want 2", refused, n)
		}
	}
}

func TestNewAPIRefusedToken(t *testing.T) {
	t.Parallel()
	f := newFake().on("/v1.0/x", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-acs-dingtalk-access-token") == "tok-1" {
			w.WriteHeader(http.StatusBadRequest)
			say(w, `{"code":"InvalidAuthentication"}`)
			return
		}
		say(w, `{}`)
	})
	if _, err := open(t, f).CallNewAPI(t.Context(), "v1.0/x"); err != nil {
		t.Error(err)
	}
}

// A token that was just issued and is refused is no sign of wrong credentials:
// the caller may try again later.
func TestTokenRefusedTwiceIsAnError(t *testing.T) {
	t.Parallel()
	f := newFake().reply(sendPath, `{"errcode":40014,"errmsg":"no"}`)
	_, err := open(t, f).Send(t.Context(), provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "")
	if e := asError(t, err); e.Code != provider.Unavailable || !e.Unsent || e.Upstream != "40014" || e.Remedy.IsZero() {
		t.Errorf("error = %+v", e)
	}
	if n := f.count(sendPath); n != 2 {
		t.Errorf("%d calls, want the first and one repeat", n)
	}
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	f := newFake().on(tokenPath, write(400, `{"code":"invalidClientIdOrSecret","requestid":"r","message":"no"}`))
	p := open(t, f)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			_, err := p.Send(t.Context(), provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "")
			if e := asError(t, err); e.Code != provider.Unauthenticated || !e.Unsent || e.Remedy.IsZero() {
				t.Errorf("error = %+v", e)
			}
		})
	}
	wg.Wait()
	if n := f.count(tokenPath); n != 1 {
		t.Errorf("%d calls for a token, want 1: the refusal is remembered", n)
	}
}

func TestUnusableTokenAnswers(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"accessToken":""}`, `{"accessToken":"x"}`, `{"accessToken":"x","expireIn":-1}`, `[]`} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake().reply(tokenPath, body)
			_, err := openInside(t, f, -1).PersonByID(t.Context(), "u1")
			if e := asError(t, err); e.Code != provider.Unavailable || !e.Unsent || e.Op != "v1.0/oauth2/accessToken" {
				t.Errorf("%s: %+v", body, e)
			}
		})
	}
}

// fetcher is a scripted request for a token.
type fetcher struct {
	calls atomic.Int32
	life  time.Duration
	fetch func(ctx context.Context, n int) error
}

func (f *fetcher) do(ctx context.Context) (string, time.Duration, error) {
	n := int(f.calls.Add(1))
	if f.fetch != nil {
		if err := f.fetch(ctx, n); err != nil {
			return "", 0, err
		}
	}
	return fmt.Sprintf("tok-%d", n), f.life, nil
}

func wantToken(t *testing.T, s dingtalk.TokenSource, want string) {
	t.Helper()
	got, err := s.Token(t.Context())
	if err != nil || got != want {
		t.Errorf("Token() = %q, %v; want %q", got, err, want)
	}
}

func TestTokenIsRenewedEarly(t *testing.T) {
	t.Parallel()
	for life, early := range map[time.Duration]time.Duration{2 * time.Hour: 10 * time.Minute, 8 * time.Minute: time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			f := &fetcher{life: life}
			s := dingtalk.NewTokenSource(f.do, time.Now)
			defer s.Close()
			wantToken(t, s, "tok-1")
			time.Sleep(life - early - time.Second)
			wantToken(t, s, "tok-1")
			synctest.Wait()
			if n := f.calls.Load(); n != 1 {
				t.Errorf("life %s: renewed too early", life)
			}
			time.Sleep(time.Second)
			wantToken(t, s, "tok-1") // nobody waits for the renewal
			synctest.Wait()
			wantToken(t, s, "tok-2")
		})
	}
}

func TestFailedRenewalKeepsTheTokenInUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fetcher{life: 2 * time.Hour, fetch: func(_ context.Context, n int) error {
			if n == 1 {
				return nil
			}
			return &provider.Error{Code: provider.Unavailable}
		}}
		s := dingtalk.NewTokenSource(f.do, time.Now)
		defer s.Close()
		wantToken(t, s, "tok-1")
		time.Sleep(115 * time.Minute)
		for range 10 {
			wantToken(t, s, "tok-1")
			synctest.Wait()
		}
		if n := f.calls.Load(); n != 2 {
			t.Errorf("%d calls, want 2: a failed renewal is not repeated at once", n)
		}
		time.Sleep(5 * time.Minute)
		if _, err := s.Token(t.Context()); provider.CodeOf(err) != provider.Unavailable {
			t.Errorf("expired token: %v, want unavailable", err)
		}
	})
}

func TestOnlyPermanentFailuresAreRemembered(t *testing.T) {
	t.Parallel()
	for code, calls := range map[provider.Code]int32{provider.Unauthenticated: 2, provider.Unavailable: 4} {
		synctest.Test(t, func(t *testing.T) {
			f := &fetcher{fetch: func(context.Context, int) error { return &provider.Error{Code: code} }}
			s := dingtalk.NewTokenSource(f.do, time.Now)
			defer s.Close()
			for range 3 {
				if _, err := s.Token(t.Context()); provider.CodeOf(err) != code {
					t.Errorf("Token: %v, want code %v", err, code)
				}
			}
			time.Sleep(5 * time.Second)
			if _, err := s.Token(t.Context()); provider.CodeOf(err) != code {
				t.Errorf("Token: %v, want code %v", err, code)
			}
			if n := f.calls.Load(); n != calls {
				t.Errorf("%v: %d calls, want %d", code, n, calls)
			}
		})
	}
}

func TestOneCallerGivesUpTheOthersDoNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fetcher{life: time.Hour, fetch: func(ctx context.Context, _ int) error {
			select {
			case <-time.After(time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		s := dingtalk.NewTokenSource(f.do, time.Now)
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.Token(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("who gave up got %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() { wantToken(t, s, "tok-1") })
		synctest.Wait()
		cancel()
		wg.Wait()
		if n := f.calls.Load(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestDropForgetsOnlyTheRefusedToken(t *testing.T) {
	t.Parallel()
	f := &fetcher{life: time.Hour}
	s := dingtalk.NewTokenSource(f.do, time.Now)
	defer s.Close()
	wantToken(t, s, "tok-1")
	s.Drop("tok-1")
	wantToken(t, s, "tok-2")
	s.Drop("tok-1") // a late refusal of the old one
	wantToken(t, s, "tok-2")
}

func TestCloseEndsTheFlight(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	f := &fetcher{fetch: func(ctx context.Context, _ int) error {
		close(started)
		<-ctx.Done()
		return ctx.Err()
	}}
	s := dingtalk.NewTokenSource(f.do, time.Now)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := s.Token(t.Context()); !errors.Is(err, context.Canceled) {
			t.Errorf("Token: %v, want canceled", err)
		}
	})
	<-started
	s.Close()
	wg.Wait()
	if _, err := s.Token(t.Context()); err == nil {
		t.Error("a closed source gave a token")
	}
}
