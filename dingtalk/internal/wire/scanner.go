package wire

import "encoding/json"

// maxDepth bounds how deep a scanner follows values that nobody asked for.
const maxDepth = 16

// scanner goes through JSON in the form that DingTalk's answers have day by day.
// It gives up, by false, where anything is out of the ordinary: what is no JSON,
// names that are not of small letters, which encoding/json compares in any case,
// nesting without end. What it takes is valid JSON.
type scanner struct {
	body []byte
	at   int
}

// peek skips white space and returns what comes then, 0 for the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.body); s.at++ {
		switch c := s.body[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// null reports whether null comes, or nothing that is JSON.
func (s *scanner) null() bool { return s.peek() == 'n' }

// ended reports whether nothing comes any more.
func (s *scanner) ended() bool { return s.peek() == 0 && s.at == len(s.body) }

// into goes past a value that has a place, nil for none.
func (s *scanner) into(place json.Unmarshaler) bool {
	value, ok := s.value(0)
	return ok && (place == nil || place.UnmarshalJSON(value) == nil)
}

// take goes past a character, if it is what comes.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// object calls member at each value of an object, which member goes past.
func (s *scanner) object(member func(name []byte) bool) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		name, ok := s.name()
		if !ok || !s.take(':') || !member(name) {
			return false
		}
		if !s.take(',') {
			return s.take('}')
		}
	}
}

// array calls element at each value of an array, which element goes past.
func (s *scanner) array(element func() bool) bool {
	if !s.take('[') {
		return false
	}
	if s.take(']') {
		return true
	}
	for {
		if !element() {
			return false
		}
		if !s.take(',') {
			return s.take(']')
		}
	}
}

// name goes past the name of a member.
func (s *scanner) name() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for from := s.at; s.at < len(s.body); s.at++ {
		switch c := s.body[s.at]; {
		case c == '"':
			s.at++
			return s.body[from : s.at-1], true
		case (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_':
			return nil, false
		}
	}
	return nil, false
}

// value goes past a value and returns its text.
func (s *scanner) value(depth int) ([]byte, bool) {
	first := s.peek()
	from, ok := s.at, depth < maxDepth
	skip := func() bool {
		_, ok := s.value(depth + 1)
		return ok
	}
	switch first {
	case '"':
		ok = s.text()
	case '{':
		ok = ok && s.object(func([]byte) bool { return skip() })
	case '[':
		ok = ok && s.array(skip)
	default:
		ok = s.literal()
	}
	return s.body[from:s.at], ok
}

// text goes past a string.
func (s *scanner) text() bool {
	from, escaped := s.at, false
	for s.at++; s.at < len(s.body); s.at++ {
		switch c := s.body[s.at]; {
		case c == '"':
			s.at++
			return !escaped || json.Valid(s.body[from:s.at])
		case c == '\\':
			escaped = true
			s.at++
		case c < ' ':
			return false
		}
	}
	return false
}

// literal goes past a number, true, false or null.
func (s *scanner) literal() bool {
	from, digits := s.at, true
	for ; s.at < len(s.body); s.at++ {
		c := s.body[s.at]
		if c == ',' || c == '}' || c == ']' || c <= ' ' {
			break
		}
		digits = digits && '0' <= c && c <= '9'
	}
	word := s.body[from:s.at]
	switch {
	case len(word) == 0:
		return false
	case digits && word[0] != '0', string(word) == "true", string(word) == "false", string(word) == "null":
		return true
	}
	return json.Valid(word)
}
