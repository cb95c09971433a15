package pulltest_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// placeHere changes the place of somebody in a department of the platform.
func (b pushBundle) placeHere(tb testing.TB, mobile, department, set string) {
	tb.Helper()
	b.exec(tb, "UPDATE thirdapp_department_members SET "+set+" WHERE person_id = $1 AND department_id = $2",
		b.account(tb, mobile), department)
}

// reportHere gives somebody a manager on the platform.
func (b pushBundle) reportHere(tb testing.TB, mobile, to string) {
	tb.Helper()
	b.editHere(tb, mobile, "manager_id = '"+b.account(tb, to)+"'")
}

// roles tells of everybody at the office app who they report to, what they lead
// and where they stand, by name.
func (b pushBundle) roles(tb testing.TB) string {
	tb.Helper()
	var list []string
	for p := range b.office.People(pushCorp) {
		line := p.Name
		if p.ManagerUserID != "" {
			line += " <" + b.at(tb, p.ManagerUserID).Name
		}
		for _, m := range p.Memberships {
			d, _ := b.office.Department(pushCorp, m.DepartmentID)
			line += " " + d.Name
			if m.Leader {
				line += "*"
			}
			if m.Order != 0 {
				line += strconv.FormatInt(m.Order, 10)
			}
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

func wantRoles(tb testing.TB, b pushBundle, want ...string) {
	tb.Helper()
	slices.Sort(want)
	if got := b.roles(tb); got != strings.Join(want, "; ") {
		tb.Errorf("at the office app: %s; want %s", got, strings.Join(want, "; "))
	}
}

// TestPushLeadersAndManagers brings over who leads, who reports to whom and
// where people stand, also of people whom the same push creates, whoever of them
// comes first.
func TestPushLeadersAndManagers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		dev, market := b.local(t, "2"), b.local(t, "3")
		b.department(t, "d-lab", dev, "实验室")
		b.hire(t, "赵六", "13800000009", "d-lab")
		b.hire(t, "钱七", "13800000010", market)
		b.placeHere(t, "13800000001", dev, "leader = TRUE")
		b.placeHere(t, "13800000009", "d-lab", "leader = TRUE, sort_order = 3")
		b.placeHere(t, "13800000002", market, "sort_order = -5")
		b.reportHere(t, "13800000002", "13800000001")
		b.reportHere(t, "13800000001", "13800000009")
		b.reportHere(t, "13800000009", "13800000010")
		b.reportHere(t, "13800000010", "13800000009")

		preview := b.push(t, func(r *dirsync.RunRequest) { r.DryRun = true })
		var shown []string
		for _, c := range b.changes(t, preview, dirsync.ChangeFilter{Entity: dirsync.EntityPerson}) {
			for _, f := range c.Fields {
				if f.Field == "manager" || f.Field == "leaderOf" || f.Field == "order" {
					shown = append(shown, string(c.Kind)+" "+c.Name+" "+f.Field+": "+f.Before+" > "+f.After)
				}
			}
		}
		slices.Sort(shown)
		want := []string{
			"update 李雷 manager:  > 王芳 (amy)", "update 李雷 order: 市场 0 > 市场 -5",
			"update 王芳 leaderOf:  > 研发", "update 王芳 manager:  > 赵六 (13800000009)",
			"update 赵六 manager:  > 钱七 (13800000010)", "update 钱七 manager:  > 赵六 (13800000009)",
		}
		slices.Sort(want)
		if !slices.Equal(shown, want) {
			t.Errorf("preview shows\n%s\nwant\n%s", strings.Join(shown, "\n"), strings.Join(want, "\n"))
		}
		run := b.push(t)
		if run.State != dirsync.StateSucceeded {
			t.Fatalf("push %s, changes %+v", run.State, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		wantRoles(t, b, "王芳 <赵六 研发*", "李雷 <王芳 研发 市场5", "赵六 <钱七 实验室*-3", "钱七 <赵六 市场")
		b.wantAtPeace(t)

		// Others become leaders, one who leads by the office app's word only stays.
		b.edit(t, "ben", func(p *dingtalktest.Person) { p.Memberships[0].Leader = true })
		b.placeHere(t, "13800000001", dev, "leader = FALSE")
		b.exec(t, `INSERT INTO thirdapp_department_members (tenant_id, department_id, person_id, leader, sort_order)
			VALUES ('0', $1, $2, TRUE, 0)`, dev, b.account(t, "13800000010"))
		if run = b.push(t); run.State != dirsync.StateSucceeded {
			t.Fatalf("push %s, changes %+v", run.State, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		wantRoles(t, b, "王芳 <赵六 研发", "李雷 <王芳 研发* 市场5", "赵六 <钱七 实验室*-3", "钱七 <赵六 研发* 市场")
		b.pullAll(t)
		b.wantAtPeace(t)
	})
}

// TestPushKeepsUnknown leaves what the platform does not know as it is, whoever
// owns it, and what the office app owns.
func TestPushKeepsUnknown(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.edit(t, "amy", func(p *dingtalktest.Person) { p.ManagerUserID, p.Memberships[0].Leader = "ben", true })
		b.rules(t, dirsync.RulesChange{Ownership: &dirsync.Ownership{dirsync.FieldManager: dirsync.OwnerPlatform}})
		b.pullAll(t)
		b.wantAtPeace(t)
		b.editHere(t, "13800000001", "title = '经理'")
		b.push(t)
		wantRoles(t, b, "王芳 <李雷 研发*", "李雷 研发 市场")
		b.wantAtPeace(t)

		b.rules(t, dirsync.RulesChange{Ownership: &dirsync.Ownership{dirsync.FieldManager: dirsync.OwnerProvider}})
		b.reportHere(t, "13800000002", "13800000001")
		b.push(t)
		wantRoles(t, b, "王芳 <李雷 研发*", "李雷 研发 市场")
	})
}

// TestPushOfManagersConflicts: what both sides have changed is left alone.
func TestPushOfManagersConflicts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		dev := b.local(t, "2")
		b.hire(t, "赵六", "13800000009", dev)
		b.reportHere(t, "13800000001", "13800000002")
		b.push(t)
		b.wantAtPeace(t)
		b.reportHere(t, "13800000001", "13800000009")
		b.edit(t, "amy", func(p *dingtalktest.Person) { p.ManagerUserID = "" })
		b.placeHere(t, "13800000001", dev, "leader = TRUE")
		run := b.push(t)
		changes := b.changes(t, run, dirsync.ChangeFilter{})
		if len(changes) != 1 || !strings.Contains(changes[0].Reason.EN, "manager") || changes[0].State != dirsync.ChangeApplied {
			t.Errorf("changes %+v, want the manager named and left alone", changes)
		}
		wantRoles(t, b, "王芳 研发*", "李雷 研发 市场", "赵六 研发")
	})
}

