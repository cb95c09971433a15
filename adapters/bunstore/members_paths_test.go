package bunstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/internal/bunstoretest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// tree applies departments of a directory and knows their platform ids.
type tree struct {
	storetest.MembersHarness
	people *bunstore.People
	ids    map[provider.DepartmentID]string
}

func newTree(s *bunstore.Store) *tree {
	return &tree{bunstoretest.Members(s), bunstore.NewPeople(s), make(map[provider.DepartmentID]string)}
}

// place is a change that puts a department below another one.
func (tr *tree) place(id, parent provider.DepartmentID) dirsync.DepartmentChange {
	c := dirsync.DepartmentChange{
		Kind: dirsync.KindCreate, RemoteID: id, LocalID: tr.ids[id], ParentLocalID: tr.ids[parent], Name: "部门" + string(id),
	}
	if c.LocalID != "" {
		c.Kind = dirsync.KindMove
	}
	return c
}

func (tr *tree) apply(tb testing.TB, changes ...dirsync.DepartmentChange) []dirsync.Outcome {
	tb.Helper()
	dir := dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org"}
	out, err := tr.Members.ApplyDepartments(tb.Context(), dir, changes)
	if err != nil {
		tb.Fatal(err)
	}
	for i, c := range changes {
		if out[i].Failure.IsZero() {
			tr.ids[c.RemoteID] = out[i].LocalID
		}
	}
	return out
}

// chain applies departments each below the one before, the first at the top.
func (tr *tree) chain(tb testing.TB, prefix string, n int) {
	tb.Helper()
	for i := range n {
		parent := provider.DepartmentID("")
		if i > 0 {
			parent = provider.DepartmentID(fmt.Sprint(prefix, i-1))
		}
		tr.apply(tb, tr.place(provider.DepartmentID(fmt.Sprint(prefix, i)), parent))
	}
}

// check fails the test unless every path is the one that the parents make, and
// returns the paths by names.
func (tr *tree) check(tb testing.TB) map[string]string {
	tb.Helper()
	list, err := tr.people.Departments(tb.Context(), "t1")
	if err != nil {
		tb.Fatal(err)
	}
	byID := make(map[string]bunstore.Department, len(list))
	for _, d := range list {
		byID[d.ID] = d
	}
	names := make(map[string]string, len(list))
	for _, d := range list {
		path, way := "", []string(nil)
		for at, ok := byID[d.ID]; ok && len(way) <= len(list); at, ok = byID[at.ParentID] {
			path, way = "/"+at.ID+path, append(way, at.Name)
		}
		slices.Reverse(way)
		if d.Path != path || !slices.Equal(d.Names, way) {
			tb.Errorf("%s has path %s, names %q; want %s, %q", d.Name, d.Path, d.Names, path, way)
		}
		names[d.Name] = strings.Join(d.Names, "/")
	}
	return names
}

// TestPathsOfASubtree moves a department with 30 levels below it.
func TestPathsOfASubtree(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		tr := newTree(s)
		tr.chain(t, "a", 31)
		tr.chain(t, "b", 3)
		other := newTree(s)
		dir := dirsync.Directory{Tenant: "t2", Provider: "fake", OrgID: "org"}
		if _, err := other.Members.ApplyDepartments(t.Context(), dir, []dirsync.DepartmentChange{other.place("a0", "")}); err != nil {
			t.Fatal(err)
		}
		tr.check(t)
		tr.apply(t, tr.place("a0", "b2"))
		if got := tr.check(t)["部门a30"]; !strings.HasPrefix(got, "部门b0/部门b1/部门b2/部门a0/部门a1/") || strings.Count(got, "/") != 33 {
			t.Errorf("the lowest is at %s, want it moved with the others", got)
		}
		tr.apply(t, tr.place("a15", ""))
		if got := tr.check(t)["部门a17"]; got != "部门a15/部门a16/部门a17" {
			t.Errorf("the middle is at %s, want it at the top", got)
		}
		list, err := other.people.Departments(t.Context(), "t2")
		if err != nil || len(list) != 1 || list[0].Path != "/"+list[0].ID {
			t.Errorf("the other tenant has %+v, %v", list, err)
		}
	})
}

// TestPathsInOneBatch has parents and children written together, in any order.
func TestPathsInOneBatch(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		tr := newTree(s)
		tr.chain(t, "a", 4)
		tr.chain(t, "b", 2)
		// a0/a1/a2/a3 and b0/b1 become b0/b1/a2/a3/a0 and a1, turned around.
		out := tr.apply(t, tr.place("a0", "a3"), tr.place("a2", "b1"), tr.place("a1", ""))
		for _, o := range out {
			if !o.Failure.IsZero() {
				t.Errorf("outcome %+v, want it applied", o)
			}
		}
		names := tr.check(t)
		if names["部门a0"] != "部门b0/部门b1/部门a2/部门a3/部门a0" || names["部门a1"] != "部门a1" {
			t.Errorf("paths %v", names)
		}
	})
}

// TestRingsAreRefused refuses departments that would be below themselves, and
// they alone.
func TestRingsAreRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		tr := newTree(s)
		tr.chain(t, "a", 4)
		tr.chain(t, "b", 2)
		before := tr.check(t)
		for name, changes := range map[string][]dirsync.DepartmentChange{
			"itself":         {tr.place("a1", "a1")},
			"a descendant":   {tr.place("a0", "a3")},
			"each other":     {tr.place("a0", "b1"), tr.place("b0", "a1")},
			"by another way": {tr.place("a2", "b1"), tr.place("b0", "a3")},
		} {
			for i, o := range tr.apply(t, changes...) {
				if o.Failure.IsZero() {
					t.Errorf("%s: outcome %d is %+v, want a refusal", name, i, o)
				}
			}
			if after := tr.check(t); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("%s: departments %v, want %v", name, after, before)
			}
		}
		out := tr.apply(t, tr.place("a0", "a3"), tr.place("b1", "a0"))
		if out[0].Failure.IsZero() || !out[1].Failure.IsZero() || tr.check(t)["部门b1"] != "部门a0/部门b1" {
			t.Errorf("outcomes %+v, want the second applied", out)
		}
	})
}
