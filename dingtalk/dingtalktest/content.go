package dingtalktest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Content is what a message says, in a form to compare.
type Content struct {
	// Type is the msgtype of work notifications and webhooks, the msgKey of
	// robots.
	Type string `json:"type"`
	// Fields are the values of the type's object, by their path in it:
	// "title", "btns.0.actionURL". Numbers and truth values are text. Messages
	// share the map: it must not be changed.
	Fields map[string]string `json:"fields"`
}

// String is the same for the same content, and another for another.
func (c Content) String() string {
	var b strings.Builder
	b.WriteString(c.Type)
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		b.WriteByte(' ')
		b.WriteString(strconv.Quote(name))
		b.WriteByte('=')
		b.WriteString(strconv.Quote(c.Fields[name]))
	}
	return b.String()
}

// content is a message's body as it came. It is decoded when somebody looks;
// every message with the same body shares it.
type content struct {
	kind string
	// raw is the whole msg or body, or the msgParam of robots.
	raw []byte
	// inner names the field of raw that holds the content; "" is raw itself.
	inner string

	once    sync.Once
	decoded Content
}

func (c *content) decode() Content {
	c.once.Do(func() {
		c.decoded = Content{Type: c.kind, Fields: make(map[string]string)}
		raw := c.raw
		if c.inner != "" {
			var outer map[string]json.RawMessage
			if json.Unmarshal(raw, &outer) != nil {
				return
			}
			raw = outer[c.inner]
		}
		if v, err := decodeNumbers(raw); err == nil {
			flatten(c.decoded.Fields, "", v)
		}
	})
	return c.decoded
}

// decodeNumbers decodes JSON and keeps numbers as they are written.
func decodeNumbers(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// flatten enters every value below v under its path; null is no value.
func flatten(fields map[string]string, path string, v any) {
	below := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			flatten(fields, below(name), inner)
		}
	case []any:
		for i, inner := range v {
			flatten(fields, below(strconv.Itoa(i)), inner)
		}
	case string:
		fields[path] = v
	case json.Number:
		fields[path] = v.String()
	case bool:
		fields[path] = strconv.FormatBool(v)
	}
}
