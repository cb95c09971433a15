package bunstore_test

import (
	"errors"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func newPerson(username string, tenants ...tenant.ID) bunstore.NewPerson {
	return bunstore.NewPerson{
		Username: username, Realname: "张伟", Phone: "1" + username, Email: username + "@Example.com",
		Password: provider.NewSecret("pass of " + username), MustChangePassword: true, Tenants: tenants,
	}
}

func TestPeopleCreate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		people := bunstore.NewPeople(s)
		created, err := people.Create(t.Context(), newPerson("alice", "t1", "t2"))
		if err != nil {
			t.Fatal(err)
		}
		for name, find := range map[string]func() (bunstore.Account, error){
			"by username": func() (bunstore.Account, error) { return people.ByUsername(t.Context(), "alice") },
			"by id":       func() (bunstore.Account, error) { return people.ByID(t.Context(), created.ID) },
		} {
			got, err := find()
			if err != nil || got.ID != created.ID || got.Realname != "张伟" || len(got.Tenants) != 2 ||
				!got.MustChangePassword || !got.CreatedAt.Equal(created.CreatedAt) {
				t.Errorf("%s: got %+v, %v", name, got, err)
			}
		}
		for field, change := range map[string]func(*bunstore.NewPerson){
			"username": func(n *bunstore.NewPerson) { n.Username = "alice" },
			"phone":    func(n *bunstore.NewPerson) { n.Phone = "1alice" },
			"email":    func(n *bunstore.NewPerson) { n.Email = "ALICE@example.com" },
		} {
			other := newPerson("bob", "t1")
			change(&other)
			_, err := people.Create(t.Context(), other)
			var taken *bunstore.PersonConflictError
			if !errors.As(err, &taken) || taken.Field != field || !errors.Is(err, tenant.ErrConflict) {
				t.Errorf("%s taken: got %v", field, err)
			}
		}
		if _, total, err := people.Members(t.Context(), "t1", 1, 10); err != nil || total != 1 {
			t.Errorf("t1 has %d members, %v; want the one that could be created", total, err)
		}
	})
}

func TestPeopleAuthenticate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		people := bunstore.NewPeople(s)
		alice, err := people.Create(t.Context(), newPerson("alice", "t1"))
		if err != nil {
			t.Fatal(err)
		}
		without := newPerson("bob")
		without.Password = provider.Secret{}
		if _, err := people.Create(t.Context(), without); err != nil {
			t.Fatal(err)
		}
		try := func(username, password string) error {
			_, err := people.Authenticate(t.Context(), username, provider.NewSecret(password))
			return err
		}
		if err := try("alice", "pass of alice"); err != nil {
			t.Errorf("right password: %v", err)
		}
		for name, err := range map[string]error{
			"wrong password": try("alice", "x"), "no password": try("alice", ""), "unknown": try("carol", "x"),
			"account without one": try("bob", ""), "NUL": try("a\x00", "x"),
		} {
			if err == nil {
				t.Errorf("%s: got no error", name)
			}
		}
		if err := people.SetPassword(t.Context(), alice.ID, provider.NewSecret("new"), false); err != nil {
			t.Fatal(err)
		}
		if try("alice", "new") != nil || try("alice", "pass of alice") == nil {
			t.Error("the old password still holds, or the new one does not")
		}
		err = people.SetPassword(t.Context(), "nobody", provider.NewSecret("x"), false)
		if !errors.Is(err, tenant.ErrNotFound) {
			t.Errorf("unknown account: got %v, want ErrNotFound", err)
		}
	})
}

func TestPeopleMembers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		people := bunstore.NewPeople(s)
		for _, name := range []string{"a", "b", "c"} {
			if _, err := people.Create(t.Context(), newPerson(name, "t1")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := people.Create(t.Context(), newPerson("d", "t2")); err != nil {
			t.Fatal(err)
		}
		var seen []string
		for page := 1; page <= 3; page++ {
			list, total, err := people.Members(t.Context(), "t1", page, 2)
			if err != nil || total != 3 {
				t.Fatalf("page %d: total %d, %v", page, total, err)
			}
			for _, m := range list {
				seen = append(seen, m.Username)
				if m.State != "active" {
					t.Errorf("%s is %s", m.Username, m.State)
				}
			}
		}
		if len(seen) != 3 {
			t.Errorf("saw %v, want each member of t1 once", seen)
		}
		if list, err := people.Departments(t.Context(), "t1"); err != nil || len(list) != 0 {
			t.Errorf("departments: %v, %v", list, err)
		}
	})
}
