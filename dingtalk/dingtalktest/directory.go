package dingtalktest

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// directory is a company's departments and people, indexed the way the API asks
// for them. What it hands out stays valid after the lock is released: values
// behind *Person and *Department are replaced, never changed.
type directory struct {
	corpID string

	// changing is held by whoever changes the directory, from reading the old
	// state to storing the new one; mu only while the indexes are touched.
	changing sync.Mutex

	mu          sync.RWMutex
	departments map[int64]*department
	people      map[string]*entry
	// byMobile, byUnion and byEmail hold the one who joined first; they are built
	// when first asked for, and dropped when somebody in them changes.
	byMobile map[string]*entry
	byUnion  map[string]*entry
	byEmail  map[string]*entry
	active   int
	sequence int64
	// lastID is the largest department id there has been.
	lastID int64
	// invitations holds, by mobile number, who has to agree before they join;
	// nil until they are invited.
	invitations map[string]*Person
}

// department is a node of the tree.
type department struct {
	info     *Department
	parent   *department
	children []*department // by order, then id
	members  []member      // larger order first, then who joined first
}

// entry is one person; joined and changed are positions in the company's
// history.
type entry struct {
	person  *Person
	joined  int64
	changed int64
}

// member is an entry's place in one department.
type member struct {
	*entry

	order  int64
	leader bool
}

// row is a member as handed out.
type row struct {
	person *Person
	order  int64
	leader bool
}

// maxProblems bounds how many faults of one company are reported.
const maxProblems = 10

func newDirectory(c Company) (*directory, error) {
	d := &directory{
		corpID:      c.CorpID,
		departments: make(map[int64]*department, len(c.Departments)+1),
		people:      make(map[string]*entry, len(c.People)),
	}
	if err := d.loadDepartments(c); err != nil {
		return nil, err
	}
	if err := d.loadPeople(c.People); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *directory) loadDepartments(c Company) error {
	root := Department{ID: RootID, Name: cmp.Or(c.Name, c.CorpID)}
	var problems []error
	for i := range c.Departments {
		info := &c.Departments[i]
		if err := info.validate(); err != nil {
			problems = append(problems, err)
			continue
		}
		if info.ID == RootID {
			root = *info
			continue
		}
		if d.departments[info.ID] != nil {
			problems = append(problems, fmt.Errorf("%w: department %d", ErrExists, info.ID))
			continue
		}
		if info.ParentID == 0 {
			info = info.clone()
			info.ParentID = RootID
		}
		d.departments[info.ID] = &department{info: info}
	}
	root.ParentID = 0
	d.departments[RootID] = &department{info: &root}
	for id := range d.departments {
		d.lastID = max(d.lastID, id)
	}
	for i := range c.Departments {
		node := d.departments[c.Departments[i].ID]
		if node == nil || node.info.ID == RootID {
			continue
		}
		parent := d.departments[node.info.ParentID]
		if parent == nil {
			problems = append(problems, fmt.Errorf("%w: department %d: parent %d does not exist", ErrInvalid, node.info.ID, node.info.ParentID))
			continue
		}
		node.parent = parent
		parent.children = append(parent.children, node)
	}
	for _, node := range d.departments {
		slices.SortFunc(node.children, compareDepartments)
	}
	if len(problems) == 0 && len(d.subtree(d.departments[RootID])) != len(d.departments) {
		problems = append(problems, fmt.Errorf("%w: departments form a circle", ErrInvalid))
	}
	return joinFirst(problems)
}

func (d *directory) loadPeople(people []Person) error {
	entries := make([]entry, len(people))
	var problems []error
	for i := range people {
		p, err := d.normalise(&people[i])
		if err == nil && d.people[p.UserID] != nil {
			err = fmt.Errorf("%w: person %q", ErrExists, p.UserID)
		}
		if err != nil {
			problems = append(problems, err)
			if len(problems) > maxProblems {
				break
			}
			continue
		}
		e := &entries[i]
		*e = entry{person: p, joined: int64(i), changed: int64(i)}
		d.people[p.UserID] = e
		for _, m := range p.Memberships {
			node := d.departments[m.DepartmentID]
			node.members = append(node.members, member{entry: e, order: m.Order, leader: m.Leader})
		}
		if !p.Inactive {
			d.active++
		}
	}
	d.sequence = int64(len(people))
	for _, node := range d.departments {
		slices.SortFunc(node.members, compareMembers)
		node.members = slices.Clip(node.members)
	}
	return joinFirst(problems)
}

