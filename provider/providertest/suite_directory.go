package providertest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func runVerifier(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"valid credentials", func(t *testing.T, s subject) {
			report, err := ability[provider.Verifier](t, s).Verify(t.Context())
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			if len(report.Permissions) == 0 {
				t.Error("the report has no permissions")
			}
			for _, p := range report.Permissions {
				wantPermission(t, p)
			}
			if len(report.Scope.Departments)+len(report.Scope.People) == 0 {
				t.Error("the report's Scope is empty")
			}
		}},
		{"wrong credentials", func(t *testing.T, s subject) {
			ability[provider.Verifier](t, s)
			p := s.openWrong(t)
			verifier, err := provider.As[provider.Verifier](p)
			if err != nil {
				t.Fatal(err)
			}
			_, err = verifier.Verify(t.Context())
			wantError(t, "Verify", s.Kind(), err, provider.Unauthenticated)
			wantRemedy(t, err)
		}},
	})
}

func (s subject) openWrong(tb testing.TB) provider.Provider {
	tb.Helper()
	if s.WrongSettings.Values == nil && s.WrongSettings.Secrets == nil {
		tb.Skip("the harness has no wrong settings")
	}
	return open(tb, s.Harness, s.WrongSettings)
}

func wantPermission(tb testing.TB, p provider.Permission) {
	tb.Helper()
	if p.Name == "" {
		tb.Errorf("permission %+v has no name", p)
	}
	wantText(tb, "Needed of "+p.Name, p.Needed)
	switch p.State {
	case provider.PermissionGranted:
	case provider.PermissionMissing, provider.PermissionUnknown:
		wantText(tb, "Remedy of "+p.Name, p.Remedy)
	default:
		tb.Errorf("permission %s is %q", p.Name, p.State)
	}
}

func runDirectory(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"complete", func(t *testing.T, s subject) {
			got, err := read(t, ability[provider.DirectoryReader](t, s), nil)
			if err != nil {
				t.Fatalf("read: %v", err)
			}
			wantCompany(t, got, s.Company)
		}},
		{"unknown department", func(t *testing.T, s subject) {
			r := ability[provider.DirectoryReader](t, s)
			_, err := r.Departments(t.Context(), "987654321", "")
			wantError(t, "Departments", s.Kind(), err, provider.NotFound, provider.PermissionDenied)
			_, err = r.People(t.Context(), "987654321", "")
			wantError(t, "People", s.Kind(), err, provider.NotFound, provider.PermissionDenied)
		}},
	})
	for _, fault := range []Fault{FaultDenied, FaultDown, FaultGarbled} {
		t.Run("a failing page is an error/"+string(fault), func(t *testing.T) {
			t.Parallel()
			failingPages(t, newHarness, fault)
		})
	}
}

// failingPages breaks the office app during each call of a full read in turn:
// the read must end with an error, or have everything all the same.
func failingPages(t *testing.T, newHarness func(testing.TB) Harness, fault Fault) {
	t.Helper()
	s := newSubject(t, newHarness)
	r := ability[provider.DirectoryReader](t, s)
	calls := 0
	if _, err := read(t, r, func(int) { calls++ }); err != nil {
		t.Fatalf("read: %v", err)
	}
	s.breakDown(t, fault)() // skips where it cannot
	var failures atomic.Int32
	var wg sync.WaitGroup
	for bad := range calls {
		s := newSubject(t, newHarness)
		wg.Go(func() {
			if err := s.readFailing(t, fault, bad); err != nil {
				failures.Add(1)
			}
		})
	}
	wg.Wait()
	if failures.Load() == 0 {
		t.Errorf("each of %d calls failed once, and no read ended with an error", calls)
	}
}

// readFailing reads with a fault during one call.
func (s subject) readFailing(t *testing.T, fault Fault, bad int) error {
	t.Helper()
	r, err := provider.As[provider.DirectoryReader](s.Provider)
	if err != nil {
		return err
	}
	restore := func() {}
	got, err := read(t, r, func(call int) {
		restore()
		restore = func() {}
		if call == bad {
			restore, _ = s.Break(t, fault)
		}
	})
	restore()
	if err == nil {
		wantCompany(t, got, s.Company)
	}
	return err
}

// read walks a whole directory. before is called with the number of each call.
func read(tb testing.TB, r provider.DirectoryReader, before func(call int)) (Company, error) {
	w := walk{ctx: tb.Context(), r: r, before: before, people: make(map[provider.UserID]provider.Person)}
	if before == nil {
		w.before = func(int) {}
	}
	w.next()
	scope, err := r.Scope(w.ctx)
	if err != nil {
		return Company{}, err
	}
	for _, d := range scope.Departments {
		d.ParentID = ""
		if err := w.department(d); err != nil {
			return Company{}, err
		}
	}
	for _, id := range scope.People {
		w.people[id] = provider.Person{UserID: id}
	}
	c := Company{Departments: w.departments}
	for _, id := range slices.Sorted(maps.Keys(w.people)) {
		c.People = append(c.People, w.people[id])
	}
	return c, nil
}

