package dingtalktest_test

import (
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// Paths of writing.
const (
	pathDepartmentCreate = "/topapi/v2/department/create"
	pathDepartmentUpdate = "/topapi/v2/department/update"
	pathDepartmentDelete = "/topapi/v2/department/delete"
	pathUserCreate       = "/topapi/v2/user/create"
	pathUserUpdate       = "/topapi/v2/user/update"
	pathUserDelete       = "/topapi/v2/user/delete"
)

func TestWriteDepartments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	created := b.call(pathDepartmentCreate, params{"name": "前端组", "parent_id": 10, "order": 5, "source_identifier": "S"}).want(0)
	id := numbers([]any{created.result()["dept_id"]})[0]
	d := b.call(pathDepartment, params{"dept_id": id}).want(0).result()
	same(t, "name", d["name"], any("前端组"))
	same(t, "source", d["source_identifier"], any("S"))
	b.call(pathDepartmentUpdate, params{"dept_id": id, "parent_id": 20, "hide_dept": true}).want(0)
	d = b.call(pathDepartment, params{"dept_id": id}).want(0).result()
	same(t, "parent", d["parent_id"], any(20.0))
	same(t, "name stays", d["name"], any("前端组"))
	same(t, "hidden", d["hide_dept"], any(true))
	b.call(pathDepartmentDelete, params{"dept_id": id}).want(0)
	b.call(pathDepartment, params{"dept_id": id}).want(60003)
	again := b.call(pathDepartmentCreate, params{"name": "前端组", "parent_id": "10"}).want(0)
	if next := numbers([]any{again.result()["dept_id"]})[0]; next == id {
		t.Error("an id was given twice")
	}
}

func TestDepartmentWritesRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		path string
		p    params
		want int
	}{
		"no name":           {pathDepartmentCreate, params{"parent_id": 1}, 60001},
		"long name":         {pathDepartmentCreate, params{"name": strings.Repeat("长", 65), "parent_id": 1}, 60001},
		"dash":              {pathDepartmentCreate, params{"name": "a-b", "parent_id": 1}, 60009},
		"wide comma":        {pathDepartmentCreate, params{"name": "a，b", "parent_id": 1}, 60009},
		"no parent":         {pathDepartmentCreate, params{"name": "新"}, 60004},
		"unknown parent":    {pathDepartmentCreate, params{"name": "新", "parent_id": 99}, 60004},
		"sibling":           {pathDepartmentCreate, params{"name": "销售部", "parent_id": 1}, 60021},
		"order":             {pathDepartmentCreate, params{"name": "新", "parent_id": 1, "order": 0}, 40011},
		"no id":             {pathDepartmentUpdate, params{"name": "新"}, 40009},
		"unknown":           {pathDepartmentUpdate, params{"dept_id": 99}, 60003},
		"root":              {pathDepartmentUpdate, params{"dept_id": 1, "name": "新"}, 60018},
		"circle":            {pathDepartmentUpdate, params{"dept_id": 10, "parent_id": 11}, 60010},
		"renamed":           {pathDepartmentUpdate, params{"dept_id": 10, "name": "销售部"}, 60021},
		"no managers":       {pathDepartmentUpdate, params{"dept_id": 10, "dept_manager_userid_list": ""}, 40031},
		"stranger":          {pathDepartmentUpdate, params{"dept_id": 10, "dept_manager_userid_list": "carol"}, 40031},
		"root deleted":      {pathDepartmentDelete, params{"dept_id": 1}, 60007},
		"with people":       {pathDepartmentDelete, params{"dept_id": 20}, 60005},
		"with people first": {pathDepartmentDelete, params{"dept_id": 10}, 60005},
		"gone":              {pathDepartmentDelete, params{"dept_id": 99}, 60003},
	} {
		if got := b.call(c.path, c.p).body["errcode"]; got != float64(c.want) {
			t.Errorf("%s: errcode %v, want %d", name, got, c.want)
		}
	}
	if err := b.UpdatePerson(corp, "alice", func(p *dingtalktest.Person) { p.Memberships = in(20) }); err != nil {
		t.Fatal(err)
	}
	if err := b.RemovePerson(corp, "dave"); err != nil {
		t.Fatal(err)
	}
	b.call(pathDepartmentDelete, params{"dept_id": 10}).want(60006)
}

// TestManagers: who manages a department leads it.
func TestManagers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	leaders := func() string {
		var ids []string
		for p := range b.People(corp) {
			for _, m := range p.Memberships {
				if m.DepartmentID == 10 && m.Leader {
					ids = append(ids, p.UserID)
				}
			}
		}
		return strings.Join(ids, ",")
	}
	b.call(pathDepartmentUpdate, params{"dept_id": 10, "dept_manager_userid_list": "dave"}).want(0)
	same(t, "leaders", leaders(), "dave")
	b.call(pathDepartmentUpdate, params{"dept_id": 10, "force_update_fields": "dept_manager_userid_list"}).want(0)
	same(t, "leaders", leaders(), "")
}

func newcomer() params {
	return params{
		"userid": "erin", "name": "艾琳", "mobile": "13800000009", "email": "erin@example.com", "title": "助理",
		"dept_id_list": "10,20", "dept_order_list": []map[string]int{{"dept_id": 20, "order": 7}},
		"extension": `{"爱好":"围棋","工位":"4"}`, "manager_userid": "boss",
	}
}

