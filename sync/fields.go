package sync

import "strings"

// PersonField is a field of a person that a pull fills on the platform.
type PersonField string

// The fields of people.
const (
	FieldName      PersonField = "name"
	FieldMobile    PersonField = "mobile"
	FieldEmail     PersonField = "email"
	FieldJobNumber PersonField = "jobNumber"
	FieldTitle     PersonField = "title"
	FieldAvatar    PersonField = "avatar"
	// FieldManager is the direct superior: somebody else of the directory. It
	// is filled by [Managers], once both have an account.
	FieldManager PersonField = "manager"
)

// PersonFields returns all fields, in the order in which differences are
// listed. The caller owns the slice.
func PersonFields() []PersonField {
	return append(valueFields(), FieldManager)
}

// valueFields returns the fields whose value is the same text on both sides.
func valueFields() []PersonField {
	return []PersonField{FieldName, FieldMobile, FieldEmail, FieldJobNumber, FieldTitle, FieldAvatar}
}

// FieldSet is a set of fields of people; the zero value is empty.
type FieldSet uint8

// bit is the place of a field in a set, 0 for an unknown one.
func (f PersonField) bit() FieldSet {
	switch f {
	case FieldName:
		return 1
	case FieldMobile:
		return 2
	case FieldEmail:
		return 4
	case FieldJobNumber:
		return 8
	case FieldTitle:
		return 16
	case FieldAvatar:
		return 32
	case FieldManager:
		return 64
	}
	return 0
}

// Has reports whether a field is in the set.
func (s FieldSet) Has(f PersonField) bool { return s&f.bit() != 0 }

// With returns the set with further fields.
func (s FieldSet) With(fields ...PersonField) FieldSet {
	for _, f := range fields {
		s |= f.bit()
	}
	return s
}

// Without returns the set without some fields.
func (s FieldSet) Without(fields ...PersonField) FieldSet { return s &^ FieldSet(0).With(fields...) }

// String lists the fields.
func (s FieldSet) String() string {
	var names []string
	for _, f := range PersonFields() {
		if s.Has(f) {
			names = append(names, string(f))
		}
	}
	return strings.Join(names, ",")
}

// emptied reports whether a pull empties the field on the platform when it is
// empty at the office app.
func (f PersonField) emptied() bool { return f == FieldJobNumber || f == FieldTitle }

// field returns the value of a field.
func (p *StagedPerson) field(f PersonField) string {
	if v := p.pointer(f); v != nil {
		return *v
	}
	return ""
}

// pointer returns where the value of a field is, nil for an unknown one.
func (p *StagedPerson) pointer(f PersonField) *string {
	switch f {
	case FieldName:
		return &p.Name
	case FieldMobile:
		return &p.Mobile
	case FieldEmail:
		return &p.Email
	case FieldJobNumber:
		return &p.JobNumber
	case FieldTitle:
		return &p.Title
	case FieldAvatar:
		return &p.AvatarURL
	case FieldManager:
		return (*string)(&p.ManagerID)
	}
	return nil
}
