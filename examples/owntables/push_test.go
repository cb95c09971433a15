package main

import (
	"io"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestPushes pushes a unit and who heads it, who reports to somebody there, and
// has pulls keep the unit in line from then on.
func TestPushes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		em := dingtalktest.NewServer(t, dingtalktest.Company{
			CorpID: "dingacme", Name: "示例公司", Departments: []dingtalktest.Department{{ID: 2, Name: "研发"}},
			People: []dingtalktest.Person{{UserID: "zhang", Name: "张三", Mobile: "13800000001", Memberships: []dingtalktest.Membership{{DepartmentID: 2}}}},
		})
		h := connected(t, newDSN(t), em)
		tables := harness(h.parts.Store)
		pull(t, h)
		must(t, h.grow(t.Context(), "新品", "li", "李四", "13800000002"))
		_, err := h.parts.Store.DB().DB.ExecContext(t.Context(), `UPDATE staff SET manager_id = (SELECT id FROM users WHERE full_name = '张三')
			WHERE user_id = (SELECT id FROM users WHERE login = 'li')`)
		must(t, err)
		must(t, h.push(t.Context(), io.Discard))

		departments := em.Departments(em.CorpID())
		at := slices.IndexFunc(departments, func(d dingtalktest.Department) bool { return d.Name == "新品" })
		if at < 0 || departments[at].ParentID != 1 {
			t.Fatalf("departments %+v, want the new one below the company", departments)
		}
		var li dingtalktest.Person
		for p := range em.People(em.CorpID()) {
			if p.Name == "李四" {
				li = p
			}
		}
		if li.Mobile != "13800000002" || li.Title != "产品经理" || li.ManagerUserID != "zhang" ||
			len(li.Memberships) != 1 || li.Memberships[0].DepartmentID != departments[at].ID || !li.Memberships[0].Leader {
			t.Errorf("the new person %+v, want the head of the new department, who reports to zhang", li)
		}
		for _, direction := range []dirsync.Direction{dirsync.Pull, dirsync.Push} {
			r, err := h.sync(t.Context(), dirsync.RunRequest{Provider: provider.DingTalk, Direction: direction})
			if err != nil || r.Progress.Changes != 0 {
				t.Errorf("%s after the push: %d changes, %v; want nothing to do", direction, r.Progress.Changes, err)
			}
		}
		units := tables.Departments(t, theTenant)
		must(t, em.UpdateDepartment(em.CorpID(), departments[at].ID, func(d *dingtalktest.Department) { d.Name = "产品" }))
		pull(t, h)
		for id, unit := range tables.Departments(t, theTenant) {
			want := units[id].Name
			if want == "新品" {
				want = "产品"
			}
			if unit.Name != want {
				t.Errorf("unit %s is %q after it was renamed at DingTalk, want %q", id, unit.Name, want)
			}
		}
	})
}
