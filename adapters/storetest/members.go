package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// MembersHarness is an empty platform whose dirsync.Members are to be proved,
// and the ways to look at it.
type MembersHarness struct {
	Members dirsync.Members
	// Transactor runs what the port expects to be in a transaction.
	Transactor tenant.Transactor
	// CreateAccount adds an account of the platform with a username, a mobile
	// number and an email address, which may be empty, to the given tenants,
	// and returns its id.
	CreateAccount func(tb testing.TB, username, mobile, email string, tenants ...tenant.ID) (localID string)
	// Member returns how somebody stands in a tenant; ok is false when they
	// are not in it.
	Member func(tb testing.TB, t tenant.ID, localID string) (m PlatformMember, ok bool)
	// Departments returns the departments of a tenant by id.
	Departments func(tb testing.TB, t tenant.ID) map[string]PlatformDepartment
}

// PlatformMember is somebody in a tenant, as the platform shows them.
type PlatformMember struct {
	Account, Name, Mobile, Email string
	// State is "active", "pending" or "suspended".
	State string
	// Departments are ids of the platform.
	Departments []string
}

// PlatformDepartment is a department, as the platform shows it.
type PlatformDepartment struct {
	Parent, Name string
	Order        int64
}

// RunMembers proves a dirsync.Members: that people and departments are created,
// changed and suspended as they should be, that one bad item fails alone, and
// that tenants and directories do not get into each other's way.
func RunMembers(t *testing.T, newHarness func(tb testing.TB) MembersHarness) {
	t.Helper()
	tests := membersTests()
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tests[name](t, newHarness(t))
		})
	}
}

func membersTests() map[string]func(*testing.T, MembersHarness) {
	return map[string]func(*testing.T, MembersHarness){
		"match":                   membersMatch,
		"match in the tenant":     membersMatchInTenant,
		"usernames":               membersUsernames,
		"keep":                    membersKeep,
		"current":                 membersCurrent,
		"departments":             membersDepartments,
		"departments leave":       membersDepartmentsLeave,
		"departments elsewhere":   membersDepartmentsElsewhere,
		"create":                  membersCreate,
		"create in a big batch":   membersBigBatch,
		"join":                    membersJoin,
		"update":                  membersUpdate,
		"names of accounts":       membersNames,
		"places":                  membersPlaces,
		"leave and rejoin":        membersLeave,
		"leaving":                 membersLeaving,
		"leave with another home": membersLeaveElsewhere,
		"one bad item":            membersBadItem,
		"duplicates in a batch":   membersDuplicates,
		"unknown account":         membersUnknown,
		"rollback":                membersRollback,
		"tenants":                 membersTenants,
		"managers":                membersManagers,
		"nothing":                 membersNothing,
	}
}

var membersDir = dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org"}

