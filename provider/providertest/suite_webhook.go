package providertest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func runWebhook(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, append(channelTests(newHarness, webhookTo), []test{
		{"takes its own addresses", takesOwnAddresses},
		{"refuses other addresses", refusesAddresses},
		{"tells of mentions", tellsOfMentions},
		{"repeats are one message", repeatsAreOne},
		{"takes what fills the limit", takesWhatFills},
		{"an unknown webhook", func(t *testing.T, s subject) {
			sender := webhookSender(t, s)
			if s.WrongWebhook.URL.IsZero() {
				t.Skip("the harness has no wrong webhook")
			}
			_, err := sender.SendWebhook(t.Context(), s.WrongWebhook, webhookTo(t, s).text(t, "wrong"), "wrong")
			wantError(t, "SendWebhook", s.Kind(), err, provider.NotFound, provider.Unauthenticated,
				provider.PermissionDenied, provider.InvalidArgument, provider.FailedPrecondition)
			s.wantNoSecrets(t, "SendWebhook", err)
		}},
		{"follows no redirect", followsNoRedirect},
		{"ends with its context/before", func(t *testing.T, s subject) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			wantError(t, "SendWebhook", s.Kind(), webhookOp(t, s).call(ctx), provider.Canceled)
		}},
		{"ends with its context/during", func(t *testing.T, s subject) {
			o := webhookOp(t, s)
			defer s.breakDown(t, FaultHang)()
			wantEndsWithContext(t, o)
		}},
		{"many at once", func(t *testing.T, s subject) {
			c := webhookTo(t, s)
			const callers = 8
			var wg sync.WaitGroup
			for i := range callers {
				m := c.text(t, fmt.Sprintf("message %d", i))
				wg.Go(func() {
					if _, err := c.send(t.Context(), m); err != nil {
						t.Errorf("SendWebhook: %v", err)
					}
				})
			}
			wg.Wait()
			if got := c.count(); c.received != nil && got != callers {
				t.Errorf("received %d messages, want %d", got, callers)
			}
		}},
	}...))
}

func webhookSender(t *testing.T, s subject) provider.WebhookSender {
	t.Helper()
	f, ok := s.Factory.(provider.WebhookFactory)
	if !ok {
		t.Skipf("%s has no webhooks", s.Kind())
	}
	return f.Webhooks(s.Environment)
}

// webhookTo opens the channel of a webhook. Each message has a dedup text of
// its own.
func webhookTo(t *testing.T, s subject) channel {
	t.Helper()
	sender := webhookSender(t, s)
	if s.Webhook.URL.IsZero() {
		t.Skip("the harness has no webhook")
	}
	var n atomic.Int32
	return channel{
		limit: sender.Limits().WebhookBytes, received: s.WebhookReceived,
		faults: []Fault{FaultThrottled, FaultDown, FaultGarbled, FaultLost, FaultHang},
		render: func(c provider.Content) (provider.Rendered, error) {
			return sender.RenderWebhook(c, provider.Mentions{})
		},
		send: func(ctx context.Context, m provider.Rendered) (provider.Receipt, error) {
			return sender.SendWebhook(ctx, s.Webhook, m, fmt.Sprintf("dedup-%d", n.Add(1)))
		},
	}
}

func webhookOp(t *testing.T, s subject) op {
	t.Helper()
	c := webhookTo(t, s)
	m := c.text(t, "any")
	return op{name: "SendWebhook", call: func(ctx context.Context) error { _, err := c.send(ctx, m); return err }}
}

// tellsOfMentions: who is mentioned stands in the message, or is said to be
// left out.
func tellsOfMentions(t *testing.T, s subject) {
	sender := webhookSender(t, s)
	for name, m := range map[string]provider.Mentions{
		"a user": {Users: []provider.UserID{"user-7301"}}, "a mobile": {Mobiles: []string{"13800007302"}}, "all": {All: true},
	} {
		for _, c := range contents() {
			plain, err := sender.RenderWebhook(c, provider.Mentions{})
			if err != nil {
				continue // renders has complained
			}
			got, err := sender.RenderWebhook(c, m)
			if err != nil {
				t.Errorf("%s that mentions %s: %v", c.Type, name, err)
				continue
			}
			wantRendered(t, c, got, sender.Limits().WebhookBytes)
			shown := string(got.Body) != string(plain.Body)
			for _, u := range m.Users {
				shown = shown && shows(got.Body, string(u))
			}
			for _, mobile := range m.Mobiles {
				shown = shown && shows(got.Body, mobile)
			}
			if !shown && len(got.Degraded) <= len(plain.Degraded) {
				t.Errorf("%s does not mention %s, and does not say so: %s", c.Type, name, got.Body)
			}
		}
	}
}

func repeatsAreOne(t *testing.T, s subject) {
	c, sender := webhookTo(t, s), webhookSender(t, s)
	c.repeatsAreOne(t, sender.Limits().WebhookDeduplicates, func(m provider.Rendered, dedup string) error {
		_, err := sender.SendWebhook(t.Context(), s.Webhook, m, dedup)
		return err
	})
}

// takesWhatFills: whatever a sender adds to the body when it sends, a message of
// just the size of the limit arrives.
func takesWhatFills(t *testing.T, s subject) {
	c, sender := webhookTo(t, s), webhookSender(t, s)
	if c.limit == 0 {
		t.Skip("the office app bounds no webhook message")
	}
	m := c.text(t, strings.Repeat("x", c.limit-len(c.text(t, "x").Body)+1))
	if len(m.Body) != c.limit {
		t.Skipf("the longest text makes %d bytes, the limit is %d", len(m.Body), c.limit)
	}
	if _, err := sender.SendWebhook(t.Context(), s.Webhook, m, strings.Repeat("d", provider.MaxDedup)); err != nil {
		t.Errorf("SendWebhook of %d bytes: %v", len(m.Body), err)
	}
}

func followsNoRedirect(t *testing.T, s subject) {
	f, ok := s.Factory.(provider.WebhookFactory)
	if !ok || s.Webhook.URL.IsZero() {
		t.Skip("there is no webhook")
	}
	env, elsewhere := s.Environment, &redirecting{}
	env.Client = &http.Client{Transport: elsewhere}
	sender := f.Webhooks(env)
	_, err := sender.SendWebhook(t.Context(), s.Webhook, webhookTo(t, s).text(t, "redirected"), "redirected")
	if elsewhere.calls.Load() == 0 {
		t.Skip("it does not use the client of its Environment")
	}
	if err == nil || elsewhere.followed.Load() > 0 {
		t.Errorf("got error %v, and %d calls to where it was redirected; want an error, and none", err, elsewhere.followed.Load())
	}
	s.wantNoSecrets(t, "SendWebhook", err)
}

// redirecting answers every call with a redirect.
type redirecting struct{ calls, followed atomic.Int32 }

const elsewhereHost = "elsewhere.example"

// RoundTrip implements http.RoundTripper.
func (r *redirecting) RoundTrip(req *http.Request) (*http.Response, error) {
	r.calls.Add(1)
	if req.URL.Host == elsewhereHost {
		r.followed.Add(1)
	}
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return &http.Response{
		Status: "307 Temporary Redirect", StatusCode: http.StatusTemporaryRedirect, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Location": {"https://" + elsewhereHost + "/"}}, Body: http.NoBody, Request: req,
	}, nil
}
