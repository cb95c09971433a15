package dingtalktest

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxDepartmentNameLength = 64

// departmentPatch is what a call wants of a department: a change of a copy, or
// a refusal of the parameters.
func (c *call) departmentPatch() (func(*Department), *refusal) {
	name := c.params.text("name")
	switch {
	case c.params.has("name") && (name == "" || utf8.RuneCountInString(name) > maxDepartmentNameLength):
		return nil, errDepartmentName
	case strings.ContainsAny(name, "-,，"):
		return nil, errNameCharacters
	case !c.languageOK():
		return nil, errParameter
	}
	order, ordered, valid := c.params.int("order")
	if !valid || ordered && order < 1 {
		return nil, errDepartmentOrder
	}
	parent, moved, valid := c.params.int("parent_id")
	if !valid || moved && parent <= 0 {
		return nil, errNoParent
	}
	flags, refused := c.departmentFlags()
	if refused != nil {
		return nil, refused
	}
	return func(d *Department) {
		if name != "" {
			d.Name = name
		}
		if ordered {
			d.Order = order
		}
		if moved {
			d.ParentID = parent
		}
		if c.params.has("source_identifier") {
			d.SourceIdentifier = c.params.text("source_identifier")
		}
		flags(d)
	}, nil
}

// departmentFlags reads the truth values the model knows.
func (c *call) departmentFlags() (func(*Department), *refusal) {
	type flag struct {
		of    func(*Department) *bool
		value bool
	}
	var set []flag
	for name, of := range map[string]func(*Department) *bool{
		"create_dept_group": func(d *Department) *bool { return &d.CreateGroup },
		"auto_add_user":     func(d *Department) *bool { return &d.AutoAddUser },
		"hide_dept":         func(d *Department) *bool { return &d.Hidden },
	} {
		value, present, valid := c.params.bool(name)
		if !valid {
			return nil, errIllegal
		}
		if present {
			set = append(set, flag{of, value})
		}
	}
	return func(d *Department) {
		for _, f := range set {
			*f.of(d) = f.value
		}
	}, nil
}

func (c *call) createDepartment() *refusal {
	patch, refused := c.departmentPatch()
	switch {
	case refused != nil:
		return refused
	case !c.params.has("name"):
		return errDepartmentName
	case !c.params.has("parent_id"):
		return errNoParent
	}
	info := &Department{}
	patch(info)
	err := c.app.company.addDepartment(info, func(d *directory) error { return c.mayStandBelow(d, info.ParentID) })
	if refused := refusalOf(err, siblingOr(err, errParameter)); refused != nil {
		return refused
	}
	c.result(func(o *object) { o.number("dept_id", info.ID) })
	return nil
}

// mayStandBelow refuses a parent that is not there, or not the app's to change.
// The caller holds the directory's lock.
func (c *call) mayStandBelow(d *directory, parent int64) error {
	switch {
	case d.departments[parent] == nil:
		return errNoParent
	case !c.grant.whole && !d.seesLocked(c.grant, parent):
		return errDepartmentScope
	}
	return nil
}

// siblingOr tells a name that a sibling has from everything else.
func siblingOr(err error, otherwise *refusal) *refusal {
	if errors.Is(err, ErrExists) {
		return errSiblingName
	}
	return otherwise
}

func (c *call) updateDepartment() *refusal {
	id, refused := c.writtenDepartmentID()
	if refused != nil {
		return refused
	}
	if id == RootID {
		return errRootChanged
	}
	patch, refused := c.departmentPatch()
	if refused != nil {
		return refused
	}
	managers, named := c.params.list("dept_manager_userid_list"), c.params.has("dept_manager_userid_list")
	clearing := c.forced("dept_manager_userid_list")
	if named && len(managers) == 0 && !clearing {
		return errManagers
	}
	err := c.app.company.changeDepartment(id, func(d *Department) {
		patch(d)
		if named || clearing {
			d.ManagerUserIDs = managers
		}
	}, func(d *directory, info *Department) error {
		if err := c.mayStandBelow(d, info.ParentID); err != nil {
			return err
		}
		if err := d.mayManage(id, managers); err != nil {
			return err
		}
		if _, err := d.parentFor(d.departments[id], info); err != nil {
			return err
		}
		if named || clearing {
			d.setLeaders(id, managers)
		}
		return nil
	})
	return refusalOf(err, siblingOr(err, errCircle))
}

// writtenDepartmentID reads the id of a department that is there and the app's
// to change.
func (c *call) writtenDepartmentID() (int64, *refusal) {
	id, present, valid := c.params.int("dept_id")
	switch {
	case !present || !valid || id <= 0:
		return 0, errDepartmentID
	case c.app.company.directory.department(id) == nil:
		return 0, errNoDepartment
	case !c.app.company.directory.sees(c.grant, id):
		return 0, errDepartmentScope
	}
	return id, nil
}

// mayManage refuses managers who are not members. The caller holds the lock.
func (d *directory) mayManage(id int64, managers []string) error {
	node := d.departments[id]
	for _, userID := range managers {
		if !slices.ContainsFunc(node.members, func(m member) bool { return m.person.UserID == userID }) {
			return errManagers
		}
	}
	return nil
}

// setLeaders makes the managers of a department, and nobody else, its leaders.
// The caller holds the lock.
func (d *directory) setLeaders(id int64, managers []string) {
	for _, m := range slices.Clone(d.departments[id].members) {
		leads := slices.Contains(managers, m.person.UserID)
		if m.leader == leads {
			continue
		}
		p := m.person.clone()
		at := slices.IndexFunc(p.Memberships, func(o Membership) bool { return o.DepartmentID == id })
		p.Memberships[at].Leader = leads
		d.leave(m.entry)
		m.entry.person = p
		d.enter(m.entry)
	}
}

func (c *call) deleteDepartment() *refusal {
	id, refused := c.writtenDepartmentID()
	if refused != nil {
		return refused
	}
	if id == RootID {
		return errRootRemoved
	}
	return refusalOf(c.app.company.removeDepartment(id, func(d *directory) error {
		node := d.departments[id]
		switch {
		case node == nil:
			return errNoDepartment
		case len(node.members) > 0:
			return errHoldsPeople
		case len(node.children) > 0:
			return errHoldsDepartments
		}
		return nil
	}), errNoDepartment)
}
