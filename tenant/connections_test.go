package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// connect connects and returns the AppSecret that the connection was opened
// with.
func connect(tb testing.TB, s *tenant.Service, t tenant.ID) string {
	tb.Helper()
	conn, err := s.Connect(tb.Context(), t, provider.DingTalk)
	if err != nil {
		tb.Fatalf("Connect(%s): %v", t, err)
	}
	return secretOf(tb, conn.Provider, "clientSecret")
}

func update(tb testing.TB, s *tenant.Service, t tenant.ID, id string, change tenant.AppChange) {
	tb.Helper()
	if _, err := s.UpdateApp(tenant.AsSystem(tb.Context(), "test"), t, id, change); err != nil {
		tb.Fatal(err)
	}
}

func newSecret(s string) tenant.AppChange {
	return tenant.AppChange{Settings: map[string]string{"clientSecret": s}}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		_, err := b.Connect(t.Context(), here, provider.DingTalk)
		wantError(t, "Connect before", err, tenant.ErrNotConfigured)
		wantMessage(t, "Connect before", err, provider.FailedPrecondition, "钉钉尚未配置,请配置钉钉")
		_, err = b.Connect(t.Context(), here, provider.WeCom)
		wantMessage(t, "Connect before", err, provider.FailedPrecondition, "企业微信尚未配置,请配置企业微信")
		_, err = b.Connect(t.Context(), here, "lotus_notes")
		if provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("unknown provider: got %v, want %s", err, provider.InvalidArgument)
		}

		app := create(t, b, here, input("key-1"))
		create(t, b, there, input("key-2"))
		conn, err := b.Connect(t.Context(), here, provider.DingTalk)
		if err != nil {
			t.Fatal(err)
		}
		if conn.App.ID != app.ID || conn.App.OrgID() != "ding-corp" || conn.App.Tenant != here || len(conn.App.Secrets) != 0 {
			t.Errorf("Connect: got app %+v", conn.App)
		}
		if got := secretOf(t, conn.Provider, "clientSecret"); got != "s3cr3t of key-1" {
			t.Errorf("Connect: opened with secret %q", got)
		}
		if got := connect(t, b.Service, there); got != "s3cr3t of key-2" {
			t.Errorf("Connect of the other tenant: opened with secret %q", got)
		}
		connect(t, b.Service, here)
		if byID, err := b.ConnectApp(t.Context(), here, app.ID); err != nil || byID.Provider != conn.Provider {
			t.Errorf("ConnectApp: got another connection, or %v", err)
		}
		b.dingtalk.wantOpen(t, "in use", 2, 2)
	})
}

// TestConnectOwnChanges changes the app through the same service: what comes
// after sees it, without time passing.
func TestConnectOwnChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	app := create(t, b, here, input("key-1"))
	connect(t, b.Service, here)

	update(t, b.Service, here, app.ID, newSecret("second"))
	if got := connect(t, b.Service, here); got != "second" {
		t.Errorf("after UpdateApp: opened with secret %q", got)
	}
	update(t, b.Service, here, app.ID, tenant.AppChange{Enabled: ptr(false)})
	_, err := b.Connect(ctx, here, provider.DingTalk)
	wantError(t, "Connect to a disabled app", err, tenant.ErrNotConfigured)
	_, err = b.ConnectApp(ctx, here, app.ID)
	wantError(t, "ConnectApp of a disabled app", err, tenant.ErrAppDisabled)

	other := create(t, b, here, input("key-2"))
	if got := connect(t, b.Service, here); got != "s3cr3t of key-2" {
		t.Errorf("after CreateApp: opened with secret %q", got)
	}
	if err := b.DeleteApp(as(t, "admin@t-1"), here, other.ID); err != nil {
		t.Fatal(err)
	}
	_, err = b.ConnectApp(ctx, here, other.ID)
	wantError(t, "ConnectApp of a deleted app", err, tenant.ErrAppNotFound)
	update(t, b.Service, here, app.ID, tenant.AppChange{Enabled: ptr(true)})
	if got := connect(t, b.Service, here); got != "second" {
		t.Errorf("after enabling again: opened with secret %q", got)
	}
}