// TestPushOfManagersDies kills the worker before outcomes are stored.
func TestPushOfManagersDies(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		dev := b.local(t, "2")
		b.hire(t, "赵六", "13800000009", dev)
		b.hire(t, "钱七", "13800000010", dev)
		b.placeHere(t, "13800000009", dev, "leader = TRUE")
		b.placeHere(t, "13800000001", dev, "leader = TRUE")
		b.reportHere(t, "13800000009", "13800000010")
		b.reportHere(t, "13800000010", "13800000009")
		b.ports = &dying{Store: b.store, left: 6}
		b.restart(t)
		if run := b.push(t); run.State != dirsync.StateSucceeded {
			t.Errorf("push %s, changes %+v, failures %v", run.State, b.changes(t, run, dirsync.ChangeFilter{}), b.queue.failures)
		}
		wantRoles(t, b, "王芳 研发*", "李雷 研发 市场", "赵六 <钱七 研发*", "钱七 <赵六 研发")
		b.wantAtPeace(t)
	})
}

// TestPushOfManagerWhoIsInvited waits for the manager to accept.
func TestPushOfManagerWhoIsInvited(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		wantNoError(t, b.office.AskConsent(pushCorp, "13800000009"))
		b.hire(t, "赵六", "13800000009", b.local(t, "2"))
		b.reportHere(t, "13800000001", "13800000009")
		run := b.push(t)
		changes := b.changes(t, run, dirsync.ChangeFilter{Kind: dirsync.KindUpdate})
		if run.State != dirsync.StateSucceeded || len(changes) != 1 || !strings.Contains(changes[0].Reason.EN, "not in the office app yet") {
			t.Errorf("push %s, changes %+v; want the manager to be waited for", run.State, changes)
		}
		wantNoError(t, b.office.AcceptInvitation(pushCorp, "13800000009"))
		b.pullAll(t)
		b.push(t)
		wantRoles(t, b, "王芳 <赵六 研发", "李雷 研发 市场", "赵六 研发")
		b.wantAtPeace(t)
	})
}

// TestPushOfADisputedManager: the conflict comes to the list by a look-up of the
// person, and the platform's manager is pushed once somebody says so.
func TestPushOfADisputedManager(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		dev := b.local(t, "2")
		b.hire(t, "赵六", "13800000009", dev)
		b.hire(t, "钱七", "13800000010", dev)
		b.reportHere(t, "13800000001", "13800000002")
		b.push(t)
		b.reportHere(t, "13800000001", "13800000009")
		for p := range b.office.People(pushCorp) {
			if p.Mobile == "13800000010" {
				b.edit(t, "amy", func(amy *dingtalktest.Person) { amy.ManagerUserID = p.UserID })
			}
		}
		if run := b.push(t); run.Counts.People[dirsync.KindConflict] != 1 {
			t.Errorf("push %v, want a conflict", run.Counts)
		}
		b.pullWith(t, "0", dirsync.RunRequest{Provider: "dingtalk", Mode: dirsync.Incremental, People: []provider.UserID{"amy"}})
		open, err := b.Conflicts(as(t), "0", "dingtalk", tenant.Page{})
		wantNoError(t, err)
		if len(open.Items) != 1 || open.Items[0].Field != dirsync.FieldManager {
			t.Fatalf("conflicts %+v, want the manager", open.Items)
		}
		wantNoError(t, b.Resolve(as(t), "0", open.Items[0].ID, dirsync.ResolvePlatform, ""))
		b.push(t)
		wantRoles(t, b, "王芳 <赵六 研发", "李雷 研发 市场", "赵六 研发", "钱七 研发")
		b.wantAtPeace(t)
	})
}
