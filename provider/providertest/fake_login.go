package providertest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// fakeAuthorize is the Fake's login page, which nobody can open.
const fakeAuthorize = "https://fake.example/authorize"

// fakePageTicket is what pages are signed with.
const fakePageTicket = "fake-page-ticket-71ad"

// loginCode is a code that was given out and not used yet.
type loginCode struct {
	user provider.UserID
	// inApp codes come from a page inside of the office app.
	inApp bool
	// redirect and challenge are those of the AuthorizeRequest.
	redirect, challenge string
}

// InAppCode returns a code as a page inside of the office app gets it for
// somebody.
func (f *Fake) InAppCode(user provider.UserID) string {
	return f.newCode(loginCode{user: user, inApp: true})
}

// Authorize plays somebody who logs in on the page of AuthorizeURL, and returns
// where the page sends them back. It is an error when the page would not open.
func (f *Fake) Authorize(authorizeURL string, user provider.UserID) (string, error) {
	page, query, _ := strings.Cut(authorizeURL, "?")
	values, err := url.ParseQuery(query)
	if err != nil || page != fakeAuthorize || values.Get("client_id") != ClientID {
		return "", fmt.Errorf("providertest: %q is not the login page of the app", authorizeURL)
	}
	back, err := url.Parse(values.Get("redirect_uri"))
	if err != nil || !back.IsAbs() {
		return "", fmt.Errorf("providertest: redirect_uri %q: not an address", values.Get("redirect_uri"))
	}
	returned := back.Query()
	returned.Set("state", values.Get("state"))
	returned.Set("code", f.newCode(loginCode{
		user: user, redirect: values.Get("redirect_uri"), challenge: values.Get("code_challenge"),
	}))
	back.RawQuery = returned.Encode()
	return back.String(), nil
}

// ValidPage reports whether the Fake would let a page with that signature in.
func (f *Fake) ValidPage(pageURL string, s provider.PageSignature) bool {
	pageURL, _, _ = strings.Cut(pageURL, "#")
	return s.OrgID == OrgID && s.ClientID == ClientID && s.Nonce != "" &&
		s.Signature == fakeSignature(pageURL, s.Nonce, s.Timestamp)
}

func fakeSignature(page, nonce string, timestamp int64) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{fakePageTicket, nonce, strconv.FormatInt(timestamp, 10), page}, "\n")))
	return hex.EncodeToString(sum[:])
}

func (f *Fake) newCode(c loginCode) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.codesGiven++
	code := "fake-code-" + strconv.Itoa(f.codesGiven)
	if f.codes == nil {
		f.codes = make(map[string]loginCode)
	}
	f.codes[code] = c
	return code
}

// redeem uses a code up.
func (f *Fake) redeem(op Op, code string, fits func(loginCode) bool) (provider.LoginIdentity, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, known := f.codes[code]
	delete(f.codes, code)
	if !known || !fits(c) {
		return provider.LoginIdentity{}, f.errorf(op, provider.Unauthenticated, "the code is not valid")
	}
	p, found := f.company.person(func(p provider.Person) bool { return p.UserID == c.user })
	if !found {
		return provider.LoginIdentity{}, f.errorf(op, provider.NotFound, "not a member")
	}
	return provider.LoginIdentity{UserID: p.UserID, UnionID: p.UnionID, Name: p.Name}, nil
}

// AuthorizeURL implements provider.LoginFlow. The Fake has PKCE.
func (c *connection) AuthorizeURL(req provider.AuthorizeRequest) (string, error) {
	if req.RedirectURL == "" || req.State == "" {
		return "", c.fake.errorf(OpLogin, provider.InvalidArgument, "redirect URL or state is empty")
	}
	query := url.Values{"client_id": {ClientID}, "redirect_uri": {req.RedirectURL}, "state": {req.State}}
	if req.Challenge != "" {
		query.Set("code_challenge", req.Challenge)
		query.Set("code_challenge_method", "S256")
	}
	if req.Inside {
		query.Set("inside", "true")
	}
	return fakeAuthorize + "?" + query.Encode(), nil
}

// InAppIdentity implements provider.LoginFlow.
func (c *connection) InAppIdentity(ctx context.Context, code provider.Secret) (provider.LoginIdentity, error) {
	return c.login(ctx, code, func(l loginCode) bool { return l.inApp })
}

// BrowserIdentity implements provider.LoginFlow.
func (c *connection) BrowserIdentity(ctx context.Context, code provider.BrowserCode) (provider.LoginIdentity, error) {
	return c.login(ctx, code.Code, func(l loginCode) bool {
		return !l.inApp && l.redirect == code.RedirectURL && (l.challenge == "" || l.challenge == challengeOf(code.Verifier))
	})
}

func (c *connection) login(ctx context.Context, code provider.Secret, fits func(loginCode) bool) (provider.LoginIdentity, error) {
	return act(ctx, c.fake, OpLogin, func() (provider.LoginIdentity, error) {
		if err := c.usable(OpLogin); err != nil {
			return provider.LoginIdentity{}, err
		}
		if code.IsZero() {
			return provider.LoginIdentity{}, c.fake.errorf(OpLogin, provider.InvalidArgument, "code is empty")
		}
		return c.fake.redeem(OpLogin, code.Reveal(), fits)
	})
}

// challengeOf is the method S256 of PKCE (RFC 7636, section 4.2).
func challengeOf(verifier provider.Secret) string {
	sum := sha256.Sum256([]byte(verifier.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SignPage implements provider.PageSigner.
func (c *connection) SignPage(ctx context.Context, pageURL string) (provider.PageSignature, error) {
	if _, err := c.begin(ctx, OpSignPage); err != nil {
		return provider.PageSignature{}, err
	}
	pageURL, _, _ = strings.Cut(pageURL, "#")
	if u, err := url.Parse(pageURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return provider.PageSignature{}, c.fake.errorf(OpSignPage, provider.InvalidArgument, "not an address of a page")
	}
	s := provider.PageSignature{
		OrgID: OrgID, ClientID: ClientID, Nonce: c.fake.newNonce(), Timestamp: c.now().UnixMilli(),
	}
	s.Signature = fakeSignature(pageURL, s.Nonce, s.Timestamp)
	return s, nil
}

func (f *Fake) newNonce() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nonces++
	return "nonce-" + strconv.Itoa(f.nonces)
}

// CodeScript implements provider.CodeScripter.
func (*connection) CodeScript() provider.CodeScript {
	return provider.CodeScript{
		URL: "https://fake.example.com/page.js", Inside: "!!window.fakeOffice", Ask: "function (app) { return window.fakeOffice.code(app); }",
	}
}