// TestConnectChangesOfOthers changes the app through another service: it is
// seen when the version is next looked at.
func TestConnectChangesOfOthers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		other := b.another(t, tenant.Config{})
		app := create(t, b, here, input("key-1"))
		connect(t, b.Service, here)

		update(t, other, here, app.ID, newSecret("second"))
		if got := connect(t, b.Service, here); got != "s3cr3t of key-1" {
			t.Errorf("within VersionCheck: opened with secret %q, want it believed", got)
		}
		b.clock.move(time.Second)
		if got := connect(t, b.Service, here); got != "second" {
			t.Errorf("after VersionCheck: opened with secret %q", got)
		}
		b.clock.move(time.Second)
		connect(t, b.Service, here)
		b.dingtalk.wantOpen(t, "unchanged since", 2, 2)

		update(t, other, here, app.ID, tenant.AppChange{Enabled: ptr(false)})
		b.clock.move(time.Second)
		_, err := b.ConnectApp(t.Context(), here, app.ID)
		wantError(t, "ConnectApp of an app that another disabled", err, tenant.ErrAppDisabled)
		_, err = b.Connect(t.Context(), here, provider.DingTalk)
		wantError(t, "Connect to an app that another disabled", err, tenant.ErrNotConfigured)

		create(t, b, here, input("key-2")) // now it is another app
		connect(t, b.Service, here)
		second, err := other.AppFor(tenant.AsSystem(t.Context(), "test"), here, provider.DingTalk)
		if err != nil {
			t.Fatal(err)
		}
		update(t, other, here, second.ID, tenant.AppChange{Enabled: ptr(false)})
		update(t, other, here, app.ID, tenant.AppChange{Enabled: ptr(true)})
		b.clock.move(time.Second)
		_, err = b.ConnectApp(t.Context(), here, second.ID)
		wantError(t, "ConnectApp of the app that was replaced", err, tenant.ErrAppDisabled)
		if got := connect(t, b.Service, here); got != "second" {
			t.Errorf("after another app was enabled: opened with secret %q", got)
		}
	})
}

// TestConnectCloses follows connections that were replaced, or fell out, until
// they are closed.
func TestConnectCloses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.another(t, tenant.Config{MaxOpen: 2, CloseAfter: time.Minute})
	ids := []tenant.ID{here, there, "t-3"}
	for n, id := range ids {
		if _, err := b.CreateApp(as(t, "root"), id, input(fmt.Sprint("key-", n))); err != nil {
			t.Fatal(err)
		}
	}
	connect(t, s, ids[0])
	connect(t, s, ids[1])
	connect(t, s, ids[0])
	connect(t, s, ids[2]) // in the place of ids[1], unused for longest
	b.dingtalk.wantOpen(t, "just fallen out", 3, 3)
	b.clock.move(59 * time.Second)
	connect(t, s, ids[0])
	b.dingtalk.wantOpen(t, "before CloseAfter", 3, 3)
	b.clock.move(time.Second)
	connect(t, s, ids[0])
	b.dingtalk.wantOpen(t, "after CloseAfter", 3, 2)

	app, err := s.AppFor(as(t, "root"), ids[0], provider.DingTalk)
	if err != nil {
		t.Fatal(err)
	}
	b.dingtalk.mu.Lock()
	b.dingtalk.opened[0].closeErr = errors.New("still busy")
	b.dingtalk.mu.Unlock()
	update(t, s, ids[0], app.ID, newSecret("second"))
	connect(t, s, ids[0])
	b.dingtalk.wantOpen(t, "just replaced", 4, 3)
	b.clock.move(time.Minute)
	connect(t, s, ids[0])
	b.dingtalk.wantOpen(t, "replaced long ago", 4, 2)
	if !strings.Contains(b.logs.String(), "still busy") {
		t.Error("a connection that could not be closed was not logged")
	}

	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	b.dingtalk.wantOpen(t, "after Close", 4, 0)
	_, err = s.Connect(t.Context(), ids[0], provider.DingTalk)
	if provider.CodeOf(err) != provider.Unavailable {
		t.Errorf("Connect after Close: got %v, want %s", err, provider.Unavailable)
	}
	b.dingtalk.wantOpen(t, "after all", 5, 0)
}

