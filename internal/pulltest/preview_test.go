package pulltest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// changedCompany has been pulled, and people have joined, moved, left, changed
// and got into each other's way since.
func changedCompany(t *testing.T, b *bundle) {
	t.Helper()
	b.dir.addDepartments(6, 2)
	b.dir.addPeople(0, 24)
	b.pull(t, "t1")
	b.dir.remove(3, 4)
	b.pull(t, "t1")
	b.dir.addPeople(24, 27)
	b.dir.change(func() { b.dir.people = append(b.dir.people, back(3)) })
	b.dir.remove(5)
	b.dir.edit(6, func(p *provider.Person) { p.Title = "经理" })
	b.dir.edit(7, func(p *provider.Person) {
		p.Memberships = []provider.Membership{{DepartmentID: "2"}, {DepartmentID: "5", Leader: true}}
	})
	b.dir.edit(8, func(p *provider.Person) { p.Memberships = nil })
	b.dir.edit(25, func(p *provider.Person) { p.Mobile = somebody(9).Mobile })
	b.dir.edit(26, func(p *provider.Person) { p.Mobile = "" })
	b.dir.change(func() { // entered anew
		p := somebody(10)
		p.UserID, p.Memberships = "again", []provider.Membership{{DepartmentID: "3"}}
		b.dir.people = append(b.dir.people, p)
	})
	b.dir.remove(10)
}

// back is somebody who is in the company again.
func back(i int) provider.Person {
	p := somebody(i)
	p.Memberships = []provider.Membership{{DepartmentID: "1"}}
	return p
}

// countRuns counts the runs that were not cancelled.
const countRuns = "SELECT count(*) FROM thirdapp_sync_runs WHERE state <> 'cancelled'"

// TestPreviewIsWhatARunPlans previews everybody, by several rules, and compares
// with the plan of a dry run by the same rules. Nothing is written.
func TestPreviewIsWhatARunPlans(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		changedCompany(t, b)
		drafts := []dirsync.RulesChange{
			{},
			{Scope: &dirsync.ScopeRules{Include: []provider.DepartmentID{"2", "3"}, Exclude: []provider.DepartmentID{"5"}}},
			{GraceDays: ptr(7), Mapping: &dirsync.Mapping{dirsync.FieldTitle: "userId"}, AccountName: ptr(dirsync.AccountUserID)},
		}
		for n, draft := range drafts {
			version := int64(n)
			before, runs := snapshot(t, s, "t1"), query(t, s, countRuns)[0]
			got := b.previews(t, version, draft)
			wantSame(t, "the platform after previews", snapshot(t, s, "t1"), before)
			if after := query(t, s, countRuns)[0]; after != runs {
				t.Errorf("%s runs after previews, %s before", after, runs)
			}
			if _, err := b.SaveSettings(as(t), "t1", "fake", version, dirsync.SettingsChange{RulesChange: draft}); err != nil {
				t.Fatal(err)
			}
			run := b.pullWith(t, "t1", dirsync.RunRequest{Provider: "fake", DryRun: true})
			want := make(map[provider.UserID]dirsync.Change)
			for _, c := range b.changes(t, run, dirsync.ChangeFilter{Entity: dirsync.EntityPerson}) {
				want[provider.UserID(c.RemoteID)] = c
			}
			for id, p := range got {
				c, changes := want[id]
				switch {
				case !changes && p.Kind != dirsync.KindNone, changes && p.Kind != c.Kind:
					t.Errorf("draft %d: preview of %s says %s (%v), the run plans %+v", n, id, p.Kind, p.Reasons, c)
				case changes && c.Kind != dirsync.KindConflict && p.Account.LocalID != c.LocalID:
					t.Errorf("draft %d: preview of %s has account %+v, the run %+v", n, id, p.Account, c)
				}
			}
		}
	})
}

