package dingtalktest

import "net/http"

// departmentRoutes are the departments of the old contact API.
func departmentRoutes() []route {
	at := func(path string, serve func(*call) *refusal) route {
		return route{oldAPI, http.MethodPost, "/topapi/v2/department/" + path, appToken, PermissionDepartments, anyBody, serve}
	}
	return []route{
		at("listsub", (*call).listDepartments),
		at("listsubid", (*call).listDepartmentIDs),
		at("get", (*call).getDepartment),
		at("listparentbydept", (*call).listParents),
	}
}

// departmentID reads dept_id; where it may be left out, otherwise is the root.
func (c *call) departmentID(optional bool) (int64, *refusal) {
	id, present, valid := c.params.int("dept_id")
	switch {
	case !present && optional:
		return RootID, nil
	case !present || !valid || id <= 0:
		return 0, errParameter
	}
	return id, nil
}

// visibleDepartmentID also checks that the department is there and in the app's
// contact scope.
func (c *call) visibleDepartmentID(optional bool) (int64, *refusal) {
	id, refused := c.departmentID(optional)
	if refused != nil {
		return 0, refused
	}
	dir := c.app.company.directory
	if dir.department(id) == nil {
		return 0, errNoDepartment
	}
	if !dir.sees(c.grant, id) {
		return 0, errDepartmentScope
	}
	return id, nil
}

// languageOK checks the parameter that asks for names in another language; the
// emulator has none.
func (c *call) languageOK() bool {
	switch c.params.text("language") {
	case "", "zh_CN", "en_US":
		return true
	}
	return false
}

func (c *call) listDepartments() *refusal {
	id, refused := c.visibleDepartmentID(true)
	if refused != nil {
		return refused
	}
	if !c.languageOK() {
		return errParameter
	}
	children, ok := c.app.company.directory.children(id)
	if !ok {
		return errNoDepartment
	}
	c.body = append(c.body, `"result":`...)
	c.body = append(appendList(c.body, children, appendBriefDepartment), ',')
	return nil
}

func appendBriefDepartment(b []byte, d *Department) []byte {
	o := openObject(b)
	o.flag("auto_add_user", d.AutoAddUser)
	o.flag("create_dept_group", d.CreateGroup)
	o.number("dept_id", d.ID)
	o.text("name", d.Name)
	o.number("parent_id", d.ParentID)
	o.filled("source_identifier", d.SourceIdentifier)
	return o.close()
}

// listDepartmentIDs ignores the contact scope, as the documentation says.
func (c *call) listDepartmentIDs() *refusal {
	id, refused := c.departmentID(false)
	if refused != nil {
		return refused
	}
	children, ok := c.app.company.directory.children(id)
	if !ok {
		return errNoDepartment
	}
	c.result(func(o *object) {
		o.key("dept_id_list")
		o.b = appendList(o.b, children, func(b []byte, d *Department) []byte { return appendInt(b, d.ID) })
	})
	return nil
}

func (c *call) getDepartment() *refusal {
	id, refused := c.visibleDepartmentID(false)
	if refused != nil {
		return refused
	}
	if !c.languageOK() {
		return errParameter
	}
	dir := c.app.company.directory
	d := dir.department(id)
	if d == nil {
		return errNoDepartment
	}
	direct, total := dir.headcount(id)
	c.result(func(o *object) {
		o.number("dept_id", d.ID)
		o.text("name", d.Name)
		if d.ID != RootID {
			o.number("parent_id", d.ParentID)
		}
		o.filled("source_identifier", d.SourceIdentifier)
		o.number("order", d.Order)
		o.flag("create_dept_group", d.CreateGroup)
		o.flag("auto_add_user", d.AutoAddUser)
		o.flag("group_contain_sub_dept", false)
		o.flag("hide_dept", d.Hidden)
		o.flag("outer_dept", false)
		o.flag("auto_approve_apply", false)
		o.flag("from_union_org", false)
		o.texts("dept_manager_userid_list", d.ManagerUserIDs)
		o.numbers("dept_permits", nil)
		o.texts("user_permits", nil)
		o.numbers("outer_permit_depts", nil)
		o.texts("outer_permit_users", nil)
		o.number("member_count", int64(total))
		o.number("owning_member_count", int64(direct))
	})
	return nil
}

// listParents ignores the contact scope, as the documentation says.
func (c *call) listParents() *refusal {
	id, refused := c.departmentID(false)
	if refused != nil {
		return refused
	}
	path := c.app.company.directory.path(id)
	if path == nil {
		return errNoDepartment
	}
	c.result(func(o *object) { o.numbers("parent_id_list", path) })
	return nil
}
