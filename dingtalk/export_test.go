package dingtalk

import (
	"context"
	"net/http"
	"strings"
	"time"

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

// ShowableMarkdown converts markdown to what DingTalk shows.
func ShowableMarkdown(text string) (string, []string) { return showableMarkdown(text) }

// WebhookSign signs a time in milliseconds for a webhook.
func WebhookSign(timestamp, secret string) string { return webhookSign(timestamp, secret) }
