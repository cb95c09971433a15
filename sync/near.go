package sync

import (
	"maps"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// nearby is what an incremental read knows besides what it reads: the
// departments that were applied before. It looks at the people and departments
// it was asked about, and from there only as far as it must to leave everything
// as a full run would:
//
//   - somebody is looked up, and the unknown ones of their departments are;
//   - a department is looked up, and the listings of its parent, and of the
//     parent it had before, tell its name, place and order;
//   - a department that appears in such a listing and is new brings what is
//     below it and the people in it;
//   - one that disappears from such a listing is looked up.
//
// Where the office app cannot look up departments, all are listed instead.
type nearby struct {
	alive    map[provider.DepartmentID]MirrorDepartment
	children map[provider.DepartmentID][]provider.DepartmentID
	// find is nil when the office app cannot look up departments.
	find provider.DepartmentFinder
	// asked are the tasks there are.
	asked map[taskKey]bool
}

func newNearby(mirror []MirrorDepartment, find provider.DepartmentFinder, tasks []Task) *nearby {
	n := &nearby{
		alive:    make(map[provider.DepartmentID]MirrorDepartment, len(mirror)),
		children: make(map[provider.DepartmentID][]provider.DepartmentID),
		find:     find, asked: make(map[taskKey]bool, len(tasks)),
	}
	for _, d := range mirror {
		if !d.Gone {
			n.alive[d.ID] = d
			n.children[d.ParentID] = append(n.children[d.ParentID], d.ID)
		}
	}
	for _, t := range tasks {
		n.asked[taskKey{t.Kind, t.ID}] = true
	}
	return n
}

// nearPage is a page of an incremental read on its way into the staging rows.
type nearPage struct {
	*pages
	*reading
	page  page
	added map[taskKey]bool
}

// addNear adds the rows of a page of an incremental read, all or nothing.
func (r *reading) addNear(p page) error {
	n := nearPage{newPages(r.group.mapping), r, p, make(map[taskKey]bool)}
	add := map[TaskKind]func() error{
		TaskPerson: n.addFound, TaskUnion: n.addFound, TaskPeople: n.askMembers,
		TaskChildren: n.addChildren, TaskDepartment: n.addLooked,
	}
	err := add[p.task.Kind]()
	if err == nil {
		err = r.checkCursor(p)
	}
	if err != nil {
		return err
	}
	for _, d := range n.Departments {
		r.known[d.ID] = true
	}
	for _, t := range n.NewTasks {
		r.near.asked[taskKey{t.Kind, t.ID}] = true
		if t.State == TaskPending {
			r.queue = append(r.queue, t)
		}
	}
	r.group.merge(n.pages)
	return nil
}

// ask adds a task unless it is there.
func (n nearPage) ask(kind TaskKind, id string) {
	key := taskKey{kind, id}
	if !usableID(id) || n.near.asked[key] || n.added[key] {
		return
	}
	n.added[key] = true
	n.NewTasks = append(n.NewTasks, Task{Kind: kind, ID: id, State: TaskPending})
}

// askTree has every department listed.
func (n nearPage) askTree() {
	for _, id := range slices.Sorted(maps.Keys(n.near.alive)) {
		n.ask(TaskChildren, string(id))
	}
}

// seen reports whether a department is known to be in scope.
func (n nearPage) seen(id provider.DepartmentID) bool {
	_, alive := n.near.alive[id]
	return alive || n.known[id]
}

// addFound adds somebody who was looked up, with all their places: those in
// departments that turn out to be out of scope are removed in the end.
func (n nearPage) addFound() error {
	for i := range n.page.people {
		person := &n.page.people[i]
		if err := n.addPerson(person, ""); err != nil {
			return n.badAnswer(string(n.page.task.Kind), err)
		}
		for _, m := range person.Memberships {
			if !usableID(string(m.DepartmentID)) {
				continue
			}
			n.Places = append(n.Places, StagedPlace{
				PersonID: person.UserID, DepartmentID: m.DepartmentID, Leader: m.Leader, Order: m.Order,
			})
			if !n.seen(m.DepartmentID) {
				n.ask(TaskDepartment, string(m.DepartmentID))
			}
		}
	}
	return nil
}

// askMembers has the members of a new department looked up: a listing tells one
// of their places only.
func (n nearPage) askMembers() error {
	for i := range n.page.people {
		n.ask(TaskPerson, string(n.page.people[i].UserID))
	}
	return nil
}

// addChildren adds what a listing of departments shows.
func (n nearPage) addChildren() error {
	parent := provider.DepartmentID(n.page.task.ID)
	if n.page.gone {
		n.ask(TaskDepartment, string(parent))
		return nil
	}
	verdicts := n.judged(n.page)
	for i := range n.page.departments {
		d := &n.page.departments[i]
		if d.ParentID == "" {
			d.ParentID = parent
		}
		if n.known[d.ID] || !verdicts[d.ID].comes() {
			continue
		}
		_, old := n.near.alive[d.ID]
		if err := n.addListed(d, !old); err != nil {
			return n.badAnswer(string(TaskChildren), err)
		}
	}
	return nil
}

// addListed adds a listed department; a new one brings everything in it.
func (n nearPage) addListed(d *provider.Department, fresh bool) error {
	scratch := newPages(n.mapping)
	if err := scratch.addDepartment(d, inScope, false); err != nil {
		return err
	}
	n.Departments = append(n.Departments, scratch.Departments...)
	n.Progress.Departments++
	switch {
	case n.page.subtree:
		n.NewTasks = append(n.NewTasks, Task{Kind: TaskChildren, ID: string(d.ID), State: TaskDone})
	case fresh:
		n.ask(TaskChildren, string(d.ID))
	}
	if fresh {
		n.ask(TaskPeople, string(d.ID))
	}
	return nil
}

// addLooked sees to what follows from looking up a department.
func (n nearPage) addLooked() error {
	if n.near.find == nil {
		n.askTree()
		return nil
	}
	id := provider.DepartmentID(n.page.task.ID)
	before, alive := n.near.alive[id]
	if alive && before.ParentID != "" {
		n.ask(TaskChildren, string(before.ParentID))
	}
	parent := provider.DepartmentID("")
	if len(n.page.departments) > 0 {
		parent = n.page.departments[0].ParentID
	}
	switch {
	case parent != "" && parent != id && n.seen(parent):
		n.ask(TaskChildren, string(parent))
		return nil
	case len(n.page.departments) > 0 && alive && before.ParentID == "":
		d := n.page.departments[0]
		d.ParentID, d.Order = "", before.Order
		if n.known[id] {
			return nil
		}
		if err := n.addListed(&d, false); err != nil {
			return n.badAnswer(string(TaskDepartment), err)
		}
		return nil
	}
	// It is gone, out of scope, or in something unknown.
	n.ask(TaskDepartment, string(parent))
	for _, child := range n.near.children[id] {
		n.ask(TaskDepartment, string(child))
	}
	return nil
}
