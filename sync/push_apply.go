package sync

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	// maxInsistPause bounds the pause before a call of a push is made again
	// while others wait for it. Where the office app asks for a longer one, the
	// run as a whole takes it.
	maxInsistPause = 2 * time.Second
	// maxPushPauses is how often a run that writes to the office app waits for
	// it to come back: 8 minutes with the default RetryPause, longer where the
	// office app asks for it. What fails for the moment after that, fails; the
	// next push tries it again.
	maxPushPauses = 6
)

// insist makes a call again that failed for the moment.
func (w *worker) insist(ctx context.Context, call func(context.Context) error) error {
	for tries := 1; ; tries++ {
		err := w.once(ctx, call)
		if err == nil || tries >= maxTries || !provider.Retryable(err) || ctx.Err() != nil {
			return err
		}
		if w.askedToWait(err) {
			return err
		}
		timer := time.NewTimer(min(w.retryPause(err, tries), maxInsistPause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// askedToWait reports whether the office app wants a pause that is too long for
// a single call.
func (w *worker) askedToWait(err error) bool {
	var upstream *provider.Error
	return errors.As(err, &upstream) && upstream.RetryAfter > maxInsistPause
}

func (w *worker) once(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.CallTimeout)
	defer cancel()
	return call(ctx)
}

// applyPush applies the batches of a push that are still open, and finishes the
// run.
func (w *worker) applyPush(ctx context.Context) error {
	writer, err := provider.As[provider.DirectoryWriter](w.conn.Provider)
	if err != nil {
		return &fatalError{err}
	}
	w.forPeople = nil // the plan may have taken part of this slice
	batches, err := w.store.OpenBatches(ctx, w.claim)
	if err != nil {
		return err
	}
	if len(batches) > 0 {
		if missing := w.unwritable(ctx); missing != nil {
			return w.unwritten(ctx, missing)
		}
	}
	for _, b := range batches {
		p := &pushBatch{worker: w, writer: writer, batch: b}
		if err := p.apply(ctx); err != nil {
			return w.pausePush(ctx, err)
		}
	}
	w.gaveUp = w.pushPauses() >= maxPushPauses
	run, err := w.store.Run(ctx, w.claim.Run.Tenant, w.claim.Run.ID)
	if err != nil {
		return err
	}
	if run.Progress.ChangesFailed > 0 {
		return w.finish(ctx, StatePartial, nil)
	}
	return w.finish(ctx, StateSucceeded, nil)
}

// pushPauses returns how often the run has waited for the office app.
func (w *worker) pushPauses() int {
	n, _ := strconv.Atoi(w.claim.Step) // "" is never
	return n
}

// pausePush notes that the run waits for the office app, if that is why a batch
// has stopped.
func (w *worker) pausePush(ctx context.Context, err error) error {
	var later *laterError
	if ctx.Err() != nil || isFatal(err) || !errors.As(err, &later) {
		return err
	}
	w.claim.Step = strconv.Itoa(w.pushPauses() + 1)
	if err := w.wrote(w.store.SaveRun(ctx, w.claim, w.now())); err != nil {
		return err
	}
	return later
}

// pushBatch applies a batch of a push. Each change is made at the office app
// and then recorded by itself: what was made and not recorded, because the
// process died, is found again before it would be made a second time.
type pushBatch struct {
	*worker
	writer provider.DirectoryWriter
	batch  Batch

	tree  rosterTree
	match pushMatch
	// people are those of the batch, by account.
	people map[string]RosterPerson
	// leading is held while the leaders of a department are read and written.
	leading sync.Mutex
	// back is what an undo goes back to.
	back pushedBefore
	// parents are the departments below which something has changed.
	parents map[provider.DepartmentID]bool
}

func (p *pushBatch) apply(ctx context.Context) error {
	pending, err := p.store.PendingChanges(ctx, p.claim, p.batch.Number)
	if err != nil {
		return err
	}
	people := p.batch.Stage == StagePeople || p.batch.Stage == StageLeavers || p.batch.Stage == StageManagers
	if people {
		err = p.preparePeople(ctx, pending)
	} else {
		p.parents = make(map[provider.DepartmentID]bool)
		p.forPeople = nil // some of them are about to change
		p.tree, err = p.rosterTree(ctx)
	}
	if err == nil && p.claim.Run.Mode == Undo {
		err = p.prepareUndo(ctx, pending)
	}
	if err != nil {
		return err
	}
	one := func(i int) error { return p.applyOne(ctx, pending[i]) }
	if people {
		err = p.inParallel(len(pending), one)
	} else {
		for i := 0; i < len(pending) && err == nil; i++ {
			err = one(i)
		}
	}
	if err != nil {
		return err
	}
	orders, err := p.orders(ctx)
	if err != nil {
		return err
	}
	return p.wrote(p.store.RecordPush(ctx, p.claim, p.batch, nil, orders, true, p.now()))
}

func (p *pushBatch) preparePeople(ctx context.Context, pending []PendingChange) error {
	if p.claim.Run.Mode == Undo {
		return nil
	}
	q := RosterQuery{IDs: make([]string, 0, len(pending))}
	for _, c := range pending {
		q.IDs = append(q.IDs, c.LocalID)
	}
	p.people = make(map[string]RosterPerson, len(pending))
	if len(pending) == 0 {
		return nil
	}
	people, err := p.roster.RosterPeople(ctx, p.claim.Run.Directory(), q)
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	for _, person := range people {
		p.people[person.ID] = person
	}
	p.match, err = p.pushMatch(ctx, people)
	p.tree = p.match.tree
	return err
}

// applyOne makes one change and records what became of it.
func (p *pushBatch) applyOne(ctx context.Context, c PendingChange) error {
	if err := p.mayGoOn(); err != nil {
		return err
	}
	done := Pushed{Change: c, RemoteID: c.RemoteID}
	err := p.make(ctx, c, &done)
	switch {
	case err != nil && (ctx.Err() != nil || isFatal(err) || provider.CodeOf(err) == provider.Unauthenticated):
		return fatalUnlessDone(ctx, err)
	case provider.Retryable(err) && p.pushPauses() < maxPushPauses:
		return &laterError{p.retryPause(err, maxTries+p.pushPauses())}
	case isTransient(err) && !provider.Retryable(err):
		return err // it is not the office app that is away
	case err != nil:
		done.Department, done.Person, done.Failure = nil, nil, pushFailure(err)
	}
	err = p.record(ctx, done)
	if errors.Is(err, tenant.ErrConflict) {
		done.Department, done.Person, done.Invited = nil, nil, false
		done.Failure = provider.Text{
			ZH: "办公应用中的此人已绑定平台的其他账号", EN: "the person at the office app is bound to another account of the platform",
		}
		err = p.record(ctx, done)
	}
	return err
}

// fatalUnlessDone: credentials that are refused fail every other change as
// well.
func fatalUnlessDone(ctx context.Context, err error) error {
	if ctx.Err() != nil || isFatal(err) {
		return err
	}
	return &fatalError{err}
}

func (p *pushBatch) record(ctx context.Context, done Pushed) error {
	var cancel bool
	err := p.store.InTx(ctx, func(ctx context.Context) error {
		if err := p.bindDepartment(ctx, done); err != nil {
			return err
		}
		var err error
		cancel, err = p.store.RecordPush(ctx, p.claim, p.batch, []Pushed{done}, nil, false, p.now())
		return err
	})
	return p.wrote(cancel, err)
}

// bindDepartment tells the platform which department of the office app one of
// its own is now, or that it is none any more.
func (p *pushBatch) bindDepartment(ctx context.Context, done Pushed) error {
	c := done.Change
	released := p.claim.Run.Mode == Undo && c.Entity == EntityDepartment && done.Failure.IsZero() &&
		(c.Kind == KindLeave || c.Kind == KindUnbind)
	remote := provider.DepartmentID("")
	switch {
	case done.Department != nil && c.Kind != KindLeave:
		remote = done.Department.ID
	case !released:
		return nil
	}
	if err := p.roster.BindDepartment(ctx, p.claim.Run.Directory(), c.LocalID, remote); err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	return nil
}

// pushFailure says why a change was not made.
func pushFailure(err error) provider.Text {
	var field *provider.FieldError
	if errors.As(err, &field) {
		return provider.Text{ZH: field.Field + "：" + field.Problem.ZH, EN: field.Field + ": " + field.Problem.EN}
	}
	f := failureOf(err)
	if f.Upstream != "" {
		return provider.Text{
			ZH: "错误码：" + f.Upstream + "——" + f.Message.ZH, EN: "error " + f.Upstream + ": " + f.Message.EN,
		}
	}
	return f.Message
}

// make makes one change at the office app.
func (p *pushBatch) make(ctx context.Context, c PendingChange, done *Pushed) error {
	switch {
	case p.claim.Run.Mode == Undo && c.Entity == EntityDepartment:
		return p.takeBackDepartment(ctx, c, done)
	case p.claim.Run.Mode == Undo:
		return p.takeBackPerson(ctx, c, done)
	case c.Kind == KindLeave && p.isBack(c):
		return tenant.Refuse(provider.FailedPrecondition, "is_back",
			"平台上又有了此项，予以保留；仍要移除的，请先从平台移除", "is on the platform again, and is kept; to remove it, remove it on the platform first")
	case c.Entity == EntityDepartment && c.Kind == KindLeave:
		return p.remove(ctx, func(ctx context.Context) error {
			return p.writer.DeleteDepartment(ctx, provider.DepartmentID(c.RemoteID))
		})
	case c.Entity == EntityDepartment && p.tree.elsewhere[provider.DepartmentID(c.LocalID)]:
		return errElsewhere()
	case c.Entity == EntityDepartment && c.Kind == KindCreate:
		return p.createDepartment(ctx, c, done)
	case c.Entity == EntityDepartment:
		return p.updateDepartment(ctx, c, done)
	case c.Kind == KindLeave:
		return p.remove(ctx, func(ctx context.Context) error {
			return p.writer.DeletePerson(ctx, provider.UserID(c.RemoteID))
		})
	}
	person, there := p.people[c.LocalID]
	if !there {
		return errLeftMeanwhile()
	}
	bound, ok := p.match.bound[c.LocalID]
	switch {
	case !ok && p.batch.Stage == StageManagers:
		return p.notYet(c, done)
	case !ok:
		return p.createPerson(ctx, person, done)
	}
	return p.updatePerson(ctx, person, bound, done)
}

// isBack reports whether what is to be removed is on the platform again.
func (p *pushBatch) isBack(c PendingChange) bool {
	if c.Entity == EntityDepartment {
		_, there := p.tree.names[provider.DepartmentID(c.LocalID)]
		return there
	}
	_, there := p.people[c.LocalID]
	return there
}

func errLeftMeanwhile() *tenant.Error {
	return tenant.Refuse(provider.NotFound, "left_meanwhile",
		"平台上已不存在或不再是有效成员；如需推送，请先在平台恢复", "is not on the platform any more, or no active member; restore them there first if they are to be pushed")
}

// remove removes something. What is gone already is removed.
func (p *pushBatch) remove(ctx context.Context, call func(context.Context) error) error {
	err := p.insist(ctx, call)
	if provider.CodeOf(err) == provider.NotFound {
		return nil
	}
	return err
}
