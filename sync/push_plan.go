package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	// pushWindow is how many people a push compares at a time: each one that
	// differs is looked up.
	pushWindow = 100
	// inviteAgainAfter is how long a push waits for somebody to accept an
	// invitation before it sends another one.
	inviteAgainAfter = 30 * 24 * time.Hour
)

// mayPush refuses a push that nobody could carry out.
func (s *Service) mayPush(conn tenant.Connection) error {
	if s.roster == nil {
		return errNoRoster()
	}
	_, errWrite := provider.As[provider.DirectoryWriter](conn.Provider)
	_, errFind := provider.As[provider.PersonFinder](conn.Provider)
	if err := errors.Join(errWrite, errFind); err != nil {
		return errNoPush().WithCause(err)
	}
	return nil
}

// beginPush begins a push: there is nothing to be read as a whole.
func (w *worker) beginPush(ctx context.Context) error {
	run := &w.claim.Run
	if err := w.mayPush(w.conn); err != nil {
		return &fatalError{err}
	}
	run.Complete, run.Approved = true, false
	return w.enter(ctx, StatePlanning, PhasePlan, pushStep{At: planDepartments}.String())
}

// pushStep is where the planning of a push is.
type pushStep struct {
	At planPart `json:"at"`
	// After is the last account, or user id of leavers, that was looked at.
	After string `json:"after,omitempty"`
}

// String returns the step as it is stored.
func (p pushStep) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings can always be encoded
	}
	return string(b)
}

