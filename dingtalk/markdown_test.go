package dingtalk_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/dingtalk"
)

// How conversions of markdown are told.
const (
	tableLines = "markdown: table shown as lines"
	blockLines = "markdown: code block shown as lines"
	codeText   = "markdown: code shown as text"
	noStrike   = "markdown: strikethrough left out"
	ruleDashes = "markdown: horizontal rule shown as dashes"
	taskSigns  = "markdown: task list shown with signs"
	noHTML     = "markdown: HTML left out"
)

func TestShowableMarkdown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in, want string
		degraded []string
	}{
		"what DingTalk has": {
			"# 一\n###### 六\n\n> 引用\n\n**粗** *斜* [链接](https://a.example/?x=1&y=2) ![](@lADOAD)\n\n- 甲\n  - 乙\n1. 丙\n",
			"# 一\n###### 六\n\n> 引用\n\n**粗** *斜* [链接](https://a.example/?x=1&y=2) ![](@lADOAD)\n\n- 甲\n  - 乙\n1. 丙\n", nil,
		},
		"nothing":               {"", "", nil},
		"lines of a paragraph":  {"告警：磁盘\n主机：web-1  \n时间\\\n完", "告警：磁盘  \n主机：web-1  \n时间  \n完", nil},
		"lines of Windows":      {"a\r\nb\r\n", "a  \nb\n", nil},
		"lines of a quote":      {"> a\n> b\n>\n> c", "> a  \n> b\n>\n> c", nil},
		"backslash at the end":  {`in C:\temp\`, `in C:\temp\`, nil},
		"item of several lines": {"- a\n  b\n\n    c\n- d", "- a  \n  b\n\n    c\n- d", nil},
		"other bullets":         {"* a\n+ b\n1) c", "- a\n- b\n1. c", nil},
		"underlined headings":   {"一\n===\n二\n---\ntext", "# 一\n## 二\ntext", nil},
		"heading closed":        {"## 标题 ##", "## 标题", nil},
		"no heading":            {"#标签 #2", "#标签 #2", nil},
		"table": {
			"结果：\n| 姓名 | 部门 |\n|:--|--:|\n| 张三 | **研发** |\n| 李四 | |\n| a\\|b | c | d |\n后文",
			"结果：\n\n- 姓名：张三；部门：**研发**\n- 姓名：李四\n- 姓名：a|b；部门：c；d\n\n后文",
			[]string{tableLines},
		},
		"table in English":     {"|a|b|\n|-|-|\n|1|2|", "- a: 1; b: 2", []string{tableLines}},
		"table without bars":   {"a | b\n--|--\n1 | 2", "- a: 1; b: 2", []string{tableLines}},
		"table without rows":   {"|a|b|\n|-|-|\n", "- a, b\n", []string{tableLines}},
		"table in a quote":     {"> |a|b|\n> |-|-|\n> |1|`2`|\n> 后", "> - a: 1; b: 2\n>\n> 后", []string{tableLines, codeText}},
		"no table":             {"a | b\n\n||\n- x", "a | b\n\n||\n- x", nil},
		"block of code":        {"前\n```go\nif x {\n\ty()\n\n# z\n}\n```\n后", "前\n\n> if x {  \n> \u00a0\u00a0\u00a0\u00a0y()  \n> \u00a0  \n> \u00a0# z  \n> }\n\n后", []string{blockLines}},
		"unclosed block":       {"~~~\n- a\n``` b", "> \u00a0- a  \n> ``` b", []string{blockLines}},
		"block in a quote":     {"> a\n> ```\n> b\n> ```\n> c", "> a\n>\n> b\n>\n> c", []string{blockLines}},
		"quote ends its block": {"> ```\n> b\nc", "> b\n\nc", []string{blockLines}},
		"indented code":        {"a\n\n    b\n      c\n\n    d\n\ne", "a\n\n> b  \n> \u00a0\u00a0c  \n> \u00a0  \n> d\n\ne", []string{blockLines}},
		"code in a line":       {"用`go test`和``a`b``，`", "用go test和a`b，`", []string{codeText}},
		"strikethrough":        {"~~旧~~新 ~~ x ~~", "旧新 ~~ x ~~", []string{noStrike}},
		"rules":                {"a\n\n---\n* * *\nb\n___", "a\n\n———\n\n———\n\nb\n\n———", []string{ruleDashes}},
		"tasks":                {"- [ ] 甲\n- [x] 乙\n1. [X] 丙\n- [y] d", "- ☐ 甲\n- ☑ 乙\n1. ☑ 丙\n- [y] d", []string{taskSigns}},
		"HTML": {
			"<div class=\"x\">\na<br>b<br/><b>c</b><!-- d -->\n</div>", "a  \nb  \nc", []string{noHTML},
		},
		"HTML table":       {"<table><tr><td>12</td><td>30</td></tr><tr><td>7</td><td>8</td></tr></table>", "12 30  \n7 8", []string{noHTML}},
		"HTML list":        {"<ul><li>a</li><li>b</li></ul>", "a  \nb", []string{noHTML}},
		"HTML paragraphs":  {"<p>para</p><p>second</p>", "para  \nsecond", []string{noHTML}},
		"HTML heading":     {"<h1>T</h1>x", "T  \nx", []string{noHTML}},
		"HTML in an item":  {"- <p>a</p><p>b</p>\n- c", "- a  \nb\n- c", []string{noHTML}},
		"HTML in a table":  {"|a|b|\n|-|-|\n|<p>1</p>|<p>2</p><p>3</p>|", "- a: 1; b: 2 3", []string{tableLines, noHTML}},
		"HTML indented":    {"<div>\n    <p>a</p>\n    <p>b</p>\n</div>\n\n    c", "a  \nb\n\n> c", []string{blockLines, noHTML}},
		"long comment":     {"<!--\nsecret\n\n-->\nafter", "after", []string{noHTML}},
		"comment within":   {"a <!-- b\nc --> d\ne", "a  d  \ne", []string{noHTML}},
		"comment quoted":   {"> a <!-- b\n> c -->\n> d", "> a  \n> d", []string{noHTML}},
		"open comment":     {"a <!-- b\nc", "a <!-- b  \nc", nil},
		"no comment":       {"`<!--`\nb\n`-->`", "<!--  \nb  \n-->", []string{codeText}},
		"long tag":         {"<div\n  class=\"x\"\n  id=\"y\">a</div>", "a", []string{noHTML}},
		"long link":        {"<a\n  href=\"https://a.example/\">b</a>", "[b](https://a.example/)", nil},
		"open tag":         {"a <b\nc", "a <b  \nc", nil},
		"no tag":           {"a <b\nand c > d", "a <b  \nand c > d", nil},
		"HTML of use":      {`<a href="https://a.example/(x)">看 [这]</a> <img alt="" src='https://a.example/p.png'/>`, "[看 ［这］](https://a.example/%28x%29) ![](https://a.example/p.png)", nil},
		"not HTML":         {"<name> a<b and c>d 1 < 2 > 0 <张三>", "<name> a<b and c>d 1 < 2 > 0 <张三>", nil},
		"addresses":        {"<https://a.example/> <a@b.example>", "[https://a.example/](https://a.example/) a@b.example", nil},
		"links by label":   {"[文档][d] [D][] [d] ![p][d] [x][y]\n\n[d]: <https://a.example/d> \"T\"\n", "[文档](https://a.example/d) [D](https://a.example/d) [d](https://a.example/d) ![p](https://a.example/d) [x][y]\n\n", nil},
		"not a label":      {"[注]: 说明\n[^1]: https://a.example", "[注]: 说明  \n[^1]: https://a.example", nil},
		"link's tooltip":   {`[a](https://a.example/b_(c) "tip")`, "[a](https://a.example/b_(c))", nil},
		"escaped":          {"\\`a\\` \\~~b~~ \\<b>", "\\`a\\` \\~~b~~ \\<b>", nil},
		"not UTF-8":        {"a\xffb", "a\uFFFDb", nil},
		"label in code":    {"```\n[d]: https://a.example\n```\n[d]", "> [d]: https://a.example\n\n[d]", []string{blockLines}},
		"longer than ever": {strings.Repeat("`a` ", 20000), strings.Repeat("`a` ", 20000), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, degraded := dingtalk.ShowableMarkdown(c.in)
			if got != c.want || !slices.Equal(degraded, c.degraded) {
				t.Errorf("got  %q, %q\nwant %q, %q", got, degraded, c.want, c.degraded)
			}
		})
	}
}

