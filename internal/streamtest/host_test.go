package streamtest_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// The tenants of the tests, and their apps at DingTalk.
const (
	here     tenant.ID = "1000"
	there    tenant.ID = "2000"
	appHere            = "dingAAAA-key"
	appThere           = "dingBBBB-key"
)

// gateway is where connections are asked for.
const gateway = "/v1.0/gateway/connections/open"

// keyset seals the secrets of all tests.
var keyset = newKeyset()

func newKeyset() string {
	k, err := tinksecrets.GenerateKeyset()
	if err != nil {
		panic(err)
	}
	return k.Reveal()
}

// node is a process with the module in it.
type node struct {
	dsn, office string
	keyset      provider.Secret
	directory   dirsync.Config
	// wrap is put around the store; may be nil.
	wrap func(thirdapp.Store) thirdapp.Store
}

// wired returns the module of a node, which was not started.
func wired(ctx context.Context, n node) (*stack.Stack, *thirdapp.Module, error) {
	ding, err := dingtalk.New(dingtalk.Options{CallsPerSecond: -1, Attempts: 1, APIBaseURL: n.office, OAPIBaseURL: n.office})
	if err != nil {
		return nil, nil, err
	}
	s, err := stack.Open(ctx, stack.Config{
		DSN: n.dsn, SecretsKeyset: n.keyset, JWTKey: provider.NewSecret("jwt-key-0123456789-abcdefghij-KLMNOPQRST"),
		Providers: []provider.Factory{ding}, Jobs: riverjobs.Config{PollInterval: 20 * time.Millisecond},
	})
	if err != nil {
		return nil, nil, err
	}
	s.Config.Directory = n.directory
	s.Config.Directory.Guard = dirsync.Guard{People: 1000}
	if n.wrap != nil {
		s.Config.Store = n.wrap(s.Config.Store)
	}
	m, err := thirdapp.New(s.Config)
	return s, m, err
}

// quick are settings with which nothing is waited for long.
func quick() dirsync.Config {
	return dirsync.Config{StreamCheck: 20 * time.Millisecond, RetryPause: 20 * time.Millisecond}
}

// host is a database and an office app with two companies.
type host struct {
	dsn    string
	office *dingtalktest.Server
}

func newHost(tb testing.TB, dsn string) *host {
	tb.Helper()
	return &host{dsn, dingtalktest.NewServerWith(tb, dingtalktest.Options{
		Companies: []dingtalktest.Company{company("dingAAAA"), company("dingBBBB")}, EventRedelivery: 100 * time.Millisecond,
	})}
}

func company(corp string) dingtalktest.Company {
	in := []dingtalktest.Membership{{DepartmentID: 2}}
	return dingtalktest.Company{
		CorpID: corp, Name: "华星科技", Departments: []dingtalktest.Department{{ID: 2, Name: "研发"}},
		People: []dingtalktest.Person{
			{UserID: "alice", Name: "爱丽丝", Mobile: "138000000" + string(corp[4]-'A'+'0') + "1", Memberships: in},
			{UserID: "wang", Name: "王伟", Mobile: "138000000" + string(corp[4]-'A'+'0') + "2", Memberships: in},
		},
		Apps: []dingtalktest.App{{ClientID: corp + "-key", ClientSecret: corp + "-secret-0123456789", AgentID: 77, Stream: true}},
	}
}

// start starts a module on the host's database; it is stopped with the test.
func (h *host) start(tb testing.TB, cfg dirsync.Config, wrap func(thirdapp.Store) thirdapp.Store) *thirdapp.Module {
	tb.Helper()
	s, m, err := wired(tb.Context(), node{h.dsn, h.office.URL, provider.NewSecret(keyset), cfg, wrap})
	check(tb, err)
	tb.Cleanup(func() {
		stop(tb, m)
		check(tb, s.Close())
	})
	check(tb, m.Start(tb.Context()))
	return m
}

func stop(tb testing.TB, m *thirdapp.Module) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), time.Minute)
	defer cancel()
	if err := m.Stop(ctx); err != nil {
		tb.Errorf("stop: %v", err)
	}
}

func as(tb testing.TB) context.Context { return tenant.AsSystem(tb.Context(), "test") }

// settingsOf are the settings of a company's app.
func (h *host) settingsOf(corp string) map[string]string {
	app := h.office.Apps(corp)[0]
	return map[string]string{
		"corpId": corp, "agentId": "77", "clientId": app.ClientID, "clientSecret": app.ClientSecret, "eventMode": "stream",
	}
}

