package dingtalktest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"
)

// shape is a JSON object of a message under inspection. The first thing wrong
// with it sticks.
type shape struct {
	fields  map[string]json.RawMessage
	refused *refusal
	// known are the fields asked for.
	known []string
	// media are the uploads that the object refers to.
	media []mediaUse
}

// mediaUse is a reference to an upload, which must be of a type, "" for any, and
// may have so many bytes at most, 0 for any number.
type mediaUse struct {
	id   string
	kind string
	most int64
}

// openShape reads a JSON object, nil when raw is none.
func openShape(raw []byte) *shape {
	s := &shape{}
	if json.Unmarshal(raw, &s.fields) != nil || s.fields == nil {
		return nil
	}
	return s
}

func (s *shape) refuse(why *refusal) {
	if s.refused == nil {
		s.refused = why
	}
}

// field returns a field as it stands.
func (s *shape) field(name string) (json.RawMessage, bool) {
	s.known = append(s.known, name)
	raw, ok := s.fields[name]
	return raw, ok
}

// has tells whether a field is there, whatever its value.
func (s *shape) has(name string) bool {
	_, ok := s.field(name)
	return ok
}

// text returns a field that must be a string of at most max characters; 0 is no
// bound.
func (s *shape) text(name string, max int) string {
	raw, ok := s.field(name)
	if !ok {
		return ""
	}
	var v string
	if json.Unmarshal(raw, &v) != nil {
		s.refuse(errParameter)
		return ""
	}
	if max > 0 && utf8.RuneCountInString(v) > max {
		s.refuse(errTooLong)
	}
	return v
}

// required is text that must not be empty.
func (s *shape) required(name string, max int) string {
	v := s.text(name, max)
	if v == "" {
		s.refuse(errParameter)
	}
	return v
}

// oneOf is text that must be one of the choices; "" may be one.
func (s *shape) oneOf(name string, choices ...string) {
	if !slices.Contains(choices, s.text(name, 0)) {
		s.refuse(errParameter)
	}
}

// link is a required URL, with any scheme: dingtalk:// and eapp:// count.
func (s *shape) link(name string, max int) {
	if v := s.required(name, max); s.refused == nil && !isLink(v) {
		s.refuse(errParameter)
	}
}

// optionalLink is a URL that may be absent or empty.
func (s *shape) optionalLink(name string) {
	if v := s.text(name, 0); v != "" && !isLink(v) {
		s.refuse(errParameter)
	}
}

func isLink(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != ""
}

// upload is a required media id of a type; "" is any.
func (s *shape) upload(name, kind string) {
	id := s.required(name, 0)
	if s.refused == nil && !isMediaID(id) {
		s.refuse(errMediaID)
	}
	s.media = append(s.media, mediaUse{id: id, kind: kind})
}

// picture is a URL or the media id of an image; "" passes.
func (s *shape) picture(name string) {
	v := s.text(name, 0)
	switch {
	case isMediaID(v):
		s.media = append(s.media, mediaUse{id: v, kind: MediaImage})
	case v != "" && !isLink(v):
		s.refuse(errParameter)
	}
}

// number is a required text of digits from low to high.
func (s *shape) number(name string, low, high int) {
	n, err := strconv.Atoi(s.required(name, 0))
	if err != nil || n < low || n > high {
		s.refuse(errParameter)
	}
}

// object returns a field that must be an object, nil when absent.
func (s *shape) object(name string) *shape {
	raw, ok := s.field(name)
	if !ok {
		return nil
	}
	inner := openShape(raw)
	if inner == nil {
		s.refuse(errParameter)
	}
	return inner
}

// objects inspects the elements of a field that must be a list of objects and
// not empty.
func (s *shape) objects(name string, inspect func(*shape)) {
	raw, _ := s.field(name)
	var list []map[string]json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
		s.refuse(errParameter)
	}
	for _, fields := range list {
		one := &shape{fields: fields}
		inspect(one)
		s.adopt(one)
	}
}

// adopt ends the inspection of a part and takes over what is wrong with it.
func (s *shape) adopt(part *shape) {
	if part == nil {
		return
	}
	part.close()
	if part.refused != nil {
		s.refuse(part.refused)
	}
	s.media = append(s.media, part.media...)
}

// close refuses fields that nobody asked for.
func (s *shape) close() {
	for name := range s.fields {
		if !slices.Contains(s.known, name) {
			s.refuse(errParameter)
		}
	}
}
