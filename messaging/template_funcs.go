package messaging

import (
	"maps"
	"net/url"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"
)

const (
	maxDecimals   = 10
	maxDateLayout = 64 // bytes
)

// templateFunctions returns the functions of templates, besides those that
// package text/template brings and knownFunctions names.
func templateFunctions(r *rendering) template.FuncMap {
	functions := template.FuncMap{
		"default": defaultTo, "len": lengthOf, "index": indexOf, "date": formatDate, "number": formatNumber,
		"upper":    r.textFunction("转换大小写", "converted", strings.ToUpper),
		"lower":    r.textFunction("转换大小写", "converted", strings.ToLower),
		"urlquery": r.rawFunction("编码", "encoded", escapeQuery),
		"url":      r.rawFunction("用作网址", "used as a URL", checkURL),
		"raw":      r.rawFunction("显示", "shown", func(s string) (string, error) { return s, nil }),
		"trunc":    r.trunc, "join": r.join,
	}
	maps.Copy(functions, comparisons())
	return functions
}

// knownFunctions returns everything that a source can call.
func knownFunctions() map[string]any {
	known := map[string]any{"and": true, "or": true, "not": true}
	maps.Copy(known, templateFunctions(nil))
	return known
}

// textFunction makes a function of templates that changes a text.
func (r *rendering) textFunction(zh, en string, change func(string) string) func(any) (string, error) {
	return func(v any) (string, error) {
		s, err := r.take(zh, en, v)
		if err != nil {
			return "", err
		}
		return change(s), nil
	}
}

// rawFunction makes a function of templates whose result is not escaped.
func (r *rendering) rawFunction(zh, en string, change func(string) (string, error)) func(any) (rawText, error) {
	return func(v any) (rawText, error) {
		s, err := r.take(zh, en, v)
		if err != nil {
			return "", err
		}
		s, err = change(s)
		if err == nil && len(s) > maxRendered {
			err = faultf("结果超过%d字节", "the result is longer than %d bytes", maxRendered)
		}
		return rawText(s), err
	}
}

// take returns a scalar as text, and counts the work on it.
func (r *rendering) take(zh, en string, v any) (string, error) {
	s, ok := plainText(v)
	if !ok {
		return "", errKind(zh, en, v)
	}
	return s, r.spend(1 + len(s)/bytesPerStep)
}

// defaultTo is default: the value, unless it is absent or empty.
func defaultTo(fallback, v any) any {
	switch v := v.(type) {
	case nil:
		return fallback
	case string:
		if v == "" {
			return fallback
		}
	case rawText:
		if v == "" {
			return fallback
		}
	case []any:
		if len(v) == 0 {
			return fallback
		}
	case map[string]any:
		if len(v) == 0 {
			return fallback
		}
	}
	return v
}

// lengthOf is len: characters, or entries.
func lengthOf(v any) (int, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case string:
		return utf8.RuneCountInString(v), nil
	case rawText:
		return utf8.RuneCountInString(string(v)), nil
	case []any:
		return len(v), nil
	case map[string]any:
		return len(v), nil
	}
	return 0, errKind("计算长度", "measured", v)
}

// indexOf is index: an entry of a list, counted from 0, or of an object.
func indexOf(v any, keys ...any) (any, error) {
	for _, key := range keys {
		var err error
		if v, err = entryOf(v, key); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func entryOf(v, key any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		if name, ok := key.(string); ok {
			return v[name], nil
		}
		return nil, errKind("用作对象的键", "used as the key of an object", key)
	case []any:
		n, ok := numberOf(key)
		if !ok || !n.whole {
			return nil, errKind("用作列表的下标", "used as the place in a list", key)
		}
		if n.integer < 0 || n.integer >= int64(len(v)) {
			return nil, faultf("下标%d超出范围，列表有%d项", "there is no entry %d in a list of %d", n.integer, len(v))
		}
		return v[n.integer], nil
	}
	return nil, errKind("取其中一项", "asked for an entry", v)
}

// trunc keeps the first n characters; where it cuts the last one is "…".
func (r *rendering) trunc(length, v any) (string, error) {
	n, err := wholeBetween(length, 1, maxRendered)
	if err != nil {
		return "", err
	}
	s, err := r.take("截断", "cut", v)
	if err != nil || len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s, err
	}
	end := 0
	for range n - 1 {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return s[:end] + "…", nil
}

// join writes the entries of a list one after the other.
func (r *rendering) join(separator string, v any) (string, error) {
	list, ok := v.([]any)
	if !ok && v != nil {
		return "", errKind("连接", "joined", v)
	}
	var out strings.Builder
	for i, entry := range list {
		s, err := r.take("连接", "joined", entry)
		if err != nil {
			return "", err
		}
		if i > 0 {
			out.WriteString(separator)
		}
		if out.WriteString(s); out.Len() > maxRendered {
			return "", faultf("结果超过%d字节", "the result is longer than %d bytes", maxRendered)
		}
	}
	return out.String(), nil
}

// formatDate is date.
func formatDate(layout string, v any) (string, error) {
	if len(layout) > maxDateLayout {
		return "", faultf("日期格式超过%d字节", "the layout of a date is longer than %d bytes", maxDateLayout)
	}
	s, ok := v.(string)
	if !ok && v != nil {
		return "", errKind("用作日期", "used as a date", v)
	}
	if s == "" {
		return "", nil
	}
	for _, known := range []string{time.RFC3339, time.DateOnly, time.DateTime} {
		if t, err := time.Parse(known, s); err == nil {
			return t.Format(layout), nil
		}
	}
	return "", faultf("日期无效，须为RFC 3339格式，例如2026-03-01T08:00:00+08:00",
		"not a date; want one in RFC 3339, such as 2026-03-01T08:00:00+08:00")
}

// formatNumber is number.
func formatNumber(places, v any) (string, error) {
	decimals, err := wholeBetween(places, 0, maxDecimals)
	if err != nil || v == nil {
		return "", err
	}
	n, ok := numberOf(v)
	if !ok {
		return "", errKind("用作数字", "used as a number", v)
	}
	digits := strconv.FormatFloat(n.float, 'f', decimals, 64)
	if n.whole { // all digits of large ones
		digits = strconv.FormatInt(n.integer, 10)
		if decimals > 0 {
			digits += "." + strings.Repeat("0", decimals)
		}
	}
	return groupDigits(digits), nil
}

// wholeBetween returns an argument that is a whole number within bounds.
func wholeBetween(v any, low, high int64) (int, error) {
	n, ok := numberOf(v)
	if !ok || !n.whole || n.integer < low || n.integer > high {
		return 0, faultf("参数须为%d到%d之间的整数", "the argument must be a whole number from %d to %d", low, high)
	}
	return int(n.integer), nil
}

// groupDigits puts a comma between each three digits before the point.
func groupDigits(s string) string {
	const group = 3
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, hasFraction := strings.Cut(s, ".")
	for i := len(whole) - group; i > 0; i -= group {
		whole = whole[:i] + "," + whole[i:]
	}
	if hasFraction {
		whole += "." + fraction
	}
	return sign + whole
}

func escapeQuery(s string) (string, error) { return url.QueryEscape(s), nil }

// checkURL returns an absolute http or https URL in which nothing can be taken
// for markdown.
func checkURL(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", faultf("网址无效，须以http://或https://开头", "not a URL; want one that begins with http:// or https://")
	}
	const unsafe = " \t\r\n\"'()<>[]\\^`{|}*_~"
	var out strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(unsafe, c) >= 0 || c < ' ' || c == 0x7f {
			out.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
			continue
		}
		out.WriteByte(s[i])
	}
	return out.String(), nil
}
