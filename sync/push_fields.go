package sync

import (
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// pushedFields are the fields that can be written at office apps.
func pushedFields() []PersonField {
	return []PersonField{FieldName, FieldMobile, FieldEmail, FieldJobNumber, FieldTitle, FieldManager}
}

// What is pushed of a person's places: which departments, which of them they
// lead, and where they stand in them.
const (
	fieldDepartments = "departments"
	fieldLeads       = "leaderOf"
	fieldOrder       = "order"
)

// extensionField is what the provider contract calls the custom fields.
const extensionField = "extension"

// contractName is what the provider contract calls a field, by its name here or
// that of a custom field.
func contractName(name string) string {
	switch {
	case strings.HasPrefix(name, extension):
		return extensionField
	case name == string(FieldManager):
		return "managerId"
	}
	return name
}

func placeFields() []PersonField { return []PersonField{fieldDepartments, fieldLeads, fieldOrder} }

// pushedTo says where the office app has a field: under its own name, or in a
// custom field. ok is false for one that the mapping fills from elsewhere,
// which a push leaves alone.
func (m Mapping) pushedTo(f PersonField) (custom string, ok bool) {
	source, mapped := m[f]
	if !mapped || source == string(f) {
		return "", true
	}
	custom, ok = strings.CutPrefix(source, extension)
	for other, s := range m {
		ok = ok && (other == f || s != source)
	}
	return custom, ok
}

// pushedAlways are the fields that a push keeps in line: what the office app
// owns is not overwritten there, what is set the first time only is not written
// again, and what the app may not read cannot be compared.
func (r Run) pushedAlways(l provider.WriteLimits) []PersonField {
	hidden := r.hidden()
	return slices.DeleteFunc(pushedFields(), func(f PersonField) bool {
		custom, ok := r.Rules.Mapping.pushedTo(f)
		owner := r.Rules.Ownership[f]
		return !ok || lacks(l, f, custom) || owner == OwnerProvider || owner == OwnerFirst || f == FieldMobile && l.MobileFixed ||
			hidden.Has(f)
	})
}

// pushedOnCreation are the fields that somebody is created with. Nobody is
// without name and mobile number.
func (r Rules) pushedOnCreation(l provider.WriteLimits) []PersonField {
	return slices.DeleteFunc(pushedFields(), func(f PersonField) bool {
		custom, ok := r.Mapping.pushedTo(f)
		return lacks(l, f, custom) || f != FieldName && f != FieldMobile && (!ok || r.Ownership[f] == OwnerProvider)
	})
}

// lacks reports whether the office app has no such field, nor the custom field
// in which it would stand.
func lacks(l provider.WriteLimits, f PersonField, custom string) bool {
	name := contractName(string(f))
	if custom != "" {
		name = extensionField
	}
	return slices.Contains(l.Lacks, name)
}

// personWrite returns fields as they are written; what is empty is left alone,
// unless it is to be cleared.
func (r Rules) personWrite(own StagedPerson, fields []PersonField, clearing bool) provider.PersonWrite {
	var write provider.PersonWrite
	at := map[PersonField]**string{
		FieldName: &write.Name, FieldMobile: &write.Mobile, FieldEmail: &write.Email,
		FieldJobNumber: &write.JobNumber, FieldTitle: &write.Title,
	}
	for _, f := range fields {
		v := own.field(f)
		custom, _ := r.Mapping.pushedTo(f)
		switch {
		case v == "" && !clearing || f.bit() == 0:
		case custom != "":
			if write.Extension == nil {
				write.Extension = make(map[string]string)
			}
			write.Extension[custom] = v
		case f == FieldManager:
			write.ManagerID = (*provider.UserID)(&v)
		default:
			*at[f] = &v
		}
	}
	return write
}