// apply applies changes of people and fails the test on an error.
func (h MembersHarness) apply(tb testing.TB, dir dirsync.Directory, changes ...dirsync.PersonChange) []dirsync.Outcome {
	tb.Helper()
	var outcomes []dirsync.Outcome
	err := h.Transactor.InTx(tb.Context(), func(ctx context.Context) (err error) {
		outcomes, err = h.Members.ApplyPeople(ctx, dir, changes)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(outcomes) != len(changes) {
		tb.Fatalf("%d outcomes for %d changes", len(outcomes), len(changes))
	}
	for i, o := range outcomes {
		if (o.LocalID == "") == o.Failure.IsZero() {
			tb.Fatalf("outcome %d is %+v, want either an id or a failure", i, o)
		}
	}
	return outcomes
}

// applyDepartments is apply for departments.
func (h MembersHarness) applyDepartments(tb testing.TB, dir dirsync.Directory, changes ...dirsync.DepartmentChange) []string {
	tb.Helper()
	var outcomes []dirsync.Outcome
	err := h.Transactor.InTx(tb.Context(), func(ctx context.Context) (err error) {
		outcomes, err = h.Members.ApplyDepartments(ctx, dir, changes)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(outcomes) != len(changes) {
		tb.Fatalf("%d outcomes for %d changes", len(outcomes), len(changes))
	}
	ids := make([]string, len(outcomes))
	for i, o := range outcomes {
		if ids[i] = o.LocalID; o.LocalID == "" || !o.Failure.IsZero() {
			tb.Fatalf("outcome %d is %+v, want an id", i, o)
		}
	}
	return ids
}

// member returns somebody who has to be in the tenant.
func (h MembersHarness) member(tb testing.TB, t tenant.ID, id string) PlatformMember {
	tb.Helper()
	m, ok := h.Member(tb, t, id)
	if !ok {
		tb.Fatalf("%s is not in tenant %s", id, t)
	}
	slices.Sort(m.Departments)
	return m
}

// membersDepartmentsElsewhere has a directory change and remove departments that
// are another one's: those stay as they are.
func membersDepartmentsElsewhere(t *testing.T, h MembersHarness) {
	create := dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "研发"}
	id := h.applyDepartments(t, membersDir, create)[0]
	before := h.Departments(t, "t1")[id]
	theirs := h.applyDepartments(t, secondDir,
		dirsync.DepartmentChange{Kind: dirsync.KindUpdate, RemoteID: "9", LocalID: id, Name: "市场"})[0]
	if got := h.Departments(t, "t1"); theirs == id || got[id] != before || got[theirs].Name != "市场" {
		t.Errorf("departments %+v, want %s as it was, and another one", got, id)
	}
	for range 2 { // with and without somebody in it
		leave := dirsync.DepartmentChange{Kind: dirsync.KindLeave, RemoteID: "9", LocalID: id}
		if got := h.applyDepartments(t, secondDir, leave)[0]; got != id {
			t.Errorf("%s left, want %s", got, id)
		}
		if got := h.applyDepartments(t, membersDir, create)[0]; got != id || h.Departments(t, "t1")[id] != before {
			t.Errorf("a pull of its directory has %s, want %s as before", got, id)
		}
		h.apply(t, membersDir, newcomer(1, dirsync.Place{DepartmentLocalID: id}))
	}
}

// newcomer is a change that creates the n-th person.
func newcomer(n int, places ...dirsync.Place) dirsync.PersonChange {
	p := stagedPerson(n)
	return dirsync.PersonChange{
		Kind: dirsync.KindCreate, RemoteID: p.ID, UnionID: p.UnionID, Owned: true, Join: dirsync.JoinActive,
		Name: p.Name, Mobile: p.Mobile, Email: p.Email, JobNumber: p.JobNumber, Title: p.Title, AvatarURL: p.AvatarURL, Places: places,
	}
}

// again is a later change of the n-th person.
func again(n int, kind dirsync.Kind, localID string, places ...dirsync.Place) dirsync.PersonChange {
	c := newcomer(n, places...)
	c.Kind, c.LocalID = kind, localID
	return c
}

func membersMatch(t *testing.T, h MembersHarness) {
	inside := h.CreateAccount(t, "in", "13800000001", "", "t1")
	outside := h.CreateAccount(t, "out", "13800000002", "", "t2")
	h.CreateAccount(t, "none", "", "", "t1")
	h.wantMatches(t, dirsync.MatchMobile, []dirsync.Candidate{
		{RemoteID: "a", Value: "13800000002"}, {RemoteID: "b", Value: "13800000009"}, {RemoteID: "c", Value: "13800000001"},
	}, dirsync.Match{RemoteID: "a", LocalID: outside, Account: "out"},
		dirsync.Match{RemoteID: "c", LocalID: inside, Account: "in", InTenant: true})
}

// wantMatches wants exactly these matches.
func (h MembersHarness) wantMatches(tb testing.TB, by dirsync.MatchBy, list []dirsync.Candidate, want ...dirsync.Match) {
	tb.Helper()
	got, err := h.Members.Match(tb.Context(), membersDir, by, list)
	if err != nil {
		tb.Fatal(err)
	}
	slices.SortFunc(got, func(a, b dirsync.Match) int { return strings.Compare(string(a.RemoteID), string(b.RemoteID)) })
	if !slices.Equal(got, want) {
		tb.Errorf("matches by %s: %+v, want %+v", by, got, want)
	}
}

// membersMatchInTenant looks for accounts by what the company has entered: only
// those of the tenant are found.
func membersMatchInTenant(t *testing.T, h MembersHarness) {
	inside := h.CreateAccount(t, "in", "13900000001", "In@Example.com", "t1", "t2")
	h.CreateAccount(t, "out", "13900000002", "out@example.com", "t2")
	h.CreateAccount(t, "none", "", "", "t1")
	h.wantMatches(t, dirsync.MatchEmail, []dirsync.Candidate{
		{RemoteID: "a", Value: "out@example.com"}, {RemoteID: "b", Value: "nobody@example.com"}, {RemoteID: "c", Value: "in@example.com"},
	}, dirsync.Match{RemoteID: "c", LocalID: inside, Account: "in", InTenant: true})
	other := dirsync.Directory{Tenant: "t2", Provider: "fake", OrgID: "org"}
	h.apply(t, other, newcomer(7))
	out := h.apply(t, membersDir, newcomer(1), newcomer(2))
	h.apply(t, membersDir, dirsync.PersonChange{Kind: dirsync.KindLeave, RemoteID: "u0002", LocalID: out[1].LocalID})
	h.wantMatches(t, dirsync.MatchJobNumber, []dirsync.Candidate{
		{RemoteID: "a", Value: "J1"}, {RemoteID: "b", Value: "J2"}, {RemoteID: "c", Value: "J7"}, {RemoteID: "d", Value: "J8"},
	}, dirsync.Match{RemoteID: "a", LocalID: out[0].LocalID, Account: out[0].Account, InTenant: true},
		dirsync.Match{RemoteID: "b", LocalID: out[1].LocalID, Account: out[1].Account, InTenant: true})
}

// membersUsernames creates people whose suggested usernames are taken, by one
// of them or by somebody else.
func membersUsernames(t *testing.T, h MembersHarness) {
	h.CreateAccount(t, "zhang.wei", "13900000001", "", "t2")
	first, second, third := newcomer(1), newcomer(2), newcomer(3)
	first.Username, second.Username, third.Username = "zhang.wei", "li.na", "li.na"
	out := h.apply(t, membersDir, first, second, third)
	fourth := newcomer(4)
	fourth.Username = "zhang.wei"
	out = append(out, h.apply(t, membersDir, fourth, newcomer(5))...)
	names := map[string]string{"zhang.wei": ""}
	for i, o := range out {
		if other, taken := names[o.Account]; taken || o.LocalID == "" {
			t.Errorf("person %d is %+v, want an account with a username of its own, unlike %q", i+1, o, other)
		}
		names[o.Account] = o.LocalID
		if got := h.member(t, "t1", o.LocalID); got.Account != o.Account {
			t.Errorf("person %d has username %q, want %q", i+1, got.Account, o.Account)
		}
	}
	if _, ok := names["li.na"]; !ok || out[4].Account != newcomer(5).Mobile {
		t.Errorf("usernames %v, want those suggested where they are free, else the mobile number", names)
	}
}

// membersCurrent reads people back as they were applied.
func membersCurrent(t *testing.T, h MembersHarness) {
	plain := newcomer(2)
	plain.JobNumber, plain.Email, plain.Title, plain.AvatarURL = "", "", "", ""
	out := h.apply(t, membersDir, newcomer(1), plain)
	outside := h.CreateAccount(t, "out", "13900000009", "", "t2")
	refs := []dirsync.PersonRef{
		{RemoteID: "u0001", LocalID: out[0].LocalID},
		{RemoteID: "u0002", LocalID: out[1].LocalID},
		{RemoteID: "u0009", LocalID: outside},
		{RemoteID: "u0008", LocalID: "nobody"},
	}
	got, err := h.Members.Current(t.Context(), membersDir, refs)
	if err != nil || len(got) != 3 {
		t.Fatalf("current %+v, %v; want three: one does not exist", got, err)
	}
	for _, c := range got {
		want := dirsync.CurrentPerson{LocalID: outside, Mobile: "13900000009", Name: c.Name, Fixed: c.Fixed}
		for i, p := range []dirsync.PersonChange{newcomer(1), plain} {
			if c.LocalID == out[i].LocalID {
				want = dirsync.CurrentPerson{
					LocalID: c.LocalID, InTenant: true, Name: p.Name, Mobile: p.Mobile, Email: p.Email,
					JobNumber: p.JobNumber, Title: p.Title, AvatarURL: p.AvatarURL,
				}
			}
		}
		if c != want {
			t.Errorf("current %+v, want %+v", c, want)
		}
	}
}

// membersKeep changes people whose fields are to stay as they are.
func membersKeep(t *testing.T, h MembersHarness) {
	first := newcomer(1)
	first.Keep = first.Keep.With(dirsync.FieldEmail, dirsync.FieldMobile, dirsync.FieldName)
	out := h.apply(t, membersDir, first, newcomer(2))
	if got := h.member(t, "t1", out[0].LocalID); got.Email != "" || got.Mobile != first.Mobile || got.Name != first.Name {
		t.Errorf("new member %+v, want mobile and name, which are needed, and no email", got)
	}
	change := again(2, dirsync.KindUpdate, out[1].LocalID)
	change.Owned, change.Name, change.Mobile, change.Email = true, "新名", "13900000002", "new@example.com"
	change.Keep = change.Keep.With(dirsync.FieldName, dirsync.FieldEmail)
	h.apply(t, membersDir, change)
	p := stagedPerson(2)
	if got := h.member(t, "t1", out[1].LocalID); got.Name != p.Name || got.Email != p.Email || got.Mobile != "13900000002" {
		t.Errorf("member %+v, want a new mobile, and name and email as they were", got)
	}
}

func membersDepartments(t *testing.T, h MembersHarness) {
	top := h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "公司"})[0]
	ids := h.applyDepartments(t, membersDir,
		dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "2", ParentLocalID: top, Name: "研发", Order: 4},
		dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "3", ParentLocalID: top, Name: "研发", Order: -1})
	want := map[string]PlatformDepartment{
		top: {Name: "公司"}, ids[0]: {Parent: top, Name: "研发", Order: 4}, ids[1]: {Parent: top, Name: "研发", Order: -1},
	}
	wantDepartments(t, h, want)
	same := h.applyDepartments(t, membersDir,
		dirsync.DepartmentChange{Kind: dirsync.KindMove, RemoteID: "3", LocalID: ids[1], ParentLocalID: ids[0], Name: "测试", Order: 2},
		dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "2", ParentLocalID: top, Name: "研发", Order: 4}) // is there
	if same[0] != ids[1] || same[1] != ids[0] {
		t.Errorf("ids %v, want those from before", same)
	}
	want[ids[1]] = PlatformDepartment{Parent: ids[0], Name: "测试", Order: 2}
	wantDepartments(t, h, want)
}

