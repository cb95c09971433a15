package dingtalktest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func TestAddCompanyRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*dingtalktest.Company)
		want   error
	}{
		{"no corp id", func(c *dingtalktest.Company) { c.CorpID = "" }, dingtalktest.ErrInvalid},
		{"department id", func(c *dingtalktest.Company) { c.Departments[0].ID = 0 }, dingtalktest.ErrInvalid},
		{"department name", func(c *dingtalktest.Company) { c.Departments[0].Name = "" }, dingtalktest.ErrInvalid},
		{"department twice", func(c *dingtalktest.Company) { c.Departments[0].ID = 20 }, dingtalktest.ErrExists},
		{"no such parent", func(c *dingtalktest.Company) { c.Departments[0].ParentID = 99 }, dingtalktest.ErrInvalid},
		{"circle", func(c *dingtalktest.Company) { c.Departments[2].ParentID = 11 }, dingtalktest.ErrInvalid},
		{"no user id", func(c *dingtalktest.Company) { c.People[0].UserID = "" }, dingtalktest.ErrInvalid},
		{"long user id", func(c *dingtalktest.Company) { c.People[0].UserID = strings.Repeat("字", 65) }, dingtalktest.ErrInvalid},
		{"user id twice", func(c *dingtalktest.Company) { c.People[0].UserID = "bob" }, dingtalktest.ErrExists},
		{"no name", func(c *dingtalktest.Company) { c.People[0].Name = "" }, dingtalktest.ErrInvalid},
		{"no such department", func(c *dingtalktest.Company) { c.People[0].Memberships = in(99) }, dingtalktest.ErrInvalid},
		{"department twice", func(c *dingtalktest.Company) { c.People[0].Memberships = in(10, 10) }, dingtalktest.ErrInvalid},
		{"no client id", func(c *dingtalktest.Company) { c.Apps[0].ClientID = "" }, dingtalktest.ErrInvalid},
		{"no secret", func(c *dingtalktest.Company) { c.Apps[0].ClientSecret = "" }, dingtalktest.ErrInvalid},
		{"no agent id", func(c *dingtalktest.Company) { c.Apps[0].AgentID = 0 }, dingtalktest.ErrInvalid},
		{"client id twice", func(c *dingtalktest.Company) { c.Apps = append(c.Apps, c.Apps[0]) }, dingtalktest.ErrExists},
		{"agent id twice", func(c *dingtalktest.Company) {
			c.Apps = append(c.Apps, dingtalktest.App{ClientID: "other", ClientSecret: "s", AgentID: agent})
		}, dingtalktest.ErrExists},
	} {
		em := dingtalktest.New(dingtalktest.Options{})
		c := company()
		tc.change(&c)
		if err := em.AddCompany(c); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, err, tc.want)
		}
		if len(em.CorpIDs()) != 0 {
			t.Errorf("%s: the company is there all the same", tc.name)
		}
		// Nothing of it is left over.
		if err := em.AddCompany(company()); err != nil {
			t.Errorf("%s: and then: %v", tc.name, err)
		}
	}
	em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{company()}})
	if err := em.AddCompany(company()); !errors.Is(err, dingtalktest.ErrExists) {
		t.Errorf("the same company: got %v, want ErrExists", err)
	}
	other := company()
	other.CorpID = "other"
	if err := em.AddCompany(other); !errors.Is(err, dingtalktest.ErrExists) {
		t.Errorf("the same client id: got %v, want ErrExists", err)
	}
}

func TestNewPanicsOnABadCompany(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{{}}})
}

func TestProblemsAreBounded(t *testing.T) {
	t.Parallel()
	c := company()
	c.People = make([]dingtalktest.Person, 1000)
	err := dingtalktest.New(dingtalktest.Options{}).AddCompany(c)
	if n := strings.Count(fmt.Sprint(err), "\n"); n > 10 {
		t.Errorf("%d lines of problems, want at most 11", n+1)
	}
}

