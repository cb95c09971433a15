package dingtalk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// webhooks sends to the robots of groups by their addresses.
type webhooks struct {
	client *client
	words  wording
	places []webhookPlace
	// callsPerSecond is that of the Options.
	callsPerSecond int
}

var _ provider.WebhookSender = (*webhooks)(nil)

// Webhooks returns a sender for group webhooks, which need no app. Its own
// connection pool, when env has no client, closes idle connections after 90
// seconds.
func (f factory) Webhooks(env provider.Environment) provider.WebhookSender {
	if env.Client == nil {
		env.Client = &http.Client{Transport: newTransport()}
	}
	if env.Now == nil {
		env.Now = time.Now
	}
	return &webhooks{
		client: newClient(f.options, env, credentials{}, f.ban),
		words:  wording(f.options.Language),
		places: webhookPlaces(f.options),

		callsPerSecond: f.options.CallsPerSecond,
	}
}

// Limits returns what DingTalk allows; those of webhooks need no app.
func (s *webhooks) Limits() provider.Limits { return limits(s.callsPerSecond) }

// SendWebhook sends a message to a group. With a dedup text, which DingTalk
// remembers messages by, it is made again after a failure that leaves open
// whether it was sent; without one only when it certainly was not. DingTalk
// gives no id of the message. After 20 messages in a minute a webhook rests, and
// the error has a RetryAfter of ten minutes.
func (s *webhooks) SendWebhook(
	ctx context.Context, w provider.Webhook, m provider.Rendered, dedup string,
) (provider.Receipt, error) {
	a := webhookAPI(dedup != "")
	if problem := s.CheckWebhook(w); !problem.IsZero() {
		e := invalid(a, problem.EN)
		e.Remedy = problem
		return provider.Receipt{}, e
	}
	body, err := withDedup(m.Body, dedup)
	if err != nil {
		return provider.Receipt{}, invalid(a, "message was not rendered for a webhook")
	}
	at, _ := s.place(w.URL.Reveal())
	query := signed(at.token, w.SignSecret.Reveal(), s.client.now())
	got, err := s.client.call(ctx, request{
		api: a, body: body, address: at.address, query: query,
		private: []string{at.token, w.URL.Reveal(), w.SignSecret.Reveal(), query.Get("sign")},
	})
	if err != nil {
		return provider.Receipt{}, err
	}
	return provider.Receipt{RequestID: got.requestID, Raw: []byte(got.hidden.replace(string(got.body)))}, nil
}

// withDedup adds the id of the message to its body.
func withDedup(body []byte, dedup string) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	if fields["msgtype"] == nil {
		return nil, errNotJSON
	}
	if dedup != "" {
		id, err := encode(dedup)
		if err != nil {
			return nil, err
		}
		fields["msgUuid"] = id
	}
	return fields, nil
}

// signed returns the query of a call at a time; a webhook without a secret is
// not signed.
func signed(token, secret string, at time.Time) url.Values {
	query := url.Values{"access_token": {token}}
	if secret != "" {
		timestamp := strconv.FormatInt(at.UnixMilli(), 10)
		query.Set("timestamp", timestamp)
		query.Set("sign", webhookSign(timestamp, secret))
	}
	return query
}

// webhookSign signs a time in milliseconds (docs, "security settings of custom
// robots", read 2026-11-22).
func webhookSign(timestamp, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "\n" + secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
