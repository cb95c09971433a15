package dingtalktest

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
)

// This file is how a company changes while it is in use.

// change takes both locks and returns what gives them back.
func (d *directory) change() (done func()) {
	d.changing.Lock()
	d.mu.Lock()
	return func() {
		d.mu.Unlock()
		d.changing.Unlock()
	}
}

// AddPerson lets somebody join. It returns ErrNotFound for the company,
// ErrExists for the user id and ErrInvalid for anything else.
func (em *Emulator) AddPerson(corpID string, p Person) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	return co.addPerson(p.clone(), nil)
}

// vet is a further check of a change, made while the directory is held still;
// nil is none.
type vet func(d *directory) error

// addPerson lets somebody join. It keeps p.
func (co *company) addPerson(p *Person, check vet) error {
	d := co.directory
	defer d.change()()
	if check != nil {
		if err := check(d); err != nil {
			return err
		}
	}
	if d.people[p.UserID] != nil {
		return fmt.Errorf("%w: person %q", ErrExists, p.UserID)
	}
	full, err := d.normalise(p)
	if err != nil {
		return err
	}
	d.sequence++
	e := &entry{person: full, joined: d.sequence, changed: d.sequence}
	d.people[p.UserID] = e
	d.enter(e)
	addFirst(d.byMobile, full.Mobile, e)
	addFirst(d.byUnion, full.UnionID, e)
	addFirst(d.byEmail, full.Email, e)
	co.tell(Event{Type: EventUserAdded, UserIDs: []string{full.UserID}})
	return nil
}

// addFirst keeps an index right when somebody joins; a nil index stays nil.
func addFirst(index map[string]*entry, key string, e *entry) {
	if index != nil && key != "" && index[key] == nil {
		index[key] = e
	}
}

// UpdatePerson changes somebody. The function gets a copy and may change
// everything but the user id, which is put back; it must not change the company
// in another way. It returns ErrNotFound or ErrInvalid.
func (em *Emulator) UpdatePerson(corpID, userID string, change func(*Person)) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	return co.changePerson(userID, change, nil)
}

// changePerson changes somebody; check sees what is about to be.
func (co *company) changePerson(userID string, change func(*Person), check func(*directory, *Person) error) error {
	d := co.directory
	d.changing.Lock()
	defer d.changing.Unlock()
	old := d.person(userID)
	if old == nil {
		return fmt.Errorf("%w: person %q", ErrNotFound, userID)
	}
	p := old.clone()
	change(p)
	p.UserID = userID

	d.mu.Lock()
	defer d.mu.Unlock()
	if check != nil {
		if err := check(d, p); err != nil {
			return err
		}
	}
	full, err := d.normalise(p)
	if err != nil {
		return err
	}
	e := d.people[userID]
	d.leave(e)
	if e.person.Mobile != full.Mobile {
		d.byMobile = nil
	}
	if e.person.UnionID != full.UnionID {
		d.byUnion = nil
	}
	if e.person.Email != full.Email {
		d.byEmail = nil
	}
	d.sequence++
	e.person, e.changed = full, d.sequence
	d.enter(e)
	co.tellChange(old, full)
	return nil
}

// tellChange fires the events of a person's change. A new picture fires none
// (docs, "contact events", user_modify_org, read 2026-11-22).
func (co *company) tellChange(before, after *Person) {
	then := *before
	then.AvatarURL = after.AvatarURL
	activated := then.Inactive && !after.Inactive
	if activated {
		then.Inactive = false
		co.tell(Event{Type: EventUserActivated, UserIDs: []string{after.UserID}})
	}
	if !reflect.DeepEqual(&then, after) {
		co.tell(Event{Type: EventUserModified, UserIDs: []string{after.UserID}, changed: diff(before, after)})
	}
}

// RemovePerson lets somebody leave the company. It returns ErrNotFound.
func (em *Emulator) RemovePerson(corpID, userID string) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	return co.removePerson(userID)
}

// removePerson lets somebody leave.
func (co *company) removePerson(userID string) error {
	d := co.directory
	defer d.change()()
	e := d.people[userID]
	if e == nil {
		return fmt.Errorf("%w: person %q", ErrNotFound, userID)
	}
	d.leave(e)
	delete(d.people, userID)
	d.byMobile, d.byUnion, d.byEmail = nil, nil, nil
	co.tell(Event{Type: EventUserLeft, UserIDs: []string{userID}})
	return nil
}

