package sendtest_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestCredentials: the access token ends in the middle, then the secret is
// changed at the office app. What failed for that arrives when it is replayed.
func TestCredentials(t *testing.T) {
	t.Parallel()
	s := newSite(t, twice)
	s.furnish(t)
	s.start(t)
	orders := s.mixed("token", 200)
	called := make(chan struct{})
	s.gate.set(&trap{at: afterAnswer, left: 60, spring: func() { s.office.ExpireTokens(); close(called) }})
	s.ask(t, orders...)
	<-called
	s.finish(t)
	if states := s.wantTruth(t, orders); states[messaging.DeliveryFailed]+states[messaging.DeliveryUncertain] > 0 {
		t.Errorf("deliveries: %v, want nothing to suffer from an access token that has ended", states)
	}

	app := s.office.Apps(corpID)[0]
	s.changeSecret(t, app, "another-secret")
	refused := make([]*order, 100)
	for i := range refused {
		refused[i] = work(fmt.Sprint("refused ", i), persons(i, 1)...)
	}
	s.ask(t, refused...)
	s.finish(t)
	if states := s.wantTruth(t, append(orders, refused...)); states[messaging.DeliveryFailed] != len(refused) {
		t.Errorf("deliveries: %v, want all failed that were sent with a wrong secret", states)
	}

	s.changeSecret(t, app, app.ClientSecret)
	s.pass(t, time.Minute) // a refusal of the credentials is remembered for some seconds
	for _, o := range refused {
		_, err := s.module.Messages().Replay(tenant.AsSystem(t.Context(), "test"), here, o.id, nil)
		check(t, err)
	}
	s.finish(t)
	if states := s.wantTruth(t, append(orders, refused...)); states[messaging.DeliveryFailed] != 0 {
		t.Errorf("deliveries: %v, want none failed when the secret is right again", states)
	}
}

// changeSecret changes an app's secret at the office app, whose tokens end.
func (s *site) changeSecret(t *testing.T, app dingtalktest.App, to string) {
	t.Helper()
	check(t, s.office.UpdateApp(app.ClientID, func(a *dingtalktest.App) { a.ClientSecret = to }))
	s.office.ExpireTokens()
}

// TestDatabaseRestarts: the database goes away, three times, with every
// connection to it, while messages are accepted and sent.
func TestDatabaseRestarts(t *testing.T) {
	t.Parallel()
	s := newSite(t, twice)
	s.furnish(t)
	s.office.Fail(dingtalktest.Fault{Kind: dingtalktest.Delay, Delay: 200 * time.Millisecond, Probability: 0.5, Seed: 3})
	s.start(t)
	orders := s.mixed("database", 240)
	var asking sync.WaitGroup
	for c := range 4 {
		asking.Go(func() {
			for i := c; i < len(orders) && !t.Failed(); i += 4 {
				s.insist(t, orders[i])
			}
		})
	}
	server := newServer(t, s.wiring.DSN)
	for range 3 {
		pause(t.Context(), 300*time.Millisecond)
		server.restart(t)
	}
	asking.Wait()
	s.finish(t)
	states := s.wantTruth(t, orders)
	if states[messaging.DeliveryRead] < len(orders)/2 {
		t.Errorf("deliveries: %v, want most of %d read", states, len(orders))
	}
}

// server is the database server of a site, for one database.
type server struct {
	admin    *sql.DB
	database string
}

func newServer(t *testing.T, dsn string) *server {
	t.Helper()
	u, err := url.Parse(dsn)
	check(t, err)
	s := &server{database: strings.TrimPrefix(u.Path, "/")}
	u.Path = "/postgres"
	s.admin, err = sql.Open("pgx", u.String())
	check(t, err)
	t.Cleanup(func() { check(t, s.admin.Close()) })
	return s
}

// restart does to the database's users what a restart of the server does: their
// connections end, and there are no new ones for a while. The server itself has
// other tests to serve.
func (s *server) restart(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	_, err := s.admin.ExecContext(ctx, `ALTER DATABASE "`+s.database+`" ALLOW_CONNECTIONS false`)
	_, err2 := s.admin.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, s.database)
	pause(ctx, 700*time.Millisecond)
	_, err3 := s.admin.ExecContext(ctx, `ALTER DATABASE "`+s.database+`" ALLOW_CONNECTIONS true`)
	check(t, errors.Join(err, err2, err3))
}

// TestTwoWorkers: two hosts on one database work at once.
func TestTwoWorkers(t *testing.T) {
	t.Parallel()
	s := newSite(t, twice)
	s.furnish(t)
	s.office.Fail(dingtalktest.Fault{Kind: dingtalktest.Delay, Delay: 5 * time.Millisecond, Probability: 0.5, Seed: 3})
	second := s.another(t)
	s.start(t)
	second.start(t)
	first, others := s.mixed("one", 200), s.mixed("two", 200)
	var asking sync.WaitGroup
	asking.Go(func() { s.ask(t, first...) })
	asking.Go(func() { second.ask(t, others...) })
	asking.Wait()
	s.finish(t)
	states := s.wantTruth(t, append(first, others...))
	if states[messaging.DeliveryUncertain]+states[messaging.DeliveryFailed]+states[messaging.DeliveryDead] > 0 {
		t.Errorf("deliveries: %v, want all to arrive", states)
	}
	const sent = "batch accepted"
	if a, b := s.log.count(sent), second.log.count(sent); a == 0 || b == 0 {
		t.Errorf("the hosts sent %d and %d batches, want both to have a share", a, b)
	}
}
