package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	// pushPage is how many people a push compares with the mirror at a time, and
	// pushWindow how many of them may differ: each of those is looked up.
	pushPage   = 1000
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

// beginPush begins a push: there is nothing to be read as a whole. What the app
// may not do is found out first; a push that may not write is planned all the
// same.
func (w *worker) beginPush(ctx context.Context) error {
	run := &w.claim.Run
	if err := w.mayPush(w.conn); err != nil {
		return &fatalError{err}
	}
	w.probe(ctx)
	run.Complete, run.Approved = true, false
	first := planDepartments
	if run.Mode == Undo {
		first = planUndonePeople
	}
	return w.enter(ctx, StatePlanning, PhasePlan, pushStep{At: first}.String())
}

// pushStep is where the planning of a push is.
type pushStep struct {
	At planPart `json:"at"`
	// After is the last account, or user id of leavers, that was looked at.
	After string `json:"after,omitempty"`
	// Position is that in the plan of the push that is undone.
	Position int `json:"position,omitempty"`
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
		planUndonePeople: w.undonePushPeople, planUndoneDepartments: w.undonePushDepartments,
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
	// elsewhere are those of list that are another directory's.
	elsewhere map[provider.DepartmentID]bool
}

// treeForPeople returns the tree that people are compared with. None of it
// changes while a push is about people.
func (w *worker) treeForPeople(ctx context.Context) (rosterTree, error) {
	if w.forPeople == nil {
		t, err := w.rosterTree(ctx)
		if err != nil {
			return t, err
		}
		w.forPeople = &t
	}
	return *w.forPeople, nil
}

func (w *worker) rosterTree(ctx context.Context) (rosterTree, error) {
	t := rosterTree{
		byLocal: make(map[string]MirrorDepartment), byRemote: make(map[provider.DepartmentID]MirrorDepartment),
		names: make(departmentNames), elsewhere: make(map[provider.DepartmentID]bool),
	}
	own, err := w.roster.RosterDepartments(ctx, w.claim.Run.Directory())
	if err != nil {
		return t, fmt.Errorf("roster: %w", err)
	}
	for _, d := range own {
		id := provider.DepartmentID(d.ID)
		t.names[id], t.elsewhere[id] = clean(d.Name), d.Elsewhere
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
				c, differs := tree.plan(d)
				if !differs || !all && !ids[string(d.ID)] {
					continue
				}
				if tree.elsewhere[d.ID] {
					why := errElsewhere().Message
					c.conflictOf(why.ZH, why.EN)
				}
				changes = append(changes, c)
			}
			if changes, err = w.compareDepartments(ctx, tree, changes); err != nil {
				return err
			}
			batches = slices.AppendSeq(batches, slices.Chunk(changes, w.cfg.BatchSize))
		}
	}
	return w.addBatches(ctx, StageDepartments, batches, PhasePlan, pushStep{At: planPeople}.String())
}

func errElsewhere() *tenant.Error {
	return tenant.Refuse(provider.FailedPrecondition, "another_directory",
		"该部门由另一个办公应用或企业的通讯录同步而来，不作推送；如需推送，请在平台上另建部门",
		"the department comes from the directory of another office app or company, and is not pushed; make one of the platform's own for this one")
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
