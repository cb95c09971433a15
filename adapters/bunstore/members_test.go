package bunstore_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/internal/bunstoretest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestMembers(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunMembers(t, func(tb testing.TB) storetest.MembersHarness { return bunstoretest.Members(open(tb)) })
		})
	}
}

func TestRoster(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunRoster(t, func(tb testing.TB) storetest.MembersHarness { return bunstoretest.Members(open(tb)) })
		})
	}
}

// TestKeptDepartment has a department leave that has a member of the platform's
// own: it is kept, and comes back as what it was.
func TestKeptDepartment(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		h := bunstoretest.Members(s)
		ids, err := applyDepartment(t, h, createdDepartment("1", ""))
		if err != nil {
			t.Fatal(err)
		}
		own := h.CreateAccount(t, "own", "", "", "t1")
		_, err = s.DB().NewRaw("INSERT INTO thirdapp_department_members (tenant_id, department_id, person_id, leader, sort_order)"+
			" VALUES ('t1', ?, ?, FALSE, 0)", ids.LocalID, own).Exec(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left, err := applyDepartment(t, h, leavingDepartment("1", ids.LocalID))
		if err != nil || left.Note.IsZero() {
			t.Errorf("outcome %+v, %v; want a note that it was kept", left, err)
		}
		if got := h.Departments(t, "t1"); len(got) != 1 {
			t.Errorf("departments %+v, want it kept", got)
		}
		back, err := applyDepartment(t, h, createdDepartment("1", ids.LocalID))
		if err != nil || back.LocalID != ids.LocalID || len(h.Departments(t, "t1")) != 1 {
			t.Errorf("outcome %+v, %v; want the department that was kept", back, err)
		}
	})
}

// TestAdministratorsAddresses: a directory sets neither number nor address of a
// platform administrator, also where there is none.
func TestAdministratorsAddresses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		h := bunstoretest.Members(s)
		dir := dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org"}
		id := h.CreateAccount(t, "root", "13800000001", "", "t1")
		change := func(mobile string) dirsync.Outcome {
			out, err := h.Members.ApplyPeople(t.Context(), dir, []dirsync.PersonChange{{
				Kind: dirsync.KindUpdate, RemoteID: "u", LocalID: id, Owned: true, Name: "张三", Mobile: mobile, Email: mobile + "@corp.example",
			}})
			if err != nil || !out[0].Failure.IsZero() {
				t.Fatalf("outcomes %+v, %v", out, err)
			}
			return out[0]
		}
		if _, err := s.AddGrant(t.Context(), tenant.Grant{Tenant: tenant.Platform, UserID: id, Role: tenant.RolePlatformAdmin}); err != nil {
			t.Fatal(err)
		}
		out := change("13900000009")
		m, _ := h.Member(t, "t1", id)
		if m.Mobile != "13800000001" || m.Email != "" || m.Name != "张三" || out.Note.IsZero() {
			t.Errorf("member %+v, outcome %+v; want number and address as they were, and a note", m, out)
		}
		now, err := h.Members.Current(t.Context(), dir, []dirsync.PersonRef{{RemoteID: "u", LocalID: id}})
		if err != nil || len(now) != 1 || !now[0].Fixed.Has(dirsync.FieldMobile) || !now[0].Fixed.Has(dirsync.FieldEmail) {
			t.Errorf("current %+v, %v; want mobile and email fixed", now, err)
		}

		if _, err := s.RemoveGrant(t.Context(), tenant.Platform, id, tenant.RolePlatformAdmin); err != nil {
			t.Fatal(err)
		}
		out = change("13900000009")
		if m, _ := h.Member(t, "t1", id); m.Mobile != "13900000009" || m.Email != "13900000009@corp.example" || !out.Note.IsZero() {
			t.Errorf("member %+v, outcome %+v; want those of the directory of somebody who was administrator once", m, out)
		}
	})
}

func createdDepartment(id provider.DepartmentID, local string) dirsync.DepartmentChange {
	kind := dirsync.KindCreate
	if local != "" {
		kind = dirsync.KindRejoin
	}
	return dirsync.DepartmentChange{Kind: kind, RemoteID: id, LocalID: local, Name: "部门"}
}

func leavingDepartment(id provider.DepartmentID, local string) dirsync.DepartmentChange {
	return dirsync.DepartmentChange{Kind: dirsync.KindLeave, RemoteID: id, LocalID: local}
}

func applyDepartment(tb testing.TB, h storetest.MembersHarness, c dirsync.DepartmentChange) (dirsync.Outcome, error) {
	tb.Helper()
	dir := dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org"}
	out, err := h.Members.ApplyDepartments(tb.Context(), dir, []dirsync.DepartmentChange{c})
	if err != nil {
		return dirsync.Outcome{}, err
	}
	return out[0], nil
}

// TestRosterOfDisabled: an account that is disabled on the whole platform is no
// active member anywhere, and is not pushed.
func TestRosterOfDisabled(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		h, people := bunstoretest.Members(s), bunstore.NewPeople(s)
		active, disabled := h.CreateAccount(t, "active", "", "", "t1"), h.CreateAccount(t, "disabled", "", "", "t1")
		statement(t, s, "UPDATE thirdapp_people SET disabled = TRUE WHERE id = ?", disabled)
		for _, q := range []dirsync.RosterQuery{{Limit: 10}, {IDs: []string{active, disabled}}} {
			got, err := people.RosterPeople(t.Context(), dirsync.Directory{Tenant: "t1"}, q)
			if err != nil || len(got) != 1 || got[0].ID != active {
				t.Errorf("%+v: %+v, %v; want the active one only", q, got, err)
			}
		}
	})
}
