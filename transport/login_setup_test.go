package transport_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// testSessions are a host's.
type testSessions struct {
	mu      sync.Mutex
	issued  map[string]identity.SessionRequest
	revoked []identity.Revocation
}

func (s *testSessions) Issue(_ context.Context, req identity.SessionRequest) (identity.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.issued == nil {
		s.issued = make(map[string]identity.SessionRequest)
	}
	token := fmt.Sprintf("token-session-%d", len(s.issued)+1)
	s.issued[token] = req
	return identity.Session{Token: provider.NewSecret(token), ExpiresAt: now().Add(time.Hour)}, nil
}

func (s *testSessions) Revoke(_ context.Context, r identity.Revocation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = append(s.revoked, r)
	for token, req := range s.issued {
		if req.Tenant == r.Tenant && req.UserID == r.UserID {
			delete(s.issued, token)
		}
	}
	return nil
}

// authenticate takes the tokens of sessions, besides those of the tests' users.
func (s *testSessions) authenticate(r *http.Request) (transport.Principal, error) {
	s.mu.Lock()
	req, ok := s.issued[r.Header.Get("X-Access-Token")]
	s.mu.Unlock()
	if !ok {
		return authenticate(r)
	}
	return transport.Principal{UserID: req.UserID, Username: req.Username, Tenants: req.Tenants, Bounded: true}, nil
}

func (s *testSessions) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.issued)
}

// testCodes sends every number the code 123456.
type testCodes struct {
	mu   sync.Mutex
	sent []string
}

func (c *testCodes) SendCode(_ context.Context, _ tenant.ID, mobile string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, mobile)
	return nil
}

func (*testCodes) CheckCode(_ context.Context, _ tenant.ID, _, code string) (bool, error) {
	return code == "123456", nil
}

func newLogins(
	tb testing.TB, p *platform, plan setup, tenants *tenant.Service, queue jobs.Queue, authz tenant.Authorizer,
) *identity.Service {
	tb.Helper()
	sessions := identity.Sessions(p.sessions)
	if plan.sessions != nil {
		sessions = plan.sessions(p.store)
	}
	people := bunstore.NewPeople(p.store)
	accounts := identity.Accounts(people)
	if plan.accounts != nil {
		accounts = plan.accounts(people)
	}
	s, err := identity.New(identity.Ports{
		Store: p.store, Connector: tenants, Accounts: accounts, Sessions: sessions, Queue: queue,
		Sealer: newSealer(tb), Authorizer: authz, Codes: p.codes,
	}, identity.Config{})
	check(tb, err)
	return s
}

// frontEnd is the tenant's page that people return to.
const frontEnd = "https://app.example.com"

// allow puts return addresses on the list of here.
func (p *platform) allow(tb testing.TB, unbound identity.Unbound, returnURLs ...string) {
	tb.Helper()
	p.allowIn(tb, here, unbound, returnURLs...)
}

// allowIn is allow for any tenant.
func (p *platform) allowIn(tb testing.TB, t tenant.ID, unbound identity.Unbound, returnURLs ...string) {
	tb.Helper()
	_, err := p.services.Logins.SaveSettings(tenant.AsSystem(tb.Context(), "test"), t, identity.SettingsChange{
		Unbound: &unbound, ReturnURLs: &returnURLs,
	})
	check(tb, err)
}

// browser is somebody's, with its cookies. It follows no redirect.
type browser struct {
	p      *platform
	client *http.Client
}

func (p *platform) browser(tb testing.TB) *browser {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	check(tb, err)
	return &browser{p, &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) do(tb testing.TB, r request) answer {
	tb.Helper()
	base := b.p.server.URL
	if strings.HasPrefix(r.path, "http://") {
		base = ""
	}
	resp, err := b.client.Do(newRequest(tb, base, r))
	check(tb, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	check(tb, err)
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (b *browser) post(tb testing.TB, path, body string) answer {
	tb.Helper()
	return b.do(tb, request{method: http.MethodPost, path: path, body: body})
}

// inAppCode is what a page inside of DingTalk gets for a person of a company.
func (p *platform) inAppCode(tb testing.TB, corpID, user string) string {
	tb.Helper()
	code, err := p.emulator.InAppCode(p.emulator.Apps(corpID)[0].ClientID, user)
	check(tb, err)
	return code
}

// ticket logs somebody in by a page inside of DingTalk, up to the ticket.
func (b *browser) ticket(t *testing.T, corpID, user string, in tenant.ID) string {
	t.Helper()
	a := b.post(t, "/login/dingtalk/code", `{"tenantId":"`+string(in)+`","code":"`+b.p.inAppCode(t, corpID, user)+`"}`)
	return result[struct{ Ticket string }](t, a).Ticket
}

// loggedIn is the answer of an exchange.
type loggedIn struct {
	Token, TenantID, ChosenTenantID string
	User                            struct{ UserID, Username, Name string }
	Tenants                         []string
}

func (b *browser) exchange(t *testing.T, ticket string) loggedIn {
	t.Helper()
	return result[loggedIn](t, b.post(t, "/login/exchange", `{"ticket":"`+ticket+`"}`))
}

// begin opens the login page of DingTalk and returns its address.
func (b *browser) begin(t *testing.T, path string) string {
	t.Helper()
	a := b.do(t, request{path: path})
	location := a.header.Get("Location")
	if a.status != http.StatusFound || !strings.HasPrefix(location, b.p.emulator.URL+"/oauth2/auth?") {
		t.Fatalf("%s: HTTP %d to %q, want DingTalk's login page: %s", path, a.status, location, a.body)
	}
	return location
}

// agree plays a person on the login page, and returns where they are sent.
func (p *platform) agree(t *testing.T, loginPage, user string) string {
	t.Helper()
	back, err := p.emulator.Authorize(loginPage, user)
	check(t, err)
	return back
}

const authorizePath = "/login/dingtalk/authorize?tenantId=1000"

// fragment decodes what follows '#'.
func fragment(t *testing.T, address string) url.Values {
	t.Helper()
	_, after, _ := strings.Cut(address, "#")
	values, err := url.ParseQuery(after)
	check(t, err)
	return values
}
