package transport

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/tenant"
)

// errUnknownField refuses a field that the type of a body does not have, by its
// path and with the fields that are there. encoding/json tells its name only.
func errUnknownField(t reflect.Type, body []byte, name string) *tenant.Error {
	u, found := findUnknown(t, body)
	if !found {
		u.path = name
	}
	u.path = shown(u.path)
	refusal := invalid(u.path, "未知字段："+u.path, "unknown field: "+u.path)
	if len(u.known) > 0 {
		refusal.Message.ZH += "；可用的字段：" + strings.Join(u.known, "、")
		refusal.Message.EN += "; there are " + strings.Join(u.known, ", ")
	}
	return refusal
}

// unknown is a field that is not known, and those that are in its place.
type unknown struct {
	path  string
	known []string
}

// findUnknown returns the first field of a value that its type does not have.
func findUnknown(t reflect.Type, value json.RawMessage) (unknown, bool) {
	switch {
	case t.Kind() == reflect.Pointer:
		return findUnknown(t.Elem(), value)
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()):
		return unknown{}, false // it reads itself
	case t.Kind() == reflect.Struct:
		return unknownIn(value, jsonFields(t))
	case t.Kind() == reflect.Map:
		return unknownValue(value, t.Elem())
	case t.Kind() == reflect.Slice:
		return unknownItem(value, t.Elem())
	}
	return unknown{}, false
}

// unknownIn looks through the fields of an object, in alphabetical order.
func unknownIn(value json.RawMessage, fields map[string]reflect.Type) (unknown, bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) != nil {
		return unknown{}, false
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		of, known := fieldNamed(fields, name)
		if !known {
			return unknown{name, slices.Sorted(maps.Keys(fields))}, true
		}
		if u, found := findUnknown(of, object[name]); found {
			return unknown{joined(name, u.path), u.known}, true
		}
	}
	return unknown{}, false
}

func unknownValue(value json.RawMessage, of reflect.Type) (unknown, bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) != nil {
		return unknown{}, false
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if u, found := findUnknown(of, object[name]); found {
			return unknown{joined(name, u.path), u.known}, true
		}
	}
	return unknown{}, false
}

func unknownItem(value json.RawMessage, of reflect.Type) (unknown, bool) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return unknown{}, false
	}
	for i, item := range list {
		if u, found := findUnknown(of, item); found {
			return unknown{fmt.Sprintf("[%d].%s", i, u.path), u.known}, true
		}
	}
	return unknown{}, false
}

// joined returns the path of what is inside of a field: an index needs no dot.
func joined(name, path string) string {
	if strings.HasPrefix(path, "[") {
		return name + path
	}
	return name + "." + path
}

// jsonFields returns the fields of a struct, and of those it embeds, by their
// names in JSON.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type)
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields[name] = f.Type
	}
	return fields
}

// fieldNamed finds a field as encoding/json does, for which case does not
// matter.
func fieldNamed(fields map[string]reflect.Type, name string) (reflect.Type, bool) {
	if t, ok := fields[name]; ok {
		return t, true
	}
	for known, t := range fields {
		if strings.EqualFold(known, name) {
			return t, true
		}
	}
	return nil, false
}
