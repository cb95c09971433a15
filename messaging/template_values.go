package messaging

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// validate looks at everything that needs no template to be judged. What it
// lets pass can be encoded as JSON.
func (u TemplateUse) validate() error {
	switch {
	case u.Name == "":
		return errInvalidRequest("template.name", "未指定消息模板名称", "no template is named")
	case u.Version < 0:
		return errInvalidRequest("template.version", "模板版本不能小于0", "the version must not be below 0")
	case len(u.Variables) > MaxTemplateVariables:
		return errInvalidRequest("template.variables",
			fmt.Sprintf("变量共%d个，最多%d个", len(u.Variables), MaxTemplateVariables),
			fmt.Sprintf("%d variables; at most %d", len(u.Variables), MaxTemplateVariables))
	}
	for _, name := range slices.Sorted(maps.Keys(u.Variables)) {
		if _, err := checkValue(Variable{Name: shortText(name)}, u.Variables[name]); err != nil {
			return below("template", err)
		}
	}
	return nil
}

// values checks what is given for the variables and returns what the texts
// see: an entry for each variable, nil for one without value.
func (tpl Template) values(given map[string]any) (map[string]any, error) {
	declared := tpl.declared()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !declared[name] {
			return nil, errInvalidVariable(shortText(name), "未在模板中声明", "the template does not declare it")
		}
	}
	values := make(map[string]any, len(tpl.Variables))
	for _, v := range tpl.Variables {
		value, err := v.value(given[v.Name])
		if err != nil {
			return nil, err
		}
		values[v.Name] = value
	}
	return values, nil
}

func (v Variable) value(given any) (any, error) {
	switch {
	case given != nil:
		return checkValue(v, given)
	case v.Required:
		return nil, errInvalidVariable(v.Name, "为必填项", "it is required")
	case v.Default != "":
		return v.Default, nil
	}
	return nil, nil
}

// checkValue brings a value to the kinds that templates have; see kindOf.
func checkValue(v Variable, given any) (any, error) {
	c := valueChecker{variable: v, room: maxVariableBytes}
	return c.value(given, 0)
}

// valueChecker goes through one value.
type valueChecker struct {
	variable Variable
	// room is how many bytes are left.
	room int
}

func (c *valueChecker) refuse(zh, en string, args ...any) error {
	return errInvalidVariable(c.variable.Name, fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...))
}

func (c *valueChecker) value(given any, depth int) (any, error) {
	switch v := given.(type) {
	case nil, bool:
		return v, c.take(1)
	case string:
		return v, c.text(v)
	case []any:
		return c.list(v, depth+1)
	case []string:
		return c.list(anyList(v), depth+1)
	case map[string]any:
		return c.object(v, depth+1)
	}
	if n, ok := c.number(given); ok {
		return n, c.take(bytesPerNumber)
	}
	return nil, c.refuse("类型不支持：须为文本、数字、布尔值、列表或对象",
		"its kind is not supported; want a text, a number, true or false, a list or an object")
}

// bytesPerNumber is what a number counts.
const bytesPerNumber = 8

func (c *valueChecker) take(bytes int) error {
	if c.room -= bytes; c.room < 0 {
		return c.refuse("的值超过%d字节", "its value is larger than %d bytes", maxVariableBytes)
	}
	return nil
}

func (c *valueChecker) text(s string) error {
	switch {
	case !readable(s):
		return c.refuse("须为有效的UTF-8文本，且不含空字符", "want valid UTF-8 without NUL characters")
	case c.variable.tooLong(s):
		return c.refuse("超过最大长度%d个字符", "longer than its maximum of %d characters", c.variable.MaxLength)
	}
	return c.take(len(s) + 1)
}

func (c *valueChecker) list(given []any, depth int) ([]any, error) {
	if err := c.fits(len(given), depth); err != nil {
		return nil, err
	}
	list := make([]any, len(given))
	for i, entry := range given {
		var err error
		if list[i], err = c.value(entry, depth); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (c *valueChecker) object(given map[string]any, depth int) (map[string]any, error) {
	if err := c.fits(len(given), depth); err != nil {
		return nil, err
	}
	object := make(map[string]any, len(given))
	for _, key := range slices.Sorted(maps.Keys(given)) {
		entry, err := c.value(given[key], depth)
		if err == nil {
			err = c.key(key)
		}
		if err != nil {
			return nil, err
		}
		object[key] = entry
	}
	return object, nil
}

func (c *valueChecker) key(key string) error {
	if !readable(key) {
		return c.refuse("须为有效的UTF-8文本，且不含空字符", "want valid UTF-8 without NUL characters")
	}
	return c.take(len(key) + 1)
}

func (c *valueChecker) fits(entries, depth int) error {
	switch {
	case entries > maxVariableList:
		return c.refuse("的列表有%d项，最多%d项", "a list of %d entries; at most %d", entries, maxVariableList)
	case depth > maxVariableDepth:
		return c.refuse("嵌套超过%d层", "nested more than %d deep", maxVariableDepth)
	}
	return nil
}

// number brings a number to int64 or float64. Whole ones that fit are int64.
func (c *valueChecker) number(given any) (any, bool) {
	switch n := given.(type) {
	case int:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case float64:
		return wholeIfExact(n), !math.IsNaN(n) && !math.IsInf(n, 0)
	case json.Number:
		return decodeNumber(n)
	}
	return nil, false
}

// wholeIfExact turns a number that was decoded as float64 back into a whole one.
func wholeIfExact(n float64) any {
	const exact = 1 << 53 // beyond it a float64 leaves out whole numbers
	if n == math.Trunc(n) && math.Abs(n) <= exact {
		return int64(n)
	}
	return n
}

func decodeNumber(n json.Number) (any, bool) {
	if !json.Valid([]byte(n)) {
		return nil, false
	}
	if !strings.ContainsAny(n.String(), ".eE") {
		if whole, err := n.Int64(); err == nil {
			return whole, true
		}
	}
	f, err := n.Float64()
	return wholeIfExact(f), err == nil && !math.IsInf(f, 0)
}

func anyList(texts []string) []any {
	list := make([]any, len(texts))
	for i, s := range texts {
		list[i] = s
	}
	return list
}
