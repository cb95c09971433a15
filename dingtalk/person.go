package dingtalk

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// listedPerson maps an entry of a department's listing.
func listedPerson(u wire.ListedUser, department provider.DepartmentID) provider.Person {
	person := commonPerson(u.User)
	person.Memberships = []provider.Membership{{
		DepartmentID: department, Leader: bool(u.Leader), Order: smallerFirst(int64(u.DeptOrder)),
	}}
	return person
}

// singlePerson maps the full form of a user. Only this one has the manager, and
// only of those who have one (docs, "query user details", field manager_userid,
// read 2026-11-22), so that none means nobody.
func singlePerson(u wire.SingleUser) provider.Person {
	person := commonPerson(u.User)
	person.ManagerID, person.ManagerKnown = provider.UserID(u.ManagerUserID), true
	for _, id := range u.DeptIDs {
		m := provider.Membership{DepartmentID: departmentID(id)}
		for _, o := range u.DeptOrders {
			if int64(o.DeptID) == id {
				m.Order = smallerFirst(int64(o.Order))
			}
		}
		for _, l := range u.LeaderIn {
			if int64(l.DeptID) == id {
				m.Leader = bool(l.Leader)
			}
		}
		person.Memberships = append(person.Memberships, m)
	}
	return person
}

func commonPerson(u wire.User) provider.Person {
	email := u.OrgEmail
	if u.Email != nil && *u.Email != "" {
		email = *u.Email
	}
	return provider.Person{
		UserID:    provider.UserID(u.UserID),
		UnionID:   provider.UnionID(u.UnionID),
		Name:      string(u.Name),
		Mobile:    neutralMobile(string(u.StateCode), u.Mobile),
		Email:     string(email),
		JobNumber: string(u.JobNumber),
		Title:     string(u.Title),
		AvatarURL: string(u.Avatar),
		Activated: bool(u.Active),
		Extension: extension(string(u.Extension)),
	}
}

// homeCode is the country code that a bare mobile number has.
const homeCode = "86"

// neutralMobile is the bare number for mainland China, else
// +<country>-<number>, whichever of its forms DingTalk gave: the country code in
// a field of its own, with or without +, or in front of the number.
func neutralMobile(country string, mobile *wire.Text) string {
	if mobile == nil || *mobile == "" {
		return ""
	}
	number := string(*mobile)
	country = strings.TrimPrefix(country, "+")
	if rest, ok := strings.CutPrefix(number, "+"); ok {
		if c, n, ok := strings.Cut(rest, "-"); ok {
			country, number = c, n
		}
	}
	if country == "" || country == homeCode {
		return number
	}
	return "+" + country + "-" + number
}

// dingtalkMobile is neutralMobile backwards: DingTalk takes foreign numbers as
// +<country>-<number> (docs, "create a user", field mobile, read 2026-11-22).
func dingtalkMobile(m string) string { return strings.TrimPrefix(m, "+"+homeCode+"-") }

// smallerFirst turns DingTalk's order of members, larger first, around.
func smallerFirst(order int64) int64 {
	if order == math.MinInt64 {
		return math.MaxInt64
	}
	return -order
}

// extension reads the custom fields, a JSON object as text. Values that are not
// strings keep their JSON text. Text that is no object gives no fields: what a
// company typed into a custom field must not make its people unreadable.
func extension(text string) map[string]string {
	var fields map[string]wire.Text
	if text == "" || json.Unmarshal([]byte(text), &fields) != nil || len(fields) == 0 {
		return nil
	}
	out := make(map[string]string, len(fields))
	for name, v := range fields {
		out[name] = string(v)
	}
	return out
}
