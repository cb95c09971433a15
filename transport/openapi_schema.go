package transport

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// schema is a JSON Schema (2020-12), as far as the document needs it.
type schema struct {
	Ref         string             `json:"$ref,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        any                `json:"type,omitempty"` // a name, or several
	Format      string             `json:"format,omitempty"`
	Enum        []any              `json:"enum,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Additional  any                `json:"additionalProperties,omitempty"` // a schema, or false
	AnyOf       []*schema          `json:"anyOf,omitempty"`
}

func typed(name string) *schema { return &schema{Type: name} }

// usage is where a type is used: in a request every field may be left out but
// those that are required, and there are no others; in an answer all are there
// but those with omitempty.
type usage int

const (
	inAnswers usage = iota
	inRequests
)

// schemas are those of one document. Structs with a name become components.
type schemas struct {
	components map[string]*schema
	names      map[schemaKey]string
	// special are types whose JSON is not that of their fields.
	special map[reflect.Type]*schema
	// choices are the types that have few values.
	choices map[usage]choices
	texts   typeTexts
	lang    string
}

type schemaKey struct {
	of  reflect.Type
	use usage
}

// filePart is the part of a form that is a file.
type filePart struct{}

// looseText is a field of the compatible family that looseObject reads as a
// text.
type looseText struct{}

func (a *api) newSchemas(lang string) *schemas {
	s := &schemas{
		components: make(map[string]*schema), names: make(map[schemaKey]string),
		choices: map[usage]choices{inAnswers: answeredChoices(), inRequests: a.sentChoices()},
		texts:   documentTexts(), lang: lang,
	}
	loose := &schema{Type: []string{"string", "number", "boolean", "null"}}
	s.special = map[reflect.Type]*schema{
		reflect.TypeFor[time.Time]():       {Type: "string", Format: "date-time"},
		reflect.TypeFor[json.RawMessage](): {},
		reflect.TypeFor[compatTenant]():    {Type: []string{"integer", "string"}},
		reflect.TypeFor[settingsBody]():    {Type: "object", Additional: &schema{Type: []string{"string", "null"}}},
		reflect.TypeFor[filePart]():        {Type: "string", Format: "binary"},
		reflect.TypeFor[looseText]():       loose,
		reflect.TypeFor[configInput]():     a.configSchema(loose, "id", "thirdType", "status", tenantParam),
		reflect.TypeFor[configAnswer]():    a.configAnswerSchema(),
		reflect.TypeFor[testAnswer]():      testAnswerSchema(s.of(reflect.TypeFor[unboundBody](), inAnswers)),
	}
	for t, special := range s.special {
		s.explain(t, special, a.settingTexts())
	}
	return s
}

// explain describes what a schema has that is not made of its type's fields.
func (s *schemas) explain(t reflect.Type, of *schema, settings fieldTexts) {
	of.Description = s.texts[t].about.In(s.lang)
	for name, property := range of.Properties {
		text := s.texts.of(t, nil, name)
		if text.IsZero() {
			text = settings[name]
		}
		of.Properties[name] = property.saying(text.In(s.lang))
	}
}

// of returns the schema of a type as package json encodes it.
func (s *schemas) of(t reflect.Type, use usage) *schema {
	if special, ok := s.special[t]; ok {
		return special
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.nullable(s.of(t.Elem(), use))
	case reflect.Struct:
		return s.object(t, use)
	case reflect.Map:
		return &schema{Type: "object", Additional: s.of(t.Elem(), use)}
	case reflect.Slice, reflect.Array:
		return &schema{Type: "array", Items: s.of(t.Elem(), use)}
	case reflect.String:
		return &schema{Type: "string", Enum: s.choices[use][t]}
	case reflect.Bool:
		return typed("boolean")
	case reflect.Float32, reflect.Float64:
		return typed("number")
	case reflect.Interface:
		return &schema{}
	default:
		return typed("integer")
	}
}

// nullable returns the schema of what may be null instead.
func (s *schemas) nullable(of *schema) *schema {
	name, simple := of.Type.(string)
	if name == "null" {
		return of
	}
	if simple {
		out := *of
		out.Type = []string{name, "null"}
		if len(of.Enum) > 0 {
			out.Enum = append(slices.Clip(of.Enum), nil)
		}
		return &out
	}
	if of.Ref == "" && of.Type == nil && len(of.AnyOf) == 0 { // anything
		return of
	}
	return &schema{AnyOf: []*schema{of, typed("null")}}
}

// object returns the schema of a struct, a reference when it has a name.
func (s *schemas) object(t reflect.Type, use usage) *schema {
	name := t.Name()
	if name == "" || strings.ContainsAny(name, "[·") {
		return s.fields(t, use)
	}
	key := schemaKey{t, use}
	if known, ok := s.names[key]; ok {
		return &schema{Ref: schemaBase + known}
	}
	name = s.free(name, t, use)
	s.names[key] = name
	s.components[name] = &schema{} // it may refer to itself
	*s.components[name] = *s.fields(t, use)
	s.components[name].Description = s.texts[t].about.In(s.lang)
	return &schema{Ref: schemaBase + name}
}

