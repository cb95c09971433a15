package sync_test

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// platform stands for the store, the office apps, the people and the jobs of a
// platform; see packages adapters/bunstore and adapters/riverjobs.
type platform struct {
	dirsync.Store
	dirsync.Connector
	dirsync.Members
	jobs.Queue
	tenant.Authorizer
}

func (platform) InTx(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }

func (platform) SyncSettings(context.Context, tenant.ID, provider.Kind) (dirsync.Settings, error) {
	return dirsync.Settings{}, tenant.ErrNotFound
}

func (platform) CreateRun(context.Context, dirsync.Run) error { return nil }

func (platform) Enqueue(context.Context, ...jobs.Job) error { return nil }

func (platform) AppendAudit(context.Context, tenant.AuditEntry) error { return nil }

func (platform) Connect(_ context.Context, t tenant.ID, kind provider.Kind) (tenant.Connection, error) {
	return tenant.Connection{App: tenant.App{ID: "app", Tenant: t, Provider: kind}, Provider: office{}}, nil
}

func (p platform) ports() dirsync.Ports {
	return dirsync.Ports{Store: p, Connector: p, Members: p, Queue: p, Authorizer: p}
}

// office is an office app with a directory.
type office struct {
	provider.Provider
	provider.DirectoryReader
}

func ExampleNew() {
	p := platform{}
	service, err := dirsync.New(p.ports(), dirsync.Config{
		Guard: dirsync.Guard{People: 20, Percent: 5},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range service.Handlers() { // for the runner of jobs
		fmt.Println(h.Kind)
	}
	ctx := tenant.AsSystem(context.Background(), "example")
	run, err := service.StartRun(ctx, "acme", dirsync.RunRequest{Provider: provider.DingTalk})
	fmt.Println(run.State, run.Direction, run.Mode, err)
	// Output:
	// sync.run
	// sync.schedule
	// sync.touched
	// sync.retention
	// sync.prune
	// queued pull full <nil>
}