// previews previews everybody there is and was, while another run waits for its
// worker.
func (b *bundle) previews(t *testing.T, version int64, draft dirsync.RulesChange) map[provider.UserID]dirsync.Preview {
	t.Helper()
	waiting, err := b.StartRun(as(t), "t1", dirsync.RunRequest{Provider: "fake"})
	if err != nil {
		t.Fatal(err)
	}
	ids := []provider.UserID{"again"}
	for i := range 27 {
		ids = append(ids, somebody(i).UserID)
	}
	got := make(map[provider.UserID]dirsync.Preview, len(ids))
	for _, id := range ids {
		got[id], err = b.Preview(as(t), "t1", dirsync.PreviewRequest{
			Provider: "fake", UserID: id, Change: dirsync.SettingsChange{RulesChange: draft}, Version: &version,
		})
		if err != nil {
			t.Fatalf("preview of %s: %v", id, err)
		}
	}
	if _, err := b.Cancel(as(t), "t1", waiting.ID); err != nil {
		t.Fatal(err)
	}
	b.work(t, waiting)
	return got
}

// TestPreviewIsWhatARunDoes previews people, has a run do it, and compares.
func TestPreviewIsWhatARunDoes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		changedCompany(t, b)
		got := make(map[int]dirsync.Preview)
		for _, i := range []int{3, 6, 7, 24} {
			p, err := b.Preview(as(t), "t1", dirsync.PreviewRequest{Provider: "fake", UserID: somebody(i).UserID})
			if err != nil || !p.Refusal.IsZero() {
				t.Fatalf("preview of %d: %+v, %v", i, p, err)
			}
			got[i] = p
		}
		b.pull(t, "t1")
		for i, p := range got {
			_, account, err := s.Known(t.Context(), dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org1"}, p.UserID)
			if err != nil || account == "" {
				t.Fatalf("account %q, %v", account, err)
			}
			now, err := b.members.Current(t.Context(), dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org1"},
				[]dirsync.PersonRef{{RemoteID: p.UserID, LocalID: account}})
			if err != nil || len(now) != 1 {
				t.Fatalf("current %+v, %v", now, err)
			}
			after := map[dirsync.PersonField]string{
				dirsync.FieldName: now[0].Name, dirsync.FieldEmail: now[0].Email, dirsync.FieldJobNumber: now[0].JobNumber,
				dirsync.FieldTitle: now[0].Title, dirsync.FieldAvatar: now[0].AvatarURL,
			}
			for _, f := range p.Fields {
				if want, ok := after[f.Field]; ok && f.After != want {
					t.Errorf("person %d: %s was to be %q, is %q", i, f.Field, f.After, want)
				}
			}
		}
	})
}

// supposing are members of which nothing can be tried out.
type supposing struct{ dirsync.Members }

// TestPreviewOfHost previews people of a host whose tables may be anywhere:
// nothing is asked of them but how things are.
func TestPreviewOfHost(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t), func(b *bundle) { b.members = supposing{b.people} })
	changedCompany(t, b)
	for i, want := range map[int]string{6: "set 经理", 24: "set 工程师", 9: "same 工程师"} {
		p, err := b.Preview(as(t), "t1", dirsync.PreviewRequest{Provider: "fake", UserID: somebody(i).UserID})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Fields {
			if got := string(f.Effect) + " " + f.After; f.Field == dirsync.FieldTitle && got != want {
				t.Errorf("title of %d: %s, want %s", i, got, want)
			}
		}
	}
}

// TestPreviewRefused asks for what cannot be told.
func TestPreviewRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t), func(b *bundle) { b.cfg.CallTimeout = time.Second })
	b.dir.addPeople(0, 1)
	ask := func(id provider.UserID) error {
		_, err := b.Preview(as(t), "t1", dirsync.PreviewRequest{Provider: "fake", UserID: id})
		return err
	}
	if err := ask("nobody"); !errors.Is(err, dirsync.ErrNoPerson) {
		t.Errorf("preview of nobody: %v, want ErrNoPerson", err)
	}
	outage := &provider.Error{Code: provider.Unavailable, Provider: "fake", Op: "person"}
	b.dir.fail = func(op, _ string, _ provider.Cursor) error {
		if op == "person" {
			return outage
		}
		return nil
	}
	if err := ask(somebody(0).UserID); !errors.Is(err, outage) {
		t.Errorf("preview in an outage: %v, want it", err)
	}
	b.dir.fail = nil
	b.authz.denied = []tenant.Permission{{Object: tenant.ObjectSync, Action: tenant.ActionRun}}
	ctx := tenant.WithActor(t.Context(), tenant.Actor{UserID: "u", Username: "u"})
	_, err := b.Preview(ctx, "t1", dirsync.PreviewRequest{Provider: "fake", UserID: somebody(0).UserID})
	if !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("preview without permission: %v, want ErrForbidden", err)
	}
}