// TestConnectTogether has many ask at once for an app that is not open yet, by
// both ways there are.
func TestConnectTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := create(t, b, here, input("key-1"))
	var wg sync.WaitGroup
	for n := range 32 {
		wg.Go(func() {
			var conn tenant.Connection
			var err error
			if n%2 == 0 {
				conn, err = b.Connect(t.Context(), here, provider.DingTalk)
			} else {
				conn, err = b.ConnectApp(t.Context(), here, app.ID)
			}
			if err != nil || conn.App.ID != app.ID {
				t.Errorf("got app %q, %v", conn.App.ID, err)
			}
		})
	}
	wg.Wait()
	b.dingtalk.wantOpen(t, "after all", 1, 1)
}

// TestConnectOthersDoNotWait opens a connection slowly: other tenants get
// theirs meanwhile, and who gave up does not spoil it for those behind.
func TestConnectOthersDoNotWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	create(t, b, here, input("slow"))
	create(t, b, there, input("fast"))
	opening, ended := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	b.dingtalk.set(func(o *office) {
		o.onOpen = func(ctx context.Context, s provider.Settings) error {
			if s.Value("clientId") != "slow" || !first.CompareAndSwap(false, true) {
				return nil
			}
			close(opening)
			<-ctx.Done() // the one in front gives up
			<-ended
			return ctx.Err()
		}
	})
	ctx, giveUp := context.WithCancel(t.Context())
	front, behind := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := b.Connect(ctx, here, provider.DingTalk)
		front <- err
	}()
	<-opening
	go func() {
		_, err := b.Connect(t.Context(), here, provider.DingTalk)
		behind <- err
	}()
	if got := connect(t, b.Service, there); got != "s3cr3t of fast" {
		t.Errorf("the other tenant: opened with secret %q", got)
	}
	giveUp()
	close(ended)
	if err := <-front; !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up: got %v, want %v", err, context.Canceled)
	}
	if err := <-behind; err != nil {
		t.Errorf("who waited behind: %v", err)
	}
}

// TestConnectChangedWhileOpening changes the app while its old version is being
// opened: nobody who asks afterwards gets the old one.
func TestConnectChangedWhileOpening(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := create(t, b, here, input("key-1"))
	opening, goOn := make(chan struct{}), make(chan struct{})
	b.dingtalk.set(func(o *office) {
		o.onOpen = func(_ context.Context, s provider.Settings) error {
			if s.Secret("clientSecret").Reveal() == "s3cr3t of key-1" {
				close(opening)
				<-goOn
			}
			return nil
		}
	})
	early := make(chan error, 1)
	go func() {
		_, err := b.Connect(t.Context(), here, provider.DingTalk)
		early <- err
	}()
	<-opening
	update(t, b.Service, here, app.ID, newSecret("second"))
	if got := connect(t, b.Service, here); got != "second" {
		t.Errorf("while the old one is being opened: got secret %q", got)
	}
	close(goOn)
	if err := <-early; err != nil {
		t.Error(err)
	}
	if got := connect(t, b.Service, here); got != "second" {
		t.Errorf("after the old one was opened: got secret %q", got)
	}
	b.dingtalk.wantOpen(t, "after all", 2, 1)
}

// TestConnectWhileChanging connects all the time while the app changes all the
// time.
func TestConnectWhileChanging(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.another(t, tenant.Config{VersionCheck: 10 * time.Millisecond, CloseAfter: time.Second, MaxOpen: 1})
	app := create(t, b, here, input("key-1"))
	create(t, b, there, input("key-2"))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				conn, err := s.Connect(t.Context(), here, provider.DingTalk)
				if err != nil || conn.App.Tenant != here {
					t.Errorf("got app of %q, %v", conn.App.Tenant, err)
					return
				}
				if _, err := s.Connect(t.Context(), there, provider.DingTalk); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range 30 {
		want := fmt.Sprint("secret ", n)
		update(t, s, here, app.ID, newSecret(want))
		if got := connect(t, s, here); got != want {
			t.Errorf("change %d: got secret %q, want %q", n, got, want)
		}
		b.clock.move(time.Second)
	}
	close(done)
	wg.Wait()
}

