package pulltest_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestHiddenFieldsStay: without the permission for custom fields DingTalk shows
// none, as if all of them had been emptied. What they fill stays as it is, also
// where something else of the person has changed, and follows again once the
// permission is back.
func TestHiddenFieldsStay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.rules(t, dirsync.RulesChange{Mapping: &dirsync.Mapping{dirsync.FieldTitle: "extension.岗位"}})
		b.edit(t, "amy", func(p *dingtalktest.Person) { p.Extension = map[string]string{"岗位": "架构师"} })
		b.edit(t, "ben", func(p *dingtalktest.Person) { p.Extension = map[string]string{"岗位": "会计"} })
		b.pullAll(t)
		const amy, ben = "13800000001", "13800000002"
		b.wantTitles(t, amy, "架构师", ben, "会计")

		b.withhold(t, dingtalktest.PermissionEmail)
		b.edit(t, "ben", func(p *dingtalktest.Person) { p.JobNumber = "B2" })
		plan := b.pullWith(t, "0", dirsync.RunRequest{Provider: "dingtalk", DryRun: true})
		for _, c := range b.changes(t, plan, dirsync.ChangeFilter{}) {
			for _, f := range c.Fields {
				if f.Field == string(dirsync.FieldTitle) {
					t.Errorf("the plan has %+v of %s, want titles left alone", f, c.RemoteID)
				}
			}
		}
		run := b.pullAll(t)
		wantMissing(t, run, "邮箱等个人信息")
		b.wantTitles(t, amy, "架构师", ben, "会计")
		if got := query(t, s, "SELECT work_no FROM thirdapp_memberships WHERE person_id = $1", b.account(t, ben))[0]; got != "B2" {
			t.Errorf("job number %q, want the new one", got)
		}

		b.withhold(t)
		b.edit(t, "amy", func(p *dingtalktest.Person) { p.Extension = map[string]string{"岗位": "总监"} })
		b.edit(t, "ben", func(p *dingtalktest.Person) { p.Extension = map[string]string{"岗位": "出纳"} })
		b.pullAll(t)
		b.wantTitles(t, amy, "总监", ben, "出纳")
		b.wantAtPeace(t)
	})
}

// wantTitles compares the titles of people of given mobile numbers.
func (b pushBundle) wantTitles(tb testing.TB, pairs ...string) {
	tb.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := query(tb, b.store, "SELECT title FROM thirdapp_memberships WHERE person_id = $1", b.account(tb, pairs[i]))[0]; got != pairs[i+1] {
			tb.Errorf("%s has the title %q, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

// TestUntoldFieldsOfAccountsStay: what an account had before it was bound, and
// the office app has not, was entered on the platform: a pull leaves it, and a
// push brings it over.
func TestUntoldFieldsOfAccountsStay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		const amy = "13800000001"
		b.hire(t, "王芳", amy, "")
		b.editHere(t, amy, "title = '架构师', work_no = 'W-1'")
		b.pullAll(t)
		b.edit(t, "amy", func(p *dingtalktest.Person) { p.Email = "amy@there.example" })
		b.pullAll(t)
		b.wantTitles(t, amy, "架构师")
		if got := query(t, s, "SELECT work_no FROM thirdapp_memberships WHERE person_id = $1", b.account(t, amy))[0]; got != "W-1" {
			t.Errorf("job number %q, want W-1", got)
		}
		b.push(t)
		if there := b.at(t, "amy"); there.Title != "架构师" || there.JobNumber != "W-1" {
			t.Errorf("at the office app %q %q, want what the platform had", there.Title, there.JobNumber)
		}
		b.wantAtPeace(t)
	})
}
