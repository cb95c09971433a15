package wholetest_test

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/trace"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/adapters/oteltrace"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// The tenants of the tests.
const (
	here  tenant.ID = "1000"
	there tenant.ID = "2000"
)

// The users of the tests.
const (
	owner   = "owner"   // owner of here
	viewer  = "viewer"  // viewer of here
	foreign = "foreign" // owner of there
	admin   = "admin"   // platform_admin, member of nothing
)

// jwtKey signs the tests' access tokens.
const jwtKey = "jwt-key-0123456789-abcdefghij-KLMNOPQRST"

// host is a platform that has the module in it, with an office app to talk to.
type host struct {
	stack    *stack.Stack
	module   *thirdapp.Module
	emulator *dingtalktest.Server
	dsn      string
	url      string
	client   *http.Client
	// log has everything that was logged, by the HTTP server too.
	log *buffer
	// answers has everything that came back over HTTP.
	answers *buffer
	// tokens are the users' access tokens.
	tokens map[string]string
	// traces follows what is done; nil does not.
	traces trace.TracerProvider
}

// setup is what a test may change before its host starts.
type setup struct {
	dsn      string
	emulator dingtalktest.Options
	ding     dingtalk.Options
	config   thirdapp.Config
	// keyset seals secrets; a new one when it is zero.
	keyset provider.Secret
	// wire is called with the module before it starts; may be nil.
	wire func(*thirdapp.Module)
	// traces follows what is done; nil does not.
	traces trace.TracerProvider
}

// newHost starts a host whose office app has the given companies, or the small
// one.
func newHost(tb testing.TB, dsn string, change ...func(*setup)) *host {
	tb.Helper()
	s := setup{
		dsn: dsn, ding: dingtalk.Options{CallsPerSecond: -1},
		config: thirdapp.Config{
			Messages: messaging.Config{TrackBackoff: []time.Duration{20 * time.Millisecond}},
			Directory: dirsync.Config{
				RetryPause: time.Millisecond, PollInterval: 20 * time.Millisecond, Guard: dirsync.Guard{People: 1000},
			},
		},
	}
	for _, f := range change {
		f(&s)
	}
	if len(s.emulator.Companies) == 0 {
		s.emulator.Companies = []dingtalktest.Company{smallCompany()}
	}
	h := &host{dsn: dsn, log: &buffer{}, answers: &buffer{}, tokens: make(map[string]string), traces: s.traces}
	h.emulator = dingtalktest.NewServerWith(tb, s.emulator)
	h.open(tb, s)
	h.populate(tb)
	h.serve(tb)
	return h
}

// open wires the module on the database and starts it.
func (h *host) open(tb testing.TB, s setup) {
	tb.Helper()
	h.build(tb, s)
	check(tb, h.module.Migrate(tb.Context()))
	check(tb, h.module.Start(tb.Context()))
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		check(tb, h.module.Stop(ctx))
	})
}

// build wires the module on the database.
func (h *host) build(tb testing.TB, s setup) {
	tb.Helper()
	s.ding.APIBaseURL, s.ding.OAPIBaseURL = h.emulator.URL, h.emulator.URL
	if s.traces != nil {
		s.ding.Tracer = oteltrace.Calls(s.traces)
	}
	ding, err := dingtalk.New(s.ding)
	check(tb, err)
	if s.keyset.IsZero() {
		s.keyset, err = tinksecrets.GenerateKeyset()
		check(tb, err)
	}
	h.stack, err = stack.Open(tb.Context(), stack.Config{
		DSN: s.dsn, SecretsKeyset: s.keyset, JWTKey: provider.NewSecret(jwtKey), Providers: []provider.Factory{ding},
		Logger: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Jobs:   riverjobs.Config{PollInterval: 20 * time.Millisecond},
	})
	check(tb, err)
	tb.Cleanup(func() { check(tb, h.stack.Close()) })
	cfg := h.stack.Config
	cfg.Tenants, cfg.Messages, cfg.Directory, cfg.HTTP = s.config.Tenants, s.config.Messages, s.config.Directory, s.config.HTTP
	cfg.Events = s.config.Events
	if s.traces != nil {
		cfg.Jobs = oteltrace.Jobs(cfg.Jobs, s.traces)
	}
	h.module, err = thirdapp.New(cfg)
	check(tb, err)
	if s.wire != nil {
		s.wire(h.module)
	}
}

// populate creates the users with their roles and access tokens.
func (h *host) populate(tb testing.TB) {
	tb.Helper()
	system := tenant.AsSystem(tb.Context(), "test")
	for _, u := range []struct {
		name    string
		tenants []tenant.ID
		in      tenant.ID
		role    tenant.Role
	}{
		{owner, []tenant.ID{here}, here, tenant.RoleOwner},
		{viewer, []tenant.ID{here}, here, tenant.RoleViewer},
		{foreign, []tenant.ID{there}, there, tenant.RoleOwner},
		{admin, nil, tenant.Platform, tenant.RolePlatformAdmin},
	} {
		p, err := h.stack.People.Create(tb.Context(), bunstore.NewPerson{Username: u.name, Realname: u.name, Tenants: u.tenants})
		check(tb, err)
		_, err = h.module.Tenants().Grant(system, u.in, u.name, u.role)
		check(tb, err)
		h.tokens[u.name], err = h.stack.Tokens.Issue(tb.Context(), jwtauth.Claims{UserID: p.ID, Username: u.name}, time.Hour)
		check(tb, err)
	}
}

