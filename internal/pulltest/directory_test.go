package pulltest_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/thirdapp/thirdapp/provider"
)

// directory is a scripted office app: a company in memory, whose calls are
// counted and can be made to fail. It is safe for concurrent use.
type directory struct {
	mu          sync.Mutex
	departments []provider.Department
	people      []provider.Person
	singles     []provider.UserID
	pageSize    int
	// fail is asked before every call; op is "scope", "departments", "people"
	// or "person".
	fail func(op, id string, at provider.Cursor) error
	// hidden are departments that claim another parent than the one they are
	// listed below.
	hidden map[provider.DepartmentID]provider.DepartmentID
	// subtree makes Departments answer with everything below.
	subtree bool
	// silent listings do not tell managers, as DingTalk's.
	silent bool
	calls  map[string]int
}

var (
	_ provider.Provider        = (*directory)(nil)
	_ provider.DirectoryReader = (*directory)(nil)
	_ provider.PersonFinder    = (*directory)(nil)
)

func newDirectory() *directory {
	return &directory{
		departments: []provider.Department{{ID: "1", Name: "公司"}},
		pageSize:    100, calls: make(map[string]int),
	}
}

func (*directory) Kind() provider.Kind     { return "fake" }
func (*directory) Limits() provider.Limits { return provider.Limits{PeoplePageSize: 100} }
func (*directory) Close() error            { return nil }

func (d *directory) called(op, id string, at provider.Cursor) error {
	d.calls[op]++
	if d.fail != nil {
		return d.fail(op, id, at)
	}
	return nil
}

func (d *directory) Scope(context.Context) (provider.Scope, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.called("scope", "", ""); err != nil {
		return provider.Scope{}, err
	}
	return provider.Scope{Departments: d.below(""), People: slices.Clone(d.singles)}, nil
}

func (d *directory) below(parent provider.DepartmentID) []provider.Department {
	var list []provider.Department
	for _, dep := range d.departments {
		if dep.ParentID == parent {
			list = append(list, dep)
		}
	}
	return list
}

func (d *directory) Departments(
	ctx context.Context, parent provider.DepartmentID, at provider.Cursor,
) (provider.DepartmentPage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.called("departments", string(parent), at); err != nil {
		return provider.DepartmentPage{}, err
	}
	list := d.below(parent)
	for i := 0; d.subtree && i < len(list); i++ {
		list = append(list, d.below(list[i].ID)...)
	}
	for i := range list {
		if claimed, ok := d.hidden[list[i].ID]; ok {
			list[i].ParentID = claimed
		}
	}
	return provider.DepartmentPage{Departments: list, Subtree: d.subtree}, ctx.Err()
}

func (d *directory) People(
	ctx context.Context, department provider.DepartmentID, at provider.Cursor,
) (provider.PersonPage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.called("people", string(department), at); err != nil {
		return provider.PersonPage{}, err
	}
	var members []provider.Person
	for _, p := range d.people {
		if slices.ContainsFunc(p.Memberships, func(m provider.Membership) bool { return m.DepartmentID == department }) {
			members = append(members, p)
		}
	}
	from, _ := strconv.Atoi(string(at))
	to := min(from+d.pageSize, len(members))
	page := provider.PersonPage{People: members[min(from, to):to]}
	for i := range page.People {
		if d.silent {
			page.People[i].ManagerID = ""
		}
		page.People[i].ManagerKnown = !d.silent
	}
	if to < len(members) {
		page.Next = provider.Cursor(strconv.Itoa(to))
	}
	return page, ctx.Err()
}

func (d *directory) PersonByID(_ context.Context, id provider.UserID) (provider.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.called("person", string(id), ""); err != nil {
		return provider.Person{}, err
	}
	for _, p := range d.people {
		if p.UserID == id {
			p.ManagerKnown = true
			return p, nil
		}
	}
	return provider.Person{}, &provider.Error{Code: provider.NotFound, Op: "person"}
}

func (d *directory) PersonByMobile(_ context.Context, mobile string) (provider.Person, error) {
	return d.find(func(p *provider.Person) bool { return p.Mobile == mobile })
}

func (d *directory) PersonByUnionID(_ context.Context, id provider.UnionID) (provider.Person, error) {
	return d.find(func(p *provider.Person) bool { return p.UnionID == id })
}

func (d *directory) find(is func(*provider.Person) bool) (provider.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.people {
		if is(&d.people[i]) {
			return d.people[i], nil
		}
	}
	return provider.Person{}, &provider.Error{Code: provider.NotFound, Op: "person"}
}

// change changes the company.
func (d *directory) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// addDepartments adds departments "2" to "n+1" in a tree of the given width.
func (d *directory) addDepartments(n, width int) {
	for i := range n {
		d.departments = append(d.departments, provider.Department{
			ID: provider.DepartmentID(strconv.Itoa(i + 2)), ParentID: provider.DepartmentID(strconv.Itoa(i/width + 1)),
			Name: fmt.Sprintf("部门%d", i+2), Order: int64(i),
		})
	}
}

// addPeople adds people "u<from>" to "u<to-1>", spread over the departments,
// every tenth of them in two.
func (d *directory) addPeople(from, to int) {
	for i := from; i < to; i++ {
		p := somebody(i)
		n := len(d.departments)
		p.Memberships = []provider.Membership{{DepartmentID: d.departments[i%n].ID, Order: int64(i), Leader: i%17 == 0}}
		if second := d.departments[(i*7+1)%n].ID; i%10 == 0 && second != p.Memberships[0].DepartmentID {
			p.Memberships = append(p.Memberships, provider.Membership{DepartmentID: second})
		}
		d.people = append(d.people, p)
	}
}

// somebody returns the person "u<i>", in no department.
func somebody(i int) provider.Person {
	return provider.Person{
		UserID: provider.UserID(fmt.Sprintf("u%06d", i)), UnionID: provider.UnionID(fmt.Sprintf("union%d", i)),
		Name: fmt.Sprintf("张三%d", i), Mobile: fmt.Sprintf("138%08d", i),
		Email: fmt.Sprintf("u%d@example.com", i), JobNumber: fmt.Sprintf("J%d", i),
		Title: "工程师", AvatarURL: fmt.Sprintf("https://static.example.com/%d.jpg", i),
	}
}

// edit changes the person with the given number.
func (d *directory) edit(i int, f func(p *provider.Person)) {
	d.change(func() {
		for j := range d.people {
			if d.people[j].UserID == somebody(i).UserID {
				f(&d.people[j])
			}
		}
	})
}

// remove removes the people with the given numbers.
func (d *directory) remove(numbers ...int) {
	d.change(func() {
		for _, i := range numbers {
			d.people = slices.DeleteFunc(d.people, func(p provider.Person) bool { return p.UserID == somebody(i).UserID })
		}
	})
}
