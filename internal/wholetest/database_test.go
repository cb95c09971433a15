package wholetest_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// TestBrokenConnections: the database cuts all connections, again and again,
// while messages are sent and a company is pulled.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	admin, name := administrator(t, dsn)
	throughTrouble(t, dsn, func(ctx context.Context) error {
		for range 20 {
			if _, err := admin.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, name); err != nil {
				return err
			}
			pause(ctx, 150*time.Millisecond)
		}
		return nil
	})
}

// TestDatabaseAway: the database cannot be reached for some seconds.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	way := newWay(t, postgres(t))
	throughTrouble(t, way.dsn, func(ctx context.Context) error {
		for range 2 {
			way.shut()
			pause(ctx, 1500*time.Millisecond)
			way.open()
			pause(ctx, 500*time.Millisecond)
		}
		return nil
	})
}

// administrator is connected to another database of the server.
func administrator(t *testing.T, dsn string) (db *sql.DB, database string) {
	t.Helper()
	u, err := url.Parse(dsn)
	check(t, err)
	database = strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	db, err = sql.Open("pgx", u.String())
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	return db, database
}

// throughTrouble sends messages and pulls a company while the database is in
// trouble. Every request is answered, with success or with 503 and what to do;
// whatever was accepted ends as it should, once.
func throughTrouble(t *testing.T, dsn string, trouble func(context.Context) error) {
	t.Helper()
	h := newHost(t, dsn, func(s *setup) {
		s.emulator.Companies = []dingtalktest.Company{dingtalktest.Generate(dingtalktest.Spec{Seed: 7, People: 300, Departments: 20})}
		s.emulator.AutoRead = true
	})
	h.connect(t)
	people := slices.Collect(h.emulator.People(h.emulator.CorpID()))
	clients := &troubled{host: h, T: t}
	over := make(chan struct{})
	var working sync.WaitGroup
	working.Go(func() {
		defer close(over)
		if err := trouble(t.Context()); err != nil {
			t.Errorf("trouble: %v", err)
		}
	})
	const senders, least = 4, 10
	sent := make([][]string, senders)
	for w := range senders {
		working.Go(func() {
			for i := 0; i < least || !isOver(over); i++ {
				key := fmt.Sprintf("key-%d-%d", w, i)
				id := clients.insist(request{
					method: http.MethodPost, path: "/messages", header: []string{"Idempotency-Key", key},
					body: text(key, people[(w+senders*i)%len(people)].UserID),
				})
				if id == "" {
					return
				}
				sent[w] = append(sent[w], id)
				clients.insist(request{path: "/messages/" + id})
			}
		})
	}
	run := clients.insist(request{method: http.MethodPost, path: "/sync/runs", body: `{"provider":"dingtalk"}`})
	working.Wait()
	if t.Failed() {
		t.FailNow()
	}
	clients.report()

	if got := h.awaitRun(t, run); got.State != "succeeded" || !got.Complete {
		t.Errorf("run: %+v, want it succeeded", got)
	}
	want := map[string]string{owner: "active", viewer: "active"}
	for _, p := range people {
		want[p.Mobile] = "active"
	}
	if got := h.states(t); !maps.Equal(got, want) {
		t.Errorf("%d members, want the %d of the company and two more", len(got), len(people))
	}
	ids := make(map[string]bool)
	for _, id := range slices.Concat(sent...) {
		ids[id] = true
		h.awaitMessage(t, id)
	}
	if stored := all[messageBody](t, h, request{path: "/messages", user: owner, tenant: here}); len(stored) != len(ids) || len(ids) != len(slices.Concat(sent...)) {
		t.Errorf("%d messages are stored and %d were accepted for %d keys, want one for each", len(stored), len(ids), len(slices.Concat(sent...)))
	}
	states, truth := make(map[string]int), received(t, h.emulator)
	for w, list := range sent {
		for i, id := range list {
			h.wantTrue(t, fmt.Sprintf("key-%d-%d", w, i), 1, h.deliveries(t, id), truth, states)
		}
	}
	t.Logf("deliveries: %v", states)
	if states["read"] < len(ids)/2 {
		t.Errorf("deliveries: %v, want most of %d read", states, len(ids))
	}
}

