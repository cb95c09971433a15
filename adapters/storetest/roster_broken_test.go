package storetest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/internal/bunstoretest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// The faults: each is a roster that is right but for one thing.
type (
	sharesTree     struct{ *bunstore.People }
	flatTree       struct{ *bunstore.People }
	pushesLeavers  struct{ *bunstore.People }
	pushesPending  struct{ *bunstore.People }
	abroadPeople   struct{ *bunstore.People }
	inventsPeople  struct{ *bunstore.People }
	everybodyAsked struct{ *bunstore.People }
	repeatsPeople  struct{ *bunstore.People }
	skipsPeople    struct{ *bunstore.People }
	wideWindows    struct{ *bunstore.People }
	startsAtPerson struct{ *bunstore.People }
	noUsernames    struct{ *bunstore.People }
	namesLeadsOnly struct{ *bunstore.People }
	allLead        struct{ *bunstore.People }
	wrongOrders    struct{ *bunstore.People }
	wrongManagers  struct{ *bunstore.People }
	allHere        struct{ *bunstore.People }
	bindsNothing   struct{ *bunstore.People }
	keepsOldBound  struct{ *bunstore.People }
	takesUnits     struct{ *bunstore.People }
	neverReleases  struct{ *bunstore.People }
	releasesAll    struct{ *bunstore.People }
	anyTenantsUnit struct{ *bunstore.People }
	bindsOutside   struct{ *bunstore.People }
)

// rosterPeople is a roster's method.
type rosterPeople = func(context.Context, dirsync.Directory, dirsync.RosterQuery) ([]dirsync.RosterPerson, error)

// altered returns people with each of them changed.
func altered(
	ctx context.Context, read rosterPeople, dir dirsync.Directory, q dirsync.RosterQuery, change func(*dirsync.RosterPerson),
) ([]dirsync.RosterPerson, error) {
	list, err := read(ctx, dir, q)
	for i := range list {
		change(&list[i])
	}
	return list, err
}

// otherTenant is the same directory of the other tenant of the suite.
func otherTenant(dir dirsync.Directory) dirsync.Directory {
	if dir.Tenant == "t1" {
		dir.Tenant = "t2"
	} else {
		dir.Tenant = "t1"
	}
	return dir
}

func (r sharesTree) RosterDepartments(ctx context.Context, dir dirsync.Directory) ([]dirsync.RosterDepartment, error) {
	list, err := r.People.RosterDepartments(ctx, dir)
	if err != nil {
		return nil, err
	}
	more, err := r.People.RosterDepartments(ctx, otherTenant(dir))
	return append(list, more...), err
}

func (r flatTree) RosterDepartments(ctx context.Context, dir dirsync.Directory) ([]dirsync.RosterDepartment, error) {
	list, err := r.People.RosterDepartments(ctx, dir)
	for i := range list {
		list[i].ParentID = ""
	}
	return list, err
}

// ApplyPeople leaves leavers as active as they were.
func (r pushesLeavers) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	changes = slices.Clone(changes)
	for i := range changes {
		if changes[i].Kind == dirsync.KindLeave {
			changes[i].Kind = dirsync.KindLeaving
		}
	}
	return r.People.ApplyPeople(ctx, dir, changes)
}

// ApplyPeople has nobody wait for approval.
func (r pushesPending) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	changes = slices.Clone(changes)
	for i := range changes {
		changes[i].Join = dirsync.JoinActive
	}
	return r.People.ApplyPeople(ctx, dir, changes)
}

func (r abroadPeople) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	list, err := r.People.RosterPeople(ctx, dir, q)
	if err != nil || q.IDs == nil {
		return list, err
	}
	more, err := r.People.RosterPeople(ctx, otherTenant(dir), q)
	return append(list, more...), err
}

func (r inventsPeople) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	list, err := r.People.RosterPeople(ctx, dir, q)
	for _, id := range q.IDs {
		if !slices.ContainsFunc(list, func(p dirsync.RosterPerson) bool { return p.ID == id }) {
			list = append(list, dirsync.RosterPerson{ID: id})
		}
	}
	return list, err
}

// RosterPeople takes no ids for all ids.
func (r everybodyAsked) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	if q.IDs != nil && len(q.IDs) == 0 {
		q = dirsync.RosterQuery{Limit: 1000}
	}
	return r.People.RosterPeople(ctx, dir, q)
}

