package pulltest_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestAnyCompany changes companies at random, and pulls after each bout of
// changes: the platform then shows what the directory shows.
func TestAnyCompany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			tn := tenant.ID("t" + strconv.Itoa(n))
			b := setup(t, s, func(b *bundle) {
				b.cfg.BatchSize = rapid.IntRange(1, 9).Draw(rt, "batch")
				b.conns.org = string(tn)
			})
			b.restart(t)
			w := &world{dir: b.dir, base: n * 1000, rt: rt}
			b.dir.pageSize = rapid.IntRange(1, 7).Draw(rt, "page")
			b.dir.subtree = rapid.Bool().Draw(rt, "subtree")
			w.join() // a directory without people removes nobody
			for range 3 {
				for range rapid.IntRange(1, 12).Draw(rt, "changes") {
					w.change()
				}
				w.compare(t, b, tn, settle(t, rt, b, tn))
			}
		})
	})
}

// settle pulls until there is nothing left to do: at once, but for somebody who
// has the mobile number that another one had until now, and comes with the
// second run. It returns those who cannot come at all, because the account of
// another one is still called by their number.
func settle(t *testing.T, rt *rapid.T, b *bundle, tn tenant.ID) (refused map[string]bool) {
	t.Helper()
	for range 4 {
		run := b.pull(t, tn)
		refused = map[string]bool{}
		waits := false
		for _, c := range b.changes(t, run, dirsync.ChangeFilter{State: dirsync.ChangeFailed}) {
			switch c.Reason.ZH {
			case "用户名已注册":
				refused[c.RemoteID] = true
			case "手机号重复，请更换手机号":
				waits = true
			default:
				rt.Fatalf("failed change %+v", c)
			}
		}
		if !run.Complete || run.State == dirsync.StateFailed {
			rt.Fatalf("run %+v, failures %v", run, b.queue.failures)
		}
		if !waits && run.Counts.Total()[dirsync.KindConflict]+len(refused) == run.Progress.Changes {
			return refused
		}
	}
	rt.Fatal("there is something to do after four runs")
	return nil
}

// world changes a directory at random.
type world struct {
	rt   *rapid.T
	dir  *directory
	base int // numbers of people begin here
	next int
	gone []provider.Person
	// never are changes that do not happen.
	never []string
}