// Person returns somebody as they are now, or ErrNotFound.
func (em *Emulator) Person(corpID, userID string) (Person, error) {
	co, err := em.company(corpID)
	if err != nil {
		return Person{}, err
	}
	p := co.directory.person(userID)
	if p == nil {
		return Person{}, fmt.Errorf("%w: person %q", ErrNotFound, userID)
	}
	return *p.clone(), nil
}

// People returns everybody in a company in the order of their user ids; nobody
// for an unknown company. It shows the moment it was called.
func (em *Emulator) People(corpID string) iter.Seq[Person] {
	var all []*Person
	if co, err := em.company(corpID); err == nil {
		all = co.directory.everybody()
	}
	return func(yield func(Person) bool) {
		for _, p := range all {
			if !yield(*p.clone()) {
				return
			}
		}
	}
}

func (d *directory) everybody() []*Person {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]*Person, 0, len(d.people))
	for _, e := range d.people {
		all = append(all, e.person)
	}
	slices.SortFunc(all, func(a, b *Person) int { return cmp.Compare(a.UserID, b.UserID) })
	return all
}

// clone copies what a caller could otherwise change from outside.
func (p *Person) clone() *Person {
	c := *p
	c.Memberships = slices.Clone(p.Memberships)
	c.Extension = maps.Clone(p.Extension)
	return &c
}

// enter puts somebody into their departments. The caller holds the lock.
func (d *directory) enter(e *entry) {
	for _, m := range e.person.Memberships {
		node := d.departments[m.DepartmentID]
		one := member{entry: e, order: m.Order, leader: m.Leader}
		at, _ := slices.BinarySearchFunc(node.members, one, compareMembers)
		node.members = slices.Insert(node.members, at, one)
	}
	if !e.person.Inactive {
		d.active++
	}
}

// leave takes somebody out of their departments. The caller holds the lock.
func (d *directory) leave(e *entry) {
	for _, m := range e.person.Memberships {
		node := d.departments[m.DepartmentID]
		node.members = slices.DeleteFunc(node.members, func(o member) bool { return o.entry == e })
	}
	if !e.person.Inactive {
		d.active--
	}
}

// AddDepartment adds a department. It returns ErrNotFound for the company,
// ErrExists for the id or a name that a sibling has, and ErrInvalid.
func (em *Emulator) AddDepartment(corpID string, info Department) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	return co.addDepartment(info.clone(), nil)
}

// addDepartment adds a department. It keeps info, and gives it the next id when
// it has none.
func (co *company) addDepartment(info *Department, check vet) error {
	d := co.directory
	defer d.change()()
	if check != nil {
		if err := check(d); err != nil {
			return err
		}
	}
	if info.ID == 0 {
		d.lastID++
		info.ID = d.lastID
	}
	if d.departments[info.ID] != nil {
		return fmt.Errorf("%w: department %d", ErrExists, info.ID)
	}
	parent, err := d.parentFor(nil, info)
	if err != nil {
		return err
	}
	d.lastID = max(d.lastID, info.ID)
	node := &department{info: info, parent: parent}
	parent.adopt(node)
	d.departments[info.ID] = node
	co.tell(Event{Type: EventDepartmentCreated, DepartmentIDs: []int64{info.ID}})
	return nil
}

// UpdateDepartment renames, moves or otherwise changes a department. The
// function gets a copy, in which the id is put back; it must not change the
// company in another way. It returns ErrNotFound, ErrExists for a name that a
// sibling has, or ErrInvalid, also for a move below itself.
func (em *Emulator) UpdateDepartment(corpID string, id int64, change func(*Department)) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	return co.changeDepartment(id, change, nil)
}

