package dingtalktest_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func TestListDepartments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, p := range map[string]params{"default": {}, "number": {"dept_id": 1}, "text": {"dept_id": "1", "language": "en_US"}} {
		a := b.call(pathListSub, p).want(0)
		equal(t, name+": ids", numbers(ids(a.body["result"], "dept_id")), []int64{10, 20})
		equal(t, name+": names", pluck[string](a.body["result"], "name"), []string{"研发中心", "销售部"})
		equal(t, name+": parents", numbers(ids(a.body["result"], "parent_id")), []int64{1, 1})
		equal(t, name+": source", pluck[string](a.body["result"], "source_identifier"), []string{"", "S-20"})
		equal(t, name+": auto_add_user", pluck[bool](a.body["result"], "auto_add_user"), []bool{false, true})
		equal(t, name+": create_dept_group", pluck[bool](a.body["result"], "create_dept_group"), []bool{true, false})
	}
	a := b.call(pathListSub, params{"dept_id": 11}).want(0)
	if got := string(a.raw); !strings.Contains(got, `"result":[]`) {
		t.Errorf("a leaf: %s, want an empty list", got)
	}
	b.call(pathListSub, params{"dept_id": 99}).want(60003)
	b.call(pathListSub, params{"dept_id": "x"}).want(400002)
	b.call(pathListSub, params{"dept_id": -7}).want(400002)
	b.call(pathListSub, params{"language": "fr"}).want(400002)
}

// ids lifts one field out of a decoded list, ready for numbers.
func ids(list any, field string) any {
	var out []any
	for _, n := range pluck[float64](list, field) {
		out = append(out, n)
	}
	return out
}

func TestListDepartmentIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.call(pathListSubID, params{"dept_id": 10}).want(0)
	equal(t, "dept_id_list", numbers(a.result()["dept_id_list"]), []int64{11})
	b.call(pathListSubID, params{}).want(400002)
	b.call(pathListSubID, params{"dept_id": 99}).want(60003)
}

func TestGetDepartment(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := b.call(pathDepartment, params{"dept_id": 10}).want(0).result()
	same(t, "name", d["name"], any("研发中心"))
	same(t, "parent_id", d["parent_id"], any(1.0))
	same(t, "order", d["order"], any(1.0))
	same(t, "owning_member_count", d["owning_member_count"], any(2.0))
	same(t, "member_count", d["member_count"], any(3.0))
	equal(t, "managers", texts(d["dept_manager_userid_list"]), []string{"alice"})

	root := b.call(pathDepartment, params{"dept_id": 1}).want(0).result()
	same(t, "root", root["name"], any("华星科技"))
	if _, ok := root["parent_id"]; ok {
		t.Error("the root has a parent_id")
	}
	// alice is in two departments and counts once.
	same(t, "everybody", root["member_count"], any(5.0))

	b.call(pathDepartment, params{}).want(400002)
	b.call(pathDepartment, params{"dept_id": 99}).want(60003)
}

func TestListParents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.call(pathParents, params{"dept_id": 11}).want(0)
	equal(t, "parent_id_list", numbers(a.result()["parent_id_list"]), []int64{11, 10, 1})
	b.call(pathParents, params{"dept_id": 99}).want(60003)
	b.call(pathParents, params{}).want(400002)
}

func TestListPeople(t *testing.T) {
	t.Parallel()
	b := setup(t)
	page := params{"dept_id": 10, "cursor": 0, "size": 100}
	r := b.call(pathUsers, page).want(0).result()
	// dave has the larger order; bob, one level down, is not here.
	equal(t, "userids", pluck[string](r["list"], "userid"), []string{"dave", "alice"})
	equal(t, "leader", pluck[bool](r["list"], "leader"), []bool{false, true})
	equal(t, "dept_order", pluck[float64](r["list"], "dept_order"), []float64{9, 5})
	same(t, "has_more", r["has_more"], any(false))
	if _, ok := r["next_cursor"]; ok {
		t.Error("the last page has a next_cursor")
	}
	list, _ := r["list"].([]any)
	alice, _ := list[1].(map[string]any)
	for field, want := range map[string]any{
		"name": `艾"丽丝`, "unionid": "union-alice", "mobile": "13800000001", "state_code": "86",
		"email": "alice@example.com", "title": "总监", "job_number": "A1", "hired_date": 1597573616000.0,
		"active": true, "extension": `{"年龄":"24","爱好":"旅游"}`,
	} {
		same(t, field, alice[field], want)
	}
	equal(t, "dept_id_list", numbers(alice["dept_id_list"]), []int64{10, 20})
	for _, field := range []string{"manager_userid", "role_list", "leader_in_dept", "senior", "avatar"} {
		if _, ok := alice[field]; ok {
			t.Errorf("the list form has %s", field)
		}
	}
	equal(t, "in the other department", pluck[string](b.call(pathUsers, params{"dept_id": 20, "cursor": 0, "size": 10}).result()["list"], "userid"),
		[]string{"alice", "carol"})
}