func (w *world) change() {
	w.rt.Helper()
	ops := map[string]func(){
		"join": w.join, "join without mobile": w.joinWithoutMobile, "join with another's mobile": w.joinShared,
		"leave": w.leave, "return": w.comeBack, "move": w.move, "rename": w.rename, "new mobile": w.newMobile,
		"new id": w.newID, "department": w.addDepartment, "drop department": w.dropDepartment, "reparent": w.reparent,
	}
	names := make([]string, 0, len(ops))
	for name := range ops {
		if !slices.Contains(w.never, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	ops[rapid.SampledFrom(names).Draw(w.rt, "op")]()
}

func (w *world) person() *provider.Person {
	if len(w.dir.people) == 0 {
		return nil
	}
	return &w.dir.people[rapid.IntRange(0, len(w.dir.people)-1).Draw(w.rt, "person")]
}

func (w *world) department() provider.DepartmentID {
	return w.dir.departments[rapid.IntRange(0, len(w.dir.departments)-1).Draw(w.rt, "department")].ID
}

func (w *world) places() []provider.Membership {
	places := []provider.Membership{{DepartmentID: w.department(), Order: int64(rapid.IntRange(-3, 3).Draw(w.rt, "order"))}}
	if second := w.department(); second != places[0].DepartmentID {
		places = append(places, provider.Membership{DepartmentID: second, Leader: true})
	}
	return places
}

func (w *world) join() {
	p := somebody(w.base + w.next)
	p.Memberships = w.places()
	w.next++
	w.dir.people = append(w.dir.people, p)
}

func (w *world) joinWithoutMobile() {
	w.join()
	w.dir.people[len(w.dir.people)-1].Mobile = ""
}

func (w *world) joinShared() {
	w.join()
	w.dir.people[len(w.dir.people)-1].Mobile = w.person().Mobile
}

func (w *world) leave() {
	if p := w.person(); p != nil && len(w.dir.people) > 1 {
		w.gone = append(w.gone, *p)
		id := p.UserID
		w.dir.people = slices.DeleteFunc(w.dir.people, func(q provider.Person) bool { return q.UserID == id })
	}
}

func (w *world) comeBack() {
	if len(w.gone) > 0 {
		p := w.gone[0]
		w.gone = w.gone[1:]
		p.Memberships = w.places()
		w.dir.people = append(w.dir.people, p)
	}
}

func (w *world) move() {
	if p := w.person(); p != nil {
		p.Memberships = w.places()
	}
}

func (w *world) rename() {
	if p := w.person(); p != nil {
		p.Name = rapid.SampledFrom([]string{"李四", "O'Neill", `a"b\c`, "{x,y}", "NULL", "一\n二"}).Draw(w.rt, "name")
	}
}

func (w *world) newMobile() {
	if p := w.person(); p != nil {
		w.next++
		p.Mobile = somebody(w.base + w.next + 500).Mobile
	}
}

// newID has somebody removed and entered anew.
func (w *world) newID() {
	if p := w.person(); p != nil {
		w.next++
		p.UserID = somebody(w.base + w.next + 700).UserID
	}
}

func (w *world) addDepartment() {
	w.next++
	w.dir.departments = append(w.dir.departments, provider.Department{
		ID: provider.DepartmentID(strconv.Itoa(w.next + 10)), ParentID: w.department(), Name: fmt.Sprint("部门", w.next),
	})
}

func (w *world) dropDepartment() {
	id := w.department()
	if id == "1" || len(w.dir.below(id)) > 0 {
		return
	}
	w.dir.departments = slices.DeleteFunc(w.dir.departments, func(d provider.Department) bool { return d.ID == id })
	for i := range w.dir.people {
		p := &w.dir.people[i]
		p.Memberships = slices.DeleteFunc(slices.Clone(p.Memberships), func(m provider.Membership) bool { return m.DepartmentID == id })
		if len(p.Memberships) == 0 {
			p.Memberships = []provider.Membership{{DepartmentID: "1"}}
		}
	}
}

// reparent moves a department below one that was there before it, so that no
// ring comes about.
func (w *world) reparent() {
	i := rapid.IntRange(0, len(w.dir.departments)-1).Draw(w.rt, "department")
	if i > 0 {
		w.dir.departments[i].ParentID = w.dir.departments[rapid.IntRange(0, i-1).Draw(w.rt, "parent")].ID
	}
}

// compare sets the platform against the directory.
func (w *world) compare(t *testing.T, b *bundle, tn tenant.ID, refused map[string]bool) {
	t.Helper()
	var want, got []string
	for _, d := range w.dir.departments {
		want = append(want, fmt.Sprintf("%s below %s: %s", d.ID, d.ParentID, d.Name))
	}
	list, err := b.people.Departments(t.Context(), tn)
	if err != nil {
		t.Fatal(err)
	}
	remote := map[string]string{}
	for _, d := range list {
		remote[d.ID] = d.RemoteID
	}
	for _, d := range list {
		got = append(got, fmt.Sprintf("%s below %s: %s", d.RemoteID, remote[d.ParentID], d.Name))
	}
	w.same("departments", got, want)
	w.compareMembers(t, b, tn, remote, refused)
}

// compareMembers expects everybody in the directory to be an active member in
// their departments, unless they are a conflict, and nobody else.
func (w *world) compareMembers(t *testing.T, b *bundle, tn tenant.ID, remote map[string]string, refused map[string]bool) {
	t.Helper()
	bound := map[string]string{}
	for _, line := range query(t, b.store, "SELECT provider_user_id, person_id FROM thirdapp_bindings WHERE tenant_id = $1 AND active", string(tn)) {
		user, person, _ := strings.Cut(line, "|")
		bound[user] = person
	}
	members, _, err := b.people.Members(t.Context(), tn, 1, 200)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]bunstore.Member{}
	active := 0
	for _, m := range members {
		byID[m.ID] = m
		if m.State == "active" {
			active++
		}
	}
	if active != len(bound) {
		w.rt.Fatalf("%d active members, %d active bindings", active, len(bound))
	}
	mobiles := map[string]int{}
	for _, p := range w.dir.people {
		mobiles[p.Mobile]++
	}
	for _, p := range w.dir.people {
		id, ok := bound[string(p.UserID)]
		if !ok && p.Mobile != "" && mobiles[p.Mobile] == 1 && !refused[string(p.UserID)] {
			w.rt.Fatalf("%s with mobile number of their own is not bound", p.UserID)
		}
		if !ok {
			continue
		}
		var want, got []string
		for _, m := range p.Memberships {
			want = append(want, string(m.DepartmentID))
		}
		for _, d := range byID[id].DepartmentIDs {
			got = append(got, remote[d])
		}
		w.same("departments of "+string(p.UserID), got, want)
		if m := byID[id]; m.Realname != p.Name || p.Mobile != "" && m.Phone != p.Mobile {
			w.rt.Fatalf("member %+v, want name %q and mobile %s", m, p.Name, p.Mobile)
		}
		delete(bound, string(p.UserID))
	}
	if len(bound) > 0 {
		w.rt.Fatalf("bound and active, but not in the directory: %v", bound)
	}
}

func (w *world) same(what string, got, want []string) {
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.rt.Fatalf("%s: %v, want %v", what, got, want)
	}
}
