package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	// maxIDLength bounds ids in paths and queries, in bytes.
	maxIDLength = 64
	// maxParam bounds every other query parameter, in bytes.
	maxParam = 1024
)

// none is the request of an operation that needs nothing.
type none struct{}

func decodeNone(*http.Request) (none, error) { return none{}, nil }

// decodeID reads the {id} of the path. What cannot be an id of ours names
// nothing: it is answered like an unknown one.
func decodeID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	if !isToken(id) {
		return "", errNoRecord()
	}
	return id, nil
}

func errNoRecord() error {
	return tenant.Refuse(provider.NotFound, "not_found", "数据不存在", "no such record in this tenant")
}

// decodeBody reads a JSON object strictly: unknown fields are refused.
func decodeBody[Req any](r *http.Request) (Req, error) {
	var req Req
	body, err := readBody(r)
	if err != nil {
		return req, err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil {
		if name, ok := unknownName(err); ok {
			return req, errUnknownField(reflect.TypeFor[Req](), body, name)
		}
		return req, jsonError(err)
	}
	return req, errTrailing(dec)
}

// decodeObject reads a JSON object whose fields are looked at one by one.
func decodeObject(r *http.Request) (map[string]json.RawMessage, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	var object map[string]json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(&object); err != nil {
		return nil, jsonError(err)
	}
	return object, errTrailing(dec)
}

func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errBodyTooLarge(tooLarge.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, invalid("body", "请求体未能及时收到，请检查网络后重试",
			"the request body did not come in time; check the network and try again").WithCause(err)
	case err != nil:
		return nil, invalid("body", "请求体读取失败", "the request body could not be read").WithCause(err)
	case len(bytes.TrimSpace(body)) == 0:
		return nil, invalid("body", "请求体不能为空", "the request body must not be empty")
	}
	return body, checkText(body)
}

// checkText refuses what would not reach anybody as it was written: bytes that
// are not UTF-8, which encoding/json replaces without a word, and NUL
// characters, which PostgreSQL cannot store. The latter are rare enough for a
// second look at the body.
func checkText(body []byte) error {
	if !utf8.Valid(body) {
		return invalid("body", "请求体须为UTF-8编码，请勿使用GBK等其他编码", "the request body must be UTF-8; convert it from GBK or another encoding")
	}
	if !bytes.Contains(body, []byte(`\u0000`)) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	for {
		tok, err := dec.Token()
		if err != nil {
			return nil // malformed, or at its end: the real decoder tells
		}
		if s, ok := tok.(string); ok && strings.Contains(s, "\x00") {
			return invalid("body", "文本不能包含NUL字符", "texts must not contain the NUL character")
		}
	}
}

func errTrailing(dec *json.Decoder) error {
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return invalid("body", "请求体在JSON对象之后还有多余内容", "there is something after the JSON object in the request body")
	}
	return nil
}

// jsonError says which field is wrong, and how.
func jsonError(err error) error {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		if kind.Field == "" {
			return invalid("body", "请求体须为JSON对象", "the request body must be a JSON object")
		}
		return typeError(fieldName(kind.Field), kind.Type.Kind())
	case errors.As(err, &syntax):
		return invalid("body", fmt.Sprintf("请求体不是有效的JSON（第%d字节附近）", syntax.Offset),
			fmt.Sprintf("the request body is not valid JSON (near byte %d)", syntax.Offset))
	}
	return invalid("body", "请求体不是有效的JSON", "the request body is not valid JSON").WithCause(err)
}

// unknownName returns the name of a field that decoding refuses for not knowing
// it. The package has no type for this error; its text is the only place where
// the name is.
func unknownName(err error) (string, bool) {
	name, ok := strings.CutPrefix(err.Error(), "json: unknown field ")
	if plain, err := strconv.Unquote(name); err == nil {
		name = plain
	}
	return name, ok
}