func TestPeoplePages(t *testing.T) {
	t.Parallel()
	for _, path := range []string{pathUsers, pathSimple} {
		b := setup(t)
		for _, id := range []string{"p1", "p2", "p3", "p4", "p5"} {
			if err := b.AddPerson(corp, dingtalktest.Person{UserID: id, Name: id, Memberships: in(11)}); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		sizes := []int{}
		p := params{"dept_id": 11, "cursor": 0, "size": 2}
		for {
			r := b.call(path, p).want(0).result()
			page := pluck[string](r["list"], "userid")
			got = append(got, page...)
			sizes = append(sizes, len(page))
			if r["has_more"] != true {
				break
			}
			p["cursor"] = r["next_cursor"]
		}
		equal(t, path, got, []string{"bob", "p1", "p2", "p3", "p4", "p5"})
		equal(t, path+" page sizes", sizes, []int{2, 2, 2})
		r := b.call(path, p.with("cursor", 1000)).want(0).result()
		same(t, "behind the end", r["has_more"], any(false))
		same(t, "behind the end: people", len(pluck[string](r["list"], "userid")), 0)
	}
}

func TestPeoplePageParameters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := params{"dept_id": 10, "cursor": 0, "size": 10}
	for _, tc := range []struct {
		name         string
		p            params
		list, simple int
	}{
		{"size 0", good.with("size", 0), 40035, 40069},
		{"size 101", good.with("size", 101), 40035, 40069},
		{"no size", good.without("size"), 40035, 40069},
		{"size text", good.with("size", "many"), 40035, 40069},
		{"cursor negative", good.with("cursor", -1), 40035, 40068},
		{"no cursor", good.without("cursor"), 40035, 40068},
		{"order_field", good.with("order_field", "name"), 40035, 40068},
		{"no department", good.without("dept_id"), 400002, 400002},
		{"unknown department", good.with("dept_id", 99), 60003, 60003},
		{"size 100", good.with("size", 100), 0, 0},
		{"all parameters", good.with("order_field", "custom").with("contain_access_limit", false).with("language", "zh_CN"), 0, 0},
	} {
		if code, _ := b.call(pathUsers, tc.p).code(); code != tc.list {
			t.Errorf("list, %s: got %d, want %d", tc.name, code, tc.list)
		}
		if code, _ := b.call(pathSimple, tc.p).code(); code != tc.simple {
			t.Errorf("listsimple, %s: got %d, want %d", tc.name, code, tc.simple)
		}
	}
	a := b.callForm(pathUsers, url.Values{"dept_id": {"10"}, "cursor": {"0"}, "size": {"1"}}).want(0)
	equal(t, "as a form", pluck[string](a.result()["list"], "userid"), []string{"dave"})
}

func TestPeopleOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	err := b.UpdatePerson(corp, "alice", func(p *dingtalktest.Person) { p.Title = "副总" })
	if err != nil {
		t.Fatal(err)
	}
	for order, want := range map[string][]string{
		"":            {"dave", "alice"},
		"custom":      {"dave", "alice"},
		"entry_asc":   {"alice", "dave"},
		"entry_desc":  {"dave", "alice"},
		"modify_asc":  {"dave", "alice"},
		"modify_desc": {"alice", "dave"},
	} {
		r := b.call(pathUsers, params{"dept_id": 10, "cursor": 0, "size": 10, "order_field": order}).want(0).result()
		equal(t, order, pluck[string](r["list"], "userid"), want)
	}
}

func TestFieldPermissions(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) {
		a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), dingtalktest.PermissionMobile, dingtalktest.PermissionEmail)
	}))
	alice := b.call(pathUser, params{"userid": "alice"}).want(0).result()
	for _, field := range []string{"mobile", "state_code", "email", "extension"} {
		if v, ok := alice[field]; ok {
			t.Errorf("%s is there without permission: %v", field, v)
		}
	}
	same(t, "title", alice["title"], any("总监"))
}

func TestUserIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.call(pathUserIDs, params{"dept_id": 10}).want(0)
	equal(t, "userid_list", texts(a.result()["userid_list"]), []string{"dave", "alice"})
	b.call(pathUserIDs, params{"dept_id": 99}).want(60003)
	b.call(pathUserIDs, params{}).want(400002)
}

func TestGetPerson(t *testing.T) {
	t.Parallel()
	b := setup(t)
	alice := b.call(pathUser, params{"userid": "alice"}).want(0).result()
	same(t, "manager_userid", alice["manager_userid"], any("boss"))
	equal(t, "leader_in_dept", pluck[bool](alice["leader_in_dept"], "leader"), []bool{true, false})
	equal(t, "dept_order_list", pluck[float64](alice["dept_order_list"], "order"), []float64{5, 1})
	same(t, "real_authed", alice["real_authed"], any(true))
	if _, ok := alice["leader"]; ok {
		t.Error("the full form has leader")
	}

	carol := b.call(pathUser, params{"userid": "carol"}).want(0).result()
	same(t, "active", carol["active"], any(false))
	if _, ok := carol["mobile"]; ok {
		t.Error("carol has a mobile")
	}
	if id, _ := carol["unionid"].(string); len(id) < 10 {
		t.Errorf("unionid %q was not made up", id)
	}
	b.call(pathUser, params{}).want(400002)
	b.call(pathUser, params{"userid": "nobody"}).want(60121)
	b.call(pathUser, params{"userid": strings.Repeat("x", 65)}).want(33012)
}