func wantDepartments(tb testing.TB, h MembersHarness, want map[string]PlatformDepartment) {
	tb.Helper()
	if got := h.Departments(tb, "t1"); !maps.Equal(got, want) {
		tb.Errorf("departments %+v, want %+v", got, want)
	}
}

func membersDepartmentsLeave(t *testing.T, h MembersHarness) {
	top := h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "公司"})[0]
	below := h.applyDepartments(t, membersDir,
		dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "2", ParentLocalID: top, Name: "A"})[0]
	h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindLeave, RemoteID: "2", LocalID: below, Name: "A"})
	wantDepartments(t, h, map[string]PlatformDepartment{top: {Name: "公司"}})
	back := h.applyDepartments(t, membersDir,
		dirsync.DepartmentChange{Kind: dirsync.KindRejoin, RemoteID: "2", LocalID: below, ParentLocalID: top, Name: "B"})[0]
	wantDepartments(t, h, map[string]PlatformDepartment{top: {Name: "公司"}, back: {Parent: top, Name: "B"}})
}

func membersCreate(t *testing.T, h MembersHarness) {
	dep := h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "公司"})[0]
	out := h.apply(t, membersDir, newcomer(1, dirsync.Place{DepartmentLocalID: dep, Leader: true, Order: 3}), newcomer(2))
	p := stagedPerson(1)
	want := PlatformMember{Account: p.Mobile, Name: p.Name, Mobile: p.Mobile, Email: p.Email, State: "active", Departments: []string{dep}}
	if got := h.member(t, "t1", out[0].LocalID); fmt.Sprint(got) != fmt.Sprint(want) || out[0].Account != p.Mobile {
		t.Errorf("member %+v, account %q; want %+v", got, out[0].Account, want)
	}
	if got := h.member(t, "t1", out[1].LocalID); len(got.Departments) != 0 || out[1].LocalID == out[0].LocalID {
		t.Errorf("member %+v, want somebody else, in no department", got)
	}
}

