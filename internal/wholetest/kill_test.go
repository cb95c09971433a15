package wholetest_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/internal/proctest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// The environment that makes the test binary a process of its own, which works
// jobs until it is killed.
const (
	workerDSN    = "WHOLETEST_WORKER_DSN"
	workerKeyset = "WHOLETEST_WORKER_KEYSET"
	workerOffice = "WHOLETEST_WORKER_OFFICE"
)

// workerMain is the main function of that process.
func workerMain() {
	ctx := context.Background()
	s, m, err := wired(ctx, os.Getenv(workerDSN), os.Getenv(workerOffice), provider.NewSecret(os.Getenv(workerKeyset)))
	if err == nil {
		err = m.Start(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer s.Close() //nolint:errcheck // never reached: it is killed
	fmt.Println("works")
	select {}
}

// wired returns a module that was not started.
func wired(ctx context.Context, dsn, office string, keyset provider.Secret) (*stack.Stack, *thirdapp.Module, error) {
	ding, err := dingtalk.New(dingtalk.Options{CallsPerSecond: -1, APIBaseURL: office, OAPIBaseURL: office})
	if err != nil {
		return nil, nil, err
	}
	s, err := stack.Open(ctx, stack.Config{
		DSN: dsn, SecretsKeyset: keyset, JWTKey: provider.NewSecret(jwtKey), Providers: []provider.Factory{ding},
		Jobs: riverjobs.Config{PollInterval: 20 * time.Millisecond},
	})
	if err != nil {
		return nil, nil, err
	}
	s.Config.Directory = dirsync.Config{BatchSize: 500, Guard: dirsync.Guard{People: 100_000}}
	m, err := thirdapp.New(s.Config)
	return s, m, err
}

// worker starts the process and waits until it works.
func worker(t *testing.T, dsn, office string, keyset provider.Secret) *proctest.Process {
	t.Helper()
	p := proctest.Start(t, workerDSN+"="+dsn, workerKeyset+"="+keyset.Reveal(), workerOffice+"="+office)
	if p.Said != "works" {
		t.Fatalf("the worker said %q", p.Said)
	}
	return p
}

// TestKilledWorkers has a run of 20,000 people go on although process after
// process that works on it is killed, in every phase and in the middle of
// batches. In the end everything is done, and nothing twice.
func TestKilledWorkers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes up to 30 seconds for each process that is killed")
	}
	const people, departments = 20_000, 400
	onBoth(t, func(t *testing.T, dsn string) {
		company := dingtalktest.Generate(dingtalktest.Spec{
			Seed: 3, People: people, Departments: departments, InTwoDepartments: 0.1, Leaders: 0.5,
		})
		office := dingtalktest.NewServerWith(t, dingtalktest.Options{Companies: []dingtalktest.Company{company}})
		keyset, err := tinksecrets.GenerateKeyset()
		check(t, err)
		s, m, err := wired(t.Context(), dsn, office.URL, keyset)
		check(t, err)
		t.Cleanup(func() { check(t, s.Close()) })
		check(t, m.Migrate(t.Context()))
		h := &host{emulator: office}
		ctx := tenant.AsSystem(t.Context(), "test")
		_, err = m.Tenants().CreateApp(ctx, here, tenant.AppInput{Provider: "dingtalk", Enabled: true, Settings: h.settings(0)})
		check(t, err)
		run, err := m.Directory().StartRun(ctx, here, dirsync.RunRequest{Provider: "dingtalk"})
		check(t, err)
		run = throughKills(t, m, run, func() *proctest.Process { return worker(t, dsn, office.URL, keyset) })
		if run.State != dirsync.StateSucceeded || run.Progress.ChangesFailed != 0 ||
			run.Progress.ChangesApplied != people+departments+1 || run.Progress.Changes != run.Progress.ChangesApplied {
			t.Errorf("run %+v, want every change applied, each once", run)
		}
		for table, want := range map[string]int{
			"thirdapp_people": people, "thirdapp_memberships": people, "thirdapp_bindings": people, "thirdapp_sync_people": people,
			"thirdapp_departments": departments + 1, "thirdapp_sync_departments": departments + 1,
			"thirdapp_sync_staged_people": 0, "thirdapp_sync_tasks": 0,
		} {
			var n int
			check(t, s.Store.DB().NewRaw("SELECT count(*) FROM "+table).Scan(t.Context(), &n))
			if n != want {
				t.Errorf("%s has %d rows, want %d", table, n, want)
			}
		}
		places := 0
		for p := range office.People(office.CorpID()) {
			places += len(p.Memberships)
		}
		var n int
		check(t, s.Store.DB().NewRaw("SELECT count(*) FROM thirdapp_department_members").Scan(t.Context(), &n))
		if n != places {
			t.Errorf("%d places in departments, want %d", n, places)
		}
	})
}

// throughKills works a run to its end by processes that are killed at certain
// points. One that has passed before anybody looked is left out.
func throughKills(t *testing.T, m *thirdapp.Module, run dirsync.Run, start func() *proctest.Process) dirsync.Run {
	t.Helper()
	points := []struct {
		phase dirsync.Phase
		done  func(dirsync.Progress) int
		from  int
	}{
		{dirsync.PhaseRead, func(p dirsync.Progress) int { return p.PeopleRead }, 4000},
		{dirsync.PhasePlan, func(p dirsync.Progress) int { return p.Changes }, 5000},
		{dirsync.PhaseApply, func(p dirsync.Progress) int { return p.ChangesApplied }, 3000},
		{dirsync.PhaseApply, func(p dirsync.Progress) int { return p.ChangesApplied }, 12_000},
	}
	process := start()
	for ; ; pause(t.Context(), 2*time.Millisecond) {
		r, err := m.Directory().Run(tenant.AsSystem(t.Context(), "test"), here, run.ID)
		check(t, err)
		if r.State.Resting() {
			process.Kill()
			return r
		}
		for i, p := range points {
			if r.Phase == p.phase && p.done(r.Progress) >= p.from {
				points = points[i+1:]
				t.Logf("killed in phase %s with progress %+v", r.Phase, r.Progress)
				process.Kill()
				process = start()
				break
			}
		}
	}
}