// free returns the name of a component: that of the type, made different from
// the others where several types, or both usages of one, have it.
func (s *schemas) free(name string, t reflect.Type, use usage) string {
	name = strings.TrimSuffix(name, "Body")
	name = strings.ToUpper(name[:1]) + name[1:]
	if use == inRequests && !strings.HasPrefix(name, "New") && !strings.HasSuffix(name, "Change") && !strings.HasSuffix(name, "Request") {
		name += "Input"
	}
	if _, taken := s.components[name]; taken {
		pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	return name
}

func (s *schemas) fields(t reflect.Type, use usage) *schema {
	o := &schema{Type: "object", Properties: make(map[string]*schema)}
	s.addFields(o, t, t, use, use == inAnswers)
	slices.Sort(o.Required)
	if use == inRequests && !isLoose(t) {
		o.Additional = false
	}
	return o
}

// addFields adds the fields of a struct, which is the outer one or one that it
// embeds; always is false where a nil pointer may take them all away.
func (s *schemas) addFields(o *schema, outer, t reflect.Type, use usage, always bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && tag == "" {
			if inner := f.Type; inner.Kind() == reflect.Pointer {
				s.addFields(o, outer, inner.Elem(), use, false)
			} else {
				s.addFields(o, outer, inner, use, always)
			}
			continue
		}
		if !f.IsExported() || tag == "-" {
			continue
		}
		if tag == "" {
			tag = f.Name
		}
		notes := strings.Split(f.Tag.Get("schema"), ",")
		o.Properties[tag] = s.noted(s.of(f.Type, use), notes).saying(s.texts.of(outer, t, tag).In(s.lang))
		if always && !slices.Contains(strings.Split(options, ","), "omitempty") ||
			use == inRequests && slices.Contains(notes, "required") {
			o.Required = append(o.Required, tag)
		}
	}
}

// noted returns the schema of a field with what its tag says besides: that it
// may be null, or "", or is a time.
func (s *schemas) noted(of *schema, notes []string) *schema {
	out := *of
	for _, note := range notes {
		switch note {
		case "nullable":
			out = *s.nullable(&out)
		case "empty":
			out.Enum = append(slices.Clip(out.Enum), "")
		case "date-time":
			out.Format = note
		}
	}
	return &out
}

// saying returns the schema with a description. The one it is made of may be a
// component, or that of other fields, too.
func (s *schema) saying(description string) *schema {
	out := *s
	out.Description = description
	return &out
}

// isLoose reports whether an object may have more fields than its type: those of
// the compatible family, and forms, whose files have any name.
func isLoose(t reflect.Type) bool {
	for i := range t.NumField() {
		switch t.Field(i).Type {
		case reflect.TypeFor[looseText](), reflect.TypeFor[filePart]():
			return true
		}
	}
	return false
}

// result returns the schema of what an operation answers: null for none.
func (s *schemas) result(t reflect.Type) *schema {
	if t == nil || t.Kind() == reflect.Interface {
		return typed("null")
	}
	return s.of(t, inAnswers)
}

// envelope returns the schema of an answer.
func (s *schemas) envelope(result *schema) *schema {
	o := s.fields(reflect.TypeFor[envelope](), inAnswers)
	delete(o.Properties, "error")
	about := result.Description // of what has no component
	if about == "" {
		about = o.Properties["result"].Description
	}
	o.Properties["result"] = result.saying(about)
	return o
}

// failure returns the schema of a refusal.
func (s *schemas) failure(f family) *schema {
	o := s.envelope(typed("null"))
	if f == fullFamily {
		about := s.texts.of(reflect.TypeFor[envelope](), nil, "error").In(s.lang)
		o.Properties["error"] = s.of(reflect.TypeFor[errorBody](), inAnswers).saying(about)
		o.Required = append(o.Required, "error")
	}
	return o
}

// configAnswer is what configOf returns.
type configAnswer struct{}

func (a *api) configSchema(value *schema, names ...string) *schema {
	o := &schema{Type: "object", Properties: make(map[string]*schema)}
	for name := range a.settingNames("") {
		o.Properties[name] = value
	}
	for _, name := range slices.Concat(names, contractSettings) {
		o.Properties[name] = value
	}
	return o
}

func (a *api) configAnswerSchema() *schema {
	o := a.configSchema(&schema{Type: []string{"string", "null"}}, "id", "thirdType", "createTime", "updateTime")
	o.Properties["status"] = &schema{Type: "integer", Enum: []any{0, 1}}
	o.Properties[tenantParam] = &schema{Type: []string{"integer", "string"}}
	o.Required = slices.Sorted(maps.Keys(map[string]bool{
		"id": true, "thirdType": true, "status": true, tenantParam: true, "createTime": true, "updateTime": true,
		provider.SettingAgentID: true, provider.SettingClientID: true, provider.SettingClientSecret: true, provider.SettingOrgID: true,
	}))
	return o
}

// testAnswer is what testResult returns: the office app's own answer, completed.
type testAnswer struct{}

func testAnswerSchema(unbound *schema) *schema {
	return &schema{
		Type: "object", Additional: &schema{},
		Properties: map[string]*schema{
			"request_id": typed("string"), "errcode": typed("integer"), "errmsg": typed("string"),
			"result": typed("string"), "success": typed("boolean"), "messageId": typed("string"), "state": typed("string"),
			"unbound": {Type: "array", Items: unbound},
		},
		Required: []string{"errcode", "errmsg", "messageId", "request_id", "result", "state", "success", "unbound"},
	}
}
