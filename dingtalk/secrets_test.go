package dingtalk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// leaky is a transport that puts everything it knows into its errors.
type leaky struct{ next http.RoundTripper }

func (l leaky) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == tokenPath {
		return l.next.RoundTrip(r)
	}
	return nil, fmt.Errorf("proxy: %s %s %v", r.Method, r.URL, r.Header)
}

// TestSecretsStayOutOfErrors makes everything go wrong, with answers that repeat
// what they were sent, and looks for the secret and the token in every form.
func TestSecretsStayOutOfErrors(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) {
		say(w, fmt.Sprintf(`{"errcode":40035,"errmsg":%q,"request_id":%q}`, r.URL.String()+" "+secretValue, r.URL.Query().Get("access_token")))
	}
	echoToken := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		say(w, fmt.Sprintf(`{"code":"invalidClientIdOrSecret","message":%q}`, "wrong: "+secretValue+" "+url.QueryEscape(secretValue)))
	}
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	page := func(w http.ResponseWriter, r *http.Request) { say(w, fmt.Sprint("<html>", r.URL)) }
	for name, prepare := range map[string]func(*fake){
		"echo":       func(f *fake) { f.on(userPath, echo) },
		"echo token": func(f *fake) { f.on(tokenPath, echoToken) },
		"hang up":    func(f *fake) { f.on(userPath, hangUp) },
		"page":       func(f *fake) { f.on(userPath, page) },
		"redirect": func(f *fake) {
			f.on(userPath, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/elsewhere?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			prepare(f)
			_, err := openOnce(t, f).PersonByID(t.Context(), "u1")
			wantClean(t, err)
		})
	}
	t.Run("transport", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(newFake())
		t.Cleanup(server.Close)
		client := &http.Client{Transport: leaky{server.Client().Transport}}
		p := openWith(t, dingtalk.Options{APIBaseURL: server.URL, OAPIBaseURL: server.URL}, settings(), provider.Environment{Client: client})
		_, err := p.PersonByID(t.Context(), "u1")
		wantClean(t, err)
	})
	t.Run("deadline", func(t *testing.T) {
		t.Parallel()
		f := newFake().on(userPath, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := open(t, f).PersonByID(ctx, "u1")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the deadline", err)
		}
		wantClean(t, err)
	})
}

// wantClean looks through an error the way logs and people may see it.
func wantClean(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("x", "error", err, "struct", fmt.Sprintf("%+v %#v", err, err))
	views := []string{err.Error(), log.String(), mustJSON(t, err)}
	for e := err; e != nil; e = errors.Unwrap(e) {
		views = append(views, fmt.Sprintf("%v|%+v|%#v", e, e, e))
		if wrapped := new(url.Error); errors.As(e, &wrapped) {
			t.Errorf("a *url.Error left the package: %T", e)
		}
	}
	for _, view := range views {
		for _, secret := range []string{secretValue, url.QueryEscape(secretValue), url.PathEscape(secretValue), "tok-1"} {
			if strings.Contains(view, secret) {
				t.Errorf("%q stands in %s", secret, view)
			}
		}
	}
}

func TestReceiptHoldsNoToken(t *testing.T) {
	t.Parallel()
	f := newFake().reply(sendPath, `{"errcode":0,"task_id":5,"echo":"tok-1"}`)
	r, err := open(t, f).Send(t.Context(), provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "")
	if err != nil || strings.Contains(string(r.Raw), "tok-1") {
		t.Errorf("Send() = %s, %v", r.Raw, err)
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	t.Parallel()
	f := newFake().reply(userPath, mustJSON(t, map[string]any{"errcode": 40035, "errmsg": strings.Repeat("很长\n", 1000)}))
	_, err := open(t, f).PersonByID(t.Context(), "u1")
	got := asError(t, err).UpstreamMessage
	if n := len([]rune(got)); n > 301 || strings.Contains(got, "\n") {
		t.Errorf("message of %d characters: %q", n, got)
	}
}
