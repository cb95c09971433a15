package identity_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	kitprometheus "github.com/go-kit/kit/metrics/prometheus"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/jobs/jobstest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	here  tenant.ID = "1000"
	there tenant.ID = "2000"
)

// world is a Service over a database and a Fake office app, which both tenants
// are connected to.
type world struct {
	*identity.Service
	store    *bunstore.Store
	people   *bunstore.People
	fake     *providertest.Fake
	sessions *sessions
	queue    *queue
	clock    *jobstest.Clock
	// logins are counted by provider and code.
	logins *prometheus.CounterVec
}

func newWorld(tb testing.TB, change ...func(*identity.Ports)) *world {
	tb.Helper()
	store, err := bunstore.Open(tb.Context(), "sqlite:"+dbtest.SQLite(tb), bunstore.Options{})
	check(tb, err)
	tb.Cleanup(func() { check(tb, store.Close()) })
	check(tb, store.Migrate(tb.Context()))
	w := &world{
		store: store, people: bunstore.NewPeople(store), sessions: &sessions{}, queue: &queue{}, clock: jobstest.NewClock(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)),
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "logins"}, []string{"provider", "code"}),
		fake:   providertest.NewFake(providertest.FakeConfig{Kind: provider.DingTalk, Company: providertest.SmallCompany()}),
	}
	opened, err := w.fake.Open(tb.Context(), w.fake.ValidSettings(), provider.Environment{})
	check(tb, err)
	ports := identity.Ports{
		Store: store, Connector: connector{opened}, Accounts: w.people, Sessions: w.sessions, Queue: w.queue,
		Sealer: newSealer(tb), Authorizer: everybody{},
	}
	for _, c := range change {
		c(&ports)
	}
	w.Service, err = identity.New(ports, identity.Config{
		Now: w.clock.Now, Metrics: identity.Metrics{Logins: kitprometheus.NewCounter(w.logins)},
	})
	check(tb, err)
	return w
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// person makes an account that is a member of tenants and bound in here.
func (w *world) person(tb testing.TB, name, member string, tenants ...tenant.ID) string {
	tb.Helper()
	p, err := w.people.Create(tb.Context(), bunstore.NewPerson{Username: name, Realname: name, Tenants: tenants})
	check(tb, err)
	check(tb, w.store.Bind(tb.Context(), identity.Binding{
		Tenant: here, Key: key(member), UserID: p.ID, Active: true, Source: identity.SourceDirectory,
		CreatedAt: w.clock.Now(), UpdatedAt: w.clock.Now(),
	}))
	return p.ID
}

func key(member string) identity.Key {
	return identity.Key{Provider: provider.DingTalk, OrgID: providertest.OrgID, ProviderUserID: provider.UserID(member)}
}

// member is somebody of the Fake's company.
func (w *world) member() string { return string(providertest.SmallCompany().People[0].UserID) }

func (w *world) inApp(tb testing.TB, t tenant.ID, browser provider.Secret) (identity.Admission, error) {
	tb.Helper()
	return w.LoginInApp(tb.Context(), identity.InAppLogin{
		Tenant: t, Provider: provider.DingTalk, Browser: browser,
		Code: provider.NewSecret(w.fake.InAppCode(provider.UserID(w.member()))),
	})
}

// begin starts a login with a browser and returns what came back from the page.
func (w *world) begin(tb testing.TB, browser provider.Secret) identity.Returned {
	tb.Helper()
	page, err := w.Begin(tb.Context(), identity.BrowserLogin{
		Tenant: here, Provider: provider.DingTalk, Mode: "x", Browser: browser,
		RedirectURL: "https://platform.example.com/callback", ReturnURL: "https://app.example.com/",
	})
	check(tb, err)
	back, err := w.fake.Authorize(page, provider.UserID(w.member()))
	check(tb, err)
	u, err := url.Parse(back)
	check(tb, err)
	return identity.Returned{
		Provider: provider.DingTalk, Browser: browser,
		State: provider.NewSecret(u.Query().Get("state")), Code: provider.NewSecret(u.Query().Get("code")),
	}
}

func (w *world) allow(tb testing.TB, change identity.SettingsChange) {
	tb.Helper()
	if change.ReturnURLs == nil {
		change.ReturnURLs = &[]string{"https://app.example.com"}
	}
	_, err := w.SaveSettings(tenant.AsSystem(tb.Context(), "test"), here, change)
	check(tb, err)
}

// connector connects every tenant to one app, as if each had one of its own.
type connector struct{ p provider.Provider }

func (c connector) Connect(_ context.Context, t tenant.ID, kind provider.Kind) (tenant.Connection, error) {
	return tenant.Connection{Provider: c.p, App: tenant.App{
		ID: "app of " + string(t), Tenant: t, Provider: kind, Enabled: true,
		Values: map[string]string{provider.SettingOrgID: providertest.OrgID, provider.SettingClientID: providertest.ClientID},
	}}, nil
}

// sessions are a host's.
type sessions struct {
	mu      sync.Mutex
	issued  []identity.SessionRequest
	revoked []identity.Revocation
	err     error
}

func (s *sessions) Issue(_ context.Context, req identity.SessionRequest) (identity.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return identity.Session{}, s.err
	}
	s.issued = append(s.issued, req)
	return identity.Session{Token: provider.NewSecret("session")}, nil
}

func (s *sessions) Revoke(_ context.Context, r identity.Revocation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = append(s.revoked, r)
	return s.err
}

// queue keeps jobs until they are worked.
type queue struct {
	mu   sync.Mutex
	jobs []jobs.Job
}

func (q *queue) Enqueue(_ context.Context, list ...jobs.Job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs = append(q.jobs, list...)
	return nil
}

// work runs every job that waits and returns the errors by kind.
func (w *world) work(tb testing.TB) map[string]error {
	tb.Helper()
	w.queue.mu.Lock()
	list := w.queue.jobs
	w.queue.jobs = nil
	w.queue.mu.Unlock()
	outcomes := make(map[string]error)
	for _, j := range list {
		for _, h := range w.Handlers() {
			if h.Kind == j.Kind {
				outcomes[j.Kind] = h.Work(tb.Context(), jobs.Run{Kind: j.Kind, Tenant: j.Tenant, Key: j.Key, Payload: j.Payload, Attempt: 1})
			}
		}
	}
	return outcomes
}

// everybody may do everything.
type everybody struct{}

func (everybody) Can(context.Context, string, tenant.ID, tenant.Object, tenant.Action) error {
	return nil
}
func (everybody) Everywhere(context.Context, string) (bool, error) { return false, nil }
func (everybody) Refresh(context.Context) error                    { return nil }

// sealer encrypts with a key of its own.
type sealer struct{ aead cipher.AEAD }

func newSealer(tb testing.TB) sealer {
	tb.Helper()
	block, err := aes.NewCipher([]byte(tb.Name() + strings.Repeat("k", 32))[:32])
	check(tb, err)
	aead, err := cipher.NewGCMWithRandomNonce(block)
	check(tb, err)
	return sealer{aead}
}

func (s sealer) Seal(_ context.Context, plaintext provider.Secret, associated string) (tenant.Sealed, error) {
	return tenant.Sealed{KeyID: "k1", Ciphertext: s.aead.Seal(nil, nil, []byte(plaintext.Reveal()), []byte(associated))}, nil
}

func (s sealer) Open(_ context.Context, sealed tenant.Sealed, associated string) (provider.Secret, error) {
	plain, err := s.aead.Open(nil, nil, sealed.Ciphertext, []byte(associated))
	return provider.NewSecret(string(plain)), err
}

func (sealer) CurrentKey() string { return "k1" }
