package transport_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// storedSessions are those of the standard set.
func storedSessions(tb testing.TB, store *bunstore.Store) *jwtauth.Sessions {
	tb.Helper()
	tokens, err := jwtauth.New(jwtauth.Config{
		Key: provider.NewSecret(strings.Repeat("k", jwtauth.MinKeyBytes)),
		Lookup: func(context.Context, jwtauth.Claims) (transport.Principal, error) {
			return transport.Principal{}, tenant.ErrNotFound // nobody comes back with one
		},
	})
	check(tb, err)
	sessions, err := jwtauth.NewSessions(tokens, store, 0)
	check(tb, err)
	return sessions
}

// onEach runs a test on PostgreSQL and on SQLite.
func onEach(t *testing.T, test func(t *testing.T, database func(*setup))) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, onPostgres(t))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, func(*setup) {})
	})
}

// withStoredSessions issues sessions that can be issued together.
func withStoredSessions(tb testing.TB) func(*setup) {
	tb.Helper()
	return func(s *setup) {
		s.LoginsPerAddress = 100_000
		s.sessions = func(store *bunstore.Store) identity.Sessions { return storedSessions(tb, store) }
	}
}

// TestExchangesTogether: of many exchanges at the same time each has its own
// outcome: of one ticket one succeeds, those of others all do, and who is
// suspended is refused and keeps the ticket.
func TestExchangesTogether(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database func(*setup)) {
		p := newPlatform(t, database, asIdle, withStoredSessions(t))
		p.bind(t, here, "dingAAAA", "p-wang", "id-bob")
		b := p.browser(t)
		const copies, others = 50, 30
		wanted := []string{b.ticket(t, "dingAAAA", "p-alice", here)}
		for range others {
			wanted = append(wanted, b.ticket(t, "dingAAAA", "p-alice", here))
		}
		suspended := b.ticket(t, "dingAAAA", "p-wang", here)
		p.exec(t, "UPDATE thirdapp_memberships SET state = 'suspended' WHERE tenant_id = '1000' AND person_id = 'id-bob'")
		var wonCopies, wonOthers, refused atomic.Int32
		var all sync.WaitGroup
		start := make(chan struct{})
		exchange := func(ticket string, outcome func(a answer)) {
			all.Go(func() {
				<-start
				outcome(b.post(t, "/login/exchange", `{"ticket":"`+ticket+`"}`))
			})
		}
		for range copies {
			exchange(wanted[0], func(a answer) {
				switch {
				case a.status == http.StatusOK:
					wonCopies.Add(1)
				case a.status != http.StatusUnauthorized || !strings.Contains(a.body, "invalid_ticket"):
					t.Errorf("a copy: HTTP %d %s", a.status, a.body)
				}
			})
		}
		for _, ticket := range wanted[1:] {
			exchange(ticket, func(a answer) {
				if a.status == http.StatusOK {
					wonOthers.Add(1)
				} else {
					t.Errorf("another: HTTP %d %s", a.status, a.body)
				}
			})
			exchange(suspended, func(a answer) {
				if a.status == http.StatusForbidden && strings.Contains(a.body, `"suspended"`) {
					refused.Add(1)
				} else if a.status != http.StatusUnauthorized { // twice in a group
					t.Errorf("suspended: HTTP %d %s", a.status, a.body)
				}
			})
		}
		close(start)
		all.Wait()
		if wonCopies.Load() != 1 || wonOthers.Load() != others || refused.Load() == 0 {
			t.Errorf("%d copies and %d others won, %d of somebody suspended were refused; want 1, %d, some",
				wonCopies.Load(), wonOthers.Load(), refused.Load(), others)
		}
		if n := p.count(t, "thirdapp_login_sessions"); n != 1+others {
			t.Errorf("%d sessions are stored, want %d", n, 1+others)
		}
		p.exec(t, "UPDATE thirdapp_memberships SET state = 'active' WHERE tenant_id = '1000' AND person_id = 'id-bob'")
		if in := b.exchange(t, suspended); in.User.Username != "bob" {
			t.Errorf("the ticket of who was refused: %+v", in)
		}
	})
}

// TestUnboundTogether: who is unbound before an exchange is refused, and holds up
// nobody.
func TestUnboundTogether(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database func(*setup)) {
		p := newPlatform(t, database, asIdle, withStoredSessions(t))
		b := p.browser(t)
		gone := b.ticket(t, "dingAAAA", "p-alice", here)
		p.exec(t, "DELETE FROM thirdapp_bindings WHERE tenant_id = '1000' AND person_id = 'id-alice'")
		a := b.post(t, "/login/exchange", `{"ticket":"`+gone+`"}`)
		if a.status != http.StatusUnauthorized || !strings.Contains(a.body, "invalid_ticket") {
			t.Errorf("HTTP %d %s", a.status, a.body)
		}
		if n := p.count(t, "thirdapp_login_sessions"); n != 0 {
			t.Errorf("%d sessions are stored", n)
		}
	})
}

// count returns how many rows a table has.
func (p *platform) count(tb testing.TB, table string) int64 {
	tb.Helper()
	n, err := p.store.DB().NewSelect().Table(table).Count(tb.Context())
	check(tb, err)
	return n
}
