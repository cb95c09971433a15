package providertest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// AskConsent makes whoever has a mobile number agree before they join:
// CreatePerson invites them, and accept lets them join.
func (f *Fake) AskConsent(mobile string) (accept func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.invited[mobile] = nil
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if p := f.invited[mobile]; p != nil {
			f.company.People = append(f.company.People, *p)
		}
		delete(f.invited, mobile)
	}
}

// Company returns the directory as it is now. The caller owns it.
func (f *Fake) Company() Company {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.company.clone()
}

// write makes a call that changes the directory; do holds f.mu.
func write[T any](ctx context.Context, c *connection, op Op, problems error, do func(*Fake) (T, error)) (T, error) {
	var none T
	if problems != nil {
		return none, &provider.Error{
			Code: provider.InvalidArgument, Provider: c.fake.cfg.Kind, Op: string(op), Unsent: true, Err: problems,
		}
	}
	return act(ctx, c.fake, op, func() (T, error) {
		if err := c.usable(op); err != nil {
			return none, err
		}
		c.fake.mu.Lock()
		defer c.fake.mu.Unlock()
		return do(c.fake)
	})
}

// CreateDepartment implements provider.DirectoryWriter.
func (c *connection) CreateDepartment(ctx context.Context, w provider.DepartmentWrite) (provider.DepartmentID, error) {
	return write(ctx, c, OpCreateDepartment, w.Check(c.fake.cfg.Limits.Write, true), func(f *Fake) (provider.DepartmentID, error) {
		if _, ok := f.company.department(*w.ParentID); !ok {
			return "", f.errorf(OpCreateDepartment, provider.NotFound, "no such parent")
		}
		f.created++
		d := provider.Department{ID: provider.DepartmentID(fmt.Sprintf("fake-department-%d", f.created))}
		return d.ID, f.place(OpCreateDepartment, d, w, func(d provider.Department) {
			f.company.Departments = append(f.company.Departments, d)
		})
	})
}

// place stores a department as it is to be, unless a sibling has its name.
func (f *Fake) place(op Op, d provider.Department, w provider.DepartmentWrite, store func(provider.Department)) error {
	d.Name = *cmp.Or(w.Name, &d.Name)
	d.ParentID = *cmp.Or(w.ParentID, &d.ParentID)
	d.Order = *cmp.Or(w.Order, &d.Order)
	for _, sibling := range f.company.children(d.ParentID) {
		if sibling.ID != d.ID && sibling.Name == d.Name {
			return f.errorf(op, provider.AlreadyExists, "a sibling has this name")
		}
	}
	store(d)
	return nil
}

// root tells whether a department is the top of the company, which never
// changes.
func (f *Fake) root(id provider.DepartmentID) bool {
	d, ok := f.company.department(id)
	return ok && d.ParentID == ""
}

// UpdateDepartment implements provider.DirectoryWriter.
func (c *connection) UpdateDepartment(ctx context.Context, id provider.DepartmentID, w provider.DepartmentWrite) error {
	const op = OpUpdateDepartment
	_, err := write(ctx, c, op, w.Check(c.fake.cfg.Limits.Write, false), func(f *Fake) (struct{}, error) {
		at := slices.IndexFunc(f.company.Departments, func(d provider.Department) bool { return d.ID == id })
		switch {
		case at < 0:
			return struct{}{}, f.errorf(op, provider.NotFound, "no such department")
		case f.root(id):
			return struct{}{}, f.errorf(op, provider.InvalidArgument, "the root never changes")
		}
		if err := f.mayMove(id, w.ParentID); err != nil {
			return struct{}{}, err
		}
		if err := f.lead(id, w.Leaders); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, f.place(op, f.company.Departments[at], w, func(d provider.Department) {
			f.company.Departments[at] = d
		})
	})
	return err
}

// mayMove refuses a parent that is not there, and the department itself with
// what is below it.
func (f *Fake) mayMove(id provider.DepartmentID, parent *provider.DepartmentID) error {
	if parent == nil {
		return nil
	}
	for above := *parent; above != ""; {
		d, ok := f.company.department(above)
		switch {
		case !ok:
			return f.errorf(OpUpdateDepartment, provider.NotFound, "no such parent")
		case above == id:
			return f.errorf(OpUpdateDepartment, provider.InvalidArgument, "below itself")
		}
		above = d.ParentID
	}
	return nil
}

// lead makes these people, and nobody else, lead a department.
func (f *Fake) lead(id provider.DepartmentID, leaders *[]provider.UserID) error {
	if leaders == nil {
		return nil
	}
	members := f.company.members(id)
	for _, u := range *leaders {
		if !slices.ContainsFunc(members, func(p provider.Person) bool { return p.UserID == u }) {
			return f.errorf(OpUpdateDepartment, provider.FailedPrecondition, "%s is no member", u)
		}
	}
	for i, p := range f.company.People {
		for j, m := range p.Memberships {
			if m.DepartmentID == id {
				f.company.People[i].Memberships[j].Leader = slices.Contains(*leaders, p.UserID)
			}
		}
	}
	return nil
}