func joinFirst(problems []error) error {
	if len(problems) > maxProblems {
		problems = append(problems[:maxProblems:maxProblems], errors.New("and more"))
	}
	return errors.Join(problems...)
}

func compareDepartments(a, b *department) int {
	return cmp.Or(cmp.Compare(a.info.Order, b.info.Order), cmp.Compare(a.info.ID, b.info.ID))
}

func compareMembers(a, b member) int {
	return cmp.Or(cmp.Compare(b.order, a.order), cmp.Compare(a.joined, b.joined))
}

// normalise checks a person and returns them with nothing left out. It returns
// the argument itself where nothing was missing.
func (d *directory) normalise(p *Person) (*Person, error) {
	if err := p.validate(); err != nil {
		return nil, err
	}
	if p.UnionID == "" || len(p.Memberships) == 0 {
		full := *p
		full.UnionID = cmp.Or(p.UnionID, unionIDFor(d.corpID, p.UserID))
		if len(p.Memberships) == 0 {
			full.Memberships = []Membership{{DepartmentID: RootID}}
		}
		p = &full
	}
	for _, m := range p.Memberships {
		if d.departments[m.DepartmentID] == nil {
			return nil, fmt.Errorf("%w: person %q: department %d does not exist", ErrInvalid, p.UserID, m.DepartmentID)
		}
	}
	return p, nil
}

func unionIDFor(corpID, userID string) string {
	sum := sha256.Sum256([]byte(corpID + "\x00" + userID))
	return base64.RawURLEncoding.EncodeToString(sum[:18]) + "iE"
}

// subtree returns a department and everything below it, parents first. The
// caller holds the lock.
func (*directory) subtree(top *department) []*department {
	all := []*department{top}
	for i := 0; i < len(all); i++ {
		all = append(all, all[i].children...)
	}
	return all
}

// person returns somebody by user id, nil when there is no such person.
func (d *directory) person(userID string) *Person {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if e := d.people[userID]; e != nil {
		return e.person
	}
	return nil
}

// personByMobile returns the first who joined with a number.
func (d *directory) personByMobile(mobile string) *Person {
	return d.lookUp(&d.byMobile, mobile, func(p *Person) string { return p.Mobile })
}

// personByUnionID returns the first who joined with a union id.
func (d *directory) personByUnionID(unionID string) *Person {
	return d.lookUp(&d.byUnion, unionID, func(p *Person) string { return p.UnionID })
}

