package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Two tenants that must never notice each other.
const (
	here  tenant.ID = "t-1"
	there tenant.ID = "t-2"
)

// instant returns the n-th of a row of moments, with all the digits a store
// keeps.
func instant(n int) time.Time {
	return time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC).Add(time.Duration(n) * time.Second)
}

// newApp returns an enabled app whose id and identity are its own.
func newApp(t tenant.ID, kind provider.Kind, id string) tenant.App {
	return tenant.App{
		ID: id, Tenant: t, Provider: kind, Identity: "identity of " + id, Enabled: true, Version: 1,
		Values: map[string]string{provider.SettingOrgID: "org of " + id, "note": `企业 "引号" 'quote' ? \ $1`},
		Secrets: map[string]tenant.Sealed{
			provider.SettingClientSecret: {KeyID: "key-1", Ciphertext: []byte{0, 1, 0xfe, 0xff, '\'', '\\'}},
		},
		CreatedAt: instant(0), UpdatedAt: instant(1),
	}
}

func createApp(tb testing.TB, s tenant.Store, a tenant.App) tenant.App {
	tb.Helper()
	if err := s.CreateApp(tb.Context(), a); err != nil {
		tb.Fatalf("CreateApp(%s): %v", a.ID, err)
	}
	return a
}

// next returns a changed in the way update makes it and ready to be stored.
func next(a tenant.App, update func(*tenant.App)) tenant.App {
	a.Version++
	update(&a)
	return a
}

func newGrant(t tenant.ID, n int, role tenant.Role) tenant.Grant {
	return tenant.Grant{
		Tenant: t, UserID: fmt.Sprintf("user-%03d", n), Username: fmt.Sprintf("name-%03d", n),
		Role: role, GrantedBy: "root", CreatedAt: instant(n),
	}
}

func addGrant(tb testing.TB, s tenant.Store, g tenant.Grant) {
	tb.Helper()
	changed, err := s.AddGrant(tb.Context(), g)
	if err != nil || !changed {
		tb.Fatalf("AddGrant(%s, %s) = %t, %v; want true, nil", g.UserID, g.Role, changed, err)
	}
}

func newAudit(t tenant.ID, n int) tenant.AuditEntry {
	return tenant.AuditEntry{
		ID: fmt.Sprintf("01900000-0000-7000-8000-%012d", n), Tenant: t, At: instant(n),
		ActorID: "user-1", ActorName: "张三", Action: "app.update", Target: "app-1", Outcome: "ok",
	}
}

func appendAudit(tb testing.TB, s tenant.Store, e tenant.AuditEntry) {
	tb.Helper()
	if err := s.AppendAudit(tb.Context(), e); err != nil {
		tb.Fatalf("AppendAudit(%s): %v", e.ID, err)
	}
}

// wantError fails the test unless err is the target.
func wantError(tb testing.TB, op string, err, target error) {
	tb.Helper()
	if !errors.Is(err, target) {
		tb.Errorf("%s: got error %v, want %v", op, err, target)
	}
}

// wantConflict fails the test unless err says that the given key is taken.
func wantConflict(tb testing.TB, op string, err error, key string) {
	tb.Helper()
	wantError(tb, op, err, tenant.ErrConflict)
	var conflict *tenant.ConflictError
	if !errors.As(err, &conflict) {
		tb.Errorf("%s: got error %v, want a ConflictError of key %q", op, err, key)
		return
	}
	if conflict.Key != key {
		tb.Errorf("%s: got conflict of key %q, want %q", op, conflict.Key, key)
	}
}

// collect reads a list to its end in pieces of the given size.
func collect[T any](
	tb testing.TB, size int, read func(ctx context.Context, p tenant.Page) (tenant.List[T], error),
) []T {
	tb.Helper()
	const most = 1000
	var all []T
	p := tenant.Page{Limit: size}
	for range most {
		list, err := read(tb.Context(), p)
		if err != nil {
			tb.Fatalf("page after %d items: %v", len(all), err)
		}
		if size > 0 && len(list.Items) > size {
			tb.Fatalf("page has %d items, want at most %d", len(list.Items), size)
		}
		all = append(all, list.Items...)
		if list.Next == "" {
			return all
		}
		p.Cursor = list.Next
	}
	tb.Fatalf("the list does not end after %d pages", most)
	return nil
}

// wantCursorRefused reads a list with cursors it has not given out.
func wantCursorRefused[T any](
	tb testing.TB, foreign string, read func(ctx context.Context, p tenant.Page) (tenant.List[T], error),
) {
	tb.Helper()
	for _, cursor := range []string{"x", "%%%", "bm90IGpzb24", "W10", "eyJhIjoxfQ", "WyJhIiwxXQ", foreign} {
		_, err := read(tb.Context(), tenant.Page{Cursor: cursor})
		if got := provider.CodeOf(err); got != provider.InvalidArgument {
			tb.Errorf("cursor %q: got code %s (%v), want %s", cursor, got, err, provider.InvalidArgument)
		}
	}
}
