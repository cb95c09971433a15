package messaging_test

import (
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

func TestEscapeMarkdown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "",
		"plain text, 中文 (x) 3.5 a-b!": "plain text, 中文 (x) 3.5 a-b!",
		"[x](https://evil.example)":   `\[x\](https://evil.example)`,
		"![x](https://evil.example)":  `!\[x\](https://evil.example)`,
		"<https://evil.example>":      `\<https://evil.example>`,
		"<@user> <font color=red>":    `\<@user> \<font color=red>`,
		"# heading":                   `\# heading`,
		"a # b":                       "a # b",
		"a\n# heading\n\n## two":      "a\n\\# heading\n\n\\## two",
		"a\r# heading\u2028# two":     "a\n\\# heading\n\\# two",
		"a\r\n> quote":                "a\n\\> quote",
		"a\n===":                      "a\n\\===",
		"a\n---":                      "a\n\\---",
		"- item":                      `\- item`,
		"-":                           `\-`,
		"-5 degrees":                  "-5 degrees",
		"+ item":                      `\+ item`,
		"+86 138":                     "+86 138",
		"* item **b**":                `\* item \*\*b\*\*`,
		"1. item":                     `1\. item`,
		"12) item":                    `12\) item`,
		"2026.03":                     "2026.03",
		"report_2026_final.pdf":       "report_2026_final.pdf",
		"_emphasis_":                  `\_emphasis\_`,
		"`code`":                      "\\`code\\`",
		"~~gone~~ ~5":                 `\~\~gone\~\~ ~5`,
		"a | b":                       `a \| b`,
		`back\slash`:                  `back\\slash`,
		"    code":                    " code",
		"\tcode":                      " code",
		"a\x07b":                      "ab",
		"\x10# heading":               `\# heading`,
	} {
		if got := messaging.EscapeMarkdown(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestTemplateEscapesMarkdown(t *testing.T) {
	t.Parallel()
	const evil = "[x](https://evil.example)\n# big"
	tpl := messaging.Template{
		Contents: map[string]provider.Content{
			"zh": provider.NewMarkdown("{{.a}}", "# 标题\n{{.a}}|{{raw .a}}|{{.n}}|{{join \",\" .list}}|[open]({{url .u}})"),
			"en": provider.NewCard("{{.a}}", "{{range .list}}- {{.}}\n{{end}}", provider.Button{Title: "{{.a}}", URL: "{{.u}}"}),
		},
		Variables: []messaging.Variable{{Name: "a"}, {Name: "n"}, {Name: "list"}, {Name: "u"}},
	}
	values := map[string]any{"a": evil, "n": -5, "list": []any{"*a*", "b"}, "u": "https://h/?a=(1)"}
	zh, err := tpl.Render(t.Context(), "zh", values)
	if err != nil {
		t.Fatal(err)
	}
	want := "# 标题\n\\[x\\](https://evil.example)\n\\# big|" + evil + "|-5|\\*a\\*,b|[open](https://h/?a=%281%29)"
	if zh.Markdown.Title != evil || zh.Markdown.Text != want {
		t.Errorf("got title %q and text\n%s\nwant the title as it is and\n%s", zh.Markdown.Title, zh.Markdown.Text, want)
	}
	en, err := tpl.Render(t.Context(), "en", values)
	if err != nil {
		t.Fatal(err)
	}
	if en.Card.Text != "- \\*a\\*\n- b\n" || en.Card.Buttons[0].Title != evil || en.Card.Buttons[0].URL != values["u"] {
		t.Errorf("got card %+v", en.Card)
	}
	sneaky, err := tpl.Render(t.Context(), "zh", map[string]any{"a": "x", "u": "https://h/)[y](https://evil.example"})
	if err != nil || strings.Contains(sneaky.Markdown.Text, "](https://evil") {
		t.Errorf("a URL leaves its place: %+v, %v", sneaky.Markdown, err)
	}
}

func FuzzEscapeMarkdown(f *testing.F) {
	for _, seed := range []string{"# x\n[a](b)\n- c", "1. a", "\xff\\`", "_a_ ~~b~~", " \t> x\r\n===="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		escaped := messaging.EscapeMarkdown(text)
		if len(escaped) > 4*len(text)+4 {
			t.Errorf("%q grew to %d bytes", text, len(escaped))
		}
		for line := range strings.SplitSeq(escaped, "\n") {
			if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ">") || strings.HasPrefix(line, "- ") {
				t.Errorf("%q: got line %q", text, line)
			}
		}
		free := strings.NewReplacer(`\\`, "", `\[`, "", `\]`, "", `\<`, "", "\\`", "", `\*`, "").Replace(escaped)
		if strings.ContainsAny(free, "[]<`*") {
			t.Errorf("%q: got %q", text, escaped)
		}
	})
}