// TestConnectSettingsOutOfDate has a newer version of the provider ask for more
// than is stored.
func TestConnectSettingsOutOfDate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	create(t, b, here, input("key-1"))
	b.dingtalk.set(func(o *office) {
		o.settings = []provider.Setting{{Name: "robotCode", Title: provider.Text{ZH: "机器人", EN: "Robot"}, Required: true}}
	})
	_, err := b.Connect(t.Context(), here, provider.DingTalk)
	wantError(t, "Connect", err, tenant.ErrInvalidSettings)
	b.dingtalk.wantOpen(t, "after all", 0, 0)
}

func TestConnectOpenFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	create(t, b, here, input("key-1"))
	b.dingtalk.set(func(o *office) {
		o.onOpen = func(context.Context, provider.Settings) error { return errWrongSecret }
	})
	if _, err := b.Connect(t.Context(), here, provider.DingTalk); provider.CodeOf(err) != provider.Unauthenticated {
		t.Errorf("Connect: got %v, want %v", err, errWrongSecret)
	}
	b.dingtalk.set(func(o *office) { o.onOpen = nil })
	connect(t, b.Service, here) // a failure is not remembered
}

func TestVerify(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, "viewer@t-1")
	in := input("key-1")
	in.Enabled = false // verified before it goes into use
	app := create(t, b, here, in)
	report, err := b.Verify(ctx, here, app.ID)
	if err != nil || len(report.Permissions) != 1 {
		t.Errorf("Verify = %+v, %v; want one permission", report, err)
	}
	b.dingtalk.wantOpen(t, "after Verify", 1, 0)

	update(t, b.Service, here, app.ID, newSecret("wrong"))
	_, err = b.Verify(ctx, here, app.ID)
	var refused *provider.Error
	if !errors.As(err, &refused) || refused.Upstream != "40089" {
		t.Errorf("Verify with a wrong secret: got %v, want %v", err, errWrongSecret)
	}
	b.dingtalk.set(func(o *office) { o.verifies = false })
	if _, err := b.Verify(ctx, here, app.ID); !errors.Is(err, provider.ErrUnsupported) {
		t.Errorf("Verify of a provider that cannot tell: got %v, want %v", err, provider.ErrUnsupported)
	}
	b.dingtalk.wantOpen(t, "after all", 3, 0)
}

// countingStore counts what Connect reads.
type countingStore struct {
	tenant.Store
	apps, versions atomic.Int64
}

func (s *countingStore) App(ctx context.Context, t tenant.ID, id string) (tenant.App, error) {
	s.apps.Add(1)
	return s.Store.App(ctx, t, id)
}

func (s *countingStore) AppVersion(ctx context.Context, t tenant.ID, kind provider.Kind) (string, int64, error) {
	s.versions.Add(1)
	return s.Store.AppVersion(ctx, t, kind)
}

// TestConnectReadsLittle counts reads: one small row per VersionCheck and app.
func TestConnectReadsLittle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := create(t, b, here, input("key-1"))
	store := &countingStore{Store: b.store}
	s := b.serviceOver(t, store, b.keyset, tenant.Config{})
	const seconds = 5
	for range seconds {
		for range 100 {
			connect(t, s, here)
			if _, err := s.ConnectApp(t.Context(), here, app.ID); err != nil {
				t.Fatal(err)
			}
		}
		b.clock.move(time.Second)
	}
	if got := store.versions.Load(); got != seconds {
		t.Errorf("got %d reads of the version, want %d", got, seconds)
	}
	if got := store.apps.Load(); got != 1 {
		t.Errorf("got %d reads of the app, want 1", got)
	}
}

func BenchmarkConnect(b *testing.B) {
	bundle := setup(b)
	create(b, bundle, here, input("key-1"))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := bundle.Connect(b.Context(), here, provider.DingTalk); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