func membersBigBatch(t *testing.T, h MembersHarness) {
	var changes []dirsync.PersonChange
	for n := range 1200 {
		changes = append(changes, newcomer(n))
	}
	out := h.apply(t, membersDir, changes...)
	seen := map[string]bool{}
	for i, o := range out {
		if seen[o.LocalID] || o.Account != changes[i].Mobile {
			t.Fatalf("outcome %d is %+v, want the %dth person", i, o, i)
		}
		seen[o.LocalID] = true
	}
}

func membersJoin(t *testing.T, h MembersHarness) {
	for n, state := range map[int]dirsync.JoinState{1: dirsync.JoinActive, 2: dirsync.JoinPending} {
		id := h.CreateAccount(t, fmt.Sprint("user", n), stagedPerson(n).Mobile, "", "t2")
		c := again(n, dirsync.KindCreate, id)
		c.Owned, c.Join = false, state
		if out := h.apply(t, membersDir, c); out[0].LocalID != id || out[0].Account != fmt.Sprint("user", n) {
			t.Errorf("outcome %+v, want the account that is there", out[0])
		}
		if got := h.member(t, "t1", id); got.State != string(state) {
			t.Errorf("member %+v, want %s", got, state)
		}
		if got := h.member(t, "t2", id); got.State != "active" {
			t.Errorf("member of the other tenant %+v, want active as before", got)
		}
	}
}

