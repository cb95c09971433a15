package messaging_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestTemplateSources has sources that cannot be saved.
func TestTemplateSources(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("{{if .a}}", 9) + "x" + strings.Repeat("{{end}}", 9)
	for name, source := range map[string]string{
		"syntax":                "{{.a",
		"undeclared":            "{{.b}}",
		"undeclared by dollar":  "{{range .a}}{{$.b}}{{end}}",
		"undeclared in else":    "{{with .a}}{{else}}{{.b}}{{end}}",
		"undeclared in a chain": "{{(index .b 0).name}}",
		"printf":                `{{printf "%1000000d" 1}}`,
		"print":                 `{{print .a}}`,
		"println":               `{{println .a}}`,
		"html":                  `{{html .a}}`,
		"js":                    `{{js .a}}`,
		"slice":                 `{{slice .a 1}}`,
		"call":                  `{{call .a}}`,
		"internal function":     `{{_show .a}}`,
		"internal step":         `{{_step -1000000}}`,
		"template":              `{{template "text" .}}`,
		"define":                `{{define "x"}}{{end}}`,
		"define of itself":      `{{define "text"}}{{template "text"}}{{end}}`,
		"recursion":             `{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`,
		"block":                 `{{block "x" .}}{{end}}`,
		"too deep":              deep,
		"parentheses too deep":  "{{" + strings.Repeat("(", 9) + "len .a" + strings.Repeat(")", 9) + "}}",
		"method":                `{{.a 1}}`,
		"method in a pipeline":  `{{1 | .a}}`,
		"complex number":        `{{1i}}`,
		"NUL":                   "a\x00b",
		"not UTF-8 in a string": `{{"\xff"}}`,
		"NUL in a string":       `{{"\x00"}}`,
		"too long":              strings.Repeat("x", 16<<10+1),
		"break outside":         "{{break}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, sourceOf(source, "a").Check(), messaging.ErrInvalidTemplate, "contents.zh.text.content")
		})
	}
	flat := "{{if .a}}1" + strings.Repeat("{{else if .a}}2", 100) + "{{end}}"
	if err := sourceOf(flat, "a").Check(); err != nil {
		t.Errorf("a long chain of else if: %v", err)
	}
}

func TestTemplateRules(t *testing.T) {
	t.Parallel()
	text := map[string]provider.Content{"zh": provider.NewText("x")}
	many := make([]messaging.Variable, messaging.MaxTemplateVariables+1)
	for i := range many {
		many[i].Name = fmt.Sprintf("v%d", i)
	}
	one := func(v messaging.Variable) messaging.Template {
		return messaging.Template{Contents: text, Variables: []messaging.Variable{v}}
	}
	long := strings.Repeat("x", 15<<10)
	for name, c := range map[string]struct {
		tpl   messaging.Template
		field string
	}{
		"no content":           {messaging.Template{}, "contents"},
		"unknown language":     {messaging.Template{Contents: map[string]provider.Content{"fr": provider.NewText("x")}}, "contents"},
		"invalid content":      {messaging.Template{Contents: map[string]provider.Content{"en": {Type: "text"}}}, "contents.en.text"},
		"empty text":           {messaging.Template{Contents: map[string]provider.Content{"en": provider.NewText("")}}, "contents.en.text.content"},
		"a button":             {messaging.Template{Contents: map[string]provider.Content{"zh": provider.NewCard("t", "x", provider.Button{Title: "b", URL: "{{.u}}"})}}, "contents.zh.card.buttons[0].url"},
		"texts too long":       {messaging.Template{Contents: map[string]provider.Content{"zh": provider.NewLink(long, long, long, "")}}, "contents.zh"},
		"description too long": {messaging.Template{Contents: text, Description: strings.Repeat("x", 257)}, "description"},
		"description of bytes": {messaging.Template{Contents: text, Description: "\xff"}, "description"},
		"too many variables":   {messaging.Template{Contents: text, Variables: many}, "variables"},
		"variable twice":       {messaging.Template{Contents: text, Variables: []messaging.Variable{{Name: "a"}, {Name: "a"}}}, "variables[1].name"},
		"no name":              {one(messaging.Variable{}), "variables[0].name"},
		"name with a dash":     {one(messaging.Variable{Name: "a-b"}), "variables[0].name"},
		"name with a digit":    {one(messaging.Variable{Name: "1a"}), "variables[0].name"},
		"name too long":        {one(messaging.Variable{Name: strings.Repeat("a", 65)}), "variables[0].name"},
		"length below 0":       {one(messaging.Variable{Name: "a", MaxLength: -1}), "variables[0].maxLength"},
		"default of required":  {one(messaging.Variable{Name: "a", Required: true, Default: "x"}), "variables[0].default"},
		"default beyond":       {one(messaging.Variable{Name: "a", Default: "三个字", MaxLength: 2}), "variables[0].default"},
		"default too long":     {one(messaging.Variable{Name: "a", Default: strings.Repeat("x", 1025)}), "variables[0].default"},
		"example beyond":       {one(messaging.Variable{Name: "a", Example: "三个字", MaxLength: 2}), "variables[0].example"},
		"example of bytes":     {one(messaging.Variable{Name: "a", Example: "a\x00"}), "variables[0].example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, c.tpl.Check(), messaging.ErrInvalidTemplate, c.field)
		})
	}
}