func isOver(over <-chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
		return false
	}
}

// troubled are the clients of a host whose database is in trouble.
type troubled struct {
	*host
	*testing.T

	mu      sync.Mutex
	refused int
	asked   int
	slowest time.Duration
}

// insist makes a request until it succeeds and returns the id of what it is
// about. Everything but success must be a 503 that says what to do.
func (c *troubled) insist(r request) (id string) {
	r.user, r.tenant = owner, here
	for end := time.Now().Add(time.Minute); time.Now().Before(end); pause(c.Context(), 20*time.Millisecond) {
		start := time.Now()
		a, err := c.call(c.T, r)
		c.count(time.Since(start), err != nil || !a.Success)
		if err != nil {
			c.Errorf("%s %s: %v", r.method, r.path, err)
			return ""
		}
		if a.Success {
			var v struct{ ID string }
			if v, err = resultOf[struct{ ID string }](a); err != nil {
				c.Error(err)
			}
			return v.ID
		}
		if a.Error.Reason == "run_active" { // the run was stored, and the answer lost
			return decode[struct{ RunID string }](c.T, a.Error.Details).RunID
		}
		if a.status != http.StatusServiceUnavailable || a.Error.Reason != "database_unavailable" || a.Message != "数据库暂时不可用，请稍后重试" {
			c.Errorf("%s %s: HTTP %d %s, want 503; the log has\n%s", r.method, r.path, a.status, a.body, c.logged(a))
			return ""
		}
	}
	c.Errorf("%s %s has not succeeded", r.method, r.path)
	return ""
}

// logged is what the log says about the request of an answer.
func (c *troubled) logged(a answer) string {
	for line := range strings.Lines(string(c.log.Bytes())) {
		if strings.Contains(line, a.header.Get("X-Request-Id")) {
			return line
		}
	}
	return "nothing"
}

func (c *troubled) count(took time.Duration, refused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if refused {
		c.refused++
	}
	c.slowest = max(c.slowest, took)
}

func (c *troubled) report() {
	c.Logf("%d of %d requests were refused, the slowest answer took %s", c.refused, c.asked, c.slowest)
	if c.refused == 0 {
		c.Error("no request noticed the trouble")
	}
}

// way is a way to a PostgreSQL server that can be shut: connections on it break
// and new ones are not taken.
type way struct {
	// dsn leads to the server by it.
	dsn    string
	target string
	listen string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	working  sync.WaitGroup
}

func newWay(t *testing.T, dsn string) *way {
	t.Helper()
	u, err := url.Parse(dsn)
	check(t, err)
	w := &way{target: u.Host, listen: "127.0.0.1:0", conns: make(map[net.Conn]bool)}
	w.open()
	u.Host = w.listen
	w.dsn = u.String()
	t.Cleanup(func() {
		w.shut()
		w.working.Wait()
	})
	return w
}

// open takes connections, at the same address every time.
func (w *way) open() {
	l, err := net.Listen("tcp", w.listen)
	if err != nil {
		panic(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener, w.listen = l, l.Addr().String()
	w.working.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.working.Go(func() { w.carry(c) })
		}
	})
}

func (w *way) shut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listener.Close()
	for c := range w.conns {
		_ = c.Close()
	}
}

// carry carries what is said on a connection to the server and back.
func (w *way) carry(c net.Conn) {
	s, err := net.Dial("tcp", w.target)
	if err != nil {
		_ = c.Close()
		return
	}
	w.mu.Lock()
	w.conns[c], w.conns[s] = true, true
	w.mu.Unlock()
	var both sync.WaitGroup
	for _, ends := range [][2]net.Conn{{c, s}, {s, c}} {
		both.Go(func() {
			_, _ = io.Copy(ends[0], ends[1])
			_, _ = c.Close(), s.Close()
		})
	}
	both.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, c)
	delete(w.conns, s)
}
