package dingtalk

import (
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what older clients of DingTalk check; it protects nothing here
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// apiPageTicket: asking again within a ticket's life returns the same one.
var apiPageTicket = api{ //nolint:gochecknoglobals // constant table
	path: "v1.0/oauth2/jsapiTickets", gen: newAPI, method: http.MethodPost, repeatable: true, right: rightBase,
}

// SignPage signs a page for dd.config. The ticket it takes is fetched once for
// all pages of the app and kept until shortly before it expires, as DingTalk
// asks (docs, "create a JSAPI ticket", read 2026-11-22).
func (p *Provider) SignPage(ctx context.Context, pageURL string) (provider.PageSignature, error) {
	signed, ok := signedURL(pageURL)
	if !ok {
		return provider.PageSignature{}, invalid(apiPageTicket, "page URL is not an http or https address")
	}
	ticket, err := p.pageTickets.token(ctx)
	if err != nil {
		if _, known := asError(err); !known {
			err = p.client.failure(apiPageTicket, codeOfCause(err), err, true)
		}
		return provider.PageSignature{}, err
	}
	s := provider.PageSignature{
		OrgID: p.corpID, AgentID: strconv.FormatInt(p.agentID, 10), ClientID: p.client.app.clientID,
		Nonce: rand.Text(), Timestamp: p.client.now().UnixMilli(),
	}
	s.Signature = p.pageDigest(pageText(ticket, s.Nonce, s.Timestamp, signed))
	return s, nil
}

// fetchPageTicket asks for a ticket.
func (p *Provider) fetchPageTicket(ctx context.Context) (string, time.Duration, error) {
	a, err := p.client.call(ctx, request{api: apiPageTicket, body: struct{}{}})
	if err != nil {
		return "", 0, err
	}
	var t wire.PageTicket
	if json.Unmarshal(a.body, &t) != nil || t.Ticket == "" || t.ExpireIn <= 0 {
		return "", 0, p.client.malformed(apiPageTicket, a)
	}
	return string(t.Ticket), time.Duration(t.ExpireIn) * time.Second, nil
}

// pageText is what is signed.
func pageText(ticket, nonce string, timestamp int64, signed string) string {
	return "jsapi_ticket=" + ticket + "&noncestr=" + nonce + "&timestamp=" + strconv.FormatInt(timestamp, 10) + "&url=" + signed
}

// pageDigest: current pages of the documentation take SHA-256, older ones and
// the old demonstration SHA-1.
func (p *Provider) pageDigest(text string) string {
	if p.legacyPages {
		sum := sha1.Sum([]byte(text)) //nolint:gosec // as above
		return hex.EncodeToString(sum[:])
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// signedURL returns a page's address in the form that is signed: without
// fragment, the query decoded once as a form is, everything else as it stands.
func signedURL(page string) (string, bool) {
	page, _, _ = strings.Cut(page, "#")
	u, err := url.Parse(page)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	address, query, has := strings.Cut(page, "?")
	if !has {
		return page, true
	}
	decoded, err := url.QueryUnescape(query)
	return address + "?" + decoded, err == nil
}
