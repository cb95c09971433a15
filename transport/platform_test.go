package transport_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/casbinauthz"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/internal/apitest"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

func TestMain(m *testing.M) {
	code := dbtest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// The tenants of the tests: both are connected to a company of their own.
const (
	here  tenant.ID = "1000"
	there tenant.ID = "2000"
)

// The users of the tests, also their tokens.
const (
	owner    = "owner"    // owner of here
	viewer   = "viewer"   // viewer of here
	stranger = "stranger" // member of here, without any grant
	foreign  = "foreign"  // owner of there
	single   = "single"   // owner of the default tenant
	admin    = "admin"    // platform_admin, member of nothing
)

var byToken = principals()

// principals are the users by token.
func principals() map[string]transport.Principal {
	users := map[string][]tenant.ID{
		owner: {here}, viewer: {here}, stranger: {here}, foreign: {there}, single: {tenant.Default}, admin: nil,
	}
	tokens := make(map[string]transport.Principal, len(users))
	for name, tenants := range users {
		tokens["token-"+name] = transport.Principal{UserID: "id-" + name, Username: name, Tenants: tenants}
	}
	return tokens
}

// authenticate is the host's part.
func authenticate(r *http.Request) (transport.Principal, error) {
	token := r.Header.Get("X-Access-Token")
	switch p, ok := byToken[token]; {
	case ok:
		return p, nil
	case token == "":
		return transport.Principal{}, transport.ErrTokenMissing
	case token == "token-expired":
		return transport.Principal{}, transport.ErrTokenExpired
	case token == "token-outage":
		return transport.Principal{}, tenant.ErrUnavailable
	}
	return transport.Principal{}, errors.New("signature of eyJhbGciOi.secret does not fit")
}

// platform is a whole host: every service, over a database and an emulator of
// DingTalk.
type platform struct {
	services transport.Services
	store    *bunstore.Store
	emulator *dingtalktest.Server
	handler  http.Handler
	server   *httptest.Server
	log      *lockedBuffer
	sessions *testSessions
	codes    *testCodes
	// apps are the ids of the connected apps, by tenant.
	apps map[tenant.ID]string
	// secrets are what must never show.
	secrets []string
	// config is how it is served, and api what it says of itself.
	config     transport.Config
	documented sync.Once
	api        *apitest.Document
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// setup is what tests may change of a platform before it starts.
type setup struct {
	transport.Config
	// dsn is the database, an SQLite file when it is "".
	dsn string
	// sessions are issued at logins; nil keeps them in memory.
	sessions func(*bunstore.Store) identity.Sessions
	// accounts are what logins know of the people; nil is bunstore's own.
	accounts func(*bunstore.People) identity.Accounts
	// asked remembers what the database is asked; may be nil.
	asked *statements
	// idle platforms work no jobs: runs stay queued, messages unsent.
	idle bool
	// office wraps DingTalk.
	office func(provider.Factory) provider.Factory
}

// newPlatform starts a platform.
func newPlatform(tb testing.TB, options ...func(*setup)) *platform {
	tb.Helper()
	s := setup{}
	for _, option := range options {
		option(&s)
	}
	if s.dsn == "" {
		s.dsn = "sqlite:" + dbtest.SQLite(tb)
	}
	p := &platform{log: &lockedBuffer{}, apps: make(map[tenant.ID]string)}
	p.sessions, p.codes = &testSessions{}, &testCodes{}
	p.emulator = dingtalktest.NewServerWith(tb, dingtalktest.Options{
		Companies: []dingtalktest.Company{company("dingAAAA"), company("dingBBBB"), company("dingCCCC")},
	})
	if s.asked != nil {
		p.store = openWatched(tb, s.dsn, s.asked)
	} else {
		p.store = openStore(tb, s.dsn)
	}
	p.seed(tb)
	p.wire(tb, s)
	p.connect(tb, here, "dingAAAA")
	p.connect(tb, there, "dingBBBB")
	s.Authenticator, s.Heartbeat = p.sessions.authenticate, 20*time.Millisecond
	s.Logger = slog.New(slog.NewJSONHandler(p.log, nil))
	p.server = httptest.NewUnstartedServer(nil)
	if s.PublicURL == "" {
		s.PublicURL = "http://" + p.server.Listener.Addr().String()
	}
	handler, err := transport.New(p.services, s.Config)
	if err != nil {
		tb.Fatal(err)
	}
	p.handler, p.config = handler, s.Config
	p.server.Config.Handler = handler
	p.server.Start()
	tb.Cleanup(p.server.Close)
	return p
}

// asIdle makes a platform idle.
func asIdle(s *setup) { s.idle = true }

// onPostgres gives a platform a database of its own on PostgreSQL.
func onPostgres(tb testing.TB) func(*setup) {
	tb.Helper()
	dsn := dbtest.Postgres(tb)
	return func(s *setup) { s.dsn = dsn }
}

// onBoth runs a benchmark on PostgreSQL, which wants
// THIRDAPP_TEST_POSTGRES_DURABLE=true, and on SQLite.
func onBoth(b *testing.B, bench func(b *testing.B, database func(*setup))) {
	b.Helper()
	b.Run("postgres", func(b *testing.B) { bench(b, onPostgres(b)) })
	b.Run("sqlite", func(b *testing.B) { bench(b, func(*setup) {}) })
}

// company has three departments and people of which one is in two.
func company(corpID string) dingtalktest.Company {
	return dingtalktest.Company{
		CorpID: corpID, Name: "华星科技" + corpID,
		Departments: []dingtalktest.Department{{ID: 2, Name: "研发"}, {ID: 3, Name: "市场"}},
		People: []dingtalktest.Person{
			{UserID: "p-alice", Name: "爱丽丝", Mobile: "1380000" + corpMobile(corpID, 1), Memberships: in(2)},
			{UserID: "p-wang", Name: "王伟", Mobile: "1380000" + corpMobile(corpID, 2), Memberships: in(2, 3)},
			{UserID: "p-li", Name: "李娜", Mobile: "1380000" + corpMobile(corpID, 3), Memberships: in(3)},
		},
	}
}

func corpMobile(corpID string, n int) string {
	return strconv.Itoa(int(corpID[len(corpID)-1])*10 + n)
}

func in(departments ...int64) []dingtalktest.Membership {
	list := make([]dingtalktest.Membership, len(departments))
	for i, id := range departments {
		list[i].DepartmentID = id
	}
	return list
}

func openStore(tb testing.TB, dsn string) *bunstore.Store {
	tb.Helper()
	s, err := bunstore.Open(tb.Context(), dsn, bunstore.Options{})
	check(tb, err)
	prepare(tb, s)
	return s
}

// prepare makes the tables of a store that ends with the test.
func prepare(tb testing.TB, s *bunstore.Store) {
	tb.Helper()
	tb.Cleanup(func() {
		if err := s.DB().Close(); err != nil {
			tb.Errorf("close database: %v", err)
		}
	})
	check(tb, s.Migrate(tb.Context()))
}

// seed makes the users and their grants, and two people to write to: alice is
// bound in both tenants, bob in none.
func (p *platform) seed(tb testing.TB) {
	tb.Helper()
	for _, user := range byToken {
		p.addPerson(tb, user.UserID, user.Username, user.Tenants...)
	}
	p.addPerson(tb, "id-alice", "alice", here, there)
	p.addPerson(tb, "id-bob", "bob", here, there)
	for t, corp := range map[tenant.ID]string{here: "dingAAAA", there: "dingBBBB"} {
		p.bind(tb, t, corp, "p-alice", "id-alice")
	}
	for _, g := range []tenant.Grant{
		{Tenant: here, Username: owner, Role: tenant.RoleOwner},
		{Tenant: here, Username: viewer, Role: tenant.RoleViewer},
		{Tenant: there, Username: foreign, Role: tenant.RoleOwner},
		{Tenant: tenant.Default, Username: single, Role: tenant.RoleOwner},
		{Tenant: tenant.Platform, Username: admin, Role: tenant.RolePlatformAdmin},
	} {
		g.UserID, g.CreatedAt = "id-"+g.Username, now()
		if _, err := p.store.AddGrant(tb.Context(), g); err != nil {
			tb.Fatal(err)
		}
	}
}

func now() time.Time { return time.Now().UTC() }

func (p *platform) addPerson(tb testing.TB, id, username string, tenants ...tenant.ID) {
	tb.Helper()
	p.exec(tb, `INSERT INTO thirdapp_people
		(id, username, realname, avatar_url, disabled, password_hash, must_change_password, created_at, updated_at)
		VALUES (?, ?, ?, '', FALSE, '', FALSE, ?, ?)`, id, username, username, now(), now())
	for _, t := range tenants {
		p.exec(tb, `INSERT INTO thirdapp_memberships
			(tenant_id, person_id, state, work_no, title, created_at, updated_at)
			VALUES (?, ?, 'active', '', '', ?, ?)`, t, id, now(), now())
	}
}

// bind says who somebody is at DingTalk.
func (p *platform) bind(tb testing.TB, t tenant.ID, corpID, remote, person string) {
	tb.Helper()
	p.exec(tb, `INSERT INTO thirdapp_bindings
		(tenant_id, provider, org_id, provider_user_id, union_id, person_id, active, created_at, updated_at)
		VALUES (?, 'dingtalk', ?, ?, '', ?, TRUE, ?, ?)`, t, corpID, remote, person, now(), now())
}

func (p *platform) exec(tb testing.TB, query string, args ...any) {
	tb.Helper()
	if _, err := p.store.DB().ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

// wire makes the services and, unless idle, starts the workers.
func (p *platform) wire(tb testing.TB, s setup) {
	tb.Helper()
	authz, err := casbinauthz.New(p.store, casbinauthz.Config{})
	check(tb, err)
	check(tb, authz.Start(tb.Context()))
	tb.Cleanup(authz.Stop)

	factory, err := dingtalk.New(dingtalk.Options{
		APIBaseURL: p.emulator.URL, OAPIBaseURL: p.emulator.URL, LoginBaseURL: p.emulator.URL, CallsPerSecond: -1,
	})
	check(tb, err)
	if s.office != nil {
		factory = s.office(factory)
	}
	registry, err := provider.NewRegistry(factory)
	check(tb, err)
	tenants, err := tenant.New(p.store, registry, newSealer(tb), authz, p.store, tenant.Config{})
	check(tb, err)
	tb.Cleanup(func() { check(tb, tenants.Close()) })

	runner := newRunner(tb, p.store, s.dsn)
	messages, err := messaging.New(messaging.Ports{
		Store: p.store, Connector: tenants, Accounts: p.store, Audiences: p.store, Queue: runner,
		Authorizer: authz, Sealer: newSealer(tb),
	}, messaging.Config{
		// States stay as they are found.
		Backoff: []time.Duration{0, time.Hour}, TrackBackoff: []time.Duration{time.Hour},
	})
	check(tb, err)
	runs, err := dirsync.New(dirsync.Ports{
		Store: p.store, Connector: tenants, Members: bunstore.NewPeople(p.store), Queue: runner, Authorizer: authz,
	}, dirsync.Config{PollInterval: 20 * time.Millisecond})
	check(tb, err)
	happenings := newEvents(tb, p.store, runner, authz)
	logins := newLogins(tb, p, s, tenants, runner, authz)
	p.services = transport.Services{Tenants: tenants, Messages: messages, Sync: runs, Events: happenings, Logins: logins, Registry: registry}
	if s.idle {
		return
	}
	check(tb, runner.Start(tb.Context(), slices.Concat(messages.Handlers(), runs.Handlers(), happenings.Handlers(), logins.Handlers())))
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		check(tb, runner.Stop(ctx))
	})
}

// newRunner returns a queue in the store's database, migrated.
func newRunner(tb testing.TB, store *bunstore.Store, dsn string) *riverjobs.Runner {
	tb.Helper()
	cfg := riverjobs.Config{
		DB: store.DB().DB, Dialect: riverjobs.SQLite, Tx: store.SQLTx, AfterCommit: store.AfterCommit,
		PollInterval: 20 * time.Millisecond,
	}
	if !strings.HasPrefix(dsn, "sqlite:") {
		cfg.Dialect, cfg.PostgresDSN = riverjobs.Postgres, dsn
	}
	runner, err := riverjobs.New(cfg)
	check(tb, err)
	check(tb, runner.Migrate(tb.Context()))
	return runner
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// settingsOf returns what a tenant enters to connect a company's app.
func (p *platform) settingsOf(corpID string) map[string]string {
	app := p.emulator.Apps(corpID)[0]
	return map[string]string{
		"corpId": corpID, "agentId": strconv.FormatInt(app.AgentID, 10),
		"clientId": app.ClientID, "clientSecret": app.ClientSecret,
		"callbackToken": "Token" + corpID, "callbackAesKey": strings.Repeat("K", 35) + corpID,
	}
}

func (p *platform) connect(tb testing.TB, t tenant.ID, corpID string) {
	tb.Helper()
	settings := p.settingsOf(corpID)
	v, err := p.services.Tenants.CreateApp(tenant.AsSystem(tb.Context(), "test"), t, tenant.AppInput{
		Provider: provider.DingTalk, Enabled: true, Settings: settings,
	})
	check(tb, err)
	p.apps[t] = v.ID
	p.secrets = append(p.secrets, settings["clientSecret"], settings["callbackToken"], settings["callbackAesKey"])
}

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

// request is one call of the API; zero fields are left out.
type request struct {
	method, path, body string
	// user is whose token is sent; "" sends none.
	user   string
	tenant tenant.ID
	header http.Header
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request over HTTP, and sees whether the document of the API has such
// an answer. Without a method it is GET.
func (p *platform) do(tb testing.TB, r request) answer {
	tb.Helper()
	a := send(tb, p.server.URL, r)
	p.conforms(tb, r, a)
	return a
}

func send(tb testing.TB, base string, r request) answer {
	tb.Helper()
	req := newRequest(tb, base, r)
	resp, err := http.DefaultClient.Do(req)
	check(tb, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	check(tb, err)
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func newRequest(tb testing.TB, base string, r request) *http.Request {
	tb.Helper()
	if r.method == "" {
		r.method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(tb.Context(), r.method, base+r.path, strings.NewReader(r.body))
	check(tb, err)
	for name, values := range r.header {
		req.Header[name] = values
	}
	if r.user != "" {
		req.Header.Set("X-Access-Token", "token-"+r.user)
	}
	if r.tenant != "" {
		req.Header.Set("X-Tenant-Id", string(r.tenant))
	}
	return req
}
