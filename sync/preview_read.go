package sync

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// view is what a preview has seen of the office app's departments.
type view struct {
	*Service
	reader     provider.DirectoryReader
	person     provider.PersonFinder
	department provider.DepartmentFinder // nil when the office app cannot
	// scope is read with the first question.
	scope *provider.Scope
	// departments are those looked up, nil for one that cannot be seen.
	departments map[provider.DepartmentID]*provider.Department
}

func (s *Service) newView(conn tenant.Connection) (*view, error) {
	v := &view{Service: s, departments: make(map[provider.DepartmentID]*provider.Department)}
	var err error
	if v.reader, err = provider.As[provider.DirectoryReader](conn.Provider); err != nil {
		return nil, errNoDirectory().WithCause(err)
	}
	if v.person, err = provider.As[provider.PersonFinder](conn.Provider); err != nil {
		return nil, errNoPersonFinder().WithCause(err)
	}
	v.department, _ = provider.As[provider.DepartmentFinder](conn.Provider)
	return v, nil
}

// ask makes one call to the office app.
func (v *view) ask(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.CallTimeout)
	defer cancel()
	return call(ctx)
}

// open reads what the app may see.
func (v *view) open(ctx context.Context) error {
	if v.scope != nil {
		return nil
	}
	var scope provider.Scope
	err := v.ask(ctx, func(ctx context.Context) (err error) {
		scope, err = v.reader.Scope(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for i := range scope.Departments {
		d := &scope.Departments[i]
		d.ParentID = ""
		v.departments[d.ID] = d
	}
	if v.scope = &scope; v.department == nil {
		return v.list(ctx)
	}
	return nil
}

// list reads all departments, for an office app that cannot look one up.
func (v *view) list(ctx context.Context) error {
	queue := make([]provider.DepartmentID, 0, len(v.scope.Departments))
	for _, d := range v.scope.Departments {
		queue = append(queue, d.ID)
	}
	for len(queue) > 0 {
		parent := queue[0]
		queue = queue[1:]
		for at, seen := provider.Cursor(""), map[provider.Cursor]bool{}; !seen[at]; {
			seen[at] = true
			var page provider.DepartmentPage
			err := v.ask(ctx, func(ctx context.Context) (err error) {
				page, err = v.reader.Departments(ctx, parent, at)
				return err
			})
			if err != nil {
				return err
			}
			for _, d := range page.Departments {
				if _, known := v.departments[d.ID]; known {
					continue
				}
				if d.ParentID == "" {
					d.ParentID = parent
				}
				v.departments[d.ID] = &d
				if !page.Subtree {
					queue = append(queue, d.ID)
				}
			}
			if at = page.Next; at == "" {
				break
			}
		}
	}
	return nil
}

// departmentByID returns a department, nil for one that cannot be seen.
func (v *view) departmentByID(ctx context.Context, id provider.DepartmentID) (*provider.Department, error) {
	if d, known := v.departments[id]; known || v.department == nil {
		return d, nil
	}
	var found provider.Department
	err := v.ask(ctx, func(ctx context.Context) (err error) {
		found, err = v.department.DepartmentByID(ctx, id)
		return err
	})
	switch code := provider.CodeOf(err); {
	case code == provider.NotFound, code == provider.PermissionDenied:
		v.departments[id] = nil
	case err != nil:
		return nil, err
	default:
		v.departments[id] = &found
	}
	return v.departments[id], nil
}

// wayTo returns the departments from the topmost one that the app may see down
// to the given one. One that is below none of them, or in a ring, has no way.
func (v *view) wayTo(ctx context.Context, id provider.DepartmentID) ([]provider.Department, error) {
	var way []provider.Department
	top := func(id provider.DepartmentID) bool {
		return slices.ContainsFunc(v.scope.Departments, func(d provider.Department) bool { return d.ID == id })
	}
	for at := id; at != ""; {
		d, err := v.departmentByID(ctx, at)
		again := slices.ContainsFunc(way, func(w provider.Department) bool { return w.ID == at })
		if err != nil || d == nil || again {
			return nil, err
		}
		way = append(way, *d)
		if top(at) {
			slices.Reverse(way)
			return way, nil
		}
		at = d.ParentID
	}
	return nil, nil
}

// seenPerson is somebody who was looked up, with what they bring with them.
type seenPerson struct {
	name        string
	pages       *pages
	departments []PreviewDepartment
}

// carryOut makes a look-up that was not made yet.
func (p *previewing) carryOut(ctx context.Context, t Task) error {
	switch {
	case p.finished(t): // asked for twice
		return nil
	case t.Kind == TaskUnion:
		return p.lookUpUnion(ctx, provider.UnionID(t.ID))
	}
	return p.lookUp(ctx, provider.UserID(t.ID))
}

// lookUpUnion reads a person who is known by union id.
func (p *previewing) lookUpUnion(ctx context.Context, id provider.UnionID) error {
	var found provider.Person
	err := p.view.ask(ctx, func(ctx context.Context) (err error) {
		found, err = p.view.person.PersonByUnionID(ctx, id)
		return err
	})
	if err != nil && provider.CodeOf(err) != provider.NotFound {
		return err
	}
	p.unions[id] = true
	if err != nil || p.looked(found.UserID) {
		return nil
	}
	return p.lookUp(ctx, found.UserID)
}

// lookUp reads a person and judges the departments they are in.
func (p *previewing) lookUp(ctx context.Context, id provider.UserID) error {
	if err := p.view.open(ctx); err != nil {
		return err
	}
	var found provider.Person
	err := p.view.ask(ctx, func(ctx context.Context) (err error) {
		found, err = p.view.person.PersonByID(ctx, id)
		return err
	})
	switch {
	case provider.CodeOf(err) == provider.NotFound:
		p.seen[id] = nil
		return nil
	case err != nil:
		return err
	}
	p.seen[id], err = p.see(ctx, &found)
	return err
}

// see judges somebody as the read of a full run does: they come with those of
// their departments that do, or in none when the app may see them one by one.
func (p *previewing) see(ctx context.Context, found *provider.Person) (*seenPerson, error) {
	rules := p.run.Rules
	s := &seenPerson{pages: newPages(rules.Mapping), name: clean(found.Name)}
	if err := s.pages.addPerson(found, ""); err != nil {
		return nil, (&worker{claim: Claim{Run: p.run}}).badAnswer(string(TaskPerson), err)
	}
	comes := len(rules.Scope.Include) == 0 && slices.Contains(p.view.scope.People, found.UserID)
	for _, m := range found.Memberships {
		way, err := p.view.wayTo(ctx, m.DepartmentID)
		if err != nil {
			return nil, err
		}
		j := rules.Scope.along(way)
		d := PreviewDepartment{ID: m.DepartmentID, Name: string(m.DepartmentID), DecidedBy: j.by, Rule: j.rule}
		if known := p.view.departments[m.DepartmentID]; known != nil {
			d.Name = clean(known.Name)
		}
		d.InScope, d.Reason = j.last().comes(), p.scopeText(j)
		s.departments = append(s.departments, d)
		if !d.InScope {
			continue
		}
		comes = true
		for i := range way {
			if err := s.pages.addDepartment(&way[i], j.verdicts[i], false); err != nil {
				return nil, (&worker{claim: Claim{Run: p.run}}).badAnswer(string(TaskDepartment), err)
			}
		}
		s.pages.Places = append(s.pages.Places, StagedPlace{
			PersonID: found.UserID, DepartmentID: m.DepartmentID, Leader: m.Leader, Order: m.Order,
		})
	}
	if !comes {
		s.pages.People = nil
	}
	return s, nil
}

// comes reports whether somebody is there and in scope.
func (s *seenPerson) comes() bool { return s != nil && len(s.pages.People) > 0 }

// lookForTwin looks up who else has the mobile number of the person or, when
// they are gone, who has come in their place: people whom a run meets because it
// reads everybody. As far as the office app does not tell, the preview does not
// know of them.
func (p *previewing) lookForTwin(ctx context.Context) error {
	var mobile string
	var union provider.UnionID
	if me := p.seen[p.id]; me.comes() {
		mobile = me.pages.People[0].Mobile
	} else {
		known, _, err := p.store.Known(ctx, p.run.Directory(), p.id)
		if err != nil {
			return err
		}
		if known != nil && !known.Gone {
			mobile, union = known.Mobile, known.UnionID
		}
	}
	for _, find := range []func(context.Context) (provider.Person, error){
		func(ctx context.Context) (provider.Person, error) {
			if mobile == "" {
				return provider.Person{}, nil
			}
			return p.view.person.PersonByMobile(ctx, mobile)
		},
		func(ctx context.Context) (provider.Person, error) {
			if union == "" {
				return provider.Person{}, nil
			}
			return p.view.person.PersonByUnionID(ctx, union)
		},
	} {
		var twin provider.Person
		err := p.view.ask(ctx, func(ctx context.Context) (err error) {
			twin, err = find(ctx)
			return err
		})
		if err != nil || twin.UserID == "" || p.looked(twin.UserID) {
			continue
		}
		if err := p.lookUp(ctx, twin.UserID); err != nil {
			return err
		}
	}
	return ctx.Err()
}
