package pulltest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// local edits somebody on the platform.
func (b *bundle) local(tb testing.TB, mobile, set string) {
	tb.Helper()
	table, key := "thirdapp_people", "id"
	if strings.HasPrefix(set, "title") {
		table, key = "thirdapp_memberships", "person_id"
	}
	_, err := b.store.DB().ExecContext(tb.Context(), "UPDATE "+table+" SET "+set+" WHERE "+key+" = '"+account(tb, b, mobile).ID+"'")
	if err != nil {
		tb.Fatal(err)
	}
}

// open lists the open conflicts of t1.
func (b *bundle) open(tb testing.TB) []dirsync.Conflict {
	tb.Helper()
	list, err := b.Conflicts(as(tb), "t1", "", tenant.Page{})
	if err != nil {
		tb.Fatal(err)
	}
	return list.Items
}

// TestThreeWay edits a field on one side, the other, and both.
func TestThreeWay(t *testing.T) {
	t.Parallel()
	const mobile = "13800000001"
	for name, c := range map[string]struct {
		owner     dirsync.Owner
		local     bool
		remote    string
		want      string
		conflicts int
	}{
		"only there":              {dirsync.OwnerProvider, false, "there@example.com", "there@example.com", 0},
		"only here":               {dirsync.OwnerProvider, true, "", "here@example.com", 0},
		"on both sides":           {dirsync.OwnerProvider, true, "there@example.com", "here@example.com", 1},
		"on both sides, the same": {dirsync.OwnerProvider, true, "here@example.com", "here@example.com", 0},
		"platform's":              {dirsync.OwnerPlatform, false, "there@example.com", "", 0},
		"platform's, edited":      {dirsync.OwnerPlatform, true, "there@example.com", "here@example.com", 0},
		"first":                   {dirsync.OwnerFirst, false, "there@example.com", "u1@example.com", 0},
		"first, edited":           {dirsync.OwnerFirst, true, "there@example.com", "here@example.com", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, openSQLite(t))
			b.dir.addPeople(1, 3)
			b.save(t, dirsync.RulesChange{Ownership: &dirsync.Ownership{dirsync.FieldEmail: c.owner}})
			b.pull(t, "t1")
			if c.local {
				b.local(t, mobile, "email = 'here@example.com'")
			}
			b.dir.edit(1, func(p *provider.Person) {
				p.Title = "总监" // something else is new in any case
				if c.remote != "" {
					p.Email = c.remote
				}
			})
			run := b.pull(t, "t1")
			if got := account(t, b, mobile); got.Email != c.want || got.Title != "总监" || run.State != dirsync.StateSucceeded {
				t.Errorf("member %+v by %s, want email %q and the new title", got, run.State, c.want)
			}
			if got := b.open(t); len(got) != c.conflicts {
				t.Errorf("conflicts %+v, want %d", got, c.conflicts)
			}
			b.wantSettled(t, "t1")
			if got := b.open(t); len(got) != c.conflicts {
				t.Errorf("conflicts after another run %+v, want %d", got, c.conflicts)
			}
		})
	}
}

// TestEmptiedAtTheOfficeApp has a title and a job number edited here and emptied
// there: that is a conflict, too, and nothing is lost.
func TestEmptiedAtTheOfficeApp(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(1, 3)
	b.pull(t, "t1")
	b.local(t, somebody(1).Mobile, "title = '顾问', work_no = 'H1'")
	for i := 1; i <= 2; i++ {
		b.dir.edit(i, func(p *provider.Person) { p.Title, p.JobNumber, p.Email = "", "", "" })
	}
	b.pull(t, "t1")
	edited, other := account(t, b, somebody(1).Mobile), account(t, b, somebody(2).Mobile)
	if edited.Title != "顾问" || edited.WorkNo != "H1" || edited.Email == "" || other.Title != "" || other.WorkNo != "u000002" {
		t.Errorf("members %+v and %+v, want the edits kept, and the other one's emptied", edited, other)
	}
	open := b.open(t)
	if len(open) != 2 || open[1].FieldConflict != (dirsync.FieldConflict{Field: dirsync.FieldTitle, Platform: "顾问"}) {
		t.Fatalf("conflicts %+v, want those of job number and title", open)
	}
	b.wantSettled(t, "t1")
	if err := b.Resolve(as(t), "t1", open[1].ID, dirsync.ResolveProvider, ""); err != nil {
		t.Fatal(err)
	}
	if got := account(t, b, somebody(1).Mobile); got.Title != "" || got.WorkNo != "H1" {
		t.Errorf("member %+v, want no title any more, and the job number as it was", got)
	}
}

