package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// WriteLimits is what an office app allows a [DirectoryWriter] to write. 0 and
// "" mean that it sets no such limit. Lengths are in characters (code points).
type WriteLimits struct {
	// DepartmentName bounds DepartmentWrite.Name, which has none of the
	// characters of DepartmentNameWithout.
	DepartmentName        int
	DepartmentNameWithout string
	// The other lengths bound the fields of PersonWrite; Extension that of the
	// JSON object of all fields together.
	UserID     int
	PersonName int
	Email      int
	JobNumber  int
	Title      int
	Extension  int
	// Memberships bounds the number of departments of one person.
	Memberships int
	// MobileRequired is true when nobody can be created without a number.
	MobileRequired bool
	// MobileFixed is true when a number cannot be changed once the person
	// exists.
	MobileFixed bool
	// Lacks names the fields of PersonWrite that the office app has not, as
	// FieldError does: WeCom has no "jobNumber". They are nil, and what is read
	// of people has nothing in them.
	Lacks []string
}

// FieldError says which field of a write is wrong and how. Its code is
// InvalidArgument.
type FieldError struct {
	// Field is the JSON spelling of the field, such as "name" or
	// "memberships[2].departmentId".
	Field   string
	Problem Text
}

// Error implements error.
func (e *FieldError) Error() string { return e.Field + ": " + e.Problem.EN }

// ErrorCode makes [CodeOf] answer InvalidArgument.
func (*FieldError) ErrorCode() Code { return InvalidArgument }

// Check reports everything in w that makes creating or updating a department
// useless, each a [*FieldError], joined. It asks nobody: a preview can show it.
func (w DepartmentWrite) Check(l WriteLimits, creating bool) error {
	var p fieldProblems
	switch {
	case w.Name != nil:
		p.name(*w.Name, l.DepartmentName)
		p.without(*w.Name, l.DepartmentNameWithout)
	case creating:
		p.empty("name")
	}
	if w.ParentID == nil && creating || w.ParentID != nil && *w.ParentID == "" {
		p.empty("parentId")
	}
	if w.Order != nil && *w.Order < 1 {
		p.add("order", fmt.Sprintf("当前为%d，不能小于1", *w.Order), fmt.Sprintf("%d; at least 1", *w.Order))
	}
	if w.Leaders != nil && creating {
		p.add("leaders", "新建部门尚无成员，不能指定主管", "a new department has no members to lead it")
	}
	return errors.Join(p...)
}

// Check reports everything in w that makes creating or updating a person
// useless, each a [*FieldError], joined. It asks nobody: a preview can show it.
func (w PersonWrite) Check(l WriteLimits, creating bool) error {
	var p fieldProblems
	if w.Name != nil {
		p.name(*w.Name, l.PersonName)
	} else if creating {
		p.empty("name")
	}
	if creating {
		p.text("userId", (*string)(&w.UserID), l.UserID)
	}
	p.text("email", w.Email, l.Email)
	p.text("jobNumber", w.JobNumber, l.JobNumber)
	p.text("title", w.Title, l.Title)
	p.extension(w.Extension, l.Extension)
	p.lacking(w, l.Lacks)
	p.mobile(w.Mobile, l, creating)
	switch {
	case w.Memberships != nil:
		p.memberships(*w.Memberships, l.Memberships)
	case creating:
		p.empty("memberships")
	}
	return errors.Join(p...)
}

// fieldProblems collects what is wrong with a write.
type fieldProblems []error

func (p *fieldProblems) add(field, zh, en string) {
	*p = append(*p, &FieldError{Field: field, Problem: Text{ZH: zh, EN: en}})
}

func (p *fieldProblems) empty(field string) { p.add(field, "不能为空", "must not be empty") }

func (p *fieldProblems) name(v string, limit int) {
	if strings.TrimSpace(v) == "" {
		p.empty("name")
		return
	}
	p.text("name", &v, limit)
}

func (p *fieldProblems) text(field string, v *string, limit int) {
	if v == nil {
		return
	}
	if !utf8.ValidString(*v) || strings.IndexByte(*v, 0) >= 0 {
		p.add(field, "不是有效的UTF-8文本，或包含空字符（U+0000）", "not valid UTF-8, or has a NUL character in it")
	} else if n := utf8.RuneCountInString(*v); limit > 0 && n > limit {
		p.add(field, fmt.Sprintf("长度%d个字符，超过上限%d个字符", n, limit), fmt.Sprintf("%d characters; at most %d", n, limit))
	}
}

// extension: every map of strings has a JSON form.
func (p *fieldProblems) extension(fields map[string]string, limit int) {
	if b, err := json.Marshal(fields); err == nil && len(fields) > 0 {
		text := string(b)
		p.text("extension", &text, limit)
	}
}

// lacking: name and memberships every office app has.
func (p *fieldProblems) lacking(w PersonWrite, fields []string) {
	given := map[string]bool{
		"mobile": w.Mobile != nil, "email": w.Email != nil, "jobNumber": w.JobNumber != nil, "title": w.Title != nil,
		"managerId": w.ManagerID != nil, "extension": len(w.Extension) > 0,
	}
	for _, f := range fields {
		if given[f] {
			p.add(f, "办公应用没有该字段", "the office app has no such field")
		}
	}
}

func (p *fieldProblems) without(name, refused string) {
	if i := strings.IndexAny(name, refused); i >= 0 {
		r, _ := utf8.DecodeRuneInString(name[i:])
		p.add("name", fmt.Sprintf("不能包含字符“%c”", r), fmt.Sprintf("must not have the character %q", r))
	}
}

func (p *fieldProblems) mobile(v *string, l WriteLimits, creating bool) {
	switch {
	case creating && l.MobileRequired && (v == nil || *v == ""):
		p.empty("mobile")
	case !creating && l.MobileFixed && v != nil:
		p.add("mobile", "手机号创建后不能通过接口修改，须由本人在办公应用中更换",
			"cannot be changed once the person exists; the person changes it in the office app")
	}
}

func (p *fieldProblems) memberships(list []MembershipWrite, limit int) {
	if len(list) == 0 {
		p.empty("memberships")
	}
	if limit > 0 && len(list) > limit {
		p.add("memberships", fmt.Sprintf("%d个部门，超过上限%d个", len(list), limit),
			fmt.Sprintf("%d departments; at most %d", len(list), limit))
	}
	seen := make(map[DepartmentID]bool, len(list))
	for i, m := range list {
		field := fmt.Sprintf("memberships[%d].departmentId", i)
		switch {
		case m.DepartmentID == "":
			p.empty(field)
		case seen[m.DepartmentID]:
			p.add(field, "部门重复", "this department stands in the list already")
		}
		seen[m.DepartmentID] = true
	}
}
