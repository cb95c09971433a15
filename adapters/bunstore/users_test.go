package bunstore_test

import (
	"errors"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// addPerson stores a person of the platform.
func addPerson(tb testing.TB, s *bunstore.Store, username string, disabled bool) {
	tb.Helper()
	_, err := s.DB().ExecContext(tb.Context(), `
		INSERT INTO thirdapp_people (id, username, realname, avatar_url, disabled, password_hash, must_change_password, created_at, updated_at)
		VALUES (?, ?, ?, '', ?, '', FALSE, '2026-03-01 08:00:00+00:00', '2026-03-01 08:00:00+00:00')`,
		"id of "+username, username, "Name of "+username, disabled)
	if err != nil {
		tb.Fatal(err)
	}
}

// addMember makes a person a member of a tenant.
func addMember(tb testing.TB, s *bunstore.Store, t tenant.ID, username, state string) {
	tb.Helper()
	_, err := s.DB().ExecContext(tb.Context(), `
		INSERT INTO thirdapp_memberships (tenant_id, person_id, state, work_no, title, created_at, updated_at)
		VALUES (?, ?, ?, '', '', '2026-03-01 08:00:00+00:00', '2026-03-01 08:00:00+00:00')`,
		t, "id of "+username, state)
	if err != nil {
		tb.Fatal(err)
	}
}

func TestUserByName(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		for _, name := range []string{"alice", "Bob", "张三", "o'hara"} {
			addPerson(t, s, name, false)
			addMember(t, s, "t-1", name, "active")
		}
		addPerson(t, s, "off", true)
		addMember(t, s, "t-1", "off", "active")
		addPerson(t, s, "leaver", false)
		addMember(t, s, "t-1", "leaver", "suspended")
		addMember(t, s, "t-2", "leaver", "pending")

		for _, test := range []struct {
			tenant tenant.ID
			name   string
			found  bool
		}{
			{"t-1", "alice", true},
			{"t-1", "Bob", true},
			{"t-1", "张三", true},
			{"t-1", "o'hara", true},
			{"t-1", "bob", false},
			{"t-1", "Alice", false},
			{"t-1", "", false},
			{"t-1", "alice ", false},
			{"t-1", "%", false},
			{"t-2", "alice", false},
			{"t-1", "off", false},
			{"t-1", "leaver", false},
			{"t-2", "leaver", false},
			{tenant.Platform, "alice", true},
			{tenant.Platform, "leaver", true},
			{tenant.Platform, "off", false},
			{tenant.Platform, "nobody", false},
		} {
			u, err := s.UserByName(t.Context(), test.tenant, test.name)
			if !test.found {
				if !errors.Is(err, tenant.ErrNotFound) {
					t.Errorf("UserByName(%s, %q) = %+v, %v; want %v", test.tenant, test.name, u, err, tenant.ErrNotFound)
				}
				continue
			}
			want := tenant.User{ID: "id of " + test.name, Username: test.name, Name: "Name of " + test.name}
			if err != nil || u != want {
				t.Errorf("UserByName(%s, %q) = %+v, %v; want %+v", test.tenant, test.name, u, err, want)
			}
		}
		_, err := s.UserByName(t.Context(), "t-1", "alice\x00")
		if got := provider.CodeOf(err); got != provider.InvalidArgument {
			t.Errorf("UserByName with a NUL: got code %s (%v), want %s", got, err, provider.InvalidArgument)
		}
	})
}
