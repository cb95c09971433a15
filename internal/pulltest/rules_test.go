package pulltest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// account returns the member of t1 with the given mobile number.
func account(tb testing.TB, b *bundle, mobile string) bunstore.Member {
	tb.Helper()
	members, _, err := b.people.Members(tb.Context(), "t1", 1, tenant.MaxPageLimit)
	if err != nil {
		tb.Fatal(err)
	}
	i := slices.IndexFunc(members, func(m bunstore.Member) bool { return m.Phone == mobile })
	if i < 0 {
		tb.Fatalf("nobody in t1 has mobile %s", mobile)
	}
	return members[i]
}

func ptr[T any](v T) *T { return &v }

func TestMapping(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		p := somebody(1)
		p.Memberships = []provider.Membership{{DepartmentID: "1"}}
		p.Extension = map[string]string{"工作邮箱": " Work@example.com ", "职级": "P7"}
		b.dir.people = append(b.dir.people, p)
		b.save(t, dirsync.RulesChange{Mapping: &dirsync.Mapping{
			dirsync.FieldEmail: "extension.工作邮箱", dirsync.FieldTitle: "extension.职级", dirsync.FieldJobNumber: "userId", dirsync.FieldAvatar: "",
		}})
		b.pull(t, "t1")
		got := account(t, b, p.Mobile)
		if got.Email != "Work@example.com" || got.WorkNo != string(p.UserID) || got.Realname != p.Name {
			t.Errorf("member %+v, want the mapped attributes", got)
		}
		if run := b.pull(t, "t1"); run.Progress.Changes != 0 {
			t.Errorf("second run has %v, want nothing", run.Counts)
		}
		// What the rules map differently differs.
		b.save(t, dirsync.RulesChange{Mapping: &dirsync.Mapping{}})
		run := b.pull(t, "t1")
		if changes := b.changes(t, run, dirsync.ChangeFilter{}); len(changes) != 1 || fmt.Sprint(fieldNames(changes[0])) != "[email jobNumber title avatar]" {
			t.Errorf("changes %+v, want four fields of one person", changes)
		}
		if got := account(t, b, p.Mobile); got.Email != p.Email || got.WorkNo != p.JobNumber {
			t.Errorf("member %+v, want the attributes of the same names", got)
		}
	})
}

func fieldNames(c dirsync.Change) []string {
	var names []string
	for _, f := range c.Fields {
		names = append(names, f.Field)
	}
	return names
}

func TestMappingFaults(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	_, err := b.SaveSettings(as(t), "t1", "fake", 0, dirsync.SettingsChange{RulesChange: dirsync.RulesChange{
		Mapping: &dirsync.Mapping{
			dirsync.FieldMobile: "extension.tel", dirsync.FieldName: "", "nickname": "name", dirsync.FieldEmail: "orgEmail", dirsync.FieldTitle: "extension.",
		},
		Matching: &[]dirsync.MatchBy{dirsync.MatchEmail, dirsync.MatchEmail, "name"}, AccountName: ptr(dirsync.AccountName("pinyin")),
		Existing: &dirsync.ExistingRules{Join: dirsync.JoinActive},
	}})
	wantFaults(t, err, "mapping.email", "mapping.mobile", "mapping.name", "mapping.nickname", "mapping.title",
		"matching", "matching", "matching", "accountName", "existing.fields")
}

// TestMatchingOrder has people who can be recognised by different things.
func TestMatchingOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		create := func(username, phone, email string) {
			t.Helper()
			if _, err := b.people.Create(t.Context(), bunstore.NewPerson{
				Username: username, Realname: username, Phone: phone, Email: email, Tenants: []tenant.ID{"t1"},
			}); err != nil {
				t.Fatal(err)
			}
		}
		create("by-mobile", somebody(1).Mobile, somebody(2).Email)
		create("by-email", "13900000002", strings.ToUpper(somebody(3).Email))
		for i := 1; i <= 4; i++ {
			p := somebody(i)
			p.Memberships = []provider.Membership{{DepartmentID: "1"}}
			if i == 3 {
				p.Mobile = ""
			}
			b.dir.people = append(b.dir.people, p)
		}
		run := b.pullWith(t, "t1", dirsync.RunRequest{Provider: "fake", DryRun: true})
		if got := accounts(t, b, run); got != "u000001=by-mobile u000002= u000003=conflict u000004=" {
			t.Errorf("by default %q", got)
		}
		b.save(t, dirsync.RulesChange{Matching: &[]dirsync.MatchBy{dirsync.MatchMobile, dirsync.MatchEmail}})
		run = b.pullWith(t, "t1", dirsync.RunRequest{Provider: "fake", DryRun: true})
		if got := accounts(t, b, run); got != "u000001=by-mobile u000002=conflict u000003=by-email u000004=" {
			t.Errorf("by mobile, then email %q", got)
		}
		b.save(t, dirsync.RulesChange{Matching: &[]dirsync.MatchBy{dirsync.MatchEmail, dirsync.MatchMobile}})
		run = b.pullWith(t, "t1", dirsync.RunRequest{Provider: "fake", DryRun: true})
		if got := accounts(t, b, run); got != "u000001=by-mobile u000002=conflict u000003=by-email u000004=" {
			t.Errorf("by email, then mobile %q", got)
		}
		// An address that two people have finds nobody.
		b.dir.edit(4, func(p *provider.Person) { p.Email = strings.ToUpper(somebody(3).Email) })
		run = b.pullWith(t, "t1", dirsync.RunRequest{Provider: "fake", DryRun: true})
		if got := accounts(t, b, run); !strings.HasSuffix(got, "u000003=conflict u000004=") {
			t.Errorf("with a shared address %q", got)
		}
	})
}

