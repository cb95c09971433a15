package dingtalktest_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// model is a company without any index.
type model struct {
	parents map[int64]int64
	people  []dingtalktest.Person // in the order of joining
}

// TestCompanyAgainstModel changes a company at random and compares what the API
// then says with a company that is nothing but two lists.
func TestCompanyAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{{CorpID: corp}}})
		app := em.Apps(corp)[0]
		token, _ := ask(t, em, http.MethodGet, pathGetToken+"?appkey="+app.ClientID+"&appsecret="+app.ClientSecret, nil)["access_token"].(string)
		m := &model{parents: map[int64]int64{1: 0}}
		t.Repeat(map[string]func(*rapid.T){
			"join":   func(t *rapid.T) { m.join(t, em) },
			"change": func(t *rapid.T) { m.change(t, em) },
			"leave":  func(t *rapid.T) { m.leave(t, em) },
			"create": func(t *rapid.T) { m.create(t, em) },
			"move":   func(t *rapid.T) { m.move(t, em) },
			"remove": func(t *rapid.T) { m.remove(t, em) },
			"":       func(t *rapid.T) { m.compare(t, em, token) },
		})
	})
}

func ask(t *rapid.T, em *dingtalktest.Emulator, method, target string, p params) map[string]any {
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(method, target, strings.NewReader(string(body)))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	em.ServeHTTP(rec, req)
	var answer map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s: %q: %v", target, rec.Body, err)
	}
	return answer
}

