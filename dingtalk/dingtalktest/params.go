package dingtalktest

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// params are a request's parameters: the query of a GET, the JSON object or
// form of a POST. A JSON value and the same value as text are alike, since forms
// know only text.
type params struct {
	object map[string]json.RawMessage
	form   url.Values
}

// parseObject reads a JSON object.
func parseObject(body []byte) (params, bool) {
	var p params
	if err := json.Unmarshal(body, &p.object); err != nil || p.object == nil {
		return params{}, false
	}
	return p, true
}

// parseForm reads a query or form.
func parseForm(text string) (params, bool) {
	form, err := url.ParseQuery(text)
	if err != nil {
		return params{}, false
	}
	return params{form: form}, true
}

// text returns a parameter as text, a JSON string without its quotes and
// anything else as it stands. An absent parameter, null and "" are alike.
func (p params) text(name string) string {
	if p.form != nil {
		return p.form.Get(name)
	}
	raw := p.object[name]
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if raw[0] != '"' {
		return string(raw)
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// has tells whether a parameter is there, be it empty; null is not there.
func (p params) has(name string) bool {
	if p.form != nil {
		return p.form.Has(name)
	}
	raw := p.object[name]
	return len(raw) > 0 && string(raw) != "null"
}

// raw returns a parameter as JSON: what stands in the object, or the JSON text
// a form carries.
func (p params) raw(name string) []byte {
	text := p.text(name)
	if text == "" || strings.HasPrefix(text, "{") {
		return []byte(text)
	}
	return p.object[name]
}

// int returns a whole number; present is false when there is none, valid when
// it is absent or well-formed.
func (p params) int(name string) (n int64, present, valid bool) {
	text := p.text(name)
	if text == "" {
		return 0, false, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, true, err == nil
}

// bool returns a truth value, like int.
func (p params) bool(name string) (value, present, valid bool) {
	switch p.text(name) {
	case "":
		return false, false, true
	case "true":
		return true, true, true
	case "false":
		return false, true, true
	}
	return false, true, false
}

// list returns the elements of a list separated by commas.
func (p params) list(name string) []string {
	text := p.text(name)
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// shown returns the parameters as text, without secrets and tokens.
func (p params) shown() map[string]string {
	shown := make(map[string]string, len(p.object)+len(p.form))
	add := func(name string) {
		if !secretParams[name] {
			shown[name] = p.text(name)
		}
	}
	for name := range p.object {
		add(name)
	}
	for name := range p.form {
		add(name)
	}
	return shown
}

var secretParams = map[string]bool{
	"access_token": true, "appsecret": true, "appSecret": true, "corpsecret": true,
	"client_secret": true, "clientSecret": true, "refreshToken": true,
}

// texts returns a JSON list of strings, empty when it is absent or null.
func (p params) texts(name string) (list []string, valid bool) {
	raw := p.object[name]
	if len(raw) == 0 {
		return nil, true
	}
	return list, json.Unmarshal(raw, &list) == nil
}

// quoted returns a parameter that must be a JSON string.
func (p params) quoted(name string) (text string, valid bool) {
	raw := p.object[name]
	if len(raw) == 0 {
		return "", true
	}
	return text, json.Unmarshal(raw, &text) == nil
}
