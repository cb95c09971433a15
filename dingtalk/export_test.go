package dingtalk

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// TokenSource is the token source, for tests of its timing.
type TokenSource struct{ s *tokenSource }

// NewTokenSource returns a token source on a fetch function.
func NewTokenSource(fetch func(context.Context) (string, time.Duration, error), now func() time.Time) TokenSource {
	return TokenSource{newTokenSource(fetch, now, time.Minute)}
}

// Token returns a valid token.
func (t TokenSource) Token(ctx context.Context) (string, error) { return t.s.token(ctx) }

// Drop forgets a refused token.
func (t TokenSource) Drop(value string) { t.s.drop(value) }

// Close ends the source.
func (t TokenSource) Close() { t.s.close() }

// CallNewAPI calls a path of the new API with the app's token.
func (p *Provider) CallNewAPI(ctx context.Context, path string) ([]byte, error) {
	a, err := p.client.call(ctx, request{api: api{path: path, gen: newAPI, method: http.MethodGet, repeatable: true}})
	return a.body, err
}

// TableProblems returns what is wrong with the table of refusals: names that
// stand in it twice, remedies in one language only.
func TableProblems() []string {
	var problems []string
	seen := make(map[string]bool)
	for _, f := range families {
		for _, name := range strings.Fields(f.names) {
			if name = strings.ToLower(name); seen[name] {
				problems = append(problems, name+" stands there twice")
			}
			seen[name] = true
		}
		if r := f.ruling.remedy; (r.ZH == "") != (r.EN == "") {
			problems = append(problems, f.names+": remedy in one language")
		}
		if f.ruling.code == provider.OK {
			problems = append(problems, f.names+": no code")
		}
	}
	return problems
}

// ShowableMarkdown converts markdown to what DingTalk shows, and tells in
// English what shows otherwise.
func ShowableMarkdown(text string) (string, []string) {
	shown, degraded := showableMarkdown(text)
	return shown, English(degraded)
}

// Distinct returns the ids of a report, each once.
func Distinct(ids []wire.Text) []provider.UserID { return distinct[provider.UserID](ids) }

// English returns texts in English, nil for none.
func English(texts []provider.Text) []string {
	var list []string
	for _, t := range texts {
		list = append(list, t.EN)
	}
	return list
}

// WebhookSign signs a time in milliseconds for a webhook.
func WebhookSign(timestamp, secret string) string { return webhookSign(timestamp, secret) }

// SignedURL returns a page's address as it is signed.
func SignedURL(page string) (string, bool) { return signedURL(page) }

// PageText returns what is signed of a page.
func PageText(tb testing.TB, ticket, nonce, timestamp, signed string) string {
	tb.Helper()
	n, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return pageText(ticket, nonce, n, signed)
}

// PageDigest signs a text.
func (p *Provider) PageDigest(text string) string { return p.pageDigest(text) }

// CallbackKey is a token and aes_key of event callbacks.
type CallbackKey struct{ k callbackKey }

// NewCallbackKey returns a key.
func NewCallbackKey(token, aesKey string) (CallbackKey, error) {
	k, err := newCallbackKey(provider.NewSecret(token), provider.NewSecret(aesKey))
	return CallbackKey{k}, err
}

// Sign signs an encrypted text.
func (k CallbackKey) Sign(timestamp, nonce, encrypted string) string {
	return k.k.sign(timestamp, nonce, encrypted)
}

// Decrypt returns message and owner.
func (k CallbackKey) Decrypt(encrypted string) (message, owner []byte, err error) {
	return k.k.decrypt(encrypted)
}

// Encrypt encrypts with 16 given bytes.
func (k CallbackKey) Encrypt(random, message, owner string) string {
	return k.k.encrypt([callbackRandom]byte([]byte(random)), message, owner)
}

// HandleFrame returns the answer to the text of a frame that holds an event.
func (p *Provider) HandleFrame(text []byte, handle func(context.Context, provider.Event) error) ([]byte, error) {
	var f wire.Frame
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	s := stream{provider: p, handle: handle}
	return json.Marshal(s.handled(context.Background(), f))
}
