package dingtalktest

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// Lengths of what is written of a person (docs, "create a user", read
// 2026-11-22).
const (
	maxTelephoneLength = 50
	maxJobNumberLength = 50
	maxTitleLength     = 200
	maxEmailLength     = 50
	maxOrgEmailLength  = 100
	maxWorkPlaceLength = 100
	maxRemarkLength    = 2000
	maxExtensionLength = 2000
	maxDepartments     = 100
)

// mobileForms: a number of the mainland, or +<country>-<number>.
var mobileForms = regexp.MustCompile(`^(?:\+(\d{1,4})-(\d{3,15})|(\d{11}))$`)

// personText is a field of a person that is plain text.
type personText struct {
	name    string
	longest int
	tooLong *refusal
	of      func(*Person) *string
}

func personTexts() []personText {
	return []personText{
		{"name", maxPersonNameLength, errPersonName, func(p *Person) *string { return &p.Name }},
		{"telephone", maxTelephoneLength, errIllegal, func(p *Person) *string { return &p.Telephone }},
		{"job_number", maxJobNumberLength, errJobNumber, func(p *Person) *string { return &p.JobNumber }},
		{"title", maxTitleLength, errIllegal, func(p *Person) *string { return &p.Title }},
		{"email", maxEmailLength, errIllegal, func(p *Person) *string { return &p.Email }},
		{"org_email", maxOrgEmailLength, errIllegal, func(p *Person) *string { return &p.OrgEmail }},
		{"work_place", maxWorkPlaceLength, errIllegal, func(p *Person) *string { return &p.WorkPlace }},
		{"remark", maxRemarkLength, errIllegal, func(p *Person) *string { return &p.Remark }},
	}
}

// personPatch is a change of a copy of a person, in the order of its steps.
type personPatch []func(*Person)

func (list personPatch) apply(p *Person) {
	for _, step := range list {
		step(p)
	}
}

// personPatch reads what a call wants of a person, but for the mobile number.
func (c *call) personPatch() (personPatch, *refusal) {
	var patch personPatch
	for _, f := range personTexts() {
		if !c.params.has(f.name) {
			continue
		}
		value := c.params.text(f.name)
		if utf8.RuneCountInString(value) > f.longest || value == "" && f.name == "name" {
			return nil, f.tooLong
		}
		patch = append(patch, func(p *Person) { *f.of(p) = value })
	}
	for _, read := range []func() (func(*Person), *refusal){
		c.patchFlags, c.patchHired, c.patchManager, c.patchExtension, c.patchDepartments,
	} {
		step, refused := read()
		if refused != nil {
			return nil, refused
		}
		patch = append(patch, step)
	}
	return patch, nil
}

func (c *call) patchFlags() (func(*Person), *refusal) {
	hide, hidden, hideOK := c.params.bool("hide_mobile")
	senior, ranked, seniorOK := c.params.bool("senior_mode")
	if !hideOK || !seniorOK || !c.languageOK() {
		return nil, errIllegal
	}
	return func(p *Person) {
		if hidden {
			p.HideMobile = hide
		}
		if ranked {
			p.Senior = senior
		}
	}, nil
}

func (c *call) patchHired() (func(*Person), *refusal) {
	at, present, valid := c.params.int("hired_date")
	if !valid {
		return nil, errIllegal
	}
	return func(p *Person) {
		if present {
			p.HiredDate = time.UnixMilli(at)
		}
	}, nil
}

func (c *call) patchManager() (func(*Person), *refusal) {
	manager, clearing := c.params.text("manager_userid"), c.forced("manager_userid")
	if manager != "" && c.app.company.directory.person(manager) == nil {
		return nil, errManager
	}
	return func(p *Person) {
		if manager != "" || clearing {
			p.ManagerUserID = manager
		}
	}, nil
}

// extensionAppend is the ext_attrs_update_mode that keeps unnamed fields.
const extensionAppend = 1

// patchExtension: an empty value takes a field away.
func (c *call) patchExtension() (func(*Person), *refusal) {
	mode, _, valid := c.params.int("ext_attrs_update_mode")
	if !valid || mode < 0 || mode > extensionAppend {
		return nil, errIllegal
	}
	if !c.params.has("extension") {
		return func(*Person) {}, nil
	}
	text := c.params.text("extension")
	var fields map[string]string
	if utf8.RuneCountInString(text) > maxExtensionLength || json.Unmarshal([]byte(text), &fields) != nil {
		return nil, errExtension
	}
	return func(p *Person) {
		now := make(map[string]string)
		if mode == extensionAppend {
			maps.Copy(now, p.Extension)
		}
		maps.Copy(now, fields)
		maps.DeleteFunc(now, func(_, value string) bool { return value == "" })
		p.Extension = now
	}, nil
}

