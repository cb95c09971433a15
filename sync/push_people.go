package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// pushPeople plans the people who differ, window by window.
func (w *worker) pushPeople(ctx context.Context, step pushStep) error {
	ids, all, err := w.pushed(ctx, EntityPerson)
	if err != nil {
		return err
	}
	q := RosterQuery{After: step.After, Limit: pushWindow}
	if !all {
		q = RosterQuery{IDs: make([]string, 0, pushWindow)}
		for id := range ids {
			if id > step.After {
				q.IDs = append(q.IDs, id)
			}
		}
		slices.Sort(q.IDs)
		q.IDs = q.IDs[:min(len(q.IDs), pushWindow)]
	}
	people, last, err := w.rosterPeople(ctx, q, all)
	if err != nil {
		return err
	}
	if last == "" {
		return w.enter(ctx, StatePlanning, PhasePlan, pushStep{At: planLeavers}.String())
	}
	changes, err := w.comparePeople(ctx, people)
	if err != nil {
		return err
	}
	w.claim.Step = pushStep{At: planPeople, After: last}.String()
	return w.wrote(w.store.AddChanges(ctx, w.claim, StagePeople, changes, w.now()))
}

// rosterPeople returns a window of people and where the next one begins, "" at
// the end.
func (w *worker) rosterPeople(ctx context.Context, q RosterQuery, all bool) (people []RosterPerson, last string, err error) {
	if !all && len(q.IDs) == 0 {
		return nil, "", nil
	}
	people, err = w.roster.RosterPeople(ctx, w.claim.Run.Directory(), q)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("roster: %w", err)
	case !all:
		return people, q.IDs[len(q.IDs)-1], nil
	case len(people) == 0:
		return nil, "", nil
	}
	return people, people[len(people)-1].ID, nil
}

// pushMatch is what a window of people is compared with.
type pushMatch struct {
	tree    rosterTree
	bound   map[string]BoundPerson
	invited map[string]time.Time
	// fields are those a push may write.
	fields []PersonField
	limits provider.WriteLimits
}

func (w *worker) pushMatch(ctx context.Context, people []RosterPerson) (pushMatch, error) {
	m := pushMatch{limits: w.conn.Provider.Limits().Write}
	dir := w.claim.Run.Directory()
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	var err error
	if m.tree, err = w.rosterTree(ctx); err != nil {
		return m, err
	}
	if m.bound, err = w.store.Bound(ctx, dir, ids); err != nil {
		return m, err
	}
	if m.invited, err = w.store.Invited(ctx, dir, ids, w.now().Add(-inviteAgainAfter)); err != nil {
		return m, err
	}
	for _, f := range []PersonField{FieldName, FieldMobile, FieldEmail, FieldJobNumber, FieldTitle} {
		source, mapped := w.claim.Run.Rules.Mapping[f]
		if (!mapped || source == string(f)) && (f != FieldMobile || !m.limits.MobileFixed) {
			m.fields = append(m.fields, f)
		}
	}
	return m, nil
}