// accounts lists the accounts that the plan gives to people.
func accounts(tb testing.TB, b *bundle, run dirsync.Run) string {
	tb.Helper()
	var list []string
	for _, c := range b.changes(tb, run, dirsync.ChangeFilter{Entity: dirsync.EntityPerson}) {
		name := c.Account
		if c.Kind == dirsync.KindConflict {
			name = "conflict"
		}
		list = append(list, c.RemoteID+"="+name)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// TestAccountNames has people whose suggested usernames are the same, or taken.
func TestAccountNames(t *testing.T) {
	t.Parallel()
	for source, want := range map[dirsync.AccountName]string{
		dirsync.AccountMobile:     "13800000001 13800000002 13800000003",
		dirsync.AccountEmail:      "13800000003 wei@b.example wei@example.com",
		dirsync.AccountEmailName:  "13800000003 wei-2 wei-3",
		dirsync.AccountJobNumber:  "13800000003 J1 J2",
		dirsync.AccountUserID:     "u000001 u000002 u000003",
		dirsync.AccountPersonName: "张伟 张伟-2 张伟-3",
	} {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, openSQLite(t))
			if _, err := b.people.Create(t.Context(), bunstore.NewPerson{Username: "wei", Realname: "老伟"}); err != nil {
				t.Fatal(err)
			}
			for i := 1; i <= 3; i++ {
				p := somebody(i)
				p.Name, p.Memberships = "张 伟", []provider.Membership{{DepartmentID: "1"}}
				p.Email = []string{"Wei@Example.com", "wei@b.example", ""}[i-1]
				if i == 3 {
					p.JobNumber = ""
				}
				b.dir.people = append(b.dir.people, p)
			}
			b.save(t, dirsync.RulesChange{AccountName: &source})
			if run := b.pull(t, "t1"); run.State != dirsync.StateSucceeded {
				t.Errorf("run is %s", run.State)
			}
			var got []string
			for i := 1; i <= 3; i++ {
				got = append(got, account(t, b, somebody(i).Mobile).Username)
			}
			slices.Sort(got)
			if strings.Join(got, " ") != want {
				t.Errorf("usernames %q, want %q", got, want)
			}
			if run := b.pull(t, "t1"); run.Progress.Changes != 0 {
				t.Errorf("second run has %v, want nothing", run.Counts)
			}
		})
	}
}

// TestManyOfOneName creates more people of one name than a batch has.
func TestManyOfOneName(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t), func(b *bundle) { b.cfg.BatchSize = 20 })
	for i := range 90 {
		p := somebody(i)
		p.Name, p.Memberships = "王芳", []provider.Membership{{DepartmentID: "1"}}
		b.dir.people = append(b.dir.people, p)
	}
	b.save(t, dirsync.RulesChange{AccountName: ptr(dirsync.AccountPersonName)})
	if run := b.pull(t, "t1"); run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindCreate] != 90 {
		t.Fatalf("run is %s with %v", run.State, run.Counts)
	}
	seen := map[string]bool{}
	for i := range 90 {
		seen[account(t, b, somebody(i).Mobile).Username] = true
	}
	if len(seen) != 90 || !seen["王芳"] || !seen["王芳-90"] {
		t.Errorf("%d usernames, want 90 from 王芳 to 王芳-90", len(seen))
	}
}

// TestExistingFields leaves the fields of accounts alone that were there before.
func TestExistingFields(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		if _, err := b.people.Create(t.Context(), bunstore.NewPerson{
			Username: "old", Realname: "老名", Phone: somebody(1).Mobile, Email: "old@example.com", Tenants: []tenant.ID{"t1"},
		}); err != nil {
			t.Fatal(err)
		}
		b.dir.departments = append(b.dir.departments, provider.Department{ID: "2", ParentID: "1", Name: "研发"})
		b.dir.addPeople(1, 3)
		b.save(t, dirsync.RulesChange{Existing: &dirsync.ExistingRules{Join: dirsync.JoinActive, Fields: dirsync.FieldsKeep}})
		b.pull(t, "t1")
		if got := account(t, b, somebody(1).Mobile); got.Email != "old@example.com" || got.Realname != "老名" || len(got.DepartmentIDs) != 1 {
			t.Errorf("member %+v, want the fields as they were and a department", got)
		}
		for i := 1; i <= 2; i++ {
			b.dir.edit(i, func(p *provider.Person) { p.Mobile, p.Email = "139"+p.Mobile[3:], "new"+p.Email })
		}
		b.pull(t, "t1")
		if got := account(t, b, somebody(1).Mobile); got.Email != "old@example.com" {
			t.Errorf("member %+v, want the fields as they were", got)
		}
		if got := account(t, b, "139"+somebody(2).Mobile[3:]); got.Email != "new"+somebody(2).Email {
			t.Errorf("member %+v, want what the directory has: a pull created it", got)
		}
	})
}