// TestMarkdownStaysSmall: names of columns and addresses are repeated, but not
// without end.
func TestMarkdownStaysSmall(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"table":  "|" + strings.Repeat("长", 9000) + "|\n|-|\n" + strings.Repeat("|1|\n", 9000),
		"labels": "[a]: https://a.example/" + strings.Repeat("x", 600) + "\n" + strings.Repeat("[a]\n", 9000),
	} {
		if got, _ := dingtalk.ShowableMarkdown(in); len(got) > 256<<10 {
			t.Errorf("%s: %d bytes became %d", name, len(in), len(got))
		}
	}
}

// TestMarkdownIsReadOnce: a tag or comment that ends in the next line, with the
// beginning of another one behind it, makes one line of any number of them. Each
// is looked at once: four times as many take four times the work, which the
// allocations of the regular expressions tell. Counting bears no other test beside it.
func TestMarkdownIsReadOnce(t *testing.T) { //nolint:paralleltest // see above
	for name, piece := range map[string]string{"tags": "href=x><a\n", "comments": "--> <b>x</b><!--\n"} {
		work := func(lines int) float64 {
			in := "<a\n" + strings.Repeat(piece, lines)
			if name == "comments" {
				in = "<!--\n" + strings.Repeat(piece, lines)
			}
			return testing.AllocsPerRun(1, func() { dingtalk.ShowableMarkdown(in) })
		}
		if few, many := work(100), work(400); many > 6*few {
			t.Errorf("%s: 100 lines take %.0f allocations, 400 take %.0f", name, few, many)
		}
	}
}

// FuzzShowableMarkdown: whatever people write, nothing panics, the text is
// valid and does not grow without bounds.
func FuzzShowableMarkdown(f *testing.F) {
	for _, seed := range []string{
		"# a\n- [x] b\n\n|c|d|\n|-|-|\n|e|f|\n", "> ```\n> a\n", "a\n===\n---\n***", "[a][b]\n[b]: https://c.example", "    a\n\t\tb",
		"<a href=x>b</a><br><!-- --><img src=x>", "~~a~~ ``b` `` \\`", "1) a\n   b\\\n\nc", ">>> a\n>b\n\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, degraded := dingtalk.ShowableMarkdown(in)
		if !utf8.ValidString(got) {
			t.Errorf("%q became %q, which is not UTF-8", in, got)
		}
		if len(got) > 40*len(in)+200_000 {
			t.Errorf("%d bytes became %d", len(in), len(got))
		}
		for _, loss := range degraded {
			if !strings.HasPrefix(loss, "markdown: ") {
				t.Errorf("%q is told as %q", in, loss)
			}
		}
	})
}
