package bunstore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/internal/bunstoretest"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestIdentityStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunIdentity(t, func(tb testing.TB) storetest.IdentityStore { return open(tb) })
		})
	}
}

func TestLoginAccounts(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunAccounts(t, func(tb testing.TB) storetest.AccountsHarness { return bunstoretest.Accounts(open(tb)) })
		})
	}
}

func TestStandings(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunStandings(t, func(tb testing.TB) storetest.StandingsHarness {
				s := open(tb)
				return storetest.StandingsHarness{Store: s, Accounts: bunstoretest.Accounts(s)}
			})
		})
	}
}

// TestStandingsOfAnotherStore: people who are kept elsewhere are asked for
// there.
func TestStandingsOfAnotherStore(t *testing.T) {
	t.Parallel()
	s, other := openSQLite(t), openSQLite(t)
	if got := s.StandingsOf(bunstore.NewPeople(other)); got != nil {
		t.Errorf("got %T, want nil", got)
	}
}

// TestBindingIsHeld: who uses a ticket to issue a session has whoever unbinds
// its member wait until the session is stored, and can be ended.
func TestBindingIsHeld(t *testing.T) {
	t.Parallel()
	s := openPostgres(t)
	ctx := t.Context()
	now := time.Now()
	b := identity.Binding{
		Tenant: "t-1", Key: identity.Key{Provider: provider.DingTalk, OrgID: "corp", ProviderUserID: "p-1"},
		UserID: "user", Active: true, Source: identity.SourcePerson, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.Bind(ctx, b); err != nil {
		t.Fatal(err)
	}
	err := s.InTx(ctx, func(inside context.Context) error {
		ticket := identity.Ticket{Member: identity.Member{Tenant: b.Tenant, Key: b.Key}, ID: "ticket", Until: now.Add(time.Hour)}
		if _, err := s.UseTickets(inside, false, ticket); err != nil {
			return err
		}
		_, err := s.DB().ExecContext(ctx, "SELECT 1 FROM thirdapp_bindings WHERE tenant_id = 't-1' FOR UPDATE NOWAIT")
		if err == nil || !strings.Contains(err.Error(), "could not obtain lock") {
			t.Errorf("the binding could have been removed: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Unbind(ctx, b.Tenant, b.Key); err != nil {
		t.Errorf("unbind once it is over: %v", err)
	}
}

// TestTicketsDoNotWait: a list of tickets does not wait for a member who is being
// unbound; a ticket alone does, and is not good then.
func TestTicketsDoNotWait(t *testing.T) {
	t.Parallel()
	s := openPostgres(t)
	now := time.Now()
	var tickets []identity.Ticket
	for _, name := range []string{"leaves", "stays"} {
		k := identity.Key{Provider: provider.DingTalk, OrgID: "corp", ProviderUserID: provider.UserID(name)}
		if err := s.Bind(t.Context(), identity.Binding{
			Tenant: "t-1", Key: k, UserID: name, Active: true, Source: identity.SourcePerson, CreatedAt: now, UpdatedAt: now,
		}); err != nil {
			t.Fatal(err)
		}
		tickets = append(tickets, identity.Ticket{Member: identity.Member{Tenant: "t-1", Key: k}, ID: name, Until: now.Add(time.Hour)})
	}
	waited := make(chan identity.TicketUse, 1)
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if err := s.Unbind(ctx, "t-1", tickets[0].Key); err != nil {
			return err
		}
		uses, err := s.UseTickets(t.Context(), false, tickets...)
		if want := []identity.TicketUse{identity.TicketHeldUp, identity.TicketTaken}; err != nil || !slices.Equal(uses, want) {
			t.Errorf("UseTickets: %v, %v; want %v", uses, err, want)
		}
		go func() {
			uses, err := s.UseTickets(t.Context(), true, tickets[0])
			if err != nil {
				uses = []identity.TicketUse{0}
			}
			waited <- uses[0]
		}()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if use := <-waited; use != identity.TicketHeldUp {
		t.Errorf("UseTickets that waits: %v, want %v", use, identity.TicketHeldUp)
	}
}

// TestOneConnection: what is prepared in a transaction needs no second
// connection.
func TestOneConnection(t *testing.T) {
	t.Parallel()
	s, err := bunstore.Open(t.Context(), "sqlite:"+dbtest.SQLite(t), bunstore.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			err := s.InTx(ctx, func(ctx context.Context) error {
				return s.Use(ctx, "t-1", fmt.Sprint("ticket ", n), time.Now().Add(time.Hour))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestSessions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		ctx, start := t.Context(), time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
		has := func(in tenant.ID, user, id string, now time.Time) bool {
			t.Helper()
			ok, err := s.HasSession(ctx, in, user, id, now)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		for n, id := range []string{"first", "second"} {
			at := start.Add(time.Duration(n) * time.Minute)
			if err := s.AddSessions(ctx, identity.SessionRecord{
				Tenant: "t-1", UserID: "user", ID: id, CreatedAt: at, ExpiresAt: at.Add(time.Hour),
			}); err != nil {
				t.Fatal(err)
			}
		}
		if !has("t-1", "user", "first", start) || has("t-2", "user", "first", start) || has("t-1", "other", "first", start) ||
			has("t-1", "user", "third", start) || has("t-1", "user", "first", start.Add(time.Hour)) {
			t.Error("a session is of one tenant and user, until it expires")
		}
		if err := s.RemoveSessions(ctx, "t-2", "user", start.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveSessions(ctx, "t-1", "user", start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if has("t-1", "user", "first", start) || !has("t-1", "user", "second", start) {
			t.Error("want the session from before removed, and the later one kept")
		}
		if n, err := s.PruneLogins(ctx, start.Add(2*time.Hour), 10); err != nil || n != 1 {
			t.Errorf("PruneLogins: %d, %v; want 1", n, err)
		}
	})
}