// planPush compares the platform with what was synchronised before, step by
// step.
func (w *worker) planPush(ctx context.Context) error {
	parts := map[planPart]func(context.Context, pushStep) error{
		planDepartments: w.pushDepartments, planPeople: w.pushPeople,
		planLeavers: w.pushLeavers, planRemovals: w.pushRemovals,
	}
	for w.claim.Run.Phase == PhasePlan {
		if err := w.mayGoOn(); err != nil {
			return err
		}
		var step pushStep
		if err := json.Unmarshal([]byte(w.claim.Step), &step); err != nil {
			return &fatalError{fmt.Errorf("malformed step: %w", err)}
		}
		part, ok := parts[step.At]
		if !ok {
			return &fatalError{fmt.Errorf("unknown step %q", step.At)}
		}
		if err := part(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// pushed returns the ids that a push is about; all is true for everything.
func (w *worker) pushed(ctx context.Context, e Entity) (ids map[string]bool, all bool, err error) {
	run := w.claim.Run
	if run.Only != "" && run.Only != e {
		return nil, false, nil
	}
	if run.Mode == Full {
		return nil, true, nil
	}
	targets, err := w.store.Targets(ctx, run)
	ids = make(map[string]bool, len(targets))
	for _, t := range targets {
		if t.Entity == e {
			ids[t.ID] = true
		}
	}
	return ids, false, err
}

// rosterTree are the platform's departments beside those of the mirror.
type rosterTree struct {
	// list has the platform's ids, as if they were the office app's.
	list []StagedDepartment
	// byLocal and byRemote are the departments of the mirror that are there.
	byLocal  map[string]MirrorDepartment
	byRemote map[provider.DepartmentID]MirrorDepartment
	names    departmentNames
}

func (w *worker) rosterTree(ctx context.Context) (rosterTree, error) {
	t := rosterTree{
		byLocal: make(map[string]MirrorDepartment), byRemote: make(map[provider.DepartmentID]MirrorDepartment),
		names: make(departmentNames),
	}
	own, err := w.roster.RosterDepartments(ctx, w.claim.Run.Directory())
	if err != nil {
		return t, fmt.Errorf("roster: %w", err)
	}
	for _, d := range own {
		id := provider.DepartmentID(d.ID)
		t.names[id] = clean(d.Name)
		t.list = append(t.list, StagedDepartment{ID: id, ParentID: provider.DepartmentID(d.ParentID), Name: clean(d.Name)})
	}
	slices.SortFunc(t.list, func(a, b StagedDepartment) int { return cmp.Compare(a.ID, b.ID) })
	mirror, err := w.store.MirrorDepartments(ctx, w.claim.Run.Directory())
	for _, d := range mirror {
		if !d.Gone {
			t.byLocal[d.LocalID], t.byRemote[d.ID] = d, d
		}
	}
	return t, err
}

// pushDepartments plans the departments that differ, parents before children.
func (w *worker) pushDepartments(ctx context.Context, _ pushStep) error {
	ids, all, err := w.pushed(ctx, EntityDepartment)
	if err != nil {
		return err
	}
	var batches [][]PlannedChange
	if all || len(ids) > 0 {
		tree, err := w.rosterTree(ctx)
		if err != nil {
			return err
		}
		for _, level := range levelsOf(tree.list) {
			var changes []PlannedChange
			for _, d := range level {
				if c, differs := tree.plan(d); differs && (all || ids[string(d.ID)]) {
					changes = append(changes, c)
				}
			}
			batches = slices.AppendSeq(batches, slices.Chunk(changes, w.cfg.BatchSize))
		}
	}
	return w.addBatches(ctx, StageDepartments, batches, PhasePlan, pushStep{At: planPeople}.String())
}

// plan compares a department of the platform with its mirror. The topmost ones
// of the mirror are the company itself, which is never touched.
func (t rosterTree) plan(d treeDepartment) (PlannedChange, bool) {
	c := PlannedChange{
		Entity: EntityDepartment, Kind: KindCreate, LocalID: string(d.ID), Name: d.Name, ParentID: d.ParentID, Reason: d.note,
	}
	m, known := t.byLocal[string(d.ID)]
	if !known {
		c.Fields = differing(fieldPair{"name", "", d.Name}, fieldPair{"parent", "", t.names.of(d.ParentID)})
		return c, true
	}
	if m.ParentID == "" {
		return c, false
	}
	c.RemoteID = string(m.ID)
	before := t.byRemote[m.ParentID]
	if moved := before.LocalID != string(d.ParentID) && (d.ParentID != "" || before.ParentID != ""); moved {
		c.Kind = KindMove
		c.Fields = append(c.Fields, Field{"parent", before.Name, t.names.of(d.ParentID)})
	} else {
		c.Kind = KindUpdate
	}
	if d.Name != "" && m.Name != d.Name {
		c.Fields = append(c.Fields, Field{"name", m.Name, d.Name})
	}
	return c, len(c.Fields) > 0
}

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

// pushLeavers plans the people who are bound and not on the platform any more,
// if the push was asked to remove.
func (w *worker) pushLeavers(ctx context.Context, step pushStep) error {
	ids, all, err := w.pushed(ctx, EntityPerson)
	if err != nil {
		return err
	}
	next := pushStep{At: planRemovals}.String()
	if !w.claim.Run.Deletes || !all && len(ids) == 0 {
		return w.enter(ctx, StatePlanning, PhasePlan, next)
	}
	mirror, err := w.store.MirrorPeople(ctx, w.claim.Run.Directory(), provider.UserID(step.After), w.batchSize())
	if err != nil {
		return err
	}
	if len(mirror) == 0 {
		return w.enter(ctx, StatePlanning, PhasePlan, next)
	}
	changes, err := w.leaving(ctx, mirror, func(id string) bool { return all || ids[id] })
	if err != nil {
		return err
	}
	w.claim.Step = pushStep{At: planLeavers, After: string(mirror[len(mirror)-1].ID)}.String()
	return w.wrote(w.store.AddChanges(ctx, w.claim, StageLeavers, changes, w.now()))
}

// leaving returns the removal of those people of the mirror who are not on the
// platform any more.
func (w *worker) leaving(ctx context.Context, mirror []MirrorPerson, about func(localID string) bool) ([]PlannedChange, error) {
	q := RosterQuery{IDs: make([]string, 0, len(mirror))}
	for _, p := range mirror {
		q.IDs = append(q.IDs, p.LocalID)
	}
	people, err := w.roster.RosterPeople(ctx, w.claim.Run.Directory(), q)
	if err != nil {
		return nil, fmt.Errorf("roster: %w", err)
	}
	active := make(map[string]bool, len(people))
	for _, p := range people {
		active[p.ID] = true
	}
	var changes []PlannedChange
	for _, p := range mirror {
		if !active[p.LocalID] && about(p.LocalID) {
			changes = append(changes, PlannedChange{
				Entity: EntityPerson, Kind: KindLeave, RemoteID: string(p.ID), LocalID: p.LocalID, Account: p.Account, Name: p.Name,
			})
		}
	}
	return changes, nil
}

// pushRemovals plans the departments that are not on the platform any more,
// children before parents, if the push was asked to remove.
func (w *worker) pushRemovals(ctx context.Context, _ pushStep) error {
	ids, all, err := w.pushed(ctx, EntityDepartment)
	if err != nil {
		return err
	}
	var batches [][]PlannedChange
	if w.claim.Run.Deletes && (all || len(ids) > 0) {
		tree, err := w.rosterTree(ctx)
		if err != nil {
			return err
		}
		var gone []StagedDepartment
		for _, d := range tree.byRemote {
			if _, there := tree.names[provider.DepartmentID(d.LocalID)]; !there && d.ParentID != "" && (all || ids[d.LocalID]) {
				gone = append(gone, d.StagedDepartment)
			}
		}
		slices.SortFunc(gone, func(a, b StagedDepartment) int { return cmp.Compare(a.ID, b.ID) })
		for _, level := range slices.Backward(levelsOf(gone)) {
			changes := make([]PlannedChange, len(level))
			for i, d := range level {
				changes[i] = PlannedChange{
					Entity: EntityDepartment, Kind: KindLeave, RemoteID: string(d.ID), LocalID: tree.byRemote[d.ID].LocalID, Name: d.Name,
				}
			}
			batches = slices.AppendSeq(batches, slices.Chunk(changes, w.cfg.BatchSize))
		}
	}
	return w.addBatches(ctx, StageRemovals, batches, PhaseGuard, "")
}
