package sync

import (
	"cmp"
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// beginNear begins an incremental read with whom the run is about.
func (w *worker) beginNear(ctx context.Context) error {
	targets, err := w.store.Targets(ctx, w.claim.Run)
	if err != nil {
		return err
	}
	var first Staging
	for _, t := range targets {
		kind := TaskPerson
		if t.Entity == EntityDepartment {
			kind = TaskDepartment
		}
		first.NewTasks = append(first.NewTasks, Task{Kind: kind, ID: t.ID, State: TaskPending})
	}
	if err := w.wrote(w.store.BeginRead(ctx, w.claim, first, w.now())); err != nil {
		return err
	}
	w.claim.Staged = true
	return nil
}

// lookAround prepares a reading of an incremental run.
func (r *reading) lookAround(ctx context.Context, tasks []Task) error {
	if r.claim.Run.Mode != Incremental {
		return nil
	}
	mirror, err := r.store.MirrorDepartments(ctx, r.claim.Run.Directory())
	if err != nil {
		return err
	}
	find, _ := provider.As[provider.DepartmentFinder](r.conn.Provider)
	r.near = newNearby(mirror, find, tasks)
	return nil
}

// concludeNear looks at what an incremental read has got. again is true when
// there is more to be read: departments that disappeared, and people who must
// be known to decide about those who were read.
func (w *worker) concludeNear(ctx context.Context) (again bool, err error) {
	state, err := w.nearState(ctx)
	if err != nil {
		return false, err
	}
	more, err := w.strangers(ctx, state.goneIDs(), func(t Task) bool { return state.finished[taskKey{t.Kind, t.ID}] })
	if err != nil {
		return false, err
	}
	for _, id := range state.lost {
		more = append(more, Task{Kind: TaskDepartment, ID: string(id), State: TaskPending})
	}
	if len(more) > 0 {
		// Those that are there already, asked before, stay as they are.
		if err := w.wrote(w.store.StagePages(ctx, w.claim, Staging{NewTasks: more}, w.now())); err != nil {
			return false, err
		}
		tasks, _, err := w.store.Frontier(ctx, w.claim)
		if err != nil || len(tasks) > 0 {
			return true, err
		}
	}
	keep := make([]provider.DepartmentID, len(state.list))
	for i, d := range state.list {
		keep[i] = d.ID
	}
	if err := w.store.KeepPlaces(ctx, w.claim, keep); err != nil || w.claim.Run.Rules.Scope.everything() {
		return false, err
	}
	return false, w.store.DropUnplaced(ctx, w.claim)
}

// strangers returns look-ups of people on whom the plan for those who were read
// depends: members of departments that are gone, people with the same mobile
// number, and those who hold an account that somebody else matches. Who is not
// there by the user id they had may have been entered anew, and is looked up by
// union id. finished reports what was looked up before; it may be asked for
// again.
func (w *worker) strangers(
	ctx context.Context, gone []provider.DepartmentID, finished func(Task) bool,
) (tasks []Task, err error) {
	ask := func(kind TaskKind, id string) {
		tasks = append(tasks, Task{Kind: kind, ID: id, State: TaskPending})
	}
	people, err := w.store.Relatives(ctx, w.claim, gone)
	if err != nil {
		return nil, err
	}
	for _, id := range people {
		ask(TaskPerson, string(id))
	}
	for after := provider.UserID(""); ; {
		changed, last, err := w.store.ChangedPeople(ctx, w.claim, after, w.batchSize())
		if err != nil {
			return nil, err
		}
		m, err := w.match(ctx, changed)
		if err != nil {
			return nil, err
		}
		for _, p := range changed {
			if p.Holder.UserID != "" && !p.Holder.Read {
				ask(TaskPerson, string(p.Holder.UserID))
			}
		}
		for _, h := range m.holders {
			if h.Read {
				continue
			}
			ask(TaskPerson, string(h.UserID))
			if finished(tasks[len(tasks)-1]) && h.UnionID != "" {
				ask(TaskUnion, string(h.UnionID))
			}
		}
		if after = last; last == "" {
			break
		}
	}
	w.names, w.shared = nil, nil // what is read next may change them
	return tasks, nil
}

// nearState is what an incremental run knows of the departments.
type nearState struct {
	mirror []MirrorDepartment
	// finished are the tasks that were carried out, or given up.
	finished map[taskKey]bool
	// list are the departments there are, as they were read or else applied.
	list []StagedDepartment
	// gone were applied and are not there; lost may have moved elsewhere.
	gone []MirrorDepartment
	lost []provider.DepartmentID
}

func (s nearState) goneIDs() []provider.DepartmentID {
	ids := make([]provider.DepartmentID, len(s.gone))
	for i, d := range s.gone {
		ids[i] = d.ID
	}
	return ids
}

func (w *worker) nearState(ctx context.Context) (nearState, error) {
	var s nearState
	staged, err := w.store.StagedDepartments(ctx, w.claim)
	if err != nil {
		return s, err
	}
	if s.mirror, err = w.store.MirrorDepartments(ctx, w.claim.Run.Directory()); err != nil {
		return s, err
	}
	finished, err := w.store.FinishedTasks(ctx, w.claim)
	if err != nil {
		return s, err
	}
	_, finderErr := provider.As[provider.DepartmentFinder](w.conn.Provider)
	s.sort(staged, finished, finderErr == nil)
	return s, nil
}

// sort decides which of the departments that were applied are still there. When
// something could not be read all of them are. So is one at the top, always:
// that it is gone is a change of scope, which a full run is for.
func (s *nearState) sort(staged []StagedDepartment, finished []Task, finds bool) {
	s.finished = make(map[taskKey]bool, len(finished))
	complete := true
	for _, t := range finished {
		s.finished[taskKey{t.Kind, t.ID}] = true
		complete = complete && t.State == TaskDone
	}
	read := make(map[provider.DepartmentID]bool, len(staged))
	for _, d := range staged {
		read[d.ID] = true
	}
	s.list = slices.Clone(staged)
	for _, d := range s.mirror {
		listed := s.finished[taskKey{TaskChildren, string(d.ParentID)}]
		looked := s.finished[taskKey{TaskDepartment, string(d.ID)}]
		switch {
		case d.Gone || read[d.ID]:
			continue
		case !complete || d.ParentID == "":
		case finds && looked, !finds && listed:
			s.gone = append(s.gone, d)
			continue
		case listed:
			s.lost = append(s.lost, d.ID)
		}
		s.list = append(s.list, d.StagedDepartment)
	}
	slices.SortFunc(s.list, func(a, b StagedDepartment) int { return cmp.Compare(a.ID, b.ID) })
}

// departments returns the departments there are, and those that were applied.
func (w *worker) departments(ctx context.Context) ([]StagedDepartment, []MirrorDepartment, error) {
	if w.claim.Run.Mode == Incremental {
		s, err := w.nearState(ctx)
		return s.list, s.mirror, err
	}
	staged, err := w.store.StagedDepartments(ctx, w.claim)
	if err != nil {
		return nil, nil, err
	}
	mirror, err := w.store.MirrorDepartments(ctx, w.claim.Run.Directory())
	return staged, mirror, err
}