// walk is a read under way.
type walk struct {
	ctx         context.Context //nolint:containedctx // lives as long as one call
	r           provider.DirectoryReader
	before      func(call int)
	calls       int
	departments []provider.Department
	people      map[provider.UserID]provider.Person
}

// mostPages is more than any listing of the suite can have.
const mostPages = 10_000

func (w *walk) next() {
	w.before(w.calls)
	w.calls++
}

// department reads a department and what is below it.
func (w *walk) department(d provider.Department) error {
	w.departments = append(w.departments, d)
	if err := w.members(d.ID); err != nil {
		return err
	}
	var at provider.Cursor
	for range mostPages {
		w.next()
		page, err := w.r.Departments(w.ctx, d.ID, at)
		if err != nil {
			return err
		}
		for _, child := range page.Departments {
			if page.Subtree {
				w.departments = append(w.departments, child)
				err = w.members(child.ID)
			} else {
				err = w.department(child)
			}
			if err != nil {
				return err
			}
		}
		if at = page.Next; at == "" {
			return nil
		}
	}
	return fmt.Errorf("the departments below %s do not end after %d pages", d.ID, mostPages)
}

func (w *walk) members(id provider.DepartmentID) error {
	var at provider.Cursor
	for range mostPages {
		w.next()
		page, err := w.r.People(w.ctx, id, at)
		if err != nil {
			return err
		}
		for _, p := range page.People {
			if err := w.member(id, p); err != nil {
				return err
			}
		}
		if at = page.Next; at == "" {
			return nil
		}
	}
	return fmt.Errorf("the members of %s do not end after %d pages", id, mostPages)
}

// member keeps a person with the membership in the department that was read.
func (w *walk) member(in provider.DepartmentID, p provider.Person) error {
	i := slices.IndexFunc(p.Memberships, func(m provider.Membership) bool { return m.DepartmentID == in })
	if i < 0 {
		return fmt.Errorf("%s was read as a member of %s and has no such membership", p.UserID, in)
	}
	known, ok := w.people[p.UserID]
	if !ok {
		known = p
		known.Memberships = nil
	}
	known.Memberships = append(known.Memberships, p.Memberships[i])
	w.people[p.UserID] = known
	return nil
}

// wantCompany compares what was read with what there is.
func wantCompany(tb testing.TB, got, want Company) {
	tb.Helper()
	gotTree, wantTree := tree(got), tree(want)
	if !maps.Equal(gotTree, wantTree) {
		tb.Errorf("departments: got %v, want %v", gotTree, wantTree)
	}
	if len(got.Departments) != len(want.Departments) {
		tb.Errorf("got %d departments, want %d", len(got.Departments), len(want.Departments))
	}
	for _, parent := range want.Departments {
		g, w := siblings(got, parent.ID), siblings(want, parent.ID)
		if !slices.Equal(g, w) {
			tb.Errorf("below %s, by Order: got %v, want %v", parent.ID, g, w)
		}
	}
	gotPeople, wantPeople := roll(got), roll(want)
	for id, w := range wantPeople {
		if g := gotPeople[id]; g != w {
			tb.Errorf("person %s: got %s, want %s", id, g, w)
		}
	}
	for _, d := range want.Departments {
		if g, w := ranked(got, want, d.ID), ranked(want, want, d.ID); !slices.Equal(g, w) {
			tb.Errorf("people of %s, by Order: got %v, want %v", d.ID, g, w)
		}
	}
	for _, w := range want.People {
		if g, ok := got.person(func(p provider.Person) bool { return p.UserID == w.UserID }); ok && len(w.Memberships) > 0 {
			wantFields(tb, g, w)
		}
	}
	for id := range gotPeople {
		if _, ok := wantPeople[id]; !ok {
			tb.Errorf("person %s: is not in the directory", id)
		}
	}
}

// tree returns parent and name of each department.
func tree(c Company) map[provider.DepartmentID]string {
	m := make(map[provider.DepartmentID]string, len(c.Departments))
	for _, d := range c.Departments {
		m[d.ID] = string(d.ParentID) + " " + d.Name
	}
	return m
}

