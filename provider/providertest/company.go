package providertest

import (
	"maps"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// Company is what an office app's directory holds.
type Company struct {
	// Departments are all that the app may see, parents before children. A
	// department without parent is a top one.
	Departments []provider.Department
	// People have all their Memberships; who has none was granted to the app
	// one by one.
	People []provider.Person
}

// SmallCompany returns a company in which everything happens that confuses a
// reader of directories: several levels, siblings of one name, an empty
// department, people in two departments, without mobile and of one name, leaders, an order
// of people that is not that of their ids. More people than a page of five holds are in one department. The caller owns it.
func SmallCompany() Company {
	member := func(id provider.UserID, name, mobile string, in ...provider.DepartmentID) provider.Person {
		p := provider.Person{UserID: id, UnionID: "union-" + provider.UnionID(id), Name: name, Mobile: mobile}
		for _, d := range in {
			p.Memberships = append(p.Memberships, provider.Membership{DepartmentID: d})
		}
		return p
	}
	c := Company{
		Departments: []provider.Department{
			{ID: "1", Name: "晨光科技"},
			{ID: "10", ParentID: "1", Name: "研发中心", Order: 1},
			{ID: "20", ParentID: "1", Name: "市场部", Order: 2},
			{ID: "11", ParentID: "10", Name: "一组", Order: 1},
			{ID: "12", ParentID: "10", Name: "一组", Order: 2},
			{ID: "30", ParentID: "20", Name: "空部门", Order: 1},
		},
		People: []provider.Person{
			member("boss", "李总", "13800000001", "1"),
			member("amy", "王芳", "13800000002", "11", "20"),
			member("ben", "王芳", "13800000003", "11"),
			member("cai", "蔡明", "", "12"),
			member("dan", "丁一", "13800000005", "20"),
			member("eve", "Eve O'Neil", "13800000006", "11"),
			member("fan", "范冰", "13800000007", "11"),
			member("gao", "高远", "13800000008", "11"),
			member("han", "韩梅", "13800000009", "11"),
			member("ivy", "艾薇", "13800000010", "11", "12"),
		},
	}
	c.People[0].Memberships[0].Leader = true
	c.People[1].Memberships[1].Leader = true
	for i, order := range []int64{5, 3, 4} { // of amy, ben and cai, in their first departments
		c.People[i+1].Memberships[0].Order = order
	}
	dan := &c.People[4]
	dan.Email, dan.JobNumber, dan.Title = "dan@example.com", "A-05", "客户经理"
	return c
}

// peopleBelow returns who is in a department or below it.
func (c Company) peopleBelow(top provider.DepartmentID) []provider.UserID {
	var list []provider.UserID
	for _, p := range c.People {
		if slices.ContainsFunc(p.Memberships, func(m provider.Membership) bool { return c.isBelow(m.DepartmentID, top) }) {
			list = append(list, p.UserID)
		}
	}
	return list
}

// isBelow reports whether a department is another or below it.
func (c Company) isBelow(id, top provider.DepartmentID) bool {
	for id != "" && id != top {
		d, _ := c.department(id)
		id = d.ParentID
	}
	return id == top
}

// clone returns a copy that shares nothing.
func (c Company) clone() Company {
	c.Departments = slices.Clone(c.Departments)
	c.People = slices.Clone(c.People)
	for i := range c.People {
		c.People[i].Memberships = slices.Clone(c.People[i].Memberships)
		c.People[i].Extension = maps.Clone(c.People[i].Extension)
	}
	return c
}

// department returns a department of that id.
func (c Company) department(id provider.DepartmentID) (provider.Department, bool) {
	for _, d := range c.Departments {
		if d.ID == id {
			return d, true
		}
	}
	return provider.Department{}, false
}

// below returns the first department below another.
func (c Company) below(parent provider.DepartmentID) (provider.Department, bool) {
	list := c.children(parent)
	if len(list) == 0 {
		return provider.Department{}, false
	}
	return list[0], true
}

// children returns the departments right below one; "" asks for the top ones.
func (c Company) children(parent provider.DepartmentID) []provider.Department {
	var list []provider.Department
	for _, d := range c.Departments {
		if d.ParentID == parent {
			list = append(list, d)
		}
	}
	return list
}

// members returns the direct members of a department.
func (c Company) members(id provider.DepartmentID) []provider.Person {
	var list []provider.Person
	for _, p := range c.People {
		if slices.ContainsFunc(p.Memberships, func(m provider.Membership) bool { return m.DepartmentID == id }) {
			list = append(list, p)
		}
	}
	return list
}

// person returns the first person that ok picks.
func (c Company) person(ok func(provider.Person) bool) (provider.Person, bool) {
	if i := slices.IndexFunc(c.People, ok); i >= 0 {
		return c.People[i], true
	}
	return provider.Person{}, false
}
