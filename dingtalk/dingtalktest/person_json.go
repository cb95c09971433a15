package dingtalktest

// personFields tells which guarded fields an app gets to see.
type personFields struct {
	mobile bool
	email  bool
}

func (g *grant) fields() personFields {
	return personFields{mobile: g.has(PermissionMobile), email: g.has(PermissionEmail)}
}

const defaultStateCode = "86"

// appendShared appends what the list form and the full form have in common.
func appendShared(o *object, p *Person, fields personFields) {
	o.text("userid", p.UserID)
	o.text("unionid", p.UnionID)
	o.text("name", p.Name)
	o.filled("avatar", p.AvatarURL)
	if fields.mobile && p.Mobile != "" {
		o.text("mobile", p.Mobile)
		if p.StateCode == "" {
			o.text("state_code", defaultStateCode)
		} else {
			o.text("state_code", p.StateCode)
		}
	}
	o.flag("hide_mobile", p.HideMobile)
	o.text("telephone", p.Telephone)
	o.text("job_number", p.JobNumber)
	o.text("title", p.Title)
	if fields.email {
		o.text("email", p.Email)
		o.filled("org_email", p.OrgEmail)
		o.filled("work_place", p.WorkPlace)
		o.filled("remark", p.Remark)
		if len(p.Extension) > 0 {
			o.text("extension", extensionText(p.Extension))
		}
	}
	if !p.HiredDate.IsZero() {
		o.number("hired_date", p.HiredDate.UnixMilli())
	}
	o.flag("active", !p.Inactive)
	o.flag("admin", p.Admin)
	o.flag("boss", p.Boss)
	o.flag("exclusive_account", false)
	o.key("dept_id_list")
	o.b = appendList(o.b, p.Memberships, func(b []byte, m Membership) []byte { return appendInt(b, m.DepartmentID) })
}

// extensionText is a JSON object inside of a JSON text.
func extensionText(fields map[string]string) string { return string(appendMap(nil, fields)) }

// appendListedPerson appends the form of user/list, which speaks of one
// department.
func appendListedPerson(b []byte, r row, fields personFields) []byte {
	o := openObject(b)
	appendShared(&o, r.person, fields)
	o.number("dept_order", r.order)
	o.flag("leader", r.leader)
	return o.close()
}

// appendPerson appends the form of user/get.
func appendPerson(o *object, p *Person, fields personFields) {
	appendShared(o, p, fields)
	o.flag("senior", p.Senior)
	o.flag("real_authed", !p.Inactive)
	o.filled("manager_userid", p.ManagerUserID)
	o.key("dept_order_list")
	o.b = appendList(o.b, p.Memberships, func(b []byte, m Membership) []byte {
		e := openObject(b)
		e.number("dept_id", m.DepartmentID)
		e.number("order", m.Order)
		return e.close()
	})
	o.key("leader_in_dept")
	o.b = appendList(o.b, p.Memberships, func(b []byte, m Membership) []byte {
		e := openObject(b)
		e.number("dept_id", m.DepartmentID)
		e.flag("leader", m.Leader)
		return e.close()
	})
	o.key("role_list")
	o.b = append(o.b, "[]"...)
	o.key("union_emp_ext")
	o.b = append(o.b, "{}"...)
}
