package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
	q := RosterQuery{After: step.After, Limit: pushPage}
	if !all {
		q = RosterQuery{IDs: windowOf(ids, step.After)}
	}
	people, last, err := w.rosterPeople(ctx, q, all)
	if err != nil {
		return err
	}
	if last == "" {
		return w.enter(ctx, StatePlanning, PhasePlan, pushStep{At: planLeavers}.String())
	}
	m, err := w.pushMatch(ctx, people)
	if err != nil {
		return err
	}
	if n := m.upTo(people, pushWindow); all && n < len(people) {
		people, last = people[:n], people[n-1].ID
	}
	plan, err := w.comparePeople(ctx, m, people, func(id string) bool { return all || ids[id] })
	if err != nil {
		return err
	}
	if !all && w.claim.Run.StartedBy != byChanges {
		unknownIDs, err := w.unknownIDs(ctx, q.IDs, people)
		if err != nil {
			return err
		}
		plan.people = append(plan.people, unknownIDs...)
	}
	w.claim.Step = pushStep{At: planPeople, After: last}.String()
	return w.addPeople(ctx, plan)
}

// windowOf returns the next ids after one, in order.
func windowOf(ids map[string]bool, after string) []string {
	window := make([]string, 0, len(ids))
	for id := range ids {
		if id > after {
			window = append(window, id)
		}
	}
	slices.Sort(window)
	return window[:min(len(window), pushWindow)]
}

// addPeople stores the plan of a window of people, with how far that is.
func (w *worker) addPeople(ctx context.Context, plan peoplePlan) error {
	var cancel bool
	err := w.store.InTx(ctx, func(ctx context.Context) (err error) {
		cancel, err = w.store.AddChanges(ctx, w.claim, StagePeople, plan.people, w.now())
		if err == nil && len(plan.managers) > 0 {
			cancel, err = w.store.AddChanges(ctx, w.claim, StageManagers, plan.managers, w.now())
		}
		return err
	})
	return w.wrote(cancel, err)
}

// unknownIDs returns a conflict for each of the given ids that belongs to nobody
// in the tenant: whoever named it would wait in vain otherwise. Those that the
// push may take for gone are planned as leavers. (A push that follows changes of
// the platform names people who have left meanwhile.)
func (w *worker) unknownIDs(ctx context.Context, ids []string, people []RosterPerson) ([]PlannedChange, error) {
	if len(people) == len(ids) {
		return nil, nil
	}
	gone, _, err := w.removable(ctx, EntityPerson)
	if err != nil {
		return nil, err
	}
	members := make(map[string]bool, len(people))
	for _, p := range people {
		members[p.ID] = true
	}
	var changes []PlannedChange
	for _, id := range ids {
		if members[id] || gone[id] {
			continue
		}
		c := PlannedChange{Entity: EntityPerson}
		c.conflict("不是本租户的在职成员，请核对ID", "is no active member of this tenant; check the id")
		c.LocalID = id
		changes = append(changes, c)
	}
	return changes, nil
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
	// managers are the people of the office app whom others report to, by
	// account.
	managers map[string]pushedManager
	// disputed are the fields that somebody has to decide about first.
	disputed map[provider.UserID]FieldSet
	rules    Rules
	// always are the fields to be compared of people who are there.
	always []PersonField
	limits provider.WriteLimits
}

func (w *worker) pushMatch(ctx context.Context, people []RosterPerson) (pushMatch, error) {
	m := pushMatch{rules: w.claim.Run.Rules, limits: w.conn.Provider.Limits().Write}
	m.always = w.claim.Run.pushedAlways(m.limits)
	dir := w.claim.Run.Directory()
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	var err error
	if m.tree, err = w.treeForPeople(ctx); err != nil {
		return m, err
	}
	if m.bound, err = w.store.Bound(ctx, dir, ids); err != nil {
		return m, err
	}
	above := managersOf(people)
	if m.managers, err = w.pushedManagers(ctx, above); err != nil {
		return m, err
	}
	if m.invited, err = w.store.Invited(ctx, dir, append(ids, above...), w.now().Add(-inviteAgainAfter)); err != nil {
		return m, err
	}
	users := make([]provider.UserID, 0, len(m.bound))
	for _, b := range m.bound {
		users = append(users, b.ID)
	}
	m.disputed, err = w.store.Disputed(ctx, dir, users)
	return m, err
}

