package dingtalktest

import (
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxPage is the most people on one page (official Java SDK, request checks of
// user list and listsimple).
const maxPage = 100

// userRoutes are the people of the old contact API.
func userRoutes() []route {
	at := func(path, permission string, serve func(*call) *refusal) route {
		return route{oldAPI, http.MethodPost, "/topapi/" + path, appToken, permission, anyBody, serve}
	}
	return []route{
		at("v2/user/list", PermissionMembers, (*call).listPeople),
		at("user/listsimple", PermissionMembers, (*call).listPeopleSimply),
		at("user/listid", PermissionPerson, (*call).listPeopleIDs),
		at("v2/user/get", PermissionPerson, (*call).getPerson),
		at("v2/user/getbymobile", PermissionByMobile, (*call).getPersonByMobile),
		at("user/getbyunionid", PermissionPerson, (*call).getPersonByUnionID),
		at("user/count", PermissionPerson, (*call).countPeople),
	}
}

// pageOf reads the parameters of a page of a department; the two listings
// refuse bad positions and sizes with numbers of their own.
func (c *call) pageOf(badPosition, badSize *refusal) (rows []row, next int64, more bool, refused *refusal) {
	id, refused := c.visibleDepartmentID(false)
	if refused != nil {
		return nil, 0, false, refused
	}
	cursor, present, valid := c.params.int("cursor")
	if !present || !valid || cursor < 0 {
		return nil, 0, false, badPosition
	}
	size, present, valid := c.params.int("size")
	if !present || !valid || size < 1 || size > maxPage {
		return nil, 0, false, badSize
	}
	order := memberOrder(c.params.text("order_field"))
	_, _, limitedOK := c.params.bool("contain_access_limit")
	if !order.valid() || !limitedOK || !c.languageOK() {
		return nil, 0, false, badPosition
	}
	rows, more, ok := c.app.company.directory.page(id, int(cursor), int(size), order)
	if !ok {
		return nil, 0, false, errNoDepartment
	}
	return rows, cursor + int64(len(rows)), more, nil
}

func (c *call) listPeople() *refusal {
	rows, next, more, refused := c.pageOf(errIllegal, errIllegal)
	if refused != nil {
		return refused
	}
	fields := c.grant.fields()
	c.appendPage(rows, next, more, func(b []byte, r row) []byte { return appendListedPerson(b, r, fields) })
	return nil
}

func (c *call) listPeopleSimply() *refusal {
	rows, next, more, refused := c.pageOf(errOffset, errSize)
	if refused != nil {
		return refused
	}
	c.appendPage(rows, next, more, func(b []byte, r row) []byte {
		o := openObject(b)
		o.text("name", r.person.Name)
		o.text("userid", r.person.UserID)
		return o.close()
	})
	return nil
}

// appendPage appends a page; the last one has no next_cursor (docs, sample of
// listsimple, read 2026-11-22).
func (c *call) appendPage(rows []row, next int64, more bool, appendOne func([]byte, row) []byte) {
	c.result(func(o *object) {
		o.flag("has_more", more)
		if more {
			o.number("next_cursor", next)
		}
		o.key("list")
		o.b = appendList(o.b, rows, appendOne)
	})
}

// listPeopleIDs ignores the contact scope, as the documentation says.
func (c *call) listPeopleIDs() *refusal {
	id, refused := c.departmentID(false)
	if refused != nil {
		return refused
	}
	ids, ok := c.app.company.directory.userIDs(id)
	if !ok {
		return errNoDepartment
	}
	c.result(func(o *object) { o.texts("userid_list", ids) })
	return nil
}

func (c *call) getPerson() *refusal {
	id := c.params.text("userid")
	if id == "" || !c.languageOK() {
		return errParameter
	}
	if utf8.RuneCountInString(id) > maxUserIDLength {
		return errUserID
	}
	p, refused := c.visible(c.app.company.directory.person(id))
	if refused != nil {
		return refused
	}
	fields := c.grant.fields()
	c.result(func(o *object) { appendPerson(o, p, fields) })
	return nil
}

// visible refuses somebody who is not there or not in the contact scope.
func (c *call) visible(p *Person) (*Person, *refusal) {
	if p == nil {
		return nil, errNoPerson
	}
	if !c.app.company.directory.seesPerson(c.grant, p) {
		return nil, errPersonScope
	}
	return p, nil
}

func (c *call) getPersonByMobile() *refusal {
	mobile := c.params.text("mobile")
	if mobile == "" {
		return errParameter
	}
	if strings.Trim(mobile, "+-0123456789") != "" {
		return errMobile
	}
	p, refused := c.visible(c.app.company.directory.personByMobile(mobile))
	if refused != nil {
		return refused
	}
	c.result(func(o *object) { o.text("userid", p.UserID) })
	return nil
}

func (c *call) getPersonByUnionID() *refusal {
	id := c.params.text("unionid")
	if id == "" {
		return errParameter
	}
	p, refused := c.visible(c.app.company.directory.personByUnionID(id))
	if refused != nil {
		return refused
	}
	c.result(func(o *object) {
		const staff = 0
		o.number("contact_type", staff)
		o.text("userid", p.UserID)
	})
	return nil
}

func (c *call) countPeople() *refusal {
	onlyActive, present, valid := c.params.bool("only_active")
	switch {
	case !present:
		return errParameter
	case !valid:
		return errIllegal
	}
	count := c.app.company.directory.count(onlyActive)
	c.result(func(o *object) { o.number("count", int64(count)) })
	return nil
}
