package thirdapp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// applied is what became of people.
type applied struct {
	dirsync.Members
	outcomes []dirsync.Outcome
	err      error
}

func (a applied) ApplyPeople(context.Context, dirsync.Directory, []dirsync.PersonChange) ([]dirsync.Outcome, error) {
	return a.outcomes, a.err
}

type jobList struct{ jobs []jobs.Job }

func (l *jobList) Enqueue(_ context.Context, list ...jobs.Job) error {
	l.jobs = append(l.jobs, list...)
	return nil
}

// nobody connects no tenant.
type nobody struct{}

func (nobody) Connect(context.Context, tenant.ID, provider.Kind) (tenant.Connection, error) {
	return tenant.Connection{}, tenant.ErrNotConfigured
}

// TestLeaversLoseTheirSessions: those whom a pull has suspended, and no others.
func TestLeaversLoseTheirSessions(t *testing.T) {
	t.Parallel()
	c := openStack(t, "sqlite:"+dbtest.SQLite(t)).Config
	queue := &jobList{}
	logins, err := identity.New(identity.Ports{
		Store: c.Store, Connector: nobody{}, Accounts: c.LoginAccounts, Sessions: c.Sessions, Queue: queue,
		Sealer: c.Sealer, Authorizer: c.Authorizer,
	}, identity.Config{})
	if err != nil {
		t.Fatal(err)
	}
	changes := []dirsync.PersonChange{
		{Kind: dirsync.KindLeave, LocalID: "gone"},
		{Kind: dirsync.KindLeave, LocalID: "refused"},
		{Kind: dirsync.KindUpdate, LocalID: "stays"},
		{Kind: dirsync.KindLeave, LocalID: ""},
	}
	outcomes := []dirsync.Outcome{{LocalID: "gone"}, {Failure: provider.Text{ZH: "否", EN: "no"}}, {LocalID: "stays"}, {}}
	got, err := thirdapp.Leaving(applied{outcomes: outcomes}, logins).
		ApplyPeople(t.Context(), dirsync.Directory{Tenant: "1000"}, changes)
	if err != nil || !slices.Equal(got, outcomes) {
		t.Errorf("ApplyPeople: %+v, %v", got, err)
	}
	if len(queue.jobs) != 1 || queue.jobs[0].Tenant != "1000" || !strings.Contains(string(queue.jobs[0].Payload), `"gone"`) {
		t.Errorf("jobs %+v, want the one of who is gone", queue.jobs)
	}
	failed := errors.New("rolled back")
	if _, err := thirdapp.Leaving(applied{err: failed}, logins).ApplyPeople(t.Context(), dirsync.Directory{}, changes); !errors.Is(err, failed) || len(queue.jobs) != 1 {
		t.Errorf("a batch that failed: %v, jobs %+v", err, queue.jobs)
	}
}

// TestMembersKeepTheirAbilities: what pulls end sessions through can be pushed
// and rehearsed as it could be before.
func TestMembersKeepTheirAbilities(t *testing.T) {
	t.Parallel()
	people := openStack(t, "sqlite:"+dbtest.SQLite(t)).People
	for name, members := range map[string]dirsync.Members{"everything": people, "nothing": applied{}} {
		got := thirdapp.Leaving(members, nil)
		_, roster := got.(dirsync.Roster)
		_, managers := got.(dirsync.Managers)
		rehearsable, ok := got.(dirsync.RehearsableMembers)
		if all := name == "everything"; roster != all || managers != all || !ok || rehearsable.Rehearsable() != all {
			t.Errorf("members that can do %s: roster %v, managers %v, rehearsable %v",
				name, roster, managers, ok && rehearsable.Rehearsable())
		}
	}
}
