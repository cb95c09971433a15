package pulltest_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// bundle is a service with everything around it.
type bundle struct {
	*dirsync.Service
	store   *bunstore.Store
	people  *bunstore.People
	dir     *directory
	conns   *connector
	queue   *queue
	authz   *authorizer
	members dirsync.Members
	ports   dirsync.Store
	cfg     dirsync.Config
	// told is what the service published; nil has nobody told.
	told dirsync.Publisher
	// sessions are those of leavers; nil has none.
	sessions dirsync.SessionEnder
}

// setup returns a service over a store, a new directory and the platform's own
// people.
func setup(tb testing.TB, s *bunstore.Store, change ...func(*bundle)) *bundle {
	tb.Helper()
	b := &bundle{
		store: s, people: bunstore.NewPeople(s), dir: newDirectory(), authz: &authorizer{},
		queue: &queue{store: s}, ports: s,
		cfg: dirsync.Config{RetryPause: time.Millisecond, Guard: dirsync.Guard{People: 1_000_000}},
	}
	b.members = b.people
	b.conns = &connector{prov: b.dir, org: "org1"}
	for _, f := range change {
		f(b)
	}
	b.restart(tb)
	return b
}

// restart makes a new service over the same store, as a new process would.
func (b *bundle) restart(tb testing.TB) {
	tb.Helper()
	var err error
	b.Service, err = dirsync.New(dirsync.Ports{
		Store: b.ports, Connector: b.conns, Members: b.members, Queue: b.queue, Authorizer: b.authz,
		Events: b.told, Sessions: b.sessions,
	}, b.cfg)
	if err != nil {
		tb.Fatal(err)
	}
	b.queue.handlers = make(map[string]jobs.Handler)
	for _, h := range b.Handlers() {
		b.queue.handlers[h.Kind] = h
	}
}

// as returns a context of somebody who may do everything.
func as(tb testing.TB) context.Context {
	return tenant.AsSystem(tb.Context(), "test")
}

// pull runs a pull to its rest and returns it.
func (b *bundle) pull(tb testing.TB, t tenant.ID) dirsync.Run {
	tb.Helper()
	return b.pullWith(tb, t, dirsync.RunRequest{Provider: "fake"})
}

func (b *bundle) pullWith(tb testing.TB, t tenant.ID, req dirsync.RunRequest) dirsync.Run {
	tb.Helper()
	run, err := b.StartRun(as(tb), t, req)
	if err != nil {
		tb.Fatal(err)
	}
	return b.work(tb, run)
}

// work works a run until it rests.
func (b *bundle) work(tb testing.TB, run dirsync.Run) dirsync.Run {
	tb.Helper()
	if err := b.queue.drain(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	run, err := b.Run(as(tb), run.Tenant, run.ID)
	if err != nil {
		tb.Fatal(err)
	}
	if !run.State.Resting() {
		tb.Fatalf("run is %s after its jobs are done", run.State)
	}
	return run
}

// changes returns all changes of a run that pass the filter.
func (b *bundle) changes(tb testing.TB, run dirsync.Run, f dirsync.ChangeFilter) []dirsync.Change {
	tb.Helper()
	var all []dirsync.Change
	for page := (tenant.Page{Limit: tenant.MaxPageLimit}); ; {
		list, err := b.Changes(as(tb), run.Tenant, run.ID, f, page)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, list.Items...)
		if page.Cursor = list.Next; list.Next == "" {
			return all
		}
	}
}

// connector connects every tenant to one provider.
type connector struct {
	prov provider.Provider
	org  string
	err  error
	// app is the id of the app; by default one that the tenant has in it.
	app string
}

func (c *connector) Connect(_ context.Context, t tenant.ID, kind provider.Kind) (tenant.Connection, error) {
	return tenant.Connection{Provider: c.prov, App: tenant.App{
		ID: cmp.Or(c.app, "app-"+string(t)), Tenant: t, Provider: kind, Enabled: true,
		Values: map[string]string{provider.SettingOrgID: c.org},
	}}, c.err
}