// connect connects a tenant to a company and returns the id of its app.
func (h *host) connect(tb testing.TB, m *thirdapp.Module, t tenant.ID, corp string, settings ...string) string {
	tb.Helper()
	all := h.settingsOf(corp)
	for i := 0; i < len(settings); i += 2 {
		all[settings[i]] = settings[i+1]
	}
	app, err := m.Tenants().CreateApp(as(tb), t, tenant.AppInput{Provider: "dingtalk", Enabled: true, Settings: all})
	check(tb, err)
	return app.ID
}

// change changes settings of an app.
func change(tb testing.TB, m *thirdapp.Module, t tenant.ID, app string, settings map[string]string) {
	tb.Helper()
	_, err := m.Tenants().UpdateApp(as(tb), t, app, tenant.AppChange{Settings: settings})
	check(tb, err)
}

func enable(tb testing.TB, m *thirdapp.Module, t tenant.ID, app string, on bool) {
	tb.Helper()
	_, err := m.Tenants().UpdateApp(as(tb), t, app, tenant.AppChange{Enabled: &on})
	check(tb, err)
}

// pull pulls a tenant's directory as a whole.
func pull(tb testing.TB, m *thirdapp.Module, t tenant.ID) dirsync.Run {
	tb.Helper()
	run, err := m.Directory().StartRun(as(tb), t, dirsync.RunRequest{Provider: "dingtalk"})
	check(tb, err)
	run, err = m.Directory().Wait(as(tb), t, run.ID, time.Minute)
	if err != nil || run.State != dirsync.StateSucceeded {
		tb.Fatalf("run %+v, %v", run, err)
	}
	return run
}

func runs(tb testing.TB, m *thirdapp.Module, t tenant.ID) []dirsync.Run {
	tb.Helper()
	list, err := m.Directory().Runs(as(tb), t, dirsync.RunFilter{}, tenant.Page{})
	check(tb, err)
	return list.Items
}

// promote changes somebody at the office app and waits until the platform has
// followed.
func (h *host) promote(tb testing.TB, m *thirdapp.Module, t tenant.ID, corp, title string) {
	tb.Helper()
	before := len(runs(tb, m, t))
	h.retitle(tb, corp, title)
	followed(tb, m, t, before)
}

func (h *host) retitle(tb testing.TB, corp, title string) {
	tb.Helper()
	check(tb, h.office.UpdatePerson(corp, "alice", func(p *dingtalktest.Person) { p.Title = title }))
}

// followed waits until a run after the first n has changed somebody.
func followed(tb testing.TB, m *thirdapp.Module, t tenant.ID, n int) {
	tb.Helper()
	eventually(tb, "the change is followed", func() bool {
		list := runs(tb, m, t)
		for _, run := range list[:len(list)-n] {
			if run.State == dirsync.StateSucceeded && run.Counts.People[dirsync.KindUpdate] == 1 && run.StartedBy == "events" {
				return true
			}
		}
		return false
	})
}

// connected waits until an app has so many connections.
func (h *host) connected(tb testing.TB, client string, n int) {
	tb.Helper()
	eventually(tb, "connections", func() bool { return h.office.StreamConnections(client) == n })
}

func setup(tb testing.TB, m *thirdapp.Module, t tenant.ID, app string) dirsync.EventSetup {
	tb.Helper()
	s, err := m.Directory().EventSetup(as(tb), t, app, "https://platform.example.com/callback")
	check(tb, err)
	return s
}

// eventually waits until something is true.
func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) { //nolint:forbidigo // it decides nothing
		if time.Now().After(deadline) {
			tb.Fatalf("%s: it does not come true", what)
		}
	}
}

// outage is a store that does not answer about streams and events while it is
// down, as for a process that is cut off from its database.
type outage struct {
	thirdapp.Store

	down  atomic.Bool
	looks atomic.Int64
}

func (o *outage) over(s thirdapp.Store) thirdapp.Store {
	o.Store = s
	return o
}

func (o *outage) fail() error {
	if o.down.Load() {
		return tenant.ErrUnavailable
	}
	return nil
}

func (o *outage) Streams(ctx context.Context, holder string, free int, at time.Time) ([]dirsync.StreamLease, error) {
	o.looks.Add(1)
	if err := o.fail(); err != nil {
		return nil, err
	}
	return o.Store.Streams(ctx, holder, free, at)
}

func (o *outage) HoldStreams(
	ctx context.Context, holder string, keys []dirsync.StreamKey, at, until time.Time,
) ([]dirsync.StreamKey, error) {
	if err := o.fail(); err != nil {
		return nil, err
	}
	return o.Store.HoldStreams(ctx, holder, keys, at, until)
}

func (o *outage) KeepEvents(
	ctx context.Context, t tenant.ID, app string, events []provider.Event, at time.Time,
) ([]provider.Event, error) {
	if err := o.fail(); err != nil {
		return nil, err
	}
	return o.Store.KeepEvents(ctx, t, app, events, at)
}
