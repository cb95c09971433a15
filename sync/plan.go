package sync

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
)

// planStep is where the planning is. It is stored with what was planned, so
// that nothing is planned twice.
type planStep struct {
	At planPart `json:"at"`
	// After is the last person that was looked at.
	After provider.UserID `json:"after,omitempty"`
	// Position is that in the plan of the run that is undone.
	Position int `json:"position,omitempty"`
}

// planPart is a part of the planning.
type planPart string

// The parts, in their order.
const (
	planDepartments planPart = "departments"
	planPeople      planPart = "people"
	planLeavers     planPart = "leavers"
	planRemovals    planPart = "removals"
)

// String returns the step as it is stored.
func (p planStep) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings can always be encoded
	}
	return string(b)
}

// plan compares what was read with what was applied before, step by step.
func (w *worker) plan(ctx context.Context) error {
	parts := map[planPart]func(context.Context, planStep) error{
		planDepartments: w.planDepartments, planPeople: w.planPeople,
		planLeavers: w.planLeavers, planRemovals: w.planRemovals,
		planUndonePeople: w.planUndonePeople, planUndoneDepartments: w.planUndoneDepartments,
	}
	for w.claim.Run.Phase == PhasePlan {
		if err := w.mayGoOn(); err != nil {
			return err
		}
		var step planStep
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

// next stores that a part of the planning is over.
func (w *worker) next(ctx context.Context, at planPart) error {
	return w.enter(ctx, StatePlanning, PhasePlan, planStep{At: at}.String())
}

// planLeavers plans the people who are not there any more.
func (w *worker) planLeavers(ctx context.Context, step planStep) error {
	if may, err := w.mayRemove(ctx); err != nil {
		return err
	} else if !may {
		return w.enter(ctx, StatePlanning, PhaseGuard, "")
	}
	missing, err := w.store.MissingPeople(ctx, w.claim, step.After, w.batchSize())
	if err != nil {
		return err
	}
	if len(missing) == 0 {
		return w.next(ctx, planRemovals)
	}
	names, err := w.departmentNames(ctx)
	if err != nil {
		return err
	}
	var changes []PlannedChange
	for i := range missing {
		if c, due := w.leaver(&missing[i], names); due {
			changes = append(changes, c)
		}
	}
	w.claim.Step = planStep{At: planLeavers, After: missing[len(missing)-1].ID}.String()
	return w.wrote(w.store.AddChanges(ctx, w.claim, StageLeavers, changes, w.now()))
}

// mayRemove reports whether what was not read may be taken for gone: only when
// everything was read, and it was not nothing. An incremental run has looked up
// whom it takes for gone.
func (w *worker) mayRemove(ctx context.Context) (bool, error) {
	run, err := w.store.Run(ctx, w.claim.Run.Tenant, w.claim.Run.ID)
	return run.Complete && (run.Progress.PeopleRead > 0 || run.Mode == Incremental), err
}

// guard counts the plan and decides whether it may be applied.
func (w *worker) guard(ctx context.Context) error {
	plan, err := w.store.CountPlan(ctx, w.claim)
	if err != nil {
		return err
	}
	run := &w.claim.Run
	run.Counts = plan.Counts
	switch {
	case run.Mode == Undo:
		return w.guardUndo(ctx)
	case run.DryRun:
		return w.finish(ctx, StatePlanned, nil)
	case plan.removals() > w.claim.Run.Rules.Guard.allows(plan.Active):
		return w.await(ctx)
	}
	return w.enter(ctx, StateApplying, PhaseApply, "")
}

// await stores that the run waits for approval.
func (w *worker) await(ctx context.Context) error {
	w.claim.Run.State, w.claim.Run.Phase, w.claim.Step = StateNeedsApproval, PhaseGuard, ""
	return w.inTx(ctx, func(ctx context.Context) (cancel bool, err error) {
		if cancel, err = w.store.SaveRun(ctx, w.claim, w.now()); err != nil {
			return false, err
		}
		return cancel, w.publishRun(ctx, EventRunWaits, w.claim.Run)
	})
}

// allows returns how many of the active people may leave without approval.
func (g Guard) allows(active int) int {
	return max(g.People, active*g.Percent/100, 0)
}

// batchSize is how many changes are applied in one transaction. Hashing
// passwords is slow, and a batch has to fit into a job.
func (w *worker) batchSize() int {
	const slowBatch = 200
	if w.claim.Run.Rules.InitialPassword != NoPassword {
		return min(w.cfg.BatchSize, slowBatch)
	}
	return w.cfg.BatchSize
}

// fieldPair is a field with its values before and after.
type fieldPair struct{ name, before, after string }

// differing returns the pairs that differ.
func differing(pairs ...fieldPair) []Field {
	fields := make([]Field, 0, len(pairs))
	for _, p := range pairs {
		if p.before != p.after {
			fields = append(fields, Field{Field: p.name, Before: p.before, After: p.after})
		}
	}
	return fields
}
