package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

var (
	errNotInt   = errors.New("wire: not a whole number")
	errNotBool  = errors.New("wire: not a boolean")
	errNotInts  = errors.New("wire: not a list of whole numbers")
	errNotTexts = errors.New("wire: not a list of texts")
)

// Int is a whole number, plain or quoted. null and "" leave it as it is.
type Int int64

// UnmarshalJSON implements json.Unmarshaler.
func (i *Int) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil || s == "" {
		return err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return errNotInt // the value itself stays out of error texts
	}
	*i = Int(n)
	return nil
}

// Bool is a boolean: plain, quoted, or 0 and 1. null and "" leave it as it is.
type Bool bool

// UnmarshalJSON implements json.Unmarshaler.
func (v *Bool) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil || s == "" {
		return err
	}
	t, err := strconv.ParseBool(s)
	if err != nil {
		return errNotBool
	}
	*v = Bool(t)
	return nil
}

// Text is a string. Anything else is kept as its JSON text: 60011 becomes
// "60011". null leaves it as it is.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil {
		return err
	}
	*t = Text(s)
	return nil
}

// Ints is a list of whole numbers, plain or as a JSON text: "[2,3,4]". null and
// "" leave it as it is.
type Ints []int64

// UnmarshalJSON implements json.Unmarshaler.
func (l *Ints) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil || s == "" {
		return err
	}
	var list []Int
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return errNotInts
	}
	*l = make(Ints, len(list))
	for i, n := range list {
		(*l)[i] = int64(n)
	}
	return nil
}

// scalar returns the text of a JSON value: a string's content, "" for null,
// otherwise the JSON itself.
func scalar(b []byte) (string, error) {
	switch {
	case bytes.Equal(b, []byte("null")):
		return "", nil
	case len(b) < 2 || b[0] != '"':
		return string(b), nil
	case bytes.IndexByte(b, '\\') < 0:
		return strings.ToValidUTF8(string(b[1:len(b)-1]), "\uFFFD"), nil // of bytes it would copy the valid ones too
	}
	var s string
	err := json.Unmarshal(b, &s)
	return s, err
}