// fieldName returns the name of a field as the caller wrote it: the path that
// encoding/json gives has the names of embedded structs in it, too. Names of
// ours begin with a small letter.
func fieldName(path string) string {
	names := slices.DeleteFunc(strings.Split(path, "."), func(name string) bool {
		return name != "" && 'A' <= name[0] && name[0] <= 'Z'
	})
	return strings.Join(names, ".")
}

func typeError(field string, want reflect.Kind) error {
	word := wordFor(want)
	return invalid(field, "字段"+field+"类型错误：应为"+word.ZH, "field "+field+" has the wrong type: want "+word.EN)
}

func wordFor(k reflect.Kind) provider.Text {
	switch k {
	case reflect.String:
		return provider.Text{ZH: "字符串", EN: "a string"}
	case reflect.Bool:
		return provider.Text{ZH: "布尔值", EN: "true or false"}
	case reflect.Struct, reflect.Map:
		return provider.Text{ZH: "对象", EN: "an object"}
	case reflect.Slice, reflect.Array:
		return provider.Text{ZH: "数组", EN: "an array"}
	default:
		return provider.Text{ZH: "数字", EN: "a number"}
	}
}

// param returns a query parameter, "" when it is absent.
func param(query url.Values, name string) (string, error) {
	s := query.Get(name)
	switch {
	case len(s) > maxParam:
		return "", invalid(name, fmt.Sprintf("参数%s长度超过上限%d字节", name, maxParam),
			fmt.Sprintf("parameter %s is longer than %d bytes", name, maxParam))
	case !utf8.ValidString(s), strings.ContainsFunc(s, unicode.IsControl):
		return "", invalid(name, "参数"+name+"包含非法字符", "parameter "+name+" contains characters that are not text")
	}
	return s, nil
}

// requiredParam is param for one that must be there.
func requiredParam(query url.Values, name string) (string, error) {
	s, err := param(query, name)
	if err == nil && s == "" {
		err = invalid(name, "参数"+name+"不能为空", "parameter "+name+" is required")
	}
	return s, err
}

// page reads limit and cursor.
func page(query url.Values) (tenant.Page, error) {
	cursor, err := param(query, "cursor")
	if err != nil {
		return tenant.Page{}, err
	}
	p := tenant.Page{Cursor: cursor}
	s := query.Get("limit")
	if s == "" {
		return p, nil
	}
	p.Limit, err = strconv.Atoi(s)
	if err != nil || p.Limit < 1 || p.Limit > tenant.MaxPageLimit {
		return tenant.Page{}, invalid("limit", fmt.Sprintf("参数limit取值%q无效，须为1到%d的整数", shown(s), tenant.MaxPageLimit),
			fmt.Sprintf("limit %q: want a whole number from 1 to %d", shown(s), tenant.MaxPageLimit))
	}
	return p, nil
}

// oneOf reads a query parameter that has few values; absent is "".
func oneOf[T ~string](query url.Values, name string, known ...T) (T, error) {
	s, err := param(query, name)
	if err != nil || s == "" {
		return "", err
	}
	words := make([]string, len(known))
	for i, k := range known {
		if s == string(k) {
			return k, nil
		}
		words[i] = string(k)
	}
	all := strings.Join(words, ", ")
	return "", invalid(name, fmt.Sprintf("参数%s取值%q无效，只能是以下之一：%s", name, shown(s), all),
		fmt.Sprintf("%s %q: want one of %s", name, shown(s), all))
}

// shown cuts a value that an error repeats.
func shown(s string) string { return cut(s, 64) }

// cut returns a text of at most so many bytes, and a mark where it was longer.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// decodePage is the request of a list without further parameters.
func decodePage(r *http.Request) (tenant.Page, error) { return page(r.URL.Query()) }

// items is a piece of a list as it is answered. NextCursor is "" on the last
// piece.
type items[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor"`
}

// listOf turns a list of a service into the JSON form of its items.
func listOf[From, To any](list tenant.List[From], convert func(From) To) items[To] {
	out := items[To]{Items: make([]To, len(list.Items)), NextCursor: list.Next}
	for i, item := range list.Items {
		out.Items[i] = convert(item)
	}
	return out
}