// comparePeople returns the changes that a window of people needs.
func (w *worker) comparePeople(ctx context.Context, people []RosterPerson) ([]PlannedChange, error) {
	m, err := w.pushMatch(ctx, people)
	if err != nil {
		return nil, err
	}
	planned := make([]*PlannedChange, len(people))
	err = w.inParallel(len(people), func(i int) (err error) {
		planned[i], err = w.comparePerson(ctx, m, people[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	var changes []PlannedChange
	for _, c := range planned {
		if c != nil {
			changes = append(changes, *c)
		}
	}
	return changes, nil
}

// inParallel calls f for 0 to n-1, some at a time, until one fails.
func (w *worker) inParallel(n int, f func(i int) error) error {
	var owned sync.WaitGroup
	var mu sync.Mutex
	var failed error
	i := 0
	next := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		i++
		return i - 1, i <= n && failed == nil
	}
	for range min(w.cfg.ReadParallel, n) {
		owned.Go(func() {
			for at, ok := next(); ok; at, ok = next() {
				if err := protect(func() error { return f(at) }); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	owned.Wait()
	return failed
}

// staged is the form of a person of the platform in which they are compared.
func (p RosterPerson) staged() StagedPerson {
	return StagedPerson{
		Name: clean(p.Name), Mobile: clean(p.Mobile), Email: clean(p.Email),
		JobNumber: clean(p.JobNumber), Title: clean(p.Title),
	}
}

// comparePerson returns what is to be done about one person, nil for nothing.
func (w *worker) comparePerson(ctx context.Context, m pushMatch, p RosterPerson) (*PlannedChange, error) {
	own := p.staged()
	c := &PlannedChange{Entity: EntityPerson, Kind: KindCreate, LocalID: p.ID, Account: p.Username, Name: own.Name}
	bound, ok := m.bound[p.ID]
	if !ok {
		c.Fields = m.differences(own, StagedPerson{}, m.fields, m.remoteOf(p), nil)
		if at, invited := m.invited[p.ID]; invited {
			day := at.Format(time.DateOnly)
			c.conflict("已于"+day+"发出邀请，等待对方接受", "was invited on "+day+" and has not accepted yet")
			c.LocalID = p.ID
		} else if m.limits.MobileRequired && own.Mobile == "" {
			c.conflict("手机号为空，无法创建", "has no mobile number, without which nobody can be created")
			c.LocalID = p.ID
		}
		return c, nil
	}
	c.RemoteID = string(bound.ID)
	if bound.Mirrored && len(m.changed(own, bound.MirrorPerson, m.remoteOf(p))) == 0 {
		return nil, nil //nolint:nilnil // nothing is to be done
	}
	remote, err := w.lookUp(ctx, bound.ID)
	if provider.CodeOf(err) == provider.NotFound {
		c.conflict("办公应用中已无此人，请先执行一次拉取", "is not in the office app any more; pull first")
		c.LocalID = p.ID
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	return m.compare(c, p, own, bound, remote), nil
}

// lookUp reads a person of the office app, with the tenant's mapping.
func (w *worker) lookUp(ctx context.Context, id provider.UserID) (remotePerson, error) {
	find, err := provider.As[provider.PersonFinder](w.conn.Provider)
	if err != nil {
		return remotePerson{}, &fatalError{err}
	}
	var found provider.Person
	err = w.insist(ctx, func(ctx context.Context) error {
		found, err = find.PersonByID(ctx, id)
		return err
	})
	if err != nil {
		return remotePerson{}, err
	}
	return w.remote(&found), nil
}

// remotePerson is a person as the office app has them.
type remotePerson struct {
	StagedPerson
	Places []StagedPlace
}

func (w *worker) remote(p *provider.Person) remotePerson {
	r := remotePerson{StagedPerson: w.claim.Run.Rules.Mapping.staged(p)}
	for _, m := range p.Memberships {
		r.Places = append(r.Places, StagedPlace{
			PersonID: p.UserID, DepartmentID: m.DepartmentID, Leader: m.Leader, Order: m.Order,
		})
	}
	slices.SortFunc(r.Places, func(a, b StagedPlace) int { return cmp.Compare(a.DepartmentID, b.DepartmentID) })
	return r
}

// remoteOf returns the departments of the office app that a person is to be in;
// those that are not there are left out.
func (m pushMatch) remoteOf(p RosterPerson) []provider.DepartmentID {
	var ids []provider.DepartmentID
	for _, id := range p.DepartmentIDs {
		if d, ok := m.tree.byLocal[id]; ok {
			ids = append(ids, d.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// departmentsOf returns the departments of places that the mirror has.
func (m pushMatch) departmentsOf(places []StagedPlace) []provider.DepartmentID {
	var ids []provider.DepartmentID
	for _, p := range places {
		if _, ok := m.tree.byRemote[p.DepartmentID]; ok {
			ids = append(ids, p.DepartmentID)
		}
	}
	slices.Sort(ids)
	return ids
}

// changed returns the fields whose value on the platform is not the one that
// was synchronised last.
func (m pushMatch) changed(own StagedPerson, before MirrorPerson, in []provider.DepartmentID) []PersonField {
	var fields []PersonField
	for _, f := range m.fields {
		if v := own.field(f); v != "" && v != before.field(f) {
			fields = append(fields, f)
		}
	}
	if len(in) > 0 && !slices.Equal(in, m.departmentsOf(before.Places)) {
		fields = append(fields, fieldDepartments)
	}
	return fields
}

// fieldDepartments stands for the departments of a person in a push.
const fieldDepartments = "departments"

// compare decides by three values: the platform's, the office app's, and the
// one they had in common last. What only the platform has changed is pushed;
// what both have changed is a conflict.
func (m pushMatch) compare(
	c *PlannedChange, p RosterPerson, own StagedPerson, bound BoundPerson, remote remotePerson,
) *PlannedChange {
	in, there := m.remoteOf(p), m.departmentsOf(remote.Places)
	before := bound.MirrorPerson
	if !bound.Mirrored {
		before = MirrorPerson{StagedPerson: remote.StagedPerson, Places: remote.Places}
	}
	var push []PersonField
	var both []string
	for _, f := range m.changed(own, before, in) {
		switch {
		case f == fieldDepartments && slices.Equal(in, there), f != fieldDepartments && own.field(f) == remote.field(f):
			continue // both sides agree; the next pull notes it
		case f == fieldDepartments && !slices.Equal(there, m.departmentsOf(before.Places)),
			f != fieldDepartments && remote.field(f) != before.field(f):
			both = append(both, string(f))
		}
		push = append(push, f)
	}
	if len(push) == 0 {
		return nil
	}
	c.Kind, c.Fields = KindUpdate, m.differences(own, remote.StagedPerson, push, in, there)
	if slices.Contains(push, fieldDepartments) {
		c.Kind = KindMove
	}
	if len(both) > 0 {
		fields := strings.Join(both, ", ")
		c.conflict("两侧都有改动："+fields+"，请先拉取或统一", "changed on both sides: "+fields+"; pull first, or make them equal")
		c.LocalID = p.ID
	}
	return c
}

// differences returns fields as a plan shows them.
func (m pushMatch) differences(own, remote StagedPerson, fields []PersonField, in, there []provider.DepartmentID) []Field {
	var pairs []fieldPair
	for _, f := range fields {
		if f == fieldDepartments {
			continue
		}
		before, after := remote.field(f), own.field(f)
		if f == FieldMobile {
			before, after = masked(before), masked(after)
		}
		pairs = append(pairs, fieldPair{string(f), before, after})
	}
	if there == nil || slices.Contains(fields, fieldDepartments) {
		pairs = append(pairs, fieldPair{fieldDepartments, m.namesOf(there), m.namesOf(in)})
	}
	return differing(pairs...)
}

func (m pushMatch) namesOf(ids []provider.DepartmentID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = m.tree.byRemote[id].Name
	}
	return strings.Join(names, "、")
}
