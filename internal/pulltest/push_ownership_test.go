package pulltest_test

import (
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// rules changes the rules of the tenant.
func (b pushBundle) rules(tb testing.TB, change dirsync.RulesChange) {
	tb.Helper()
	old, err := b.Settings(as(tb), "0", "dingtalk")
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := b.SaveSettings(as(tb), "0", "dingtalk", old.Version, dirsync.SettingsChange{RulesChange: change}); err != nil {
		tb.Fatal(err)
	}
}

// at returns somebody of the office app.
func (b pushBundle) at(tb testing.TB, userID string) dingtalktest.Person {
	tb.Helper()
	p, err := b.office.Person(pushCorp, userID)
	wantNoError(tb, err)
	return p
}

func (b pushBundle) edit(tb testing.TB, userID string, change func(*dingtalktest.Person)) {
	tb.Helper()
	wantNoError(tb, b.office.UpdatePerson(pushCorp, userID, change))
}

// editHere changes the membership of somebody on the platform.
func (b pushBundle) editHere(tb testing.TB, mobile, set string) {
	tb.Helper()
	b.exec(tb, "UPDATE thirdapp_memberships SET "+set+" WHERE person_id = $1", b.account(tb, mobile))
}

// TestPushOwnership: the office app keeps what it owns and what was set the
// first time only, the platform's values are restored where it owns them, and
// local edits survive. Pull and push settle at once.
func TestPushOwnership(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.edit(t, "amy", func(p *dingtalktest.Person) { p.Title, p.JobNumber, p.Email = "工程师", "A1", "amy@there.example" })
		b.rules(t, dirsync.RulesChange{Ownership: &dirsync.Ownership{
			dirsync.FieldTitle: dirsync.OwnerPlatform, dirsync.FieldJobNumber: dirsync.OwnerFirst, dirsync.FieldEmail: dirsync.OwnerProvider,
		}})
		b.pullAll(t)
		amy := b.account(t, "13800000001")
		b.exec(t, "UPDATE thirdapp_people SET realname = '王芳芳', email = 'amy@here.example' WHERE id = $1", amy)
		b.editHere(t, "13800000001", "title = '经理', work_no = 'B2'")
		b.edit(t, "amy", func(p *dingtalktest.Person) { p.Title = "总监" })
		b.pullAll(t)
		run := b.push(t)
		changes := b.changes(t, run, dirsync.ChangeFilter{})
		if run.State != dirsync.StateSucceeded || len(changes) != 1 || len(changes[0].Fields) != 2 {
			t.Fatalf("push %s %+v, want the name and the title of one person", run.State, changes)
		}
		there := b.at(t, "amy")
		if there.Name != "王芳芳" || there.Title != "经理" || there.JobNumber != "A1" || there.Email != "amy@there.example" {
			t.Errorf("at the office app %+v, want the platform's name and title only", there)
		}
		b.wantAtPeace(t)
		here := query(t, s, "SELECT p.realname || ' ' || p.email || ' ' || m.title || ' ' || m.work_no FROM thirdapp_people AS p"+
			" JOIN thirdapp_memberships AS m ON m.person_id = p.id WHERE p.id = $1", amy)
		if here[0] != "王芳芳 amy@here.example 经理 B2" {
			t.Errorf("on the platform %q, want the local edits", here[0])
		}
	})
}

// TestPushOwnershipOfNewPeople: they get everything but what the office app
// owns, custom fields included.
func TestPushOwnershipOfNewPeople(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.rules(t, dirsync.RulesChange{
			Ownership: &dirsync.Ownership{
				dirsync.FieldName: dirsync.OwnerProvider, dirsync.FieldEmail: dirsync.OwnerProvider, dirsync.FieldJobNumber: dirsync.OwnerFirst,
			},
			Mapping: &dirsync.Mapping{dirsync.FieldTitle: "extension.岗位"},
		})
		b.pullAll(t)
		id := b.hire(t, "赵六", "13800000009", b.local(t, "2"))
		b.exec(t, "UPDATE thirdapp_people SET email = 'zhao@here.example' WHERE id = $1", id)
		b.editHere(t, "13800000009", "title = '顾问', work_no = 'Z6'")
		b.push(t)
		var zhao dingtalktest.Person
		for p := range b.office.People(pushCorp) {
			if p.Mobile == "13800000009" {
				zhao = p
			}
		}
		if zhao.Name != "赵六" || zhao.JobNumber != "Z6" || zhao.Email != "" || zhao.Title != "" || zhao.Extension["岗位"] != "顾问" {
			t.Errorf("created %+v, want name, job number and the custom field", zhao)
		}
		b.wantAtPeace(t)
		b.editHere(t, "13800000009", "title = '高级顾问', work_no = 'Z7'")
		b.push(t)
		if zhao = b.at(t, zhao.UserID); zhao.JobNumber != "Z6" || zhao.Extension["岗位"] != "高级顾问" {
			t.Errorf("changed to %+v, want the new custom field and the first job number", zhao)
		}
		b.wantAtPeace(t)
	})
}

// TestPushLeavesConflictsAlone until somebody resolves them; what else has
// changed of the person is pushed.
func TestPushLeavesConflictsAlone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		for how, want := range map[dirsync.Resolution]string{dirsync.ResolvePlatform: "此", dirsync.ResolveProvider: "彼"} {
			b := setupPush(t, s)
			b.pullAll(t)
			b.exec(t, "UPDATE thirdapp_people SET realname = '此' WHERE phone = '13800000001'")
			b.edit(t, "amy", func(p *dingtalktest.Person) { p.Name = "彼" })
			b.pullAll(t)
			b.editHere(t, "13800000001", "title = '"+string(how)+"'")
			run := b.push(t)
			changes := b.changes(t, run, dirsync.ChangeFilter{})
			if there := b.at(t, "amy"); there.Name != "彼" || there.Title != string(how) || len(changes) != 1 ||
				!strings.Contains(changes[0].Reason.EN, "name") || changes[0].State != dirsync.ChangeApplied {
				t.Errorf("%+v by %+v; want the title pushed, and the name named and left alone", there, changes)
			}
			run = b.push(t)
			if run.Progress.Changes != 1 || run.Counts.People[dirsync.KindConflict] != 1 {
				t.Errorf("another push %+v, want the conflict", run.Counts)
			}
			open, err := b.Conflicts(as(t), "0", "dingtalk", tenant.Page{})
			if err != nil || len(open.Items) != 1 {
				t.Fatalf("conflicts %+v, %v; want one", open.Items, err)
			}
			wantNoError(t, b.Resolve(as(t), "0", open.Items[0].ID, how, ""))
			b.push(t)
			if there := b.at(t, "amy"); there.Name != want {
				t.Errorf("after %s: %q at the office app, want %q", how, there.Name, want)
			}
			b.wantAtPeace(t)
		}
	})
}
