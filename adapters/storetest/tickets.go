package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

func ticketOf(b identity.Binding, id string) identity.Ticket {
	return identity.Ticket{Member: memberOf(b), ID: id, Until: instant(60)}
}

// useTickets uses tickets in a transaction of their own.
func useTickets(tb testing.TB, s identity.Store, list ...identity.Ticket) []identity.TicketUse {
	tb.Helper()
	var uses []identity.TicketUse
	err := s.InTx(tb.Context(), func(ctx context.Context) (err error) {
		uses, err = s.UseTickets(ctx, false, list...)
		return err
	})
	if err != nil || len(uses) != len(list) {
		tb.Fatalf("UseTickets: %v, %v", uses, err)
	}
	return uses
}

// ticketsOnce: each ticket is taken once, whatever list it stands in, by tenant;
// Use knows of them as well.
func ticketsOnce(t *testing.T, s IdentityStore) {
	mine, other, foreign := newBinding(here, "用户'1", "user-1"), newBinding(here, "member-2", "user-2"), newBinding(there, "用户'1", "user-1")
	bind(t, s, mine, other, foreign)
	if err := s.Use(t.Context(), here, "spent", instant(60)); err != nil {
		t.Fatal(err)
	}
	const taken, spent = identity.TicketTaken, identity.TicketSpent
	for _, c := range []struct {
		list []identity.Ticket
		want []identity.TicketUse
	}{
		{[]identity.Ticket{ticketOf(mine, "a")}, []identity.TicketUse{taken}},
		{[]identity.Ticket{ticketOf(mine, "a")}, []identity.TicketUse{spent}},
		{
			[]identity.Ticket{
				ticketOf(other, "c"), ticketOf(mine, "a"), ticketOf(mine, "b"), ticketOf(mine, "b"), ticketOf(other, "spent"),
				ticketOf(foreign, "a"), ticketOf(foreign, "b"),
			},
			[]identity.TicketUse{taken, spent, taken, spent, spent, taken, taken},
		},
	} {
		if got := useTickets(t, s, c.list...); !slices.Equal(got, c.want) {
			t.Errorf("UseTickets(%v): %v, want %v", c.list, got, c.want)
		}
	}
	for _, id := range []string{"a", "b", "c"} {
		if err := s.Use(t.Context(), here, id, instant(60)); !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("Use of ticket %s: %v, want ErrConflict", id, err)
		}
	}
	if n, err := s.PruneLogins(t.Context(), instant(60), 10); err != nil || n != 6 {
		t.Errorf("PruneLogins: %d, %v; want 6", n, err)
	}
}

// ticketsRaced: lists that share tickets, in any order, take each once and do
// not stand in each other's way.
func ticketsRaced(t *testing.T, s IdentityStore) {
	const tickets = 20
	var list []identity.Ticket
	for n := range tickets {
		b := newBinding(here, fmt.Sprint("member-", n), fmt.Sprint("user-", n))
		bind(t, s, b)
		list = append(list, ticketOf(b, fmt.Sprint("ticket-", n)))
	}
	var taken [tickets]atomic.Int32
	errs := race(func(n int) error {
		mine := slices.Concat(list[n:], list[:n])
		if n%2 == 1 {
			slices.Reverse(mine)
		}
		return s.InTx(t.Context(), func(ctx context.Context) error {
			uses, err := s.UseTickets(ctx, n == 0, mine...)
			for i, use := range uses {
				if use == identity.TicketTaken {
					taken[slices.Index(list, mine[i])].Add(1)
				}
			}
			return err
		})
	})
	if err := errors.Join(errs...); err != nil {
		t.Errorf("UseTickets: %v", err)
	}
	for n := range taken {
		if got := taken[n].Load(); got != 1 {
			t.Errorf("ticket %d was taken %d times", n, got)
		}
	}
}

// ticketsReturned: what is returned, or rolled back, can be used again, and the
// rest cannot.
func ticketsReturned(t *testing.T, s IdentityStore) {
	b := newBinding(here, "member", "user")
	bind(t, s, b, newBinding(there, "member", "user"))
	kept, returned := ticketOf(b, "kept"), ticketOf(b, "returned")
	if err := s.Use(t.Context(), there, "returned", instant(60)); err != nil {
		t.Fatal(err)
	}
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := s.UseTickets(ctx, false, kept, returned); err != nil {
			return err
		}
		return errChanged
	})
	if !errors.Is(err, errChanged) {
		t.Fatal(err)
	}
	err = s.InTx(t.Context(), func(ctx context.Context) error {
		uses, err := s.UseTickets(ctx, false, kept, returned)
		if err == nil && !slices.Equal(uses, []identity.TicketUse{identity.TicketTaken, identity.TicketTaken}) {
			t.Errorf("after a rollback: %v", uses)
		}
		return errors.Join(err, s.ReturnTickets(ctx, returned))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := useTickets(t, s, kept, returned); !slices.Equal(got, []identity.TicketUse{identity.TicketSpent, identity.TicketTaken}) {
		t.Errorf("after ReturnTickets: %v", got)
	}
	if err := s.Use(t.Context(), there, "returned", instant(60)); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("one of another tenant was returned: %v", err)
	}
}

// ticketsHold: whoever unbinds a member, or holds the user's bindings, waits for
// a transaction that has used the member's ticket, and sees what it has stored.
func ticketsHold(t *testing.T, s IdentityStore) {
	b, other := newBinding(here, "member", "user"), newBinding(here, "member-2", "user-2")
	bind(t, s, b, other)
	for n, wait := range []bool{true, false} {
		for name, change := range map[string]func(context.Context) error{
			"HoldBindingsOf": func(ctx context.Context) error { return s.HoldBindingsOf(ctx, here, "nobody", b.UserID) },
			"Unbind": func(ctx context.Context) error {
				return errors.Join(s.Unbind(ctx, here, b.Key), s.Bind(ctx, b))
			},
		} {
			id := fmt.Sprint(name, n)
			list := []identity.Ticket{ticketOf(b, id)}
			if !wait {
				list = append(list, ticketOf(other, id+" of another"))
			}
			done := make(chan error, 1)
			err := s.InTx(t.Context(), func(ctx context.Context) error {
				if uses, err := s.UseTickets(ctx, wait, list...); err != nil || uses[0] != identity.TicketTaken {
					return fmt.Errorf("UseTickets: %v, %w", uses, err)
				}
				go func() { done <- seesChoice(t.Context(), s, id, change) }() //nolint:contextcheck // another transaction
				select {
				case err := <-done:
					return fmt.Errorf("it did not wait: %w", err)
				case <-time.After(100 * time.Millisecond): // a store that holds passes whatever the time
				}
				return s.SaveChoice(ctx, id, here, instant(1))
			})
			if err == nil {
				err = <-done
			}
			if err != nil {
				t.Errorf("%s, wait %t: %v", name, wait, err)
			}
		}
	}
}

// seesChoice makes a change in a transaction, which must see a choice then.
func seesChoice(ctx context.Context, s identity.Store, userID string, change func(context.Context) error) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := change(ctx); err != nil {
			return err
		}
		if got, err := s.Choice(ctx, userID); err != nil || got != here {
			return fmt.Errorf("what the other transaction has stored: %q, %w", got, err)
		}
		return nil
	})
}

// joined: Joined tells whether the context carries a transaction.
func joined(t *testing.T, s IdentityStore) {
	if s.Joined(t.Context()) {
		t.Error("outside of a transaction: true")
	}
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if !s.Joined(ctx) {
			t.Error("in a transaction: false")
		}
		return nil
	})
	if err != nil {
		t.Errorf("InTx: %v", err)
	}
}