func membersUpdate(t *testing.T, h MembersHarness) {
	id := h.apply(t, membersDir, newcomer(1))[0].LocalID
	c := again(1, dirsync.KindUpdate, id)
	c.Name, c.Mobile, c.Email = "李四", "13900000001", "li@example.com"
	h.apply(t, membersDir, c)
	want := PlatformMember{
		Account: stagedPerson(1).Mobile, Name: "李四", Mobile: "13900000001", Email: "li@example.com", State: "active",
	}
	if got := h.member(t, "t1", id); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("member %+v, want %+v", got, want)
	}
	c.Mobile, c.Email = "", "" // not shown any more
	h.apply(t, membersDir, c)
	if got := h.member(t, "t1", id); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("member %+v, want mobile number and email kept", got)
	}
}

func membersNames(t *testing.T, h MembersHarness) {
	id := h.CreateAccount(t, "zhang", stagedPerson(1).Mobile, "", "t1")
	before := h.member(t, "t1", id)
	c := again(1, dirsync.KindUpdate, id)
	c.Owned = false
	h.apply(t, membersDir, c)
	if got := h.member(t, "t1", id); before.Name != "" && got.Name != before.Name || got.Email != stagedPerson(1).Email || got.Account != "zhang" {
		t.Errorf("member %+v, want the name %q and the email of the directory", got, before.Name)
	}
}

func membersPlaces(t *testing.T, h MembersHarness) {
	a := h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "A"})[0]
	b := h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "2", Name: "B"})[0]
	other := membersDir
	other.OrgID = "org2"
	theirs := h.applyDepartments(t, other, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "C"})[0]
	id := h.apply(t, membersDir, newcomer(1, dirsync.Place{DepartmentLocalID: a}))[0].LocalID
	h.apply(t, other, again(1, dirsync.KindUpdate, id, dirsync.Place{DepartmentLocalID: theirs}))
	wantPlaces(t, h, id, a, theirs)
	h.apply(t, membersDir, again(1, dirsync.KindMove, id, dirsync.Place{DepartmentLocalID: b}, dirsync.Place{DepartmentLocalID: a}))
	wantPlaces(t, h, id, a, b, theirs)
	h.apply(t, membersDir, again(1, dirsync.KindMove, id))
	wantPlaces(t, h, id, theirs)
}

