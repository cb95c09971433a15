package sync

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// apply applies the batches of the plan that are still open, stage by stage,
// and finishes the run.
func (w *worker) apply(ctx context.Context) error {
	batches, err := w.store.OpenBatches(ctx, w.claim)
	if err != nil {
		return err
	}
	for len(batches) > 0 {
		n := 0
		for n < len(batches) && batches[n].Stage == batches[0].Stage {
			n++
		}
		if err := w.applyStage(ctx, batches[:n]); err != nil {
			return err
		}
		batches = batches[n:]
	}
	if err := w.applyManagers(ctx); err != nil {
		return err
	}
	if err := w.store.SettleConflicts(ctx, w.claim, w.now()); err != nil {
		return err
	}
	run, err := w.store.Run(ctx, w.claim.Run.Tenant, w.claim.Run.ID)
	if err != nil {
		return err
	}
	if !run.Complete || run.Progress.ChangesFailed > 0 {
		return w.finish(ctx, StatePartial, nil)
	}
	return w.finish(ctx, StateSucceeded, nil)
}

// applyStage applies the batches of a stage, those of people several at a time
// where the store can. Batches that have begun are carried to their end
// whatever happens to others.
func (w *worker) applyStage(ctx context.Context, batches []Batch) (err error) {
	parallel := 1
	if batches[0].Stage == StagePeople {
		parallel = min(w.cfg.ApplyParallel, w.store.Writers(), len(batches))
		if w.local, err = w.localDepartments(ctx, w.claim.Run.Directory()); err != nil {
			return err
		}
	}
	var owned sync.WaitGroup
	var mu sync.Mutex
	var failed error
	next := func() (Batch, bool) {
		mu.Lock()
		defer mu.Unlock()
		if failed == nil && len(batches) > 0 {
			failed = w.mayGoOn()
		}
		if failed != nil || len(batches) == 0 {
			return Batch{}, false
		}
		b := batches[0]
		batches = batches[1:]
		return b, true
	}
	for range parallel {
		owned.Go(func() {
			for b, ok := next(); ok; b, ok = next() {
				if err := protect(func() error { return w.applyBatch(ctx, b) }); err != nil {
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

func (w *worker) applyBatch(ctx context.Context, b Batch) error {
	switch b.Stage {
	case StageDepartments, StageRemovals:
		pending, err := w.store.DepartmentBatch(ctx, w.claim, b.Number)
		if err != nil {
			return err
		}
		return applyAll(ctx, pending, func(ctx context.Context, list []PendingDepartment, failure error, last bool) error {
			return w.applyDepartments(ctx, b, list, failure, last)
		})
	case StageLeavers, StagePeople:
		pending, err := w.store.PeopleBatch(ctx, w.claim, b.Number)
		if err != nil {
			return err
		}
		w.local.place(pending)
		if err := w.prepare(ctx, pending); err != nil {
			return err
		}
		return applyAll(ctx, pending, func(ctx context.Context, list []PendingPerson, failure error, last bool) error {
			return w.applyPeople(ctx, b, list, failure, last)
		})
	case StageManagers: // of a push only
	}
	return &fatalError{fmt.Errorf("unknown stage %d", b.Stage)}
}

// applyFunc applies changes in one transaction or, when failure is not nil,
// records that they failed. With last the batch is done.
type applyFunc[T any] func(ctx context.Context, list []T, failure error, last bool) error

// applyAll applies a batch as a whole. When that is not possible it is applied
// in halves, and so on down to the single change, which fails alone.
func applyAll[T any](ctx context.Context, list []T, apply applyFunc[T]) error {
	err := apply(ctx, list, nil, true)
	if err == nil || final(err) {
		return err
	}
	if err := applyHalves(ctx, list, err, apply); err != nil {
		return err
	}
	return apply(ctx, nil, nil, true)
}

// applyHalves applies a list that could not be applied as a whole.
func applyHalves[T any](ctx context.Context, list []T, cause error, apply applyFunc[T]) error {
	if len(list) <= 1 {
		return apply(ctx, list, cause, false)
	}
	middle := len(list) / 2
	for _, half := range [][]T{list[:middle], list[middle:]} {
		err := apply(ctx, half, nil, false)
		if err != nil && !final(err) {
			err = applyHalves(ctx, half, err, apply)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// final reports whether an error is not about single changes of a batch.
func final(err error) bool {
	return isTransient(err) || isFatal(err) || errors.Is(err, errCancelled)
}

func (w *worker) applyDepartments(ctx context.Context, b Batch, list []PendingDepartment, failure error, last bool) error {
	changes := make([]DepartmentChange, len(list))
	for i, p := range list {
		changes[i] = p.DepartmentChange
	}
	return w.inTx(ctx, func(ctx context.Context) (cancel bool, err error) {
		outcomes, err := outcomesOf(ctx, changes, failure, func(ctx context.Context) ([]Outcome, error) {
			return w.members.ApplyDepartments(ctx, w.claim.Run.Directory(), changes)
		})
		if err != nil {
			return false, err
		}
		done := make([]DoneDepartment, len(list))
		for i, p := range list {
			done[i] = DoneDepartment{p, outcomes[i]}
		}
		if cancel, err = w.store.RecordDepartments(ctx, w.claim, b, done, last, w.now()); err != nil {
			return false, err
		}
		return cancel, w.publishDepartments(ctx, done)
	})
}

func (w *worker) applyPeople(ctx context.Context, b Batch, list []PendingPerson, failure error, last bool) error {
	return w.inTx(ctx, func(ctx context.Context) (cancel bool, err error) {
		if failure == nil {
			if err := w.decideAll(ctx, list); err != nil {
				return false, err
			}
		}
		changes := make([]PersonChange, len(list))
		for i, p := range list {
			changes[i] = p.PersonChange
		}
		outcomes, err := outcomesOf(ctx, changes, failure, func(ctx context.Context) ([]Outcome, error) {
			return w.members.ApplyPeople(ctx, w.claim.Run.Directory(), changes)
		})
		if err != nil {
			return false, err
		}
		done := make([]DonePerson, len(list))
		for i, p := range list {
			if p.Unplaced > 0 && outcomes[i].Note.IsZero() {
				outcomes[i].Note = noteUnplaced(p.Unplaced)
			}
			if note := w.noteKept(&p); outcomes[i].Note.IsZero() {
				outcomes[i].Note = note
			}
			done[i] = DonePerson{p, outcomes[i]}
		}
		if err := w.endSessions(ctx, done); err != nil {
			return false, err
		}
		if cancel, err = w.store.RecordPeople(ctx, w.claim, b, done, last, w.now()); err != nil {
			return false, err
		}
		return cancel, w.publishPeople(ctx, done)
	})
}

// endSessions ends the sessions of those who were suspended, within the
// transaction that suspends them.
func (w *worker) endSessions(ctx context.Context, done []DonePerson) error {
	if w.sessions == nil {
		return nil
	}
	var suspended []string
	for _, d := range done {
		if d.Change.Kind == KindLeave && d.Change.LocalID != "" && d.Outcome.Failure.IsZero() {
			suspended = append(suspended, d.Change.LocalID)
		}
	}
	return w.sessions.EndSessions(ctx, w.claim.Run.Tenant, suspended...)
}

// inTx runs a transaction that ends a step.
func (w *worker) inTx(ctx context.Context, write func(context.Context) (cancel bool, err error)) error {
	var cancel bool
	err := w.store.InTx(ctx, func(ctx context.Context) error {
		var err error
		cancel, err = write(ctx)
		return err
	})
	return w.wrote(cancel, err)
}

// outcomesOf asks the members port, unless it is known that the changes fail.
func outcomesOf[T any](
	ctx context.Context, changes []T, failure error, apply func(context.Context) ([]Outcome, error),
) ([]Outcome, error) {
	outcomes := make([]Outcome, len(changes))
	if len(changes) == 0 {
		return outcomes, nil
	}
	if failure != nil {
		for i := range outcomes {
			outcomes[i].Failure = refusalText(failure)
		}
		return outcomes, nil
	}
	outcomes, err := apply(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("members: %w", err)
	case len(outcomes) != len(changes):
		return nil, &fatalError{fmt.Errorf("members: %d outcomes for %d changes", len(outcomes), len(changes))}
	}
	for i, o := range outcomes {
		if o.Failure.IsZero() && o.LocalID == "" {
			return nil, &fatalError{fmt.Errorf("members: outcome %d has neither id nor failure", i)}
		}
	}
	return outcomes, nil
}

// refusalText says why a single change failed.
func refusalText(err error) provider.Text {
	if errors.Is(err, tenant.ErrConflict) {
		return provider.Text{ZH: "数据库中已存在该记录", EN: "it conflicts with an existing record"}
	}
	return failureOf(err).Message
}

func noteUnplaced(n int) provider.Text {
	return provider.Text{
		ZH: fmt.Sprintf("有%d个部门未同步成功，暂未加入", n),
		EN: fmt.Sprintf("not in %d departments that could not be synchronised", n),
	}
}