// patchDepartments: places that stay keep their order and whether they lead.
func (c *call) patchDepartments() (func(*Person), *refusal) {
	ids, valid := c.params.numbers("dept_id_list")
	switch {
	case !valid, c.params.has("dept_id_list") && len(ids) == 0, len(ids) > maxDepartments:
		return nil, errDepartments
	}
	orders, refused := c.departmentOrders()
	if refused != nil {
		return nil, refused
	}
	return func(p *Person) {
		if len(ids) > 0 {
			p.Memberships = places(p.Memberships, ids)
		}
		for i, m := range p.Memberships {
			if order, ok := orders[m.DepartmentID]; ok {
				p.Memberships[i].Order = order
			}
		}
	}, nil
}

func places(now []Membership, ids []int64) []Membership {
	then := make([]Membership, 0, len(ids))
	for _, id := range ids {
		at := slices.IndexFunc(now, func(m Membership) bool { return m.DepartmentID == id })
		switch {
		case slices.ContainsFunc(then, func(m Membership) bool { return m.DepartmentID == id }):
		case at >= 0:
			then = append(then, now[at])
		default:
			then = append(then, Membership{DepartmentID: id})
		}
	}
	return then
}

// departmentOrders reads dept_order_list, a list or the JSON text of one.
func (c *call) departmentOrders() (map[int64]int64, *refusal) {
	text := c.params.text("dept_order_list")
	if text == "" {
		return nil, nil
	}
	var list []struct {
		DeptID int64 `json:"dept_id"`
		Order  int64 `json:"order"`
	}
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil, errIllegal
	}
	orders := make(map[int64]int64, len(list))
	for _, o := range list {
		orders[o.DeptID] = o.Order
	}
	return orders, nil
}

// mayWork refuses departments that are not there or not the app's to change,
// and values that somebody else has. The caller holds the directory's lock.
func (c *call) mayWork(d *directory, p *Person) error {
	for _, m := range p.Memberships {
		switch {
		case d.departments[m.DepartmentID] == nil:
			return errNoDepartment
		case !c.grant.whole && !d.seesLocked(c.grant, m.DepartmentID):
			return errDepartmentScope
		}
	}
	if d.taken(&d.byEmail, p.Email, p.UserID, func(p *Person) string { return p.Email }) {
		return errEmailTaken
	}
	return nil
}

func (c *call) createPerson() *refusal {
	patch, refused := c.personPatch()
	if refused != nil {
		return refused
	}
	p := &Person{UserID: c.params.text("userid"), Inactive: true}
	patch.apply(p)
	mobile := c.params.text("mobile")
	form := mobileForms.FindStringSubmatch(mobile)
	switch {
	case p.Name == "":
		return errPersonName
	case mobile == "":
		return errNoIdentity
	case form == nil:
		return errMobileForm
	case len(p.Memberships) == 0:
		return errDepartments
	case utf8.RuneCountInString(p.UserID) > maxUserIDLength:
		return errUserID
	}
	p.StateCode, p.Mobile = form[1], cmp.Or(form[2], form[3])
	if p.UserID == "" {
		p.UserID = c.em.ids.next()
	}
	return c.join(p)
}

// join lets somebody in, or sends the invitation that Emulator.AskConsent wants.
func (c *call) join(p *Person) *refusal {
	co := c.app.company
	err := co.addPerson(p, func(d *directory) error {
		switch {
		case d.people[p.UserID] != nil:
			return errUserIDTaken
		case d.taken(&d.byMobile, p.Mobile, "", func(p *Person) string { return p.Mobile }):
			return errMobileTaken
		}
		if err := c.mayWork(d, p); err != nil {
			return err
		}
		if d.invite(p) {
			return errInvited
		}
		return nil
	})
	if refused := refusalOf(err, errParameter); refused != nil {
		return refused
	}
	c.result(func(o *object) {
		o.text("userid", p.UserID)
		o.text("unionId", unionIDFor(co.corpID, p.UserID))
	})
	return nil
}

func (c *call) updatePerson() *refusal {
	id := c.params.text("userid")
	switch {
	case id == "":
		return errUserIDMissing
	case c.params.has("mobile"):
		return errMobileFixed
	}
	if _, refused := c.visible(c.app.company.directory.person(id)); refused != nil {
		return refused
	}
	patch, refused := c.personPatch()
	if refused != nil {
		return refused
	}
	err := c.app.company.changePerson(id, patch.apply, c.mayWork)
	if errors.Is(err, ErrNotFound) {
		return errNoPerson
	}
	return refusalOf(err, errParameter)
}

func (c *call) deletePerson() *refusal {
	id := c.params.text("userid")
	if id == "" {
		return errUserIDMissing
	}
	if _, refused := c.visible(c.app.company.directory.person(id)); refused != nil {
		return refused
	}
	return refusalOf(c.app.company.removePerson(id), errNoPerson)
}