func wantPlaces(tb testing.TB, h MembersHarness, id string, want ...string) {
	tb.Helper()
	slices.Sort(want)
	if got := h.member(tb, "t1", id).Departments; !slices.Equal(got, want) {
		tb.Errorf("departments %v, want %v", got, want)
	}
}

func membersLeave(t *testing.T, h MembersHarness) {
	dep := h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "A"})[0]
	place := dirsync.Place{DepartmentLocalID: dep}
	out := h.apply(t, membersDir, newcomer(1, place), newcomer(2, place))
	id := out[0].LocalID
	h.apply(t, membersDir, dirsync.PersonChange{Kind: dirsync.KindLeave, RemoteID: "u0001", LocalID: id, Name: "x"})
	if got := h.member(t, "t1", id); got.State != "suspended" || len(got.Departments) != 0 || got.Mobile == "" {
		t.Errorf("leaver %+v, want suspended, in no department, and still there", got)
	}
	if got := h.member(t, "t1", out[1].LocalID); got.State != "active" || len(got.Departments) != 1 {
		t.Errorf("somebody else %+v, want untouched", got)
	}
	h.apply(t, membersDir, again(1, dirsync.KindUpdate, id, place))
	if got := h.member(t, "t1", id); got.State != "suspended" {
		t.Errorf("updated %+v, want still suspended", got)
	}
	h.apply(t, membersDir, again(1, dirsync.KindRejoin, id, place))
	if got := h.member(t, "t1", id); got.State != "active" || len(got.Departments) != 1 {
		t.Errorf("rejoined %+v, want active and in the department", got)
	}
}

func membersLeaveElsewhere(t *testing.T, h MembersHarness) {
	dep := h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "A"})[0]
	id := h.apply(t, membersDir, newcomer(1, dirsync.Place{DepartmentLocalID: dep}))[0].LocalID
	h.apply(t, membersDir, dirsync.PersonChange{Kind: dirsync.KindLeave, RemoteID: "u0001", LocalID: id, BoundElsewhere: true})
	if got := h.member(t, "t1", id); got.State != "active" || len(got.Departments) != 0 {
		t.Errorf("leaver %+v, want active, but out of this directory's departments", got)
	}
}

func membersBadItem(t *testing.T, h MembersHarness) {
	h.CreateAccount(t, "other", "", "taken@example.com", "t2")
	moved := h.apply(t, membersDir, newcomer(9))[0].LocalID
	bad := newcomer(2)
	bad.Email = "taken@example.com"
	worse := again(9, dirsync.KindUpdate, moved)
	worse.Email, worse.Name = "taken@example.com", "neu"
	before := h.member(t, "t1", moved)
	out := h.apply(t, membersDir, newcomer(1), bad, worse, newcomer(3))
	for _, i := range []int{1, 2} {
		if out[i].Failure.ZH == "" || out[i].Failure.EN == "" {
			t.Errorf("outcome %d is %+v, want a failure in both languages", i, out[i])
		}
	}
	h.member(t, "t1", out[0].LocalID)
	h.member(t, "t1", out[3].LocalID)
	if got := h.member(t, "t1", moved); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("refused %+v, want nothing changed: %+v", got, before)
	}
	if m, err := h.Members.Match(t.Context(), membersDir, dirsync.MatchMobile, []dirsync.Candidate{{RemoteID: "x", Value: bad.Mobile}}); err != nil || len(m) != 0 {
		t.Errorf("matches %+v, %v: a refused newcomer left an account behind", m, err)
	}
}

func membersDuplicates(t *testing.T, h MembersHarness) {
	second := newcomer(2)
	second.Email = strings.ToUpper(newcomer(1).Email)
	out := h.apply(t, membersDir, newcomer(1), second)
	if out[0].LocalID == "" || out[1].LocalID != "" {
		t.Errorf("outcomes %+v, want the second of two with one email refused", out)
	}
}

