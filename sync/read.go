package sync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/thirdapp/thirdapp/provider"
)

// maxTries is how often a call to the office app is made before what it asked
// for counts as unreadable, on top of the provider's own retries.
const maxTries = 4

// maxFailures is how many departments Run.Failures lists.
const maxFailures = 100

// begin asks the office app where a full read starts and begins the read anew.
func (w *worker) begin(ctx context.Context) error {
	if err := w.publishGivenUp(ctx); err != nil {
		return err
	}
	run := &w.claim.Run
	run.State, run.Phase, run.Complete, run.Approved = StateReading, PhaseRead, false, false
	switch run.Mode {
	case Full:
	case Incremental:
		return w.beginNear(ctx)
	case Undo:
		return w.beginUndo(ctx)
	}
	src, err := w.source()
	if err != nil {
		return &fatalError{err}
	}
	if w.probe(ctx); run.MissingPermissions != nil { // kept also when the slice ends in the middle of the read
		if err := w.wrote(w.store.SaveRun(ctx, w.claim, w.now())); err != nil {
			return err
		}
	}
	scope, err := w.scope(ctx, src)
	if err != nil {
		return w.retryScope(ctx, err)
	}
	first, err := firstPages(run.Rules, scope)
	if err != nil {
		return &fatalError{w.badAnswer("scope", err)}
	}
	w.claim.Step = ""
	if err := w.wrote(w.store.BeginRead(ctx, w.claim, first.Staging, w.now())); err != nil {
		return err
	}
	w.claim.Staged, w.firstTime = true, newFirstTime()
	return nil
}

// firstPages is where a read begins.
func firstPages(rules Rules, scope provider.Scope) (*pages, error) {
	first := newPages(rules.Mapping)
	for _, d := range scope.Departments {
		d.ParentID = ""
		if err := first.addDepartment(&d, rules.Scope.of(d.ID, passed), true); err != nil {
			return nil, err
		}
	}
	for _, id := range scope.People {
		if len(rules.Scope.Include) == 0 {
			first.NewTasks = append(first.NewTasks, Task{Kind: TaskPerson, ID: string(id), State: TaskPending})
		}
	}
	return first, nil
}

func (w *worker) source() (provider.DirectoryReader, error) {
	return provider.As[provider.DirectoryReader](w.conn.Provider)
}

func (w *worker) scope(ctx context.Context, src provider.DirectoryReader) (provider.Scope, error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.CallTimeout)
	defer cancel()
	return src.Scope(ctx)
}

// retryScope has the scope asked for again later, or fails the run.
func (w *worker) retryScope(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	tries, _ := strconv.Atoi(w.claim.Step) // "" is none yet
	tries++
	most := 1
	switch {
	case provider.Retryable(err):
		most = maxTries
	case provider.CodeOf(err) == provider.Unauthenticated:
		most = 2 // wrong credentials most likely, and somebody may be waiting to hear it
	}
	if tries >= most {
		return &fatalError{fmt.Errorf("scope: %w", err)}
	}
	w.claim.Step = strconv.Itoa(tries)
	if err := w.wrote(w.store.SaveRun(ctx, w.claim, w.now())); err != nil {
		return err
	}
	return &laterError{w.retryPause(err, tries)}
}

// read reads what is left to read, and then looks at what it has got.
func (w *worker) read(ctx context.Context) error {
	src, err := w.source()
	if err != nil {
		return &fatalError{err}
	}
	tasks, known, err := w.store.Frontier(ctx, w.claim)
	if err != nil {
		return err
	}
	r := newReading(w, src, tasks, known)
	loading, cancel := context.WithCancel(ctx)
	r.mirror = w.loadMirror(loading)
	defer func() {
		cancel()
		<-r.mirror.loaded
	}()
	if len(tasks) > 0 {
		if err := r.lookAround(ctx, tasks); err != nil {
			return err
		}
		if err := r.run(ctx); err != nil {
			return err
		}
	}
	var missing []ReadFailure
	if w.claim.Run.Mode == Incremental {
		if again, err := w.concludeNear(ctx); err != nil || again {
			return err
		}
	} else {
		missing = w.claim.Run.Rules.Scope.missing(func(id provider.DepartmentID) bool { return r.known[id] })
	}
	mirror, err := r.mirror.get()
	if err != nil {
		return err
	}
	return w.concludeRead(ctx, missing, mirror)
}