// changeDepartment changes a department; check sees what is about to be.
func (co *company) changeDepartment(id int64, change func(*Department), check func(*directory, *Department) error) error {
	d := co.directory
	d.changing.Lock()
	defer d.changing.Unlock()
	old := d.department(id)
	if old == nil {
		return fmt.Errorf("%w: department %d", ErrNotFound, id)
	}
	info := old.clone()
	change(info)
	info.ID = id

	d.mu.Lock()
	defer d.mu.Unlock()
	if check != nil {
		if err := check(d, info); err != nil {
			return err
		}
	}
	node := d.departments[id]
	parent, err := d.parentFor(node, info)
	if err != nil {
		return err
	}
	if node.parent != nil {
		node.parent.disown(node)
	}
	node.info = info.clone()
	node.parent = parent
	if parent != nil {
		parent.adopt(node)
	}
	if !reflect.DeepEqual(old, node.info) {
		co.tell(Event{Type: EventDepartmentChanged, DepartmentIDs: []int64{id}})
	}
	return nil
}

// parentFor checks a new or changed department and returns its parent, nil for
// the root. node is nil for a new one. The caller holds the lock.
func (d *directory) parentFor(node *department, info *Department) (*department, error) {
	if err := info.validate(); err != nil {
		return nil, err
	}
	if info.ID == RootID {
		info.ParentID = 0
		return nil, nil
	}
	parent := d.departments[cmp.Or(info.ParentID, RootID)]
	if parent == nil {
		return nil, fmt.Errorf("%w: department %d: parent %d does not exist", ErrInvalid, info.ID, info.ParentID)
	}
	info.ParentID = parent.info.ID
	for above := parent; above != nil; above = above.parent {
		if above == node {
			return nil, fmt.Errorf("%w: department %d cannot be below itself", ErrInvalid, info.ID)
		}
	}
	for _, sibling := range parent.children {
		if sibling != node && sibling.info.Name == info.Name {
			return nil, fmt.Errorf("%w: department %q below %d", ErrExists, info.Name, parent.info.ID)
		}
	}
	return parent, nil
}

// RemoveDepartment deletes a department. As on DingTalk, the root and
// departments that hold people or departments cannot be removed: ErrInvalid. It
// returns ErrNotFound for what does not exist.
func (em *Emulator) RemoveDepartment(corpID string, id int64) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	return co.removeDepartment(id, nil)
}

// removeDepartment deletes an empty department.
func (co *company) removeDepartment(id int64, check vet) error {
	d := co.directory
	defer d.change()()
	if check != nil {
		if err := check(d); err != nil {
			return err
		}
	}
	node := d.departments[id]
	switch {
	case node == nil:
		return fmt.Errorf("%w: department %d", ErrNotFound, id)
	case node.parent == nil:
		return fmt.Errorf("%w: the root cannot be removed", ErrInvalid)
	case len(node.children) > 0 || len(node.members) > 0:
		return fmt.Errorf("%w: department %d holds %d departments and %d people", ErrInvalid, id, len(node.children), len(node.members))
	}
	node.parent.disown(node)
	delete(d.departments, id)
	co.tell(Event{Type: EventDepartmentRemoved, DepartmentIDs: []int64{id}})
	return nil
}

// Department returns a department as it is now, or ErrNotFound.
func (em *Emulator) Department(corpID string, id int64) (Department, error) {
	co, err := em.company(corpID)
	if err != nil {
		return Department{}, err
	}
	info := co.directory.department(id)
	if info == nil {
		return Department{}, fmt.Errorf("%w: department %d", ErrNotFound, id)
	}
	return *info.clone(), nil
}

// Departments returns a company's departments, parents before children, the
// root first; nil for an unknown company.
func (em *Emulator) Departments(corpID string) []Department {
	co, err := em.company(corpID)
	if err != nil {
		return nil
	}
	d := co.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	nodes := d.subtree(d.departments[RootID])
	all := make([]Department, len(nodes))
	for i, node := range nodes {
		all[i] = *node.info.clone()
	}
	return all
}

func (d *Department) clone() *Department {
	c := *d
	c.ManagerUserIDs = slices.Clone(d.ManagerUserIDs)
	return &c
}

func (p *department) adopt(child *department) {
	at, _ := slices.BinarySearchFunc(p.children, child, compareDepartments)
	p.children = slices.Insert(p.children, at, child)
}

func (p *department) disown(child *department) {
	p.children = slices.DeleteFunc(p.children, func(c *department) bool { return c == child })
}