func TestFindPerson(t *testing.T) {
	t.Parallel()
	b := setup(t)
	userID := func(a answer) any { t.Helper(); return a.want(0).result()["userid"] }

	same(t, "by mobile", userID(b.call(pathByMobile, params{"mobile": "13800000001"})), any("alice"))
	// Of two with one number, it is who joined first.
	same(t, "shared mobile", userID(b.call(pathByMobile, params{"mobile": "13800000002"})), any("bob"))
	b.call(pathByMobile, params{"mobile": "13900000000"}).want(60121)
	b.call(pathByMobile, params{"mobile": "not a number"}).want(40104)
	b.call(pathByMobile, params{}).want(400002)

	a := b.call(pathByUnion, params{"unionid": "union-alice"})
	same(t, "by union id", userID(a), any("alice"))
	same(t, "contact_type", a.result()["contact_type"], any(0.0))
	b.call(pathByUnion, params{"unionid": "nobody"}).want(60121)
	b.call(pathByUnion, params{}).want(400002)
}

func TestFindPersonFollowsChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	find := func(mobile string) any {
		t.Helper()
		a := b.call(pathByMobile, params{"mobile": mobile})
		if code, _ := a.code(); code != 0 {
			return code
		}
		return a.result()["userid"]
	}
	same(t, "before", find("13800000002"), any("bob"))
	if err := b.RemovePerson(corp, "bob"); err != nil {
		t.Fatal(err)
	}
	same(t, "after bob left", find("13800000002"), any("dave"))
	if err := b.UpdatePerson(corp, "dave", func(p *dingtalktest.Person) { p.Mobile = "13800000009" }); err != nil {
		t.Fatal(err)
	}
	same(t, "after dave's change", find("13800000002"), any(60121))
	same(t, "dave's new number", find("13800000009"), any("dave"))
	if err := b.AddPerson(corp, dingtalktest.Person{UserID: "erin", Name: "艾琳", Mobile: "13800000002", UnionID: "union-erin"}); err != nil {
		t.Fatal(err)
	}
	same(t, "a newcomer", find("13800000002"), any("erin"))
	same(t, "a newcomer's union id", b.call(pathByUnion, params{"unionid": "union-erin"}).want(0).result()["userid"], any("erin"))
}

func TestCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	same(t, "all", b.call(pathCount, params{"only_active": false}).want(0).result()["count"], any(5.0))
	same(t, "active", b.call(pathCount, params{"only_active": true}).want(0).result()["count"], any(4.0))
	b.call(pathCount, params{}).want(400002)
	b.call(pathCount, params{"only_active": "perhaps"}).want(40035)
}

func TestContactScope(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) {
		a.Scope = dingtalktest.Scope{Departments: []int64{10}, UserIDs: []string{"carol"}}
	}))
	page := params{"cursor": 0, "size": 100}

	b.call(pathListSub, params{"dept_id": 1}).want(50004)
	b.call(pathListSub, params{"dept_id": 10}).want(0)
	b.call(pathDepartment, params{"dept_id": 20}).want(50004)
	b.call(pathDepartment, params{"dept_id": 11}).want(0)
	b.call(pathUsers, page.with("dept_id", 1)).want(50004)
	b.call(pathUsers, page.with("dept_id", 20)).want(50004)
	b.call(pathUsers, page.with("dept_id", 11)).want(0)
	b.call(pathSimple, page.with("dept_id", 20)).want(50004)

	b.call(pathUser, params{"userid": "boss"}).want(50002)
	b.call(pathUser, params{"userid": "bob"}).want(0)
	b.call(pathUser, params{"userid": "carol"}).want(0)
	b.call(pathUser, params{"userid": "nobody"}).want(60121)
	b.call(pathByMobile, params{"mobile": "13800000000"}).want(50002)

	// These three do not look at the scope.
	b.call(pathListSubID, params{"dept_id": 1}).want(0)
	b.call(pathParents, params{"dept_id": 20}).want(0)
	b.call(pathUserIDs, params{"dept_id": 20}).want(0)
}

func TestTextsNeedEscaping(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const odd = "\"引号\" \\ \t\r\n\x00\x1f</script>\u2028😀"
	err := b.AddPerson(corp, dingtalktest.Person{
		UserID: "odd", Name: odd, Remark: "broken \xff text", OrgEmail: "o@example.com", WorkPlace: "未来park",
		AvatarURL: "https://e.com/a.png", Mobile: "123456", StateCode: "1", Extension: map[string]string{odd: odd},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := b.call(pathUser, params{"userid": "odd"}).want(0).result()
	same(t, "name", p["name"], any(odd))
	same(t, "remark", p["remark"], any("broken \ufffd text"))
	same(t, "state_code", p["state_code"], any("1"))
	var extension map[string]string
	text, _ := p["extension"].(string)
	if err := json.Unmarshal([]byte(text), &extension); err != nil || extension[odd] != odd {
		t.Errorf("extension %q: %v", text, err)
	}
}
