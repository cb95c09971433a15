package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func transactionTests() map[string]func(*testing.T, tenant.Store) {
	return map[string]func(*testing.T, tenant.Store){
		"commit":            txCommit,
		"rollback":          txRollback,
		"rollback on panic": txPanic,
		"nesting":           txNesting,
		"not seen outside":  txNotSeenOutside,
		"after commit":      txAfterCommit,
		"cancelled":         txCancelled,
	}
}

// writeAll writes one row of each kind.
func writeAll(ctx context.Context, s tenant.Store) error {
	_, err := s.AddGrant(ctx, newGrant(here, 1, tenant.RoleAdmin))
	return errors.Join(err,
		s.CreateApp(ctx, newApp(here, provider.DingTalk, "a1")),
		s.AppendAudit(ctx, newAudit(here, 1)))
}

// countAll counts what writeAll wrote.
func countAll(tb testing.TB, ctx context.Context, s tenant.Store) int {
	tb.Helper()
	apps, err := s.Apps(ctx, here, "")
	grants, err2 := s.Grants(ctx, here, tenant.Page{})
	audit, err3 := s.Audit(ctx, here, tenant.AuditFilter{}, tenant.Page{})
	if err := errors.Join(err, err2, err3); err != nil {
		tb.Fatal(err)
	}
	return len(apps) + len(grants.Items) + len(audit.Items)
}

func wantRows(tb testing.TB, op string, s tenant.Store, want int) {
	tb.Helper()
	if got := countAll(tb, tb.Context(), s); got != want {
		tb.Errorf("%s: got %d rows, want %d", op, got, want)
	}
}

func txCommit(t *testing.T, s tenant.Store) {
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if err := writeAll(ctx, s); err != nil {
			return err
		}
		if got := countAll(t, ctx, s); got != 3 {
			t.Errorf("inside: got %d rows, want 3", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, "after commit", s, 3)
}

func txRollback(t *testing.T, s tenant.Store) {
	stop := errors.New("stop")
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if err := writeAll(ctx, s); err != nil {
			return err
		}
		return stop
	})
	wantError(t, "InTx", err, stop)
	wantRows(t, "after rollback", s, 0)
	if _, changes := grantChangesAfter(t, s, 0); len(changes) != 0 {
		t.Errorf("after rollback: got grant changes %v, want none", changes)
	}
}

func txPanic(t *testing.T, s tenant.Store) {
	func() {
		defer func() {
			if recover() == nil {
				t.Error("InTx swallowed the panic of its function")
			}
		}()
		_ = s.InTx(t.Context(), func(ctx context.Context) error {
			if err := writeAll(ctx, s); err != nil {
				t.Error(err)
			}
			panic("boom")
		})
	}()
	wantRows(t, "after a panic", s, 0)
	if err := writeAll(t.Context(), s); err != nil {
		t.Errorf("writing after a panic: %v", err)
	}
}

func txNesting(t *testing.T, s tenant.Store) {
	stop := errors.New("stop")
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if err := s.InTx(ctx, func(ctx context.Context) error { return writeAll(ctx, s) }); err != nil {
			return err
		}
		if got := countAll(t, ctx, s); got != 3 {
			t.Errorf("after the inner one: got %d rows, want 3", got)
		}
		return stop
	})
	wantError(t, "outer InTx", err, stop)
	wantRows(t, "after the outer one rolled back", s, 0)
}

func txNotSeenOutside(t *testing.T, s tenant.Store) {
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if err := writeAll(ctx, s); err != nil {
			return err
		}
		wantRows(t, "outside before the commit", s, 0)                   //nolint:contextcheck // outside
		if _, changes := grantChangesAfter(t, s, 0); len(changes) != 0 { //nolint:contextcheck // outside
			t.Errorf("outside before the commit: got grant changes %v, want none", changes)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func txAfterCommit(t *testing.T, s tenant.Store) {
	hooks, ok := s.(interface {
		AfterCommit(ctx context.Context, f func()) bool
	})
	if !ok {
		t.Skip("the store has no AfterCommit")
	}
	var calls []string
	note := func(what string) func() { return func() { calls = append(calls, what) } }
	if hooks.AfterCommit(t.Context(), note("outside")) {
		t.Error("AfterCommit outside of a transaction = true, want false")
	}
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		ok := hooks.AfterCommit(ctx, note("outer"))
		err := s.InTx(ctx, func(ctx context.Context) error {
			ok = hooks.AfterCommit(ctx, note("inner")) && ok
			return nil
		})
		if !ok || len(calls) != 0 {
			t.Errorf("in a transaction: AfterCommit = %t, calls %q; want true, none", ok, calls)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(calls) != 2 || calls[0] != "outer" || calls[1] != "inner" {
		t.Errorf("after the commit: got calls %q, want outer, inner", calls)
	}
	_ = s.InTx(t.Context(), func(ctx context.Context) error {
		hooks.AfterCommit(ctx, note("rolled back"))
		return errors.New("stop")
	})
	if len(calls) != 2 {
		t.Errorf("after a rollback: got calls %q, want no further one", calls)
	}
}

func txCancelled(t *testing.T, s tenant.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	err := s.InTx(ctx, func(ctx context.Context) error {
		if err := writeAll(ctx, s); err != nil {
			return err
		}
		cancel()
		return s.AppendAudit(ctx, newAudit(here, 2))
	})
	if err == nil {
		t.Error("InTx with a cancelled context: got no error")
	}
	wantRows(t, "after a cancelled transaction", s, 0)
}
