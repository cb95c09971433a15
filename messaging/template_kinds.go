package messaging

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/thirdapp/thirdapp/provider"
)

// rawText is a text that is written as it is.
type rawText string

// What values are while a template runs: nil, bool, int64, float64, string,
// []any and map[string]any. Constants of a source are int, int32 or float64,
// and len gives an int.

// kindOf names the kind of a value.
func kindOf(v any) provider.Text {
	switch v.(type) {
	case nil:
		return provider.Text{ZH: "空值", EN: "nothing"}
	case bool:
		return provider.Text{ZH: "布尔值", EN: "true or false"}
	case string, rawText:
		return provider.Text{ZH: "文本", EN: "a text"}
	case []any:
		return provider.Text{ZH: "列表", EN: "a list"}
	case map[string]any:
		return provider.Text{ZH: "对象", EN: "an object"}
	}
	if _, ok := numberOf(v); ok {
		return provider.Text{ZH: "数字", EN: "a number"}
	}
	name := fmt.Sprint(reflect.TypeOf(v))
	return provider.Text{ZH: name, EN: name}
}

// errKind says what cannot be done with a value, such as "a list cannot be
// shown".
func errKind(zh, en string, v any) error {
	kind := kindOf(v)
	return &templateFault{zh: kind.ZH + "不能" + zh, en: kind.EN + " cannot be " + en}
}

// plainText returns a scalar as it is shown; nothing shows as "".
func plainText(v any) (s string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case rawText:
		return string(v), true
	case bool:
		return strconv.FormatBool(v), true
	}
	if n, ok := numberOf(v); ok {
		return n.String(), true
	}
	return "", false
}

// number is a whole number or another.
type number struct {
	whole   bool
	integer int64
	float   float64
}

func numberOf(v any) (number, bool) {
	switch v := v.(type) {
	case int64:
		return wholeNumber(v), true
	case int:
		return wholeNumber(int64(v)), true
	case int32:
		return wholeNumber(int64(v)), true
	case float64:
		return number{float: v}, true
	}
	return number{}, false
}

func wholeNumber(n int64) number { return number{whole: true, integer: n, float: float64(n)} }

// String returns the number without exponent.
func (n number) String() string {
	if n.whole {
		return strconv.FormatInt(n.integer, 10)
	}
	return strconv.FormatFloat(n.float, 'f', -1, 64)
}