// upTo returns after how many people there are so many who are not as they were
// last synchronised.
func (m pushMatch) upTo(people []RosterPerson, differing int) int {
	for i, p := range people {
		bound, ok := m.bound[p.ID]
		if ok && !m.differs(m.ours(p), bound) {
			continue
		}
		if differing--; differing == 0 {
			return i + 1
		}
	}
	return len(people)
}

// differs reports whether somebody who is bound is to be looked up.
func (m pushMatch) differs(own side, bound BoundPerson) bool {
	return !bound.Mirrored || len(m.changed(own, m.theirs(bound.StagedPerson, bound.Places))) > 0
}

// comparePeople returns the changes that a window of people needs; about tells
// whom the push is about.
func (w *worker) comparePeople(
	ctx context.Context, m pushMatch, people []RosterPerson, about func(id string) bool,
) (peoplePlan, error) {
	coming, err := w.comingManagers(ctx, m, people, about)
	if err != nil {
		return peoplePlan{}, err
	}
	planned := make([]*PlannedChange, len(people))
	err = w.inParallel(len(people), func(i int) (err error) {
		planned[i], err = w.comparePerson(ctx, m, people[i])
		return err
	})
	if err != nil {
		return peoplePlan{}, err
	}
	var plan peoplePlan
	for i, c := range planned {
		plan.add(m, people[i], c, coming[people[i].manager()])
	}
	return plan, nil
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

// comparePerson returns what is to be done about one person, nil for nothing.
func (w *worker) comparePerson(ctx context.Context, m pushMatch, p RosterPerson) (*PlannedChange, error) {
	own := m.ours(p)
	c := &PlannedChange{Entity: EntityPerson, Kind: KindCreate, LocalID: p.ID, Account: p.Username, Name: own.Name}
	bound, ok := m.bound[p.ID]
	if !ok {
		c.Fields = m.differences(own, side{}, append(m.rules.pushedOnCreation(m.limits), placeFields()...))
		if why := m.uncreatable(p); !why.IsZero() {
			c.conflict(why.ZH, why.EN)
			c.LocalID = p.ID
		}
		return c, nil
	}
	c.RemoteID = string(bound.ID)
	if !m.differs(own, bound) {
		return nil, nil //nolint:nilnil // nothing is to be done
	}
	remote, err := w.lookUp(ctx, bound.ID)
	if provider.CodeOf(err) == provider.NotFound {
		c.conflict("办公应用中已无此人，请先执行一次拉取", "is not in the office app any more; pull first")
		c.LocalID = p.ID
		return c, nil
	}
	if provider.CodeOf(err) == provider.PermissionDenied {
		reason := pushFailure(err)
		c.conflict("无权读取该成员，无法比较："+reason.ZH, "the app may not read the person, so that nothing can be compared: "+reason.EN)
		c.LocalID = p.ID
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	return m.compare(c, own, bound, remote), nil
}

// uncreatable says why somebody who is not bound cannot be created; zero for no
// reason.
func (m pushMatch) uncreatable(p RosterPerson) provider.Text {
	if at, invited := m.invited[p.ID]; invited {
		day := at.Format(time.DateOnly)
		return provider.Text{ZH: "已于" + day + "发出邀请，等待对方接受", EN: "was invited on " + day + " and has not accepted yet"}
	}
	if m.limits.MobileRequired && clean(p.Mobile) == "" {
		return provider.Text{ZH: "手机号为空，无法创建", EN: "has no mobile number, without which nobody can be created"}
	}
	return provider.Text{}
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
	r := w.remote(&found)
	if r.ManagerID != "" {
		var names personNames
		if names, err = w.store.PersonNames(ctx, w.claim, []provider.UserID{r.ManagerID}); err != nil {
			return remotePerson{}, err
		}
		r.managerName = names.of(r.ManagerID)
	}
	return r, nil
}

// remotePerson is a person as the office app has them.
type remotePerson struct {
	StagedPerson
	Places      []StagedPlace
	managerName string
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