func (d *directory) lookUp(index *map[string]*entry, value string, key func(*Person) string) *Person {
	d.mu.RLock()
	built, e := *index != nil, (*index)[value]
	var found *Person
	if e != nil {
		found = e.person
	}
	d.mu.RUnlock()
	if built {
		return found
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	if *index == nil {
		*index = d.buildIndex(key)
	}
	if e := (*index)[value]; e != nil {
		return e.person
	}
	return nil
}

// taken tells whether somebody other than userID has a value. The caller holds
// the lock for writing.
func (d *directory) taken(index *map[string]*entry, value, userID string, key func(*Person) string) bool {
	if value == "" {
		return false
	}
	if *index == nil {
		*index = d.buildIndex(key)
	}
	e := (*index)[value]
	return e != nil && e.person.UserID != userID
}

func (d *directory) buildIndex(key func(*Person) string) map[string]*entry {
	index := make(map[string]*entry, len(d.people))
	for _, e := range d.people {
		k := key(e.person)
		if k == "" {
			continue
		}
		if first := index[k]; first == nil || e.joined < first.joined {
			index[k] = e
		}
	}
	return index
}

// page returns count members of a department from position at, and whether more
// follow. ok is false when there is no such department.
func (d *directory) page(id int64, at, count int, order memberOrder) (rows []row, more, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	node := d.departments[id]
	if node == nil {
		return nil, false, false
	}
	members := order.sorted(node.members)
	if at >= len(members) {
		return nil, false, true
	}
	end := min(at+count, len(members))
	rows = make([]row, 0, end-at)
	for _, m := range members[at:end] {
		rows = append(rows, row{person: m.person, order: m.order, leader: m.leader})
	}
	return rows, end < len(members), true
}

// memberOrder is the parameter order_field; "" and "custom" are the order the
// company arranged.
type memberOrder string

func (o memberOrder) valid() bool {
	switch o {
	case "", "custom", "entry_asc", "entry_desc", "modify_asc", "modify_desc":
		return true
	}
	return false
}

// sorted returns members in this order, without touching the argument.
func (o memberOrder) sorted(members []member) []member {
	var compare func(a, b member) int
	switch o {
	case "entry_asc":
		compare = func(a, b member) int { return cmp.Compare(a.joined, b.joined) }
	case "entry_desc":
		compare = func(a, b member) int { return cmp.Compare(b.joined, a.joined) }
	case "modify_asc":
		compare = func(a, b member) int { return cmp.Compare(a.changed, b.changed) }
	case "modify_desc":
		compare = func(a, b member) int { return cmp.Compare(b.changed, a.changed) }
	default:
		return members
	}
	copied := slices.Clone(members)
	slices.SortFunc(copied, compare)
	return copied
}

// userIDs returns the direct members of a department.
func (d *directory) userIDs(id int64) (ids []string, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	node := d.departments[id]
	if node == nil {
		return nil, false
	}
	ids = make([]string, len(node.members))
	for i, m := range node.members {
		ids[i] = m.person.UserID
	}
	return ids, true
}

// count returns how many people there are, or how many have activated
// DingTalk.
func (d *directory) count(onlyActive bool) int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if onlyActive {
		return d.active
	}
	return len(d.people)
}

// department returns one department, nil when there is none.
func (d *directory) department(id int64) *Department {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if node := d.departments[id]; node != nil {
		return node.info
	}
	return nil
}

// children returns the departments right below one.
func (d *directory) children(id int64) (infos []*Department, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	node := d.departments[id]
	if node == nil {
		return nil, false
	}
	infos = make([]*Department, len(node.children))
	for i, c := range node.children {
		infos[i] = c.info
	}
	return infos, true
}

// path returns a department and those above it, the root last; nil when there
// is no such department.
func (d *directory) path(id int64) []int64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var ids []int64
	for node := d.departments[id]; node != nil; node = node.parent {
		ids = append(ids, node.info.ID)
	}
	return ids
}

// headcount returns how many people work in a department directly, and how many
// different ones including everything below.
func (d *directory) headcount(id int64) (direct, total int) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	node := d.departments[id]
	if node == nil {
		return 0, 0
	}
	d.eachBelow(node, func(*Person) { total++ })
	return len(node.members), total
}

// eachBelow calls f once for everybody in a department or below it. The caller
// holds the lock.
func (d *directory) eachBelow(top *department, f func(*Person)) {
	// Only people in several departments can be met twice.
	met := make(map[*Person]struct{})
	for _, node := range d.subtree(top) {
		for _, m := range node.members {
			if len(m.person.Memberships) > 1 {
				if _, again := met[m.person]; again {
					continue
				}
				met[m.person] = struct{}{}
			}
			f(m.person)
		}
	}
}

// sees tells whether a department is in an app's contact scope.
func (d *directory) sees(g *grant, id int64) bool {
	if g.whole {
		return true
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.seesLocked(g, id)
}

func (d *directory) seesLocked(g *grant, id int64) bool {
	for node := d.departments[id]; node != nil; node = node.parent {
		if g.departments[node.info.ID] {
			return true
		}
	}
	return false
}

// seesPerson tells whether a person is in an app's contact scope.
func (d *directory) seesPerson(g *grant, p *Person) bool {
	if g.whole {
		return true
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.seesPersonLocked(g, p)
}

func (d *directory) seesPersonLocked(g *grant, p *Person) bool {
	return g.whole || g.people[p.UserID] ||
		slices.ContainsFunc(p.Memberships, func(m Membership) bool { return d.seesLocked(g, m.DepartmentID) })
}