// DeleteDepartment implements provider.DirectoryWriter.
func (c *connection) DeleteDepartment(ctx context.Context, id provider.DepartmentID) error {
	const op = OpDeleteDepartment
	_, err := write(ctx, c, op, nil, func(f *Fake) (struct{}, error) {
		_, ok := f.company.department(id)
		switch {
		case !ok:
			return struct{}{}, f.errorf(op, provider.NotFound, "no such department")
		case f.root(id):
			return struct{}{}, f.errorf(op, provider.InvalidArgument, "the root never goes")
		case len(f.company.children(id)) > 0 || len(f.company.members(id)) > 0:
			return struct{}{}, f.errorf(op, provider.FailedPrecondition, "not empty")
		}
		f.company.Departments = slices.DeleteFunc(f.company.Departments, func(d provider.Department) bool { return d.ID == id })
		return struct{}{}, nil
	})
	return err
}

// CreatePerson implements provider.DirectoryWriter.
func (c *connection) CreatePerson(ctx context.Context, w provider.PersonWrite) (provider.CreatedPerson, error) {
	const op = OpCreatePerson
	return write(ctx, c, op, w.Check(c.fake.cfg.Limits.Write, true), func(f *Fake) (provider.CreatedPerson, error) {
		id := w.UserID
		if id == "" {
			f.created++
			id = provider.UserID(fmt.Sprintf("fake-person-%d", f.created))
		}
		if _, ok := f.company.person(func(p provider.Person) bool { return p.UserID == id }); ok {
			return provider.CreatedPerson{}, f.errorf(op, provider.AlreadyExists, "the user id is taken")
		}
		p, err := f.written(op, provider.Person{UserID: id, UnionID: "union-" + provider.UnionID(id)}, w)
		if err != nil {
			return provider.CreatedPerson{}, err
		}
		if _, asks := f.invited[p.Mobile]; asks {
			f.invited[p.Mobile] = &p
			return provider.CreatedPerson{Invited: true}, nil
		}
		f.company.People = append(f.company.People, p)
		return provider.CreatedPerson{UserID: id}, nil
	})
}

// UpdatePerson implements provider.DirectoryWriter.
func (c *connection) UpdatePerson(ctx context.Context, id provider.UserID, w provider.PersonWrite) error {
	const op = OpUpdatePerson
	_, err := write(ctx, c, op, w.Check(c.fake.cfg.Limits.Write, false), func(f *Fake) (struct{}, error) {
		at := slices.IndexFunc(f.company.People, func(p provider.Person) bool { return p.UserID == id })
		if at < 0 {
			return struct{}{}, f.errorf(op, provider.NotFound, "no such person")
		}
		p, err := f.written(op, f.company.People[at], w)
		if err == nil {
			f.company.People[at] = p
		}
		return struct{}{}, err
	})
	return err
}

// written returns a person as they are to be.
func (f *Fake) written(op Op, p provider.Person, w provider.PersonWrite) (provider.Person, error) {
	p.Name, p.Mobile, p.Email = *cmp.Or(w.Name, &p.Name), *cmp.Or(w.Mobile, &p.Mobile), *cmp.Or(w.Email, &p.Email)
	p.JobNumber, p.Title = *cmp.Or(w.JobNumber, &p.JobNumber), *cmp.Or(w.Title, &p.Title)
	p.ManagerID = *cmp.Or(w.ManagerID, &p.ManagerID)
	if len(w.Extension) > 0 {
		fields := maps.Clone(p.Extension)
		if fields == nil {
			fields = make(map[string]string)
		}
		maps.Copy(fields, w.Extension)
		maps.DeleteFunc(fields, func(_, v string) bool { return v == "" })
		p.Extension = fields
	}
	if w.Memberships != nil {
		places, err := f.places(op, p.Memberships, *w.Memberships)
		if err != nil {
			return p, err
		}
		p.Memberships = places
	}
	for _, o := range f.company.People {
		if o.UserID != p.UserID && (shared(o.Mobile, p.Mobile) || shared(o.Email, p.Email) || shared(o.JobNumber, p.JobNumber)) {
			return p, f.errorf(op, provider.AlreadyExists, "somebody has this mobile, email or job number")
		}
	}
	return p, nil
}

func shared(a, b string) bool { return a != "" && a == b }

// places returns memberships as they are to be; those that stay keep whether
// they lead.
func (f *Fake) places(op Op, now []provider.Membership, then []provider.MembershipWrite) ([]provider.Membership, error) {
	list := make([]provider.Membership, len(then))
	for i, w := range then {
		if _, ok := f.company.department(w.DepartmentID); !ok {
			return nil, f.errorf(op, provider.NotFound, "no department %s", w.DepartmentID)
		}
		list[i].DepartmentID = w.DepartmentID
		for _, m := range now {
			if m.DepartmentID == w.DepartmentID {
				list[i] = m
			}
		}
		list[i].Order = *cmp.Or(w.Order, &list[i].Order)
	}
	return list, nil
}

// DeletePerson implements provider.DirectoryWriter.
func (c *connection) DeletePerson(ctx context.Context, id provider.UserID) error {
	const op = OpDeletePerson
	_, err := write(ctx, c, op, nil, func(f *Fake) (struct{}, error) {
		before := len(f.company.People)
		f.company.People = slices.DeleteFunc(f.company.People, func(p provider.Person) bool { return p.UserID == id })
		if len(f.company.People) == before {
			return struct{}{}, f.errorf(op, provider.NotFound, "no such person")
		}
		return struct{}{}, nil
	})
	return err
}