func TestTemplateValues(t *testing.T) {
	t.Parallel()
	tpl := sourceOf("{{.a}}", "b")
	tpl.Variables = append(tpl.Variables, messaging.Variable{Name: "a", Required: true, MaxLength: 5})
	nested := any("x")
	for range 9 {
		nested = []any{nested}
	}
	for name, c := range map[string]struct {
		values map[string]any
		field  string
	}{
		"missing":         {nil, "variables.a"},
		"null":            {map[string]any{"a": nil}, "variables.a"},
		"unknown":         {map[string]any{"a": "x", "c": 1}, "variables.c"},
		"too long":        {map[string]any{"a": "六个字的文本"}, "variables.a"},
		"entry too long":  {map[string]any{"a": []any{"六个字的文本"}}, "variables.a"},
		"too large":       {map[string]any{"a": "x", "b": strings.Repeat("x", 32<<10)}, "variables.b"},
		"parts too large": {map[string]any{"a": "x", "b": []any{strings.Repeat("x", 20<<10), strings.Repeat("x", 20<<10)}}, "variables.b"},
		"long list":       {map[string]any{"a": "x", "b": make([]any, 1001)}, "variables.b"},
		"too deep":        {map[string]any{"a": "x", "b": nested}, "variables.b"},
		"channel":         {map[string]any{"a": make(chan int)}, "variables.a"},
		"function":        {map[string]any{"a": func() string { return "x" }}, "variables.a"},
		"struct":          {map[string]any{"a": time.Now()}, "variables.a"},
		"struct in list":  {map[string]any{"a": []any{struct{}{}}}, "variables.a"},
		"not UTF-8":       {map[string]any{"a": "\xff"}, "variables.a"},
		"NUL":             {map[string]any{"a": "\x00"}, "variables.a"},
		"key not UTF-8":   {map[string]any{"a": map[string]any{"\xff": 1}}, "variables.a"},
		"no number":       {map[string]any{"a": json.Number("NaN")}, "variables.a"},
		"infinite":        {map[string]any{"a": json.Number("1e999")}, "variables.a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tpl.Render(t.Context(), "", c.values)
			wantRefusal(t, err, messaging.ErrInvalidVariable, c.field)
			if name == "missing" || name == "null" || name == "unknown" || strings.Contains(name, "too long") {
				return // known by the template only
			}
			err = messaging.TemplateUse{Name: "x", Variables: c.values}.ValidateUse()
			wantRefusal(t, err, messaging.ErrInvalidVariable, "template."+c.field)
		})
	}
	ok := map[string]any{"a": "x", "b": []string{"a"}}
	if err := (messaging.TemplateUse{Name: "x", Variables: ok}).ValidateUse(); err != nil {
		t.Errorf("ValidateUse: %v", err)
	}
	wantRefusal(t, messaging.TemplateUse{}.ValidateUse(), messaging.ErrInvalidRequest, "template.name")
	wantRefusal(t, messaging.TemplateUse{Name: "x", Version: -1}.ValidateUse(), messaging.ErrInvalidRequest, "template.version")
}

