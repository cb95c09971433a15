package events_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/provider"
)

// The vector of the standard's reference libraries
// (standard-webhooks/standard-webhooks, libraries/go/webhook_test.go).
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTime      = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	otherSignature  = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
)

func TestSignatureVector(t *testing.T) {
	t.Parallel()
	header := http.Header{}
	check(t, events.Sign(header, vectorID, time.Unix(vectorTime, 999), []byte(vectorBody), provider.NewSecret(vectorSecret)))
	want := map[string]string{
		"webhook-id": vectorID, "webhook-timestamp": "1614265330", "webhook-signature": vectorSignature,
	}
	for name, value := range want {
		if got := header.Get(name); got != value {
			t.Errorf("%s: got %q, want %q", name, got, value)
		}
	}
}

func vectorHeader() http.Header {
	header := http.Header{}
	header.Set("webhook-id", vectorID)
	header.Set("webhook-timestamp", strconv.Itoa(vectorTime))
	header.Set("webhook-signature", vectorSignature)
	return header
}

func TestVerify(t *testing.T) {
	t.Parallel()
	sent := time.Unix(vectorTime, 0)
	tests := map[string]struct {
		change func(http.Header)
		body   string
		secret string
		now    time.Time
		good   bool
	}{
		"as sent":                  {good: true},
		"secret without prefix":    {secret: strings.TrimPrefix(vectorSecret, "whsec_"), good: true},
		"five minutes old":         {now: sent.Add(5 * time.Minute), good: true},
		"five minutes early":       {now: sent.Add(-5 * time.Minute), good: true},
		"too old":                  {now: sent.Add(5*time.Minute + time.Second)},
		"too early":                {now: sent.Add(-5*time.Minute - time.Second)},
		"another body":             {body: `{"test":2432232314}`},
		"another secret":           {secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"},
		"another id":               {change: func(h http.Header) { h.Set("webhook-id", "msg_x") }},
		"another time":             {change: func(h http.Header) { h.Set("webhook-timestamp", "1614265331") }},
		"time that is none":        {change: func(h http.Header) { h.Set("webhook-timestamp", "today") }},
		"without id":               {change: func(h http.Header) { h.Del("webhook-id") }},
		"without time":             {change: func(h http.Header) { h.Del("webhook-timestamp") }},
		"without signature":        {change: func(h http.Header) { h.Del("webhook-signature") }},
		"another signature":        {change: func(h http.Header) { h.Set("webhook-signature", otherSignature) }},
		"signature of a later one": {change: func(h http.Header) { h.Set("webhook-signature", "v2"+vectorSignature[2:]) }},
		"several signatures": {good: true, change: func(h http.Header) {
			h.Set("webhook-signature", strings.Join([]string{otherSignature, "v1a,x", "", vectorSignature, otherSignature}, " "))
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header, body, secret, now := vectorHeader(), vectorBody, vectorSecret, sent
			if tt.change != nil {
				tt.change(header)
			}
			if tt.body != "" {
				body = tt.body
			}
			if tt.secret != "" {
				secret = tt.secret
			}
			if !tt.now.IsZero() {
				now = tt.now
			}
			err := events.VerifyAt(now, header, []byte(body), secret)
			if tt.good && err != nil || !tt.good && !errors.Is(err, events.ErrSignature) {
				t.Errorf("got %v, want it good: %t", err, tt.good)
			}
		})
	}
}

func TestVerifyGoesByTheRealTime(t *testing.T) {
	t.Parallel()
	if err := events.Verify(vectorHeader(), []byte(vectorBody), vectorSecret); !errors.Is(err, events.ErrSignature) {
		t.Errorf("years later: got %v, want it refused", err)
	}
	header := http.Header{}
	check(t, events.Sign(header, "m", time.Now(), []byte("{}"), provider.NewSecret(vectorSecret)))
	check(t, events.Verify(header, []byte("{}"), vectorSecret))
}

func TestVerifyDoesNotShowTheSecret(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", "whsec_", "whsec_not base64 at all", "whsk_MfKQ"} {
		err := events.Verify(vectorHeader(), []byte(vectorBody), secret)
		if err == nil || errors.Is(err, events.ErrSignature) || len(secret) > 6 && strings.Contains(err.Error(), secret[6:]) {
			t.Errorf("secret %q: got %v, want an error about it that does not show it", secret, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(vectorID, "1614265330", vectorSignature, vectorBody, vectorSecret)
	f.Add("", "-1", "v1,", "", "whsec_AA==")
	f.Add("a", "99999999999999999999", " v1 ", "{}", "")
	f.Fuzz(func(t *testing.T, id, sent, given, body, secret string) {
		header := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {sent}, "Webhook-Signature": {given}}
		now := time.Unix(vectorTime, 0)
		if err := events.VerifyAt(now, header, []byte(body), secret); err != nil {
			return
		}
		// What is good is so because of the secret: change it, and it is not.
		if events.VerifyAt(now, header, []byte(body+" "), secret) == nil {
			t.Error("another body has the same signature")
		}
	})
}

// A receiver written in Go.
func ExampleVerify() {
	receive := func(secret string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
			if err == nil {
				err = events.Verify(r.Header, body, secret)
			}
			if err != nil {
				http.Error(w, "not from the platform", http.StatusUnauthorized)
				return
			}
			var e events.Event
			if err := json.Unmarshal(body, &e); err != nil {
				http.Error(w, "not an event", http.StatusBadRequest)
				return
			}
			w.WriteHeader(http.StatusNoContent) // and work on it afterwards
		}
	}
	fmt.Println(receive("whsec_…") != nil)
	// Output: true
}