// serve puts the module on a port.
func (h *host) serve(tb testing.TB) {
	tb.Helper()
	handler := h.module.Handler()
	if h.traces != nil {
		handler = otelhttp.NewHandler(handler, "thirdapp", otelhttp.WithTracerProvider(h.traces))
	}
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(h.log, "", 0)
	server.Start()
	tb.Cleanup(server.Close)
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	tb.Cleanup(transport.CloseIdleConnections)
	// An answer that takes this long counts as none.
	h.url, h.client = server.URL, &http.Client{Transport: transport, Timeout: time.Minute}
}

// settings are what a tenant enters to connect the n-th company.
func (h *host) settings(n int) map[string]string {
	corpID := h.emulator.CorpIDs()[n]
	app := h.emulator.Apps(corpID)[0]
	return map[string]string{
		"corpId": corpID, "agentId": strconv.FormatInt(app.AgentID, 10),
		"clientId": app.ClientID, "clientSecret": app.ClientSecret,
	}
}

// connect connects here to the first company and returns the app's id.
func (h *host) connect(tb testing.TB) (appID string) {
	tb.Helper()
	return h.connectTo(tb, owner, here, 0)
}

func (h *host) connectTo(tb testing.TB, user string, t tenant.ID, company int) (appID string) {
	tb.Helper()
	a := h.ask(tb, request{
		method: http.MethodPost, path: "/apps", user: user, tenant: t,
		body: map[string]any{"provider": "dingtalk", "settings": h.settings(company)},
	})
	return result[struct{ ID string }](tb, a).ID
}

// pull runs a pull of here to its rest.
func (h *host) pull(tb testing.TB) runBody {
	tb.Helper()
	return h.awaitRun(tb, h.startRun(tb))
}

func (h *host) startRun(tb testing.TB) (id string) {
	tb.Helper()
	a := h.ask(tb, request{
		method: http.MethodPost, path: "/sync/runs", user: owner, tenant: here, body: map[string]any{"provider": "dingtalk"},
	})
	return result[runBody](tb, a).ID
}

// awaitRun waits until a run has come to rest.
func (h *host) awaitRun(tb testing.TB, id string) runBody {
	tb.Helper()
	var run runBody
	await(tb, func() bool {
		a := h.ask(tb, request{path: "/sync/runs/" + id, user: owner, tenant: here})
		if a.status == http.StatusServiceUnavailable {
			return false
		}
		run = result[runBody](tb, a)
		return dirsync.State(run.State).Resting()
	})
	return run
}

// smallCompany has two departments and three people, of whom 王伟 works in
// both.
func smallCompany() dingtalktest.Company {
	return dingtalktest.Company{
		CorpID: "dingsmall", Name: "华星科技有限公司",
		Departments: []dingtalktest.Department{{ID: 2, Name: "研发部"}, {ID: 3, Name: "市场部"}},
		People: []dingtalktest.Person{
			{UserID: "u-zhang", Name: "张敏", Mobile: "13800000001", Memberships: in(2)},
			{UserID: "u-wang", Name: "王伟", Mobile: "13800000002", Memberships: in(2, 3)},
			{UserID: "u-li", Name: "李娜", Mobile: "13800000003", Memberships: in(3)},
		},
	}
}

// secondCompany is another company, with an app of its own.
func secondCompany() dingtalktest.Company {
	return dingtalktest.Company{
		CorpID: "dingsecond", Name: "远航贸易有限公司",
		People: []dingtalktest.Person{{UserID: "u-chen", Name: "陈静", Mobile: "13900000001"}},
	}
}

func in(departments ...int64) []dingtalktest.Membership {
	list := make([]dingtalktest.Membership, len(departments))
	for i, id := range departments {
		list[i].DepartmentID = id
	}
	return list
}

// buffer is a bytes.Buffer for many goroutines.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.buf.Bytes())
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// await polls until something is true. What takes a minute will never be.
func await(tb testing.TB, reached func() bool) {
	tb.Helper()
	end := time.Now().Add(time.Minute)
	for !reached() {
		if time.Now().After(end) {
			tb.Fatal("what was waited for has not come")
		}
		pause(tb.Context(), 10*time.Millisecond)
	}
}

// pause lets others work for a moment.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// isSQLite reports on which database a host is.
func (h *host) isSQLite() bool { return strings.HasPrefix(h.dsn, "sqlite:") }

// bind says who a user of here is at the first company.
func (h *host) bind(tb testing.TB, remote, username string) {
	tb.Helper()
	person, err := h.stack.People.ByUsername(tb.Context(), username)
	check(tb, err)
	now := time.Now().UTC()
	_, err = h.stack.Store.DB().ExecContext(tb.Context(), `INSERT INTO thirdapp_bindings
		(tenant_id, provider, org_id, provider_user_id, union_id, person_id, active, created_at, updated_at)
		VALUES (?, 'dingtalk', ?, ?, '', ?, TRUE, ?, ?)`, here, h.emulator.CorpID(), remote, person.ID, now, now)
	check(tb, err)
}
