package sync

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/thirdapp/thirdapp/provider"
)

// page is what a fetcher brings back for a task.
type page struct {
	task        Task
	departments []provider.Department
	people      []provider.Person
	subtree     bool
	// gone is true when the department to be listed is not there.
	gone bool
	next provider.Cursor
	err  error
}

// fetchAll carries out tasks, one call to the office app each.
func (r *reading) fetchAll(ctx context.Context) {
	for t := range r.tasks {
		p := page{task: t}
		p.err = protect(func() error { return r.fetch(ctx, &p) })
		r.pages <- p
	}
}

// fetch makes the call of a task.
func (r *reading) fetch(ctx context.Context, p *page) error {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.CallTimeout)
	defer cancel()
	err := r.call(ctx, p)
	if r.near != nil && provider.CodeOf(err) == provider.NotFound {
		p.gone = true
		return nil
	}
	return err
}

func (r *reading) call(ctx context.Context, p *page) error {
	switch p.task.Kind {
	case TaskChildren:
		got, err := r.src.Departments(ctx, provider.DepartmentID(p.task.ID), p.task.Cursor)
		p.departments, p.subtree, p.next = got.Departments, got.Subtree, got.Next
		return err
	case TaskPeople:
		got, err := r.src.People(ctx, provider.DepartmentID(p.task.ID), p.task.Cursor)
		p.people, p.next = got.People, got.Next
		return err
	case TaskPerson:
		return r.fetchPerson(p, func(find provider.PersonFinder) (provider.Person, error) {
			return find.PersonByID(ctx, provider.UserID(p.task.ID))
		})
	case TaskUnion:
		return r.fetchPerson(p, func(find provider.PersonFinder) (provider.Person, error) {
			return find.PersonByUnionID(ctx, provider.UnionID(p.task.ID))
		})
	case TaskDepartment:
		return r.fetchDepartment(ctx, p)
	}
	return fmt.Errorf("unknown task %q", p.task.Kind)
}

// fetchPerson looks up a single person. Not to be found is an answer: they are
// not in the organisation any more.
func (r *reading) fetchPerson(p *page, lookUp func(provider.PersonFinder) (provider.Person, error)) error {
	if r.find == nil {
		return &provider.UnsupportedError{Provider: r.claim.Run.Provider, Ability: "PersonFinder"}
	}
	person, err := lookUp(r.find)
	if provider.CodeOf(err) == provider.NotFound {
		return nil
	}
	if err == nil {
		p.people = []provider.Person{person}
	}
	return err
}

// fetchDepartment looks up a department. One that was never applied and may not
// be seen is out of scope: somebody in scope is in it, too.
func (r *reading) fetchDepartment(ctx context.Context, p *page) error {
	if r.near.find == nil {
		return nil
	}
	id := provider.DepartmentID(p.task.ID)
	found, err := r.near.find.DepartmentByID(ctx, id)
	_, alive := r.near.alive[id]
	switch {
	case err == nil:
		p.departments = []provider.Department{found}
	case provider.CodeOf(err) == provider.PermissionDenied && !alive:
		return nil
	}
	return err
}

// stageAll writes groups of pages.
func (r *reading) stageAll(ctx context.Context) {
	for group := range r.groups {
		r.staged <- protect(func() error {
			return r.wrote(r.store.StagePages(ctx, r.claim, group, r.now()))
		})
	}
}

// protect turns a panic of f into an error: in a goroutine of ours it would end
// the process, and in a job the run would never end.
func protect(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return f()
}