// siblings returns the children of a department in their order.
func siblings(c Company, parent provider.DepartmentID) []provider.DepartmentID {
	list := c.children(parent)
	slices.SortFunc(list, func(a, b provider.Department) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	ids := make([]provider.DepartmentID, len(list))
	for i, d := range list {
		ids[i] = d.ID
	}
	return ids
}

// roll returns what every office app must tell of each person. Who was granted
// one by one is only named by a directory.
func roll(c Company) map[provider.UserID]string {
	m := make(map[provider.UserID]string, len(c.People))
	for _, p := range c.People {
		in := make([]string, len(p.Memberships))
		for i, at := range p.Memberships {
			in[i] = fmt.Sprintf("%s leader=%t", at.DepartmentID, at.Leader)
		}
		slices.Sort(in)
		m[p.UserID] = fmt.Sprintf("%q mobile=%q in %v", p.Name, p.Mobile, in)
		if len(in) == 0 {
			m[p.UserID] = "granted"
		}
	}
	return m
}

// ranked returns those of a department, in their order, who have one in what is
// wanted.
func ranked(c, want Company, in provider.DepartmentID) []provider.UserID {
	order := make(map[provider.UserID]int64)
	var ids []provider.UserID
	for _, p := range c.People {
		for _, m := range p.Memberships {
			if m.DepartmentID == in && hasOrder(want, p.UserID, in) {
				ids, order[p.UserID] = append(ids, p.UserID), m.Order
			}
		}
	}
	slices.SortFunc(ids, func(a, b provider.UserID) int { return cmp.Or(cmp.Compare(order[a], order[b]), cmp.Compare(a, b)) })
	return ids
}

func hasOrder(c Company, user provider.UserID, in provider.DepartmentID) bool {
	p, _ := c.person(func(p provider.Person) bool { return p.UserID == user })
	return slices.ContainsFunc(p.Memberships, func(m provider.Membership) bool { return m.DepartmentID == in && m.Order != 0 })
}

// wantFields compares what is known of somebody besides their place.
func wantFields(tb testing.TB, got, want provider.Person) {
	tb.Helper()
	for _, f := range []struct{ name, got, want string }{
		{"UnionID", string(got.UnionID), string(want.UnionID)},
		{"Mobile", got.Mobile, want.Mobile},
		{"Email", got.Email, want.Email},
		{"JobNumber", got.JobNumber, want.JobNumber},
		{"Title", got.Title, want.Title},
		{"AvatarURL", got.AvatarURL, want.AvatarURL},
	} {
		if f.want != "" && f.got != f.want {
			tb.Errorf("person %s: %s is %q, want %q", want.UserID, f.name, f.got, f.want)
		}
	}
	if got.ManagerID != want.ManagerID && (got.ManagerKnown || got.ManagerID != "") {
		tb.Errorf("person %s: manager %q, want %q", want.UserID, got.ManagerID, want.ManagerID)
	}
}

func runFinder(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"by every id", func(t *testing.T, s subject) {
			finder := ability[provider.PersonFinder](t, s)
			for _, want := range s.Company.People {
				got, err := finder.PersonByID(t.Context(), want.UserID)
				wantPerson(t, "PersonByID", got, err, want)
				if want.Mobile != "" {
					got, err = finder.PersonByMobile(t.Context(), want.Mobile)
					wantPerson(t, "PersonByMobile", got, err, want)
				}
				if want.UnionID != "" {
					got, err = finder.PersonByUnionID(t.Context(), want.UnionID)
					wantPerson(t, "PersonByUnionID", got, err, want)
				}
			}
		}},
		{"departments", func(t *testing.T, s subject) {
			finder := ability[provider.DepartmentFinder](t, s)
			for _, want := range s.Company.Departments {
				got, err := finder.DepartmentByID(t.Context(), want.ID)
				wrongParent := want.ParentID != "" && got.ParentID != want.ParentID // one at the top may have one out of scope
				if err != nil || got.ID != want.ID || got.Name != want.Name || wrongParent {
					t.Errorf("DepartmentByID(%s): got %+v, %v; want %+v", want.ID, got, err, want)
				}
			}
			_, err := finder.DepartmentByID(t.Context(), "987654321")
			wantError(t, "DepartmentByID", s.Kind(), err, provider.NotFound)
		}},
		{"nobody", func(t *testing.T, s subject) {
			finder := ability[provider.PersonFinder](t, s)
			_, err := finder.PersonByID(t.Context(), "no-such-person")
			wantError(t, "PersonByID", s.Kind(), err, provider.NotFound)
			_, err = finder.PersonByMobile(t.Context(), "13999999999")
			wantError(t, "PersonByMobile", s.Kind(), err, provider.NotFound)
			_, err = finder.PersonByUnionID(t.Context(), "no-such-union-id")
			wantError(t, "PersonByUnionID", s.Kind(), err, provider.NotFound)
		}},
	})
}

func wantPerson(tb testing.TB, op string, got provider.Person, err error, want provider.Person) {
	tb.Helper()
	if err != nil || got.UserID != want.UserID || got.Name != want.Name {
		tb.Errorf("%s: got %s %q, %v; want %s %q", op, got.UserID, got.Name, err, want.UserID, want.Name)
		return
	}
	wantFields(tb, got, want)
	g, w := roll(Company{People: []provider.Person{got}}), roll(Company{People: []provider.Person{want}})
	if len(want.Memberships) > 0 && g[want.UserID] != w[want.UserID] {
		tb.Errorf("%s: got %s, want %s", op, g[want.UserID], w[want.UserID])
	}
}