func (c *connector) ConnectApp(ctx context.Context, t tenant.ID, _ string) (tenant.Connection, error) {
	return c.Connect(ctx, t, c.prov.Kind())
}

func (c *connector) OpenApp(ctx context.Context, t tenant.ID, _ string) (tenant.Connection, error) {
	return c.Connect(ctx, t, c.prov.Kind())
}

// authorizer allows everybody everything but what is denied, and that to the
// owner only.
type authorizer struct {
	denied []tenant.Permission
	owner  string
}

func (a *authorizer) Can(_ context.Context, user string, _ tenant.ID, object tenant.Object, action tenant.Action) error {
	for _, d := range a.denied {
		if user != a.owner && d == (tenant.Permission{Object: object, Action: action}) {
			return tenant.ErrForbidden
		}
	}
	return nil
}

func (*authorizer) Everywhere(context.Context, string) (bool, error) { return false, nil }
func (*authorizer) Refresh(context.Context) error                    { return nil }

// queue is a job queue in memory, worked by drain.
type queue struct {
	store    *bunstore.Store
	handlers map[string]jobs.Handler

	mu   sync.Mutex
	jobs []jobs.Run
	// later are jobs whose time has not come; release has it come.
	later []jobs.Job
	// pauses are those that Again asked for.
	pauses []time.Duration
	// failures are what jobs ended with otherwise.
	failures []error
	// most is how many failures drain takes before it gives up; default 100.
	most int
}

func (q *queue) Enqueue(ctx context.Context, list ...jobs.Job) error {
	add := func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		for _, j := range list {
			if !j.RunAt.IsZero() {
				q.later = append(q.later, j)
				continue
			}
			q.jobs = append(q.jobs, jobs.Run{Kind: j.Kind, Tenant: j.Tenant, Key: j.Key, Payload: j.Payload, Attempt: 1})
		}
	}
	if !q.store.AfterCommit(ctx, add) {
		return errors.New("enqueued outside of a transaction")
	}
	return nil
}

// release has the time of all jobs come.
func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.later {
		q.jobs = append(q.jobs, jobs.Run{Kind: j.Kind, Tenant: j.Tenant, Key: j.Key, Payload: j.Payload, Attempt: 1})
	}
	q.later = nil
}

// next takes the first job.
func (q *queue) next() (jobs.Run, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return jobs.Run{}, false
	}
	j := q.jobs[0]
	q.jobs = q.jobs[1:]
	return j, true
}

// workOne does one execution of the first job, if there is one.
func (b *bundle) workOne(t *testing.T, ctx context.Context) {
	t.Helper()
	if job, ok := b.queue.next(); ok {
		if err := b.queue.workOne(ctx, job); err != nil {
			t.Fatal(err)
		}
	}
}

// drain works jobs, one after the other and without pauses, until none is left.
func (q *queue) drain(ctx context.Context) error {
	for {
		j, ok := q.next()
		if !ok {
			return nil
		}
		if err := q.workOne(ctx, j); err != nil {
			return err
		}
	}
}

// workOne does one execution of a job, and puts it back unless it is done.
func (q *queue) workOne(ctx context.Context, j jobs.Run) error {
	err := q.execute(ctx, j)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err == nil {
		return nil
	}
	if pause, again := jobs.AsAgain(err); again {
		q.pauses = append(q.pauses, pause)
		q.jobs = append(q.jobs, j)
		return nil
	}
	q.failures = append(q.failures, err)
	if cause, dropped := jobs.AsDrop(err); dropped {
		return fmt.Errorf("job dropped: %w", cause)
	}
	if most := max(q.most, 100); len(q.failures) > most {
		return fmt.Errorf("job failed %d times, last: %w", len(q.failures), err)
	}
	j.Attempt++
	q.jobs = append(q.jobs, j)
	return nil
}

func (q *queue) execute(ctx context.Context, j jobs.Run) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	handler := q.handlers[j.Kind]
	ctx, cancel := context.WithTimeout(ctx, handler.Timeout)
	defer cancel()
	return handler.Work(ctx, j)
}