func membersUnknown(t *testing.T, h MembersHarness) {
	out := h.apply(t, membersDir, again(1, dirsync.KindUpdate, "no-such-account"), newcomer(2))
	if out[0].LocalID != "" || out[1].LocalID == "" {
		t.Errorf("outcomes %+v, want the first refused and the second applied", out)
	}
}

func membersRollback(t *testing.T, h MembersHarness) {
	stop := fmt.Errorf("stop")
	var id string
	err := h.Transactor.InTx(t.Context(), func(ctx context.Context) error {
		out, err := h.Members.ApplyPeople(ctx, membersDir, []dirsync.PersonChange{newcomer(1)})
		if err != nil {
			return err
		}
		id = out[0].LocalID
		return stop
	})
	if err == nil || id == "" {
		t.Fatalf("id %q, error %v", id, err)
	}
	if m, ok := h.Member(t, "t1", id); ok {
		t.Errorf("member %+v after a rollback", m)
	}
	h.apply(t, membersDir, newcomer(1))
}

// membersTenants has the same people and departments in two tenants.
func membersTenants(t *testing.T, h MembersHarness) {
	other := membersDir
	other.Tenant = "t2"
	a := h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "A"})[0]
	b := h.applyDepartments(t, other, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "B"})[0]
	if a == b {
		t.Fatalf("two tenants share department %s", a)
	}
	id := h.apply(t, membersDir, newcomer(1, dirsync.Place{DepartmentLocalID: a}))[0].LocalID
	c := again(1, dirsync.KindCreate, id, dirsync.Place{DepartmentLocalID: b})
	c.Owned = false
	h.apply(t, other, c)
	h.apply(t, other, dirsync.PersonChange{Kind: dirsync.KindLeave, RemoteID: "u0001", LocalID: id})
	if got := h.member(t, "t1", id); got.State != "active" || !slices.Equal(got.Departments, []string{a}) {
		t.Errorf("member %+v, want untouched by the other tenant", got)
	}
	if got := h.member(t, "t2", id); got.State != "suspended" {
		t.Errorf("member of the other tenant %+v, want suspended", got)
	}
	if got := h.Departments(t, "t1"); len(got) != 1 || got[a].Name != "A" {
		t.Errorf("departments %+v, want A only", got)
	}
}

// membersLeaving has somebody be in their grace period: they are in none of the
// directory's departments, and else as they were.
func membersLeaving(t *testing.T, h MembersHarness) {
	dep := h.applyDepartments(t, membersDir, dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "1", Name: "公司"})[0]
	id := h.apply(t, membersDir, newcomer(1, dirsync.Place{DepartmentLocalID: dep}))[0].LocalID
	before := h.member(t, "t1", id)
	out := h.apply(t, membersDir, dirsync.PersonChange{Kind: dirsync.KindLeaving, RemoteID: "u0001", LocalID: id, Name: before.Name})
	before.Departments = nil
	if got := h.member(t, "t1", id); fmt.Sprint(got) != fmt.Sprint(before) || out[0].LocalID != id {
		t.Errorf("member %+v, outcome %+v; want %+v", got, out[0], before)
	}
	h.apply(t, membersDir, again(1, dirsync.KindRejoin, id, dirsync.Place{DepartmentLocalID: dep}))
	if got := h.member(t, "t1", id); got.State != "active" || !slices.Equal(got.Departments, []string{dep}) {
		t.Errorf("member %+v, want them back in their department", got)
	}
}

func membersNothing(t *testing.T, h MembersHarness) {
	h.apply(t, membersDir)
	h.applyDepartments(t, membersDir)
	if m, err := h.Members.Match(t.Context(), membersDir, dirsync.MatchMobile, nil); err != nil || len(m) != 0 {
		t.Errorf("matches of nobody %+v, %v", m, err)
	}
	if got, ok := h.Member(t, "t1", string(provider.UserID("nobody"))); ok {
		t.Errorf("nobody is %+v", got)
	}
}