// RosterPeople begins a window with the last one of the window before.
func (r repeatsPeople) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	list, err := r.People.RosterPeople(ctx, dir, q)
	if err != nil || q.After == "" || q.IDs != nil || len(list) == 0 {
		return list, err
	}
	again, err := r.People.RosterPeople(ctx, dir, dirsync.RosterQuery{IDs: []string{q.After}})
	list = append(again, list...)
	return list[:min(len(list), q.Limit)], err
}

// RosterPeople misses the first one of a window.
func (r skipsPeople) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	list, err := r.People.RosterPeople(ctx, dir, q)
	if q.After != "" && len(list) > 1 {
		list = list[1:]
	}
	return list, err
}

func (r wideWindows) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	q.Limit *= 2
	return r.People.RosterPeople(ctx, dir, q)
}

// RosterPeople begins at the beginning when the one it should go on from is not
// there any more.
func (r startsAtPerson) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	if q.After != "" {
		at, err := r.People.RosterPeople(ctx, dir, dirsync.RosterQuery{IDs: []string{q.After}})
		if err != nil {
			return nil, err
		}
		if len(at) == 0 {
			q.After = ""
		}
	}
	return r.People.RosterPeople(ctx, dir, q)
}

func (r noUsernames) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	return altered(ctx, r.People.RosterPeople, dir, q, func(p *dirsync.RosterPerson) { p.Username = p.ID })
}

// RosterPeople tells of nobody that they lead nothing.
func (r namesLeadsOnly) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	return altered(ctx, r.People.RosterPeople, dir, q, func(p *dirsync.RosterPerson) {
		if len(p.Leads) == 0 {
			p.Leads = nil
		}
	})
}

func (r allLead) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	return altered(ctx, r.People.RosterPeople, dir, q, func(p *dirsync.RosterPerson) { p.Leads = p.DepartmentIDs })
}

func (r wrongOrders) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	return altered(ctx, r.People.RosterPeople, dir, q, func(p *dirsync.RosterPerson) {
		for id := range p.Orders {
			p.Orders[id] = int64(int32(p.Orders[id]))
		}
	})
}

func (r wrongManagers) RosterPeople(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	return altered(ctx, r.People.RosterPeople, dir, q, func(p *dirsync.RosterPerson) {
		if p.ManagerID != "" {
			p.ManagerID = p.ID
		}
	})
}

// RosterDepartments takes every department for the directory's.
func (r allHere) RosterDepartments(ctx context.Context, dir dirsync.Directory) ([]dirsync.RosterDepartment, error) {
	list, err := r.People.RosterDepartments(ctx, dir)
	for i := range list {
		list[i].Elsewhere = false
	}
	return list, err
}

func (r bindsNothing) BindDepartment(ctx context.Context, dir dirsync.Directory, id string, remote provider.DepartmentID) error {
	if remote != "" {
		return nil
	}
	return r.People.BindDepartment(ctx, dir, id, remote)
}

// BindDepartment binds only what is the platform's own.
func (r keepsOldBound) BindDepartment(ctx context.Context, dir dirsync.Directory, id string, remote provider.DepartmentID) error {
	if remote == "2" {
		return nil
	}
	return r.People.BindDepartment(ctx, dir, id, remote)
}

// BindDepartment makes other directories' departments this one's.
func (r takesUnits) BindDepartment(ctx context.Context, dir dirsync.Directory, id string, remote provider.DepartmentID) error {
	first := dir
	first.OrgID = "org"
	if err := r.People.BindDepartment(ctx, first, id, ""); err != nil {
		return err
	}
	return r.People.BindDepartment(ctx, dir, id, remote)
}

func (r neverReleases) BindDepartment(ctx context.Context, dir dirsync.Directory, id string, remote provider.DepartmentID) error {
	if remote == "" {
		return nil
	}
	return r.People.BindDepartment(ctx, dir, id, remote)
}

// BindDepartment releases departments of whatever directory.
func (r releasesAll) BindDepartment(ctx context.Context, dir dirsync.Directory, id string, remote provider.DepartmentID) error {
	if remote == "" {
		dir.OrgID = "org"
	}
	return r.People.BindDepartment(ctx, dir, id, remote)
}

