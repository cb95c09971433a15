package storetest

import (
	"context"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// RunRoster proves a dirsync.Roster: that a push gets to know the departments
// and active members of the tenant, and nobody else, that it misses nobody and
// meets nobody twice, and that the platform's own departments become the
// directory's and their own again. The harness is that of RunMembers, whose
// Members implement dirsync.Roster: what is read was brought there by a pull.
func RunRoster(t *testing.T, newHarness func(tb testing.TB) MembersHarness) {
	t.Helper()
	open := func(tb testing.TB) rosterHarness {
		tb.Helper()
		h := newHarness(tb)
		roster, ok := h.Members.(dirsync.Roster)
		if !ok {
			tb.Fatalf("%T does not implement dirsync.Roster", h.Members)
		}
		return rosterHarness{h, roster}
	}
	runEach(t, open, map[string]func(*testing.T, rosterHarness){
		"departments":              rosterDepartments,
		"people":                   rosterPeople,
		"active members only":      rosterActive,
		"ids":                      rosterIDs,
		"windows":                  rosterWindows,
		"windows while one leaves": rosterWindowsMove,
		"leads":                    rosterLeads,
		"orders":                   rosterOrders,
		"managers":                 rosterManagers,
		"bind":                     rosterBind,
		"bind to another":          rosterBindAgain,
		"bind elsewhere":           rosterBindElsewhere,
		"release":                  rosterRelease,
		"tenants":                  rosterTenants,
		"rollback":                 rosterRollback,
	})
}

// rosterHarness is a platform that can be pushed.
type rosterHarness struct {
	MembersHarness

	roster dirsync.Roster
}

// foreignDir and secondDir are a directory of another tenant and another one of the same.
var (
	foreignDir = dirsync.Directory{Tenant: "t2", Provider: membersDir.Provider, OrgID: membersDir.OrgID}
	secondDir  = dirsync.Directory{Tenant: membersDir.Tenant, Provider: membersDir.Provider, OrgID: "org2"}
)

// pulled returns the department that a pull of the directory has for one of the
// office app: the one that is bound to it, else a new one.
func (h rosterHarness) pulled(tb testing.TB, dir dirsync.Directory, remote provider.DepartmentID) string {
	tb.Helper()
	return h.applyDepartments(tb, dir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: remote, Name: "部门 " + string(remote)})[0]
}

// bind is a push that has written a department, or with "" the undo of one.
func (h rosterHarness) bind(tb testing.TB, dir dirsync.Directory, localID string, remote provider.DepartmentID) {
	tb.Helper()
	err := h.Transactor.InTx(tb.Context(), func(ctx context.Context) error {
		return h.roster.BindDepartment(ctx, dir, localID, remote)
	})
	if err != nil {
		tb.Fatalf("bind department %s to %q: %v", localID, remote, err)
	}
}

// own returns a department that is the platform's own.
func (h rosterHarness) own(tb testing.TB) string {
	tb.Helper()
	id := h.pulled(tb, membersDir, "was-pulled")
	h.bind(tb, membersDir, id, "")
	return id
}