// hostile are sources that can be saved and must not run away.
func hostile() map[string]string {
	thousand, body := strings.Repeat("x", 1000), "{{range .list}}"
	return map[string]string{
		"nested ranges":            strings.Repeat(body, 8) + strings.Repeat("{{end}}", 8),
		"nested ranges with text":  strings.Repeat(body, 3) + "x" + strings.Repeat("{{end}}", 3),
		"nested ranges of objects": strings.Repeat("{{range $.object}}", 8) + strings.Repeat("{{end}}", 8),
		"much output":              body + thousand + "{{end}}",
		"much work per byte":       body + body + "{{len (upper $.long)}}{{end}}{{end}}",
		"growing text":             "{{$x := .long}}" + body + "{{$x = urlquery (urlquery $x)}}{{end}}{{len $x}}",
		"growing join":             body + body + `{{$x := join $.long $.list}}{{end}}{{end}}`,
		"range over a number":      "{{range .number}}{{end}}",
		"range over a constant":    "{{range 1000000000}}x{{end}}",
		"range over a text":        "{{range .long}}{{end}}",
		"index out of range":       "{{index .list 1000}}",
		"index below range":        "{{index .list -1}}",
		"index of a number":        "{{index .number 1}}",
		"index by a text":          `{{index .list "a"}}`,
		"index by a number":        `{{index .object 1}}`,
		"nothing's field":          "{{.none.name}}",
		"nothing's field's field":  "{{.none.name.name}}",
		"missing field":            "{{.object.nobody}}",
		"text's field":             "{{.long.name}}",
		"unknown in a range":       "{{range .list}}{{.nobody}}{{end}}",
		"show an object":           "{{.object}}",
		"show a list":              "{{.list}}",
		"show everything":          "{{.}}",
		"compare lists":            "{{eq .list .list}}",
		"order of kinds":           "{{lt .list 1}}",
		"upper of a list":          "{{upper .list}}",
		"join a number":            `{{join "," .number}}`,
		"join objects":             `{{join "," .objects}}`,
		"date of a number":         `{{date "2006" .number}}`,
		"date of nonsense":         `{{date "2006" .long}}`,
		"long layout":              `{{date "` + strings.Repeat("January", 20) + `" "2026-01-01"}}`,
		"layout of a list":         `{{date .list "2026-01-01"}}`,
		"number of a text":         `{{number 2 .long}}`,
		"decimals":                 `{{number 1000000000 .number}}`,
		"trunc to nothing":         `{{trunc 0 .long}}`,
		"trunc by a text":          `{{trunc "x" .long}}`,
		"too few arguments":        `{{trunc}}`,
		"too many arguments":       `{{upper .long .long}}`,
		"script as URL":            `{{url "javascript:alert(1)"}}`,
		"len of a number":          `{{len .number}}`,
	}
}

func hostileValues() map[string]any {
	list, object, objects := make([]any, 1000), map[string]any{}, []any{map[string]any{}}
	for i := range list {
		list[i] = i
		object[fmt.Sprintf("k%d", i)] = i
	}
	return map[string]any{
		"list": list, "object": object, "objects": objects, "long": strings.Repeat("%", 30<<10), "number": 1_000_000_000, "none": nil,
	}
}

func TestHostileTemplates(t *testing.T) {
	t.Parallel()
	for name, source := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tpl := sourceOf(source, "list", "object", "objects", "long", "number", "none")
			if err := tpl.Check(); err != nil {
				t.Fatalf("not refused when it runs, but before: %v", err)
			}
			content, err := tpl.Render(t.Context(), "zh", hostileValues())
			if err == nil {
				t.Fatalf("got %d bytes, want a refusal", len(content.Text.Content))
			}
			wantRefusal(t, err, messaging.ErrTemplateFailed, "contents.zh.text.content")
			var refusal *tenant.Error
			if errors.As(err, &refusal) && (len(refusal.Message.EN) > 1000 || strings.Contains(refusal.Message.EN, "%%%%")) {
				t.Errorf("the message repeats values: %.200s", refusal.Message.EN)
			}
		})
	}
}

func TestTemplateOutputIsBoundedTogether(t *testing.T) {
	t.Parallel()
	tpl := messaging.Template{
		Contents:  map[string]provider.Content{"zh": provider.NewLink("{{.a}}", "{{.a}}", "{{.a}}", "")},
		Variables: []messaging.Variable{{Name: "a"}},
	}
	_, err := tpl.Render(t.Context(), "zh", map[string]any{"a": strings.Repeat("x", 30<<10)})
	wantRefusal(t, err, messaging.ErrTemplateFailed, "contents.zh.link.url")
}

func TestTemplateRenderingIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := sourceOf("{{.a}}", "a").Render(ctx, "zh", nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that the context was cancelled", err)
	}
}

func TestRenderedContentIsChecked(t *testing.T) {
	t.Parallel()
	_, err := sourceOf("{{.a}}", "a").Render(t.Context(), "zh", nil)
	wantRefusal(t, err, messaging.ErrInvalidContent, "contents.zh.text.content")
}
