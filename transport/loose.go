package transport

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// looseObject is a JSON object of the compatible family: fields nobody asks
// for are ignored, and a text may come as a number or a boolean, as the
// contract's own server takes it.
type looseObject map[string]json.RawMessage

// decodeLoose reads an object. A tenantId in it must be the tenant that the
// request acts in.
func decodeLoose(r *http.Request) (looseObject, error) {
	fields, err := decodeObject(r)
	if err != nil {
		return nil, err
	}
	object := looseObject(fields)
	s, _, err := object.text(tenantParam)
	if err != nil {
		return nil, err
	}
	named, err := parameterTenant(s)
	if err != nil {
		return nil, err
	}
	return object, sameTenant(tenantOf(r.Context()), named)
}

// text returns a field as a text; ok is false when it is absent or null.
func (o looseObject) text(name string) (s string, ok bool, err error) {
	raw := bytes.TrimSpace(o[name])
	if len(raw) == 0 || string(raw) == "null" {
		return "", false, nil
	}
	switch raw[0] {
	case '"':
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", false, jsonError(err)
		}
	case '{', '[':
		return "", false, invalid(name, "字段"+name+"类型错误：应为字符串", "field "+name+" has the wrong type: want a string")
	default: // a number, true or false, as it stands
		s = string(raw)
	}
	return s, true, nil
}

// flag returns a field as a boolean: true, 1, false, 0, also as texts. Absent,
// null and "" are not ok.
func (o looseObject) flag(name string) (value, ok bool, err error) {
	s, ok, err := o.text(name)
	if err != nil || !ok {
		return false, false, err
	}
	switch strings.TrimSpace(s) {
	case "":
		return false, false, nil
	case "1", "true":
		return true, true, nil
	case "0", "false":
		return false, true, nil
	}
	return false, false, invalid(name, "字段"+name+"只能是1或0", "field "+name+": want 1 or 0")
}

// The contract's name of WeCom, where it differs from ours.
const wechatEnterprise = "wechat_enterprise"

// kindOf returns the provider that a thirdType names.
func kindOf(thirdType string) provider.Kind {
	if thirdType == wechatEnterprise {
		return provider.WeCom
	}
	return provider.Kind(thirdType)
}

// thirdTypeOf is the inverse of kindOf.
func thirdTypeOf(kind provider.Kind) string {
	if kind == provider.WeCom {
		return wechatEnterprise
	}
	return string(kind)
}
