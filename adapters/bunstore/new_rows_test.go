package bunstore_test

import (
	"fmt"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/internal/bunstoretest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestNewRows creates people with texts that mean something to SQL, to arrays
// or to COPY: a few, whose rows go by INSERT, and many, which PostgreSQL gets by
// COPY.
func TestNewRows(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) { testNewRows(t, s, n) })
		})
	}
}

func testNewRows(t *testing.T, s *bunstore.Store, n int) {
	t.Helper()
	people := bunstore.NewPeople(s)
	department, err := applyDepartment(t, bunstoretest.Members(s), createdDepartment("1", ""))
	if err != nil {
		t.Fatal(err)
	}
	changes := newPeople(n, dirsync.Place{DepartmentLocalID: department.LocalID, Leader: true, Order: -1 << 62})
	dir := dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org"}
	outcomes, err := people.ApplyPeople(t.Context(), dir, changes)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		var name, email, avatar, title, created string
		var mustChange, leader bool
		var order int64
		err := s.DB().NewRaw(`SELECT p.realname, COALESCE(p.email, 'none'), p.avatar_url, p.must_change_password, m.title,
				d.leader, d.sort_order, CASE WHEN p.created_at > '2020-01-01' THEN 'now' ELSE 'then' END
			FROM thirdapp_people AS p JOIN thirdapp_memberships AS m ON m.person_id = p.id AND m.tenant_id = 't1'
			JOIN thirdapp_department_members AS d ON d.person_id = p.id WHERE p.id = ?`, o.LocalID).
			Scan(t.Context(), &name, &email, &avatar, &mustChange, &title, &leader, &order, &created)
		want := changes[i]
		if want.Email == "" {
			want.Email = "none"
		}
		if err != nil || name != want.Name || email != want.Email || avatar != want.AvatarURL || title != want.Title ||
			mustChange != (want.PasswordHash != "") || !leader || order != -1<<62 || created != "now" {
			t.Fatalf("person %d: %q %q %q %t %q %t %d %s, %v; want %+v", i,
				name, email, avatar, mustChange, title, leader, order, created, err, want)
		}
	}
}

// TestNewRowsTaken creates many people of whom one cannot be.
func TestNewRowsTaken(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		people, dir := bunstore.NewPeople(s), dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org"}
		changes := newPeople(100)
		if _, err := people.ApplyPeople(t.Context(), dir, changes[50:51]); err != nil {
			t.Fatal(err)
		}
		outcomes, err := people.ApplyPeople(t.Context(), dir, changes)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if refused := !o.Failure.IsZero(); refused != (i == 50) {
				t.Errorf("person %d: %+v, want only 50 refused", i, o)
			}
		}
		if n := count(t, s, "thirdapp_memberships"); n != 100 {
			t.Errorf("%d members, want 100", n)
		}
	})
}

// TestNewRowsNUL has a text that PostgreSQL cannot keep among many: nobody is
// created, and the connection is as good as before.
func TestNewRowsNUL(t *testing.T) {
	t.Parallel()
	s := openPostgres(t)
	people, dir := bunstore.NewPeople(s), dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org"}
	changes := newPeople(100)
	changes[70].Title = "a\x00b"
	if _, err := people.ApplyPeople(t.Context(), dir, changes); err == nil {
		t.Error("got no error for a text with NUL")
	}
	if n := count(t, s, "thirdapp_people"); n != 0 {
		t.Errorf("%d people, want none", n)
	}
}

func count(t *testing.T, s *bunstore.Store, table string, args ...any) (n int) {
	t.Helper()
	if err := s.DB().NewRaw("SELECT count(*) FROM "+table, args...).Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// newPeople are people to be created in the given places.
func newPeople(n int, places ...dirsync.Place) []dirsync.PersonChange {
	odd := []string{"", "张三", `O'Neill "the" {1,2}`, `back\slash\\N`, "two\nlines\tand tab", "NULL", "\xf0\x9f\x98\x80"}
	changes := make([]dirsync.PersonChange, n)
	for i := range changes {
		text := odd[i%len(odd)]
		changes[i] = dirsync.PersonChange{
			Kind: dirsync.KindCreate, RemoteID: provider.UserID(fmt.Sprintf("u%03d%s", i, text)),
			Name: text, Title: text, AvatarURL: text, Mobile: fmt.Sprintf("138%08d", i),
			Join: dirsync.JoinActive, Places: places,
		}
		if i%2 == 1 {
			changes[i].Email, changes[i].PasswordHash = fmt.Sprintf("%d%s@example.com", i, text), "hash"
		}
	}
	return changes
}