// BindDepartment takes the id for one of the first tenant's.
func (r anyTenantsUnit) BindDepartment(ctx context.Context, dir dirsync.Directory, id string, remote provider.DepartmentID) error {
	dir.Tenant = "t1"
	return r.People.BindDepartment(ctx, dir, id, remote)
}

func (r bindsOutside) BindDepartment(_ context.Context, dir dirsync.Directory, id string, remote provider.DepartmentID) error {
	// SQLite has one writer: where the caller has written, this waits in vain.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return r.People.BindDepartment(ctx, dir, id, remote)
}

// rosterFault makes a platform's roster wrong.
type rosterFault struct {
	found string
	wrap  func(*bunstore.People) dirsync.Members
}

func (f rosterFault) foundIn() string { return f.found }

// brokenRosters are the faults with the subtest that must find each.
func brokenRosters() map[string]rosterFault {
	return map[string]rosterFault{
		"shares tree":       {"departments", func(p *bunstore.People) dirsync.Members { return sharesTree{p} }},
		"flat tree":         {"departments", func(p *bunstore.People) dirsync.Members { return flatTree{p} }},
		"pushes leavers":    {"active_members_only", func(p *bunstore.People) dirsync.Members { return pushesLeavers{p} }},
		"pushes pending":    {"active_members_only", func(p *bunstore.People) dirsync.Members { return pushesPending{p} }},
		"people abroad":     {"tenants", func(p *bunstore.People) dirsync.Members { return abroadPeople{p} }},
		"invents people":    {"ids", func(p *bunstore.People) dirsync.Members { return inventsPeople{p} }},
		"no ids are all":    {"ids", func(p *bunstore.People) dirsync.Members { return everybodyAsked{p} }},
		"repeats people":    {"windows", func(p *bunstore.People) dirsync.Members { return repeatsPeople{p} }},
		"skips people":      {"windows", func(p *bunstore.People) dirsync.Members { return skipsPeople{p} }},
		"wide windows":      {"windows", func(p *bunstore.People) dirsync.Members { return wideWindows{p} }},
		"starts at person":  {"windows_while_one_leaves", func(p *bunstore.People) dirsync.Members { return startsAtPerson{p} }},
		"no usernames":      {"people", func(p *bunstore.People) dirsync.Members { return noUsernames{p} }},
		"names leads only":  {"leads", func(p *bunstore.People) dirsync.Members { return namesLeadsOnly{p} }},
		"all lead":          {"leads", func(p *bunstore.People) dirsync.Members { return allLead{p} }},
		"wrong orders":      {"orders", func(p *bunstore.People) dirsync.Members { return wrongOrders{p} }},
		"wrong managers":    {"managers", func(p *bunstore.People) dirsync.Members { return wrongManagers{p} }},
		"binds nothing":     {"bind", func(p *bunstore.People) dirsync.Members { return bindsNothing{p} }},
		"keeps old bound":   {"bind_to_another", func(p *bunstore.People) dirsync.Members { return keepsOldBound{p} }},
		"takes over":        {"bind_elsewhere", func(p *bunstore.People) dirsync.Members { return takesUnits{p} }},
		"never releases":    {"release", func(p *bunstore.People) dirsync.Members { return neverReleases{p} }},
		"all are here":      {"bind_elsewhere", func(p *bunstore.People) dirsync.Members { return allHere{p} }},
		"releases all":      {"bind_elsewhere", func(p *bunstore.People) dirsync.Members { return releasesAll{p} }},
		"any tenant's unit": {"tenants", func(p *bunstore.People) dirsync.Members { return anyTenantsUnit{p} }},
		"binds outside":     {"rollback", func(p *bunstore.People) dirsync.Members { return bindsOutside{p} }},
		"nothing is wrong":  {"", func(p *bunstore.People) dirsync.Members { return p }},
	}
}

// TestBrokenRoster runs the suite on the roster that the environment names.
func TestBrokenRoster(t *testing.T) {
	fault := theFault(t, brokenRosters())
	storetest.RunRoster(t, func(tb testing.TB) storetest.MembersHarness {
		tb.Helper()
		s := sqlite(tb)
		h := bunstoretest.Members(s)
		h.Members = fault.wrap(bunstore.NewPeople(s))
		return h
	})
}

func TestRosterSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	wantFound(t, "TestBrokenRoster", brokenRosters())
}
