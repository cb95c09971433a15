package sync

import (
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// Mapping says which attribute of a person at the office app fills a field of
// the platform. A field that is not there is filled by the attribute of its own
// name, one mapped to "" by none. Besides those names there are "userId",
// "unionId" and "extension.<name>", an attribute that the company has added
// itself. The mobile number cannot be mapped: it is the one that the office
// app has verified, and people are recognised by it. The manager is mapped to
// an attribute that holds a user id, or to none.
type Mapping map[PersonField]string

// extension begins the names of attributes that a company has added.
const extension = "extension."

// staged is the staged form of a person: what the rules map, as texts the
// databases can keep, and a hash by which two reads are compared.
func (m Mapping) staged(p *provider.Person) StagedPerson {
	own := StagedPerson{
		ID: p.UserID, UnionID: p.UnionID, Name: p.Name, Mobile: p.Mobile, Email: p.Email,
		JobNumber: p.JobNumber, Title: p.Title, AvatarURL: p.AvatarURL,
	}
	s := own
	for f, source := range m {
		if at := s.pointer(f); at != nil && f != FieldManager {
			*at = own.attribute(source, p.Extension)
		}
	}
	for _, f := range valueFields() {
		at := s.pointer(f)
		*at = clean(*at)
	}
	s.ManagerID, s.ManagerKnown = m.manager(p)
	s.Hash = s.hash()
	return s
}

// manager returns who the manager of a person is, and whether that is known.
// Nobody is their own manager.
func (m Mapping) manager(p *provider.Person) (id provider.UserID, known bool) {
	id, known = p.ManagerID, p.ManagerKnown || p.ManagerID != ""
	if source, mapped := m[FieldManager]; mapped && source != string(FieldManager) {
		var value string
		if value, known = p.Extension[strings.TrimPrefix(source, extension)]; source == "" {
			known = false
		}
		id = provider.UserID(clean(value))
	}
	switch {
	case !known, id != "" && !usableID(string(id)):
		return "", false
	case id == p.UserID:
		return "", true
	}
	return id, true
}

// attribute returns an attribute of a person as it was read.
func (p *StagedPerson) attribute(name string, added map[string]string) string {
	switch name {
	case "":
		return ""
	case "userId":
		return string(p.ID)
	case "unionId":
		return string(p.UnionID)
	}
	if key, ok := strings.CutPrefix(name, extension); ok {
		return added[key]
	}
	return p.field(PersonField(name))
}

const maxExtension = 128

// checkMapping adds the faults of a mapping.
func (f *ruleFaults) checkMapping(m Mapping) {
	fields := make([]PersonField, 0, len(m))
	for field := range m {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	for _, field := range fields {
		source, at := m[field], "mapping."+shown(string(field))
		switch {
		case field.bit() == 0:
			f.add(at, "未知字段，可用："+listed(PersonFields(), "、"), "unknown field; use one of "+listed(PersonFields(), ", "))
		case field == FieldMobile:
			f.add(at, "手机号不能映射：须使用办公应用已验证的手机号", "the mobile number cannot be mapped: it has to be the one that the office app has verified")
		case field == FieldName && source == "":
			f.add(at, "姓名不能为空", "a name is needed")
		case field == FieldManager:
			f.checkManagerSource(at, source)
		case source != "" && !isAttribute(source):
			f.add(at, "未知来源"+shown(source)+"，可用："+listed(valueFields(), "、")+"、userId、unionId、extension.<名称>",
				"unknown attribute "+shown(source)+"; use one of "+listed(valueFields(), ", ")+", userId, unionId, extension.<name>")
		}
	}
}

// checkManagerSource adds the fault of what the manager is mapped to.
func (f *ruleFaults) checkManagerSource(at, source string) {
	if source == "" || source == string(FieldManager) || strings.HasPrefix(source, extension) && isAttribute(source) {
		return
	}
	f.add(at, "未知来源"+shown(source)+"，上级只能取自manager、extension.<名称>（值为用户ID）或留空",
		"unknown attribute "+shown(source)+"; a manager comes from manager, extension.<name> that holds a user id, or \"\" for none")
}

func isAttribute(name string) bool {
	if key, ok := strings.CutPrefix(name, extension); ok {
		return key != "" && len(key) <= maxExtension && clean(key) == key
	}
	return name == "userId" || name == "unionId" || slices.Contains(valueFields(), PersonField(name))
}

// listed joins names.
func listed[T ~string](names []T, between string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = string(n)
	}
	return strings.Join(list, between)
}