func TestWritePeople(t *testing.T) {
	t.Parallel()
	b := setup(t)
	same(t, "userid", b.call(pathUserCreate, newcomer()).want(0).result()["userid"], any("erin"))
	p := b.call(pathUser, params{"userid": "erin"}).want(0).result()
	same(t, "mobile", p["mobile"], any("13800000009"))
	same(t, "manager", p["manager_userid"], any("boss"))
	same(t, "active", p["active"], any(false))
	equal(t, "departments", numbers(p["dept_id_list"]), []int64{10, 20})

	b.call(pathUserUpdate, params{
		"userid": "erin", "title": "", "dept_id_list": "20", "ext_attrs_update_mode": 1, "extension": `{"工位":""}`,
		"force_update_fields": "manager_userid", "hired_date": 1597573616000,
	}).want(0)
	got, err := b.Person(corp, "erin")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "title", got.Title, "")
	same(t, "email stays", got.Email, "erin@example.com")
	same(t, "order stays", got.Memberships[0], dingtalktest.Membership{DepartmentID: 20, Order: 7})
	same(t, "manager", got.ManagerUserID, "")
	same(t, "custom fields", len(got.Extension), 1)
	b.call(pathUserUpdate, params{"userid": "erin", "extension": `{"a":"b"}`}).want(0) // mode 0 overwrites
	got, _ = b.Person(corp, "erin")
	same(t, "custom field", got.Extension["a"], "b")
	same(t, "custom fields", len(got.Extension), 1)

	b.call(pathUserDelete, params{"userid": "erin"}).want(0)
	b.call(pathUser, params{"userid": "erin"}).want(60121)
	foreign := newcomer().with("mobile", "+852-98765432")
	delete(foreign, "userid")
	id := texts([]any{b.call(pathUserCreate, foreign).want(0).result()["userid"]})[0]
	abroad, _ := b.Person(corp, id)
	same(t, "country", abroad.StateCode, "852")
}

func TestPersonWritesRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	long := strings.Repeat("长", 201)
	for name, c := range map[string]struct {
		path string
		p    params
		want int
	}{
		"user id taken":      {pathUserCreate, newcomer().with("userid", "bob"), 60102},
		"long user id":       {pathUserCreate, newcomer().with("userid", long), 33012},
		"mobile taken":       {pathUserCreate, newcomer().with("mobile", "13800000001"), 60104},
		"mobile form":        {pathUserCreate, newcomer().with("mobile", "138"), 60103},
		"no mobile":          {pathUserCreate, newcomer().with("mobile", ""), 60113},
		"email taken":        {pathUserCreate, newcomer().with("email", "alice@example.com"), 60106},
		"no name":            {pathUserCreate, newcomer().with("name", ""), 60112},
		"no department":      {pathUserCreate, newcomer().with("dept_id_list", ""), 40025},
		"bad department":     {pathUserCreate, newcomer().with("dept_id_list", "x"), 40025},
		"unknown department": {pathUserCreate, newcomer().with("dept_id_list", "10,99"), 60003},
		"long title":         {pathUserCreate, newcomer().with("title", long), 40035},
		"long job number":    {pathUserCreate, newcomer().with("job_number", long), 60123},
		"custom fields":      {pathUserCreate, newcomer().with("extension", "[]"), 60122},
		"unknown manager":    {pathUserCreate, newcomer().with("manager_userid", "nobody"), 60128},
		"no user id":         {pathUserUpdate, params{"name": "新"}, 60111},
		"nobody":             {pathUserUpdate, params{"userid": "nobody"}, 60121},
		"mobile fixed":       {pathUserUpdate, params{"userid": "bob", "mobile": "13800000099"}, 40022},
		"email of another":   {pathUserUpdate, params{"userid": "bob", "email": "alice@example.com"}, 60106},
		"mode":               {pathUserUpdate, params{"userid": "bob", "ext_attrs_update_mode": 2}, 40035},
		"nobody to go":       {pathUserDelete, params{"userid": "nobody"}, 60121},
		"nobody named":       {pathUserDelete, params{}, 60111},
	} {
		if got := b.call(c.path, c.p).body["errcode"]; got != float64(c.want) {
			t.Errorf("%s: errcode %v, want %d", name, got, c.want)
		}
	}
	b.call(pathUserUpdate, params{"userid": "alice", "email": "alice@example.com"}).want(0) // one's own
}

func TestWritesNeedPermissionAndScope(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) { a.Scope.Departments = []int64{20} }))
	b.call(pathDepartmentCreate, params{"name": "新", "parent_id": 10}).want(50004)
	b.call(pathDepartmentCreate, params{"name": "新", "parent_id": 20}).want(0)
	b.call(pathDepartmentDelete, params{"dept_id": 11}).want(50004)
	b.call(pathUserCreate, newcomer()).want(50004)
	b.call(pathUserUpdate, params{"userid": "bob"}).want(50002)
	b.call(pathUserUpdate, params{"userid": "carol", "dept_id_list": "10"}).want(50004)
	if err := b.UpdateApp("key", func(a *dingtalktest.App) {
		a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), dingtalktest.PermissionWrite)
	}); err != nil {
		t.Fatal(err)
	}
	a := b.call(pathDepartmentCreate, params{"name": "新", "parent_id": 20})
	same(t, "sub_code", a.body["sub_code"], any("60011"))
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.AskConsent(corp, "13800000009"); err != nil {
		t.Fatal(err)
	}
	b.call(pathUserCreate, newcomer()).want(40103)
	b.call(pathUser, params{"userid": "erin"}).want(60121)
	for _, want := range []bool{true, false} {
		if err := b.AcceptInvitation(corp, "13800000009"); (err == nil) != want {
			t.Errorf("accepting: %v, want success: %t", err, want)
		}
	}
	b.call(pathUser, params{"userid": "erin"}).want(0)
}