// TestFieldConflict resolves a conflict in each way, and has one go away.
func TestFieldConflict(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(2, 2)
		b.dir.addPeople(1, 4)
		b.pull(t, "t1")
		for i := 1; i <= 3; i++ {
			b.local(t, somebody(i).Mobile, fmt.Sprintf("email = 'here%d@example.com'", i))
			b.dir.edit(i, func(p *provider.Person) { p.Email = fmt.Sprintf("there%d@example.com", i) })
		}
		run := b.pull(t, "t1")
		open := b.open(t)
		if len(open) != 3 {
			t.Fatalf("conflicts %+v, want three", open)
		}
		first := open[0]
		want := dirsync.FieldConflict{Field: dirsync.FieldEmail, Platform: "here1@example.com", Provider: "there1@example.com"}
		if first.FieldConflict != want || first.RemoteID != "u000001" || first.Name != somebody(1).Name || first.RunID != run.ID ||
			first.Account != somebody(1).Mobile || first.LocalID == "" {
			t.Errorf("conflict %+v, want %+v", first, want)
		}
		if c := b.changes(t, run, dirsync.ChangeFilter{})[0]; !strings.Contains(c.Reason.EN, "email") {
			t.Errorf("change %+v, want it to name the field", c)
		}
		before := account(t, b, somebody(2).Mobile)
		for i, how := range []dirsync.Resolution{dirsync.ResolvePlatform, dirsync.ResolveProvider} {
			if err := b.Resolve(as(t), "t1", open[i].ID, how, ""); err != nil {
				t.Fatal(err)
			}
		}
		if got := account(t, b, somebody(1).Mobile).Email; got != "here1@example.com" {
			t.Errorf("email %q, want the platform's", got)
		}
		got := account(t, b, somebody(2).Mobile)
		before.Email = "there2@example.com"
		if fmt.Sprint(got) != fmt.Sprint(before) {
			t.Errorf("member %+v, want the office app's email and all else as before: %+v", got, before)
		}
		wantAudit(t, b, "sync.resolve ok", "sync.resolve ok")
		// The office app gives in.
		b.dir.edit(3, func(p *provider.Person) { p.Email = "here3@example.com" })
		b.pull(t, "t1")
		if got := b.open(t); len(got) != 0 {
			t.Errorf("conflicts %+v, want none", got)
		}
		b.wantSettled(t, "t1")
		for name, err := range map[string]error{
			"resolved":       b.Resolve(as(t), "t1", open[0].ID, dirsync.ResolvePlatform, ""),
			"another tenant": b.Resolve(as(t), "t2", open[2].ID, dirsync.ResolvePlatform, ""),
		} {
			if !errors.Is(err, dirsync.ErrNoConflict) {
				t.Errorf("%s: %v, want ErrNoConflict", name, err)
			}
		}
	})
}

// TestMatchConflict binds somebody who cannot be matched.
// TestResolveOfLeaver gives somebody who is leaving the office app's value; they
// stay out of their departments.
func TestResolveOfLeaver(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(1, 4)
		b.save(t, dirsync.RulesChange{GraceDays: ptr(30)})
		b.pull(t, "t1")
		b.local(t, somebody(1).Mobile, "email = 'here@example.com'")
		b.dir.edit(1, func(p *provider.Person) { p.Email = "there@example.com" })
		b.pull(t, "t1")
		b.dir.remove(1)
		b.pull(t, "t1")
		open := b.open(t)
		if len(open) != 1 {
			t.Fatalf("conflicts %+v, want one", open)
		}
		if err := b.Resolve(as(t), "t1", open[0].ID, dirsync.ResolveProvider, ""); err != nil {
			t.Fatal(err)
		}
		got := account(t, b, somebody(1).Mobile)
		if got.Email != "there@example.com" || len(got.DepartmentIDs) != 0 {
			t.Errorf("member %+v, want the office app's address, and no department", got)
		}
	})
}