func TestOneCompanyInTwoEmulators(t *testing.T) {
	t.Parallel()
	c := company()
	one := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{c}})
	two := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{c}})
	if err := errors.Join(
		one.RemovePerson(corp, "bob"),
		one.UpdatePerson(corp, "alice", func(p *dingtalktest.Person) {
			p.Name = "另一个"
			p.Memberships[0].Leader = false
			p.Extension["爱好"] = "无"
		}),
		one.UpdateDepartment(corp, 10, func(d *dingtalktest.Department) { d.ManagerUserIDs[0] = "dave" }),
		one.UpdateApp("key", func(a *dingtalktest.App) { a.ClientSecret = "new" }),
	); err != nil {
		t.Fatal(err)
	}
	alice, err := two.Person(corp, "alice")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "name", alice.Name, `艾"丽丝`)
	same(t, "leader", alice.Memberships[0].Leader, true)
	same(t, "extension", alice.Extension["爱好"], "旅游")
	if _, err := two.Person(corp, "bob"); err != nil {
		t.Error(err)
	}
	same(t, "manager", two.Departments(corp)[1].ManagerUserIDs[0], "alice")
	same(t, "secret", two.Apps(corp)[0].ClientSecret, "secret")
	same(t, "the company", c.People[1].Name, `艾"丽丝`)
}

func TestPeopleComeAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list := func(dept int64) []string {
		t.Helper()
		return texts(b.call(pathUserIDs, params{"dept_id": dept}).want(0).result()["userid_list"])
	}
	if err := b.AddPerson(corp, dingtalktest.Person{UserID: "erin", Name: "艾琳", Memberships: []dingtalktest.Membership{{DepartmentID: 10, Order: 7}}}); err != nil {
		t.Fatal(err)
	}
	equal(t, "joined", list(10), []string{"dave", "erin", "alice"})
	if err := b.UpdatePerson(corp, "erin", func(p *dingtalktest.Person) {
		p.Memberships = in(20, 11)
		p.UserID = "ignored"
		p.Inactive = true
	}); err != nil {
		t.Fatal(err)
	}
	equal(t, "moved away", list(10), []string{"dave", "alice"})
	equal(t, "moved to", list(11), []string{"bob", "erin"})
	same(t, "active", b.call(pathCount, params{"only_active": true}).result()["count"], any(4.0))
	if err := b.RemovePerson(corp, "erin"); err != nil {
		t.Fatal(err)
	}
	equal(t, "left", list(11), []string{"bob"})
	b.call(pathUser, params{"userid": "erin"}).want(60121)
	// Without a department it is the root.
	if err := b.AddPerson(corp, dingtalktest.Person{UserID: "erin", Name: "艾琳"}); err != nil {
		t.Fatal(err)
	}
	equal(t, "root", list(1), []string{"boss", "erin"})
	n := 0
	for range b.People(corp) {
		n++
	}
	same(t, "people", n, 6)
	for range b.People("nobody") {
		t.Error("people of an unknown company")
	}
}

func TestDepartmentsChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := errors.Join(
		b.AddDepartment(corp, dingtalktest.Department{ID: 30, Name: "法务部", Order: 0}),
		b.UpdateDepartment(corp, 11, func(d *dingtalktest.Department) { d.ParentID, d.Name = 20, "销售支持" }),
		b.UpdateDepartment(corp, 1, func(d *dingtalktest.Department) { d.Name = "新名字" }),
	); err != nil {
		t.Fatal(err)
	}
	a := b.call(pathListSub, params{})
	equal(t, "below the root", numbers(ids(a.body["result"], "dept_id")), []int64{30, 10, 20})
	equal(t, "moved", numbers(b.call(pathParents, params{"dept_id": 11}).result()["parent_id_list"]), []int64{11, 20, 1})
	same(t, "root", b.call(pathDepartment, params{"dept_id": 1}).result()["name"], any("新名字"))
	if err := b.RemoveDepartment(corp, 30); err != nil {
		t.Fatal(err)
	}
	b.call(pathDepartment, params{"dept_id": 30}).want(60003)
	var order []int64
	for _, d := range b.Departments(corp) {
		order = append(order, d.ID)
	}
	equal(t, "Departments", order, []int64{1, 10, 20, 11})
}