// concludeRead decides whether the read was complete, or good for anything.
// missing are departments that should have been found, mirror is what the read
// was compared with.
func (w *worker) concludeRead(ctx context.Context, missing []ReadFailure, mirror *mirrorIndex) error {
	result, err := w.store.ReadResult(ctx, w.claim)
	if err != nil {
		return err
	}
	run := &w.claim.Run
	run.Complete = result.FailedTasks == 0 && len(missing) == 0
	run.Failures = slices.Concat(result.Failures, missing)
	run.Failures = run.Failures[:min(len(run.Failures), maxFailures)]
	if len(run.Failures) > 0 {
		first := run.Failures[0].Failure
		run.Error = &first
	}
	if result.PeopleListings > 0 && result.FailedListings == result.PeopleListings {
		return w.finish(ctx, StateFailed, nil) // nobody could be read
	}
	if err := w.compareRead(ctx, mirror); err != nil {
		return err
	}
	return w.enter(ctx, StatePlanning, PhasePlan, planStep{At: planDepartments}.String())
}

// badAnswer is the error about an answer that breaks the provider's contract.
func (w *worker) badAnswer(op string, err error) *provider.Error {
	return &provider.Error{
		Code: provider.Internal, Provider: w.claim.Run.Provider, Op: op, Err: err,
		Remedy: provider.Text{
			ZH: "第三方平台返回了无法识别的数据，请联系技术支持",
			EN: "the office app sent data that cannot be used; contact support",
		},
	}
}

// pages are pages on their way into the staging rows.
type pages struct {
	Staging
	tasks   map[taskKey]Task
	mapping Mapping
	// mirror is what the pages are compared with, nil for nothing.
	mirror *mirrorIndex
}

type taskKey struct {
	kind TaskKind
	id   string
}

func newPages(m Mapping) *pages { return &pages{tasks: make(map[taskKey]Task), mapping: m} }

// rows is the number of rows the pages will be.
func (p *pages) rows() int {
	return len(p.Departments) + len(p.People) + len(p.Places) + len(p.NewPeople) + len(p.NewPlaces) +
		len(p.NewTasks) + len(p.tasks)
}

// staging returns the pages with the last state of each task. A task that began
// and went on in the same pages, as most listings of departments did, is one row.
func (p *pages) staging() Staging {
	s := p.Staging
	s.NewTasks = slices.DeleteFunc(slices.Clone(s.NewTasks), func(t Task) bool {
		_, went := p.tasks[taskKey{t.Kind, t.ID}]
		return went
	})
	s.Tasks = slices.Collect(maps.Values(p.tasks))
	return s
}

// merge adds the rows of other pages.
func (p *pages) merge(q *pages) {
	p.Departments = append(p.Departments, q.Departments...)
	p.People = append(p.People, q.People...)
	p.Places = append(p.Places, q.Places...)
	p.NewPeople = append(p.NewPeople, q.NewPeople...)
	p.NewPlaces = append(p.NewPlaces, q.NewPlaces...)
	p.Seen = append(p.Seen, q.Seen...)
	p.NewTasks = append(p.NewTasks, q.NewTasks...)
	p.Progress.Departments += q.Progress.Departments
	p.Progress.PeopleRead += q.Progress.PeopleRead
}

// addDepartment adds a department, as far as it comes, and the tasks that it
// brings.
func (p *pages) addDepartment(d *provider.Department, v verdict, descend bool) error {
	if !usableID(string(d.ID)) {
		return errors.New("department without usable id")
	}
	if descend && v != outOfScope {
		p.NewTasks = append(p.NewTasks, Task{Kind: TaskChildren, ID: string(d.ID), State: TaskPending})
	}
	if !v.comes() {
		return nil
	}
	added := StagedDepartment{ID: d.ID, ParentID: d.ParentID, Name: clean(d.Name), Order: d.Order}
	if v == atTop {
		added.ParentID = ""
	}
	p.Departments = append(p.Departments, added)
	p.Progress.Departments++
	p.NewTasks = append(p.NewTasks, Task{Kind: TaskPeople, ID: string(d.ID), State: TaskPending})
	return nil
}

// addPerson adds a person as a member of the department whose page they are on,
// or of none.
func (p *pages) addPerson(person *provider.Person, department provider.DepartmentID) error {
	if !usableID(string(person.UserID)) {
		return errors.New("person without usable id")
	}
	p.Progress.PeopleRead++
	staged := p.mapping.staged(person)
	place := StagedPlace{PersonID: person.UserID, DepartmentID: department}
	for _, m := range person.Memberships {
		if m.DepartmentID == department {
			place.Leader, place.Order = m.Leader, m.Order
		}
	}
	if key, same := p.mirror.has(&staged, place); same {
		p.Seen = append(p.Seen, key)
		return nil
	}
	p.People = append(p.People, staged)
	if department != "" {
		p.Places = append(p.Places, place)
	}
	return nil
}
