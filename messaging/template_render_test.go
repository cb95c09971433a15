package messaging_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// sourceOf returns a template of one text.
func sourceOf(source string, names ...string) messaging.Template {
	tpl := messaging.Template{Contents: map[string]provider.Content{"zh": provider.NewText(source)}}
	for _, name := range names {
		tpl.Variables = append(tpl.Variables, messaging.Variable{Name: name})
	}
	return tpl
}

// decoded returns values as they come in a request.
func decoded(tb testing.TB, object string) map[string]any {
	tb.Helper()
	dec := json.NewDecoder(strings.NewReader(object))
	dec.UseNumber()
	var values map[string]any
	if err := dec.Decode(&values); err != nil {
		tb.Fatalf("%s: %v", object, err)
	}
	return values
}

func TestTemplateRendering(t *testing.T) {
	t.Parallel()
	const values = `{
		"name": "张三", "count": 3, "zero": 0, "price": 1234567.5, "big": 9007199254740993, "minus": -1234,
		"yes": true, "no": false, "none": null, "empty": "", "when": "2026-03-01T08:05:00+08:00", "day": "2026-03-02",
		"list": ["a", "b", 3], "people": [{"name": "甲", "age": 30}, {"name": "乙", "age": 4}],
		"map": {"b": 2, "a": 1}, "link": "https://example.com/a b?x=(1)&y=[2]"
	}`
	var names []string
	given := decoded(t, values)
	for name := range given {
		names = append(names, name)
	}
	names = append(names, "absent", "姓名")
	for _, c := range []struct{ source, want string }{
		{`Hello {{.name}}!`, "Hello 张三!"},
		{`{{.count}} {{.zero}} {{.price}} {{.big}} {{.yes}} {{.none}}|{{.absent}}|{{.姓名}}.`, "3 0 1234567.5 9007199254740993 true ||."},
		{`{{if .yes}}a{{else}}b{{end}}{{if .zero}}a{{else}}b{{end}}{{if .empty}}a{{else if .count}}c{{end}}`, "abc"},
		{`{{range .list}}[{{.}}]{{end}}`, "[a][b][3]"},
		{`{{range $i, $v := .list}}{{if $i}}, {{end}}{{$v}}{{end}}`, "a, b, 3"},
		{`{{range .people}}{{.name}} ({{.age}}) of {{$.name}}; {{end}}`, "甲 (30) of 张三; 乙 (4) of 张三; "},
		{`{{range $k, $v := .map}}{{$k}}={{$v}} {{end}}`, "a=1 b=2 "},
		{`{{range .none}}x{{else}}nobody{{end}}{{range .absent}}x{{else}}!{{end}}`, "nobody!"},
		{`{{range .list}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}`, "a"},
		{`{{range .list}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}`, "b3"},
		{`{{with .map}}{{.a}}{{else}}none{{end}}{{with .none}}x{{else}}{{.name}}{{end}}`, "1张三"},
		{`{{$total := .count}}{{if gt $total 2}}{{$total = "many"}}{{end}}{{$total}}`, "many"},
		{`{{if and .yes (not .no)}}1{{end}}{{if or .no .empty}}2{{end}}`, "1"},
		{
			`{{eq .count 3}} {{eq .count 3.0}} {{eq .price 1234567.5}} {{eq .count "3"}} {{eq .none .absent}} {{ne .name "x"}} {{eq .count 1 2 3}}`,
			"true true true false true true true",
		},
		{`{{lt .count 3.5}} {{ge .price 3}} {{le "a" "b"}} {{gt .minus 0}}`, "true true true false"},
		{`{{len .name}} {{len .list}} {{len .map}} {{len .absent}}`, "2 3 2 0"},
		{
			`{{index .list 1}} {{index .map "a"}} {{index .people 0 "name"}} {{(index .people 1).name}} [{{index .map "zz"}}] {{.map.b}}`,
			"b 1 甲 乙 [] 2",
		},
		{
			`{{.absent | default "nobody"}} {{.empty | default "e"}} {{.zero | default 7}} {{default .name .none}} {{.list | len | default 1}}`,
			"nobody e 0 张三 3",
		},
		{`{{upper "abc"}} {{"ABC" | lower}} {{trunc 2 .name}} {{trunc 1 .name}} {{.count | trunc 9}}`, "ABC abc 张三 … 3"},
		{
			`{{number 0 .count}} {{number 2 .price}} {{number 1 .minus}} {{number 2 .big}} {{number 0 -999}} [{{number 2 .none}}]`,
			"3 1,234,567.50 -1,234.0 9,007,199,254,740,993.00 -999 []",
		},
		{`{{date "2006/01/02 15:04" .when}} {{.day | date "1月2日"}} [{{date "2006" .absent}}]`, "2026/03/01 08:05 3月2日 []"},
		{`{{join "、" .list}} [{{join "," .absent}}]`, "a、b、3 []"},
		{`https://h/?q={{urlquery .name}} {{url .link}}`, "https://h/?q=%E5%BC%A0%E4%B8%89 https://example.com/a%20b?x=%281%29&y=%5B2%5D"},
		{`{{/* a remark */}}{{"{{"}} {{- " x " -}} }}`, "{{ x }}"},
		{"no gaps at all", "no gaps at all"},
	} {
		tpl := sourceOf(c.source, names...)
		if err := tpl.Check(); err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		got, err := tpl.Render(t.Context(), "zh", given)
		if err != nil || got.Text.Content != c.want {
			t.Errorf("%s:\n got %q, %v\nwant %q", c.source, got.Text, err, c.want)
		}
	}
}