func TestChangesAreRefused(t *testing.T) {
	t.Parallel()
	em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{company()}})
	nothing := func(*dingtalktest.Person) {}
	parent := func(id int64) func(*dingtalktest.Department) {
		return func(d *dingtalktest.Department) { d.ParentID = id }
	}
	_, noPerson := em.Person(corp, "nobody")
	_, noDepartment := em.Department(corp, 99)
	_, noCompany := em.Person("nobody", "bob")
	for _, tc := range []struct {
		name string
		err  error
		want error
	}{
		{"Person", noPerson, dingtalktest.ErrNotFound},
		{"Person of nobody", noCompany, dingtalktest.ErrNotFound},
		{"Department", noDepartment, dingtalktest.ErrNotFound},
		{"join nobody", em.AddPerson("nobody", dingtalktest.Person{UserID: "x", Name: "x"}), dingtalktest.ErrNotFound},
		{"join twice", em.AddPerson(corp, dingtalktest.Person{UserID: "bob", Name: "x"}), dingtalktest.ErrExists},
		{"join nowhere", em.AddPerson(corp, dingtalktest.Person{UserID: "x", Name: "x", Memberships: in(99)}), dingtalktest.ErrInvalid},
		{"change nobody", em.UpdatePerson(corp, "nobody", nothing), dingtalktest.ErrNotFound},
		{"change nameless", em.UpdatePerson(corp, "bob", func(p *dingtalktest.Person) { p.Name = "" }), dingtalktest.ErrInvalid},
		{"leave", em.RemovePerson(corp, "nobody"), dingtalktest.ErrNotFound},
		{"department exists", em.AddDepartment(corp, dingtalktest.Department{ID: 10, Name: "x"}), dingtalktest.ErrExists},
		{"department name taken", em.AddDepartment(corp, dingtalktest.Department{ID: 30, Name: "销售部"}), dingtalktest.ErrExists},
		{"department parent", em.AddDepartment(corp, dingtalktest.Department{ID: 30, Name: "x", ParentID: 99}), dingtalktest.ErrInvalid},
		{"department nameless", em.AddDepartment(corp, dingtalktest.Department{ID: 30}), dingtalktest.ErrInvalid},
		{"below itself", em.UpdateDepartment(corp, 10, parent(10)), dingtalktest.ErrInvalid},
		{"below its child", em.UpdateDepartment(corp, 10, parent(11)), dingtalktest.ErrInvalid},
		{"rename to a sibling", em.UpdateDepartment(corp, 10, func(d *dingtalktest.Department) { d.Name = "销售部" }), dingtalktest.ErrExists},
		{"change no department", em.UpdateDepartment(corp, 99, parent(1)), dingtalktest.ErrNotFound},
		{"remove root", em.RemoveDepartment(corp, 1), dingtalktest.ErrInvalid},
		{"remove with people", em.RemoveDepartment(corp, 11), dingtalktest.ErrInvalid},
		{"remove none", em.RemoveDepartment(corp, 99), dingtalktest.ErrNotFound},
		{"app exists", em.AddApp(corp, company().Apps[0]), dingtalktest.ErrExists},
		{"app of nobody", em.AddApp("nobody", company().Apps[0]), dingtalktest.ErrNotFound},
		{"change no app", em.UpdateApp("nobody", func(*dingtalktest.App) {}), dingtalktest.ErrNotFound},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, tc.err, tc.want)
		}
	}
	if em.Apps("nobody") != nil || em.Departments("nobody") != nil {
		t.Error("an unknown company has apps or departments")
	}
}

func TestDefaultApp(t *testing.T) {
	t.Parallel()
	c := dingtalktest.Company{CorpID: "ding1"}
	one := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{c}}).Apps("ding1")
	two := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{c}}).Apps("ding1")
	if len(one) != 1 || fmt.Sprint(one) != fmt.Sprint(two) {
		t.Errorf("got %v and %v, want the same app", one, two)
	}
}

func TestServerWithoutCompanies(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t)
	if srv.CorpID() == "" || srv.App().ClientID == "" {
		t.Errorf("company %q, app %v: want both", srv.CorpID(), srv.App())
	}
}