func (m *model) departments() []int64 {
	var all []int64
	for id := range m.parents {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

func (m *model) memberships(t *rapid.T) []dingtalktest.Membership {
	ids := rapid.SliceOfNDistinct(rapid.SampledFrom(m.departments()), 1, min(3, len(m.parents)), rapid.ID[int64]).Draw(t, "departments")
	var out []dingtalktest.Membership
	for _, id := range ids {
		out = append(out, dingtalktest.Membership{DepartmentID: id, Order: rapid.Int64Range(0, 3).Draw(t, "order")})
	}
	return out
}

var fewMobiles = rapid.SampledFrom([]string{"", "131", "132", "133"})

func (m *model) join(t *rapid.T, em *dingtalktest.Emulator) {
	p := dingtalktest.Person{
		UserID: fmt.Sprint("u", rapid.IntRange(0, 9).Draw(t, "user")), Name: "某人",
		Mobile: fewMobiles.Draw(t, "mobile"), Inactive: rapid.Bool().Draw(t, "inactive"), Memberships: m.memberships(t),
	}
	err := em.AddPerson(corp, p)
	taken := slices.ContainsFunc(m.people, func(o dingtalktest.Person) bool { return o.UserID == p.UserID })
	if errors.Is(err, dingtalktest.ErrExists) != taken {
		t.Fatalf("join %s: %v, taken %t", p.UserID, err, taken)
	}
	if !taken {
		m.people = append(m.people, p)
	}
}

func (m *model) pick(t *rapid.T) int {
	if len(m.people) == 0 {
		t.Skip("nobody")
	}
	return rapid.IntRange(0, len(m.people)-1).Draw(t, "person")
}

func (m *model) change(t *rapid.T, em *dingtalktest.Emulator) {
	p := &m.people[m.pick(t)]
	p.Mobile, p.Inactive, p.Memberships = fewMobiles.Draw(t, "mobile"), rapid.Bool().Draw(t, "inactive"), m.memberships(t)
	if err := em.UpdatePerson(corp, p.UserID, func(o *dingtalktest.Person) { *o = *p }); err != nil {
		t.Fatal(err)
	}
}

func (m *model) leave(t *rapid.T, em *dingtalktest.Emulator) {
	i := m.pick(t)
	if err := em.RemovePerson(corp, m.people[i].UserID); err != nil {
		t.Fatal(err)
	}
	m.people = slices.Delete(m.people, i, i+1)
}

func (m *model) create(t *rapid.T, em *dingtalktest.Emulator) {
	id := rapid.Int64Range(2, 12).Draw(t, "id")
	parent := rapid.SampledFrom(m.departments()).Draw(t, "parent")
	err := em.AddDepartment(corp, dingtalktest.Department{ID: id, ParentID: parent, Name: fmt.Sprint("部", id)})
	_, taken := m.parents[id]
	if (err != nil) != taken {
		t.Fatalf("create %d: %v, taken %t", id, err, taken)
	}
	if !taken {
		m.parents[id] = parent
	}
}

func (m *model) path(id int64) []int64 {
	var path []int64
	for ; id != 0; id = m.parents[id] {
		path = append(path, id)
	}
	return path
}

func (m *model) move(t *rapid.T, em *dingtalktest.Emulator) {
	id := rapid.SampledFrom(m.departments()).Draw(t, "id")
	parent := rapid.SampledFrom(m.departments()).Draw(t, "parent")
	err := em.UpdateDepartment(corp, id, func(d *dingtalktest.Department) { d.ParentID = parent })
	switch below := slices.Contains(m.path(parent), id); {
	case id == 1:
		if err != nil {
			t.Fatalf("the root: %v", err)
		}
	case below:
		if !errors.Is(err, dingtalktest.ErrInvalid) {
			t.Fatalf("move %d below %d: %v, want ErrInvalid", id, parent, err)
		}
	default:
		if err != nil {
			t.Fatal(err)
		}
		m.parents[id] = parent
	}
}

func (m *model) remove(t *rapid.T, em *dingtalktest.Emulator) {
	id := rapid.SampledFrom(m.departments()).Draw(t, "id")
	err := em.RemoveDepartment(corp, id)
	used := id == 1 || len(m.members(id)) > 0
	for _, parent := range m.parents {
		used = used || parent == id
	}
	if (err != nil) != used {
		t.Fatalf("remove %d: %v, used %t", id, err, used)
	}
	if !used {
		delete(m.parents, id)
	}
}

func orderIn(p dingtalktest.Person, id int64) (order int64, ok bool) {
	for _, d := range p.Memberships {
		if d.DepartmentID == id {
			return d.Order, true
		}
	}
	return 0, false
}

func (m *model) members(id int64) []string {
	var in []dingtalktest.Person
	for _, p := range m.people {
		if _, ok := orderIn(p, id); ok {
			in = append(in, p)
		}
	}
	slices.SortStableFunc(in, func(a, b dingtalktest.Person) int {
		x, _ := orderIn(a, id)
		y, _ := orderIn(b, id)
		return cmp.Compare(y, x)
	})
	var ids []string
	for _, p := range in {
		ids = append(ids, p.UserID)
	}
	return ids
}

func (m *model) compare(t *rapid.T, em *dingtalktest.Emulator, token string) {
	at := "?access_token=" + token
	result := func(path string, p params) map[string]any {
		r, _ := ask(t, em, http.MethodPost, path+at, p)["result"].(map[string]any)
		return r
	}
	for _, id := range m.departments() {
		dept := params{"dept_id": id}
		if got, want := texts(result(pathUserIDs, dept)["userid_list"]), m.members(id); !slices.Equal(got, want) {
			t.Fatalf("members of %d: got %v, want %v", id, got, want)
		}
		if got, want := numbers(result(pathParents, dept)["parent_id_list"]), m.path(id); !slices.Equal(got, want) {
			t.Fatalf("path of %d: got %v, want %v", id, got, want)
		}
		var children []int64
		for _, child := range m.departments() {
			if m.parents[child] == id {
				children = append(children, child)
			}
		}
		if got := numbers(result(pathListSubID, dept)["dept_id_list"]); !slices.Equal(got, children) {
			t.Fatalf("children of %d: got %v, want %v", id, got, children)
		}
	}
	active := 0
	firstWith := map[string]string{}
	for _, p := range m.people {
		active += btoi(!p.Inactive)
		if firstWith[p.Mobile] == "" {
			firstWith[p.Mobile] = p.UserID
		}
	}
	if got := result(pathCount, params{"only_active": true})["count"]; got != float64(active) {
		t.Fatalf("active: got %v, want %d", got, active)
	}
	for _, mobile := range []string{"131", "132", "133"} {
		if got, _ := result(pathByMobile, params{"mobile": mobile})["userid"].(string); got != firstWith[mobile] {
			t.Fatalf("mobile %s: got %q, want %q", mobile, got, firstWith[mobile])
		}
	}
	if got := result(pathDepartment, params{"dept_id": 1})["member_count"]; got != float64(len(m.people)) {
		t.Fatalf("everybody: got %v, want %d", got, len(m.people))
	}
}