func TestMatchConflict(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(1, 4)
		b.dir.edit(1, func(p *provider.Person) { p.Mobile = "" })
		b.dir.edit(2, func(p *provider.Person) { p.Mobile = "" })
		mine, err := b.people.Create(t.Context(), bunstore.NewPerson{Username: "mine", Realname: "x", Tenants: []tenant.ID{"t1"}})
		if err != nil {
			t.Fatal(err)
		}
		other, err := b.people.Create(t.Context(), bunstore.NewPerson{Username: "other", Realname: "x", Tenants: []tenant.ID{"t2"}})
		if err != nil {
			t.Fatal(err)
		}
		b.pullWith(t, "t1", dirsync.RunRequest{Provider: "fake", DryRun: true})
		if got := b.open(t); len(got) != 0 {
			t.Errorf("conflicts after a dry run %+v, want none", got)
		}
		b.pull(t, "t1")
		b.pull(t, "t1")
		open := b.open(t)
		if len(open) != 2 || open[0].Field != "" || open[0].RemoteID != "u000001" || open[0].Reason.ZH == "" {
			t.Fatalf("conflicts %+v, want two who cannot be matched", open)
		}
		for name, c := range map[string]struct {
			how     dirsync.Resolution
			localID string
			reason  string
		}{
			"a field's resolution": {dirsync.ResolveProvider, "", "wrong_resolution"},
			"unknown":              {"magic", "", "unknown_resolution"},
			"no account":           {dirsync.ResolveBind, "nobody", "no_such_account"},
			"of another tenant":    {dirsync.ResolveBind, other.ID, "no_such_account"},
			"bound to another":     {dirsync.ResolveBind, account(t, b, somebody(3).Mobile).ID, "account_bound"},
		} {
			var refusal *tenant.Error
			if err := b.Resolve(as(t), "t1", open[0].ID, c.how, c.localID); !errors.As(err, &refusal) || refusal.Reason != c.reason {
				t.Errorf("%s: %v, want %s", name, err, c.reason)
			}
		}
		if err := b.Resolve(as(t), "t1", open[0].ID, dirsync.ResolveBind, mine.ID); err != nil {
			t.Fatal(err)
		}
		b.dir.remove(2)
		run := b.pull(t, "t1")
		if run.Counts.People[dirsync.KindUpdate] != 1 || len(b.open(t)) != 0 {
			t.Errorf("counts %v, conflicts %+v; want one update and no conflict", run.Counts, b.open(t))
		}
		b.wantSettled(t, "t1")
	})
}

func TestResolvePermissions(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	ctx := tenant.WithActor(context.Background(), tenant.Actor{UserID: "u", Username: "u"})
	b.authz.denied = []tenant.Permission{{Object: tenant.ObjectBinding, Action: tenant.ActionWrite}}
	if err := b.Resolve(ctx, "t1", "x", dirsync.ResolveBind, "y"); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("bind without binding.write: %v, want ErrForbidden", err)
	}
	b.authz.denied, b.authz.owner = []tenant.Permission{{Object: tenant.ObjectConfig, Action: tenant.ActionWrite}}, "boss"
	if err := b.Resolve(ctx, "t1", "x", dirsync.ResolveBind, "boss"); !errors.Is(err, tenant.ErrStronger) {
		t.Errorf("bind to somebody with more rights: %v, want ErrStronger", err)
	}
	b.authz.denied = []tenant.Permission{{Object: tenant.ObjectSync, Action: tenant.ActionRun}}
	if err := b.Resolve(ctx, "t1", "x", dirsync.ResolvePlatform, ""); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("without sync.run: %v, want ErrForbidden", err)
	}
	_, err := b.SaveSettings(as(t), "t1", "fake", 0, dirsync.SettingsChange{RulesChange: dirsync.RulesChange{Ownership: &dirsync.Ownership{"nickname": "me"}}})
	wantFaults(t, err, "ownership.nickname", "ownership.nickname")
}

// TestKeptFieldsAreNotPlanned has a plan show what changes, and not what the
// rules keep.
func TestKeptFieldsAreNotPlanned(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(1, 4)
	b.save(t, dirsync.RulesChange{Ownership: &dirsync.Ownership{
		dirsync.FieldEmail: dirsync.OwnerPlatform, dirsync.FieldTitle: dirsync.OwnerFirst, dirsync.FieldName: dirsync.OwnerPlatform,
	}})
	shown := func(run dirsync.Run, n int) (fields []string, reason string) {
		t.Helper()
		for _, c := range b.changes(t, run, dirsync.ChangeFilter{Entity: dirsync.EntityPerson}) {
			if c.RemoteID != string(somebody(n).UserID) {
				continue
			}
			for _, f := range c.Fields {
				fields = append(fields, f.Field)
			}
			return fields, c.Reason.EN
		}
		return nil, "no change"
	}
	want := func(run dirsync.Run, n int, noted bool, want ...string) {
		t.Helper()
		if got, reason := shown(run, n); !slices.Equal(got, want) || (reason != "") != noted {
			t.Errorf("of %d the plan shows %q, reason %q; want %q, with a reason: %t", n, got, reason, want, noted)
		}
	}
	run := b.pull(t, "t1")
	want(run, 1, false, "name", "mobile", "jobNumber", "title", "avatar", "departments")
	b.dir.edit(1, func(p *provider.Person) { p.Email, p.Title, p.Name = "new@example.com", "总监", "李四" })
	b.dir.edit(2, func(p *provider.Person) { p.Email, p.JobNumber = "other@example.com", "J-new" })
	run = b.pull(t, "t1")
	want(run, 1, true)
	want(run, 2, false, "jobNumber")
	b.wantSettled(t, "t1")
}
