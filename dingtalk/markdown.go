package dingtalk

import (
	"regexp"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

const (
	// longestConverted is the longest markdown that is converted, in bytes:
	// more than any channel takes, so that longer text is refused as it is.
	longestConverted = 64 << 10
	// longestOutput ends converting when repeated headers or addresses have
	// made the text this long; no channel takes it.
	longestOutput = 2 * longestConverted
	// ruleText stands for a horizontal rule.
	ruleText = "———"
)

// lossKind is a part of markdown that shows otherwise at DingTalk.
type lossKind int

const (
	lostTable lossKind = iota
	lostCodeBlock
	lostCode
	lostStrike
	lostRule
	lostTask
	lostHTML
	lossKinds
)

// lossTexts is how a loss stands in Rendered.Degraded.
var lossTexts = [lossKinds]provider.Text{ //nolint:gochecknoglobals // constant table
	lostTable:     {ZH: "markdown：表格显示为多行", EN: "markdown: table shown as lines"},
	lostCodeBlock: {ZH: "markdown：代码块显示为多行", EN: "markdown: code block shown as lines"},
	lostCode:      {ZH: "markdown：代码显示为文本", EN: "markdown: code shown as text"},
	lostStrike:    {ZH: "markdown：不显示删除线", EN: "markdown: strikethrough left out"},
	lostRule:      {ZH: "markdown：分隔线显示为短横线", EN: "markdown: horizontal rule shown as dashes"},
	lostTask:      {ZH: "markdown：任务列表显示为符号", EN: "markdown: task list shown with signs"},
	lostHTML:      {ZH: "markdown：HTML已去除", EN: "markdown: HTML left out"},
}

var (
	quoteForm   = regexp.MustCompile(`^ {0,3}>(?: {0,3}>)* ?`)
	headingForm = regexp.MustCompile(`^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$`)
	underline   = regexp.MustCompile(`^ {0,3}(?:=+|--+)[ \t]*$`)
	listForm    = regexp.MustCompile(`^([ \t]*)(?:([-*+])|(\d{1,9})[.)])([ \t]+)(.*)$`)
	taskForm    = regexp.MustCompile(`^\[([ xX])\][ \t]+(.*)$`)
	definition  = regexp.MustCompile(`^ {0,3}\[([^\[\]]+)\]:[ \t]*<?((?:[A-Za-z][A-Za-z0-9+.-]*:|[@$])[^\s<>]+)>?(?:[ \t]+["'(].*["')])?[ \t]*$`)
)

// showableMarkdown turns markdown into the part of it that DingTalk shows:
// headings, quotes, bold, italics, links, pictures and lists (docs, "message
// types", markdown, read 2026-11-22). The rest becomes readable text; the second
// result names what shows otherwise. Lines of a paragraph stay lines, for which
// DingTalk wants two spaces at the end. The result is valid UTF-8.
func showableMarkdown(text string) (string, []provider.Text) {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD")
	if len(text) > longestConverted {
		return text, nil
	}
	c := &converter{in: strings.Split(text, "\n")}
	c.collectDefinitions()
	for c.at < len(c.in) && c.size < longestOutput {
		c.block()
	}
	lines := append(c.out, c.in[c.at:]...)
	return strings.Join(lines, "\n"), c.degraded()
}

// converter goes through markdown line by line.
type converter struct {
	in []string
	// at is the line that is next.
	at   int
	out  []string
	size int
	// addresses are those that links name by a label.
	addresses map[string]string
	lost      [lossKinds]bool
	// open: the last line is text that the next may continue.
	open bool
	// list: inside a list, where lines are indented.
	list bool
	// tagged: after a line of HTML, which may be indented, too.
	tagged bool
	// endless: no line that is left ends a comment.
	endless bool
}

func (c *converter) degraded() []provider.Text {
	var list []provider.Text
	for kind, lost := range c.lost {
		if lost {
			list = append(list, lossTexts[kind])
		}
	}
	return list
}

// collectDefinitions reads lines of the form "[label]: https://…".
func (c *converter) collectDefinitions() {
	c.addresses = make(map[string]string)
	var f fence
	for _, line := range c.in {
		if f.step(line) {
			continue
		}
		if m := definition.FindStringSubmatch(line); m != nil && m[1][0] != '^' {
			if label := labelOf(m[1]); c.addresses[label] == "" && len(m[2]) <= longestButtonURL {
				c.addresses[label] = m[2]
			}
		}
	}
}

func labelOf(s string) string { return strings.ToLower(oneLine(s)) }

// line returns a line without the marks of a quote, and these.
func (c *converter) line(at int) (quote, rest string) {
	line := c.in[at]
	quote = quoteForm.FindString(line)
	return quote, line[len(quote):]
}

// block converts the block that begins at the next line.
func (c *converter) block() {
	quote, rest := c.line(c.at)
	heading := headingForm.FindStringSubmatch(rest)
	switch {
	case strings.TrimSpace(rest) == "":
		c.blank(quote)
	case c.isDefinition(rest):
		c.at++
	case openingFence(rest) != "":
		c.fencedCode(quote)
	case c.beginsTable(quote, rest):
		c.table(quote)
	case isRule(rest):
		c.rule(quote)
	case heading != nil:
		c.heading(quote, len(heading[1]), heading[2])
	case c.beginsIndentedCode(rest):
		c.indentedCode(quote)
	default:
		c.text(quote, rest)
	}
}

// isDefinition reports whether a line was read by collectDefinitions.
func (c *converter) isDefinition(line string) bool {
	m := definition.FindStringSubmatch(line)
	return m != nil && c.addresses[labelOf(m[1])] != ""
}

func (c *converter) emit(line string) {
	c.out = append(c.out, line)
	c.size += len(line) + 1
}

func (c *converter) blank(quote string) {
	c.emit(strings.TrimRight(quote, " "))
	c.open, c.tagged = false, false
	c.at++
}

// apart begins a block that must not run into the one before.
func (c *converter) apart(quote string) {
	if n := len(c.out); n > 0 && strings.TrimLeft(c.out[n-1], "> ") != "" {
		c.emit(strings.TrimRight(quote, " "))
	}
	c.open, c.list = false, false
}

// endApart ends such a block.
func (c *converter) endApart() {
	if c.at >= len(c.in) {
		return
	}
	if quote, rest := c.line(c.at); strings.TrimSpace(rest) != "" {
		c.emit(strings.TrimRight(quote, " "))
	}
}

// isRule reports whether a line is three or more of one mark.
func isRule(line string) bool {
	mark := strings.ReplaceAll(strings.TrimSpace(line), " ", "")
	return len(mark) >= 3 && strings.ContainsAny(mark[:1], "-*_") && strings.Trim(mark, mark[:1]) == ""
}

func (c *converter) rule(quote string) {
	c.lost[lostRule] = true
	c.apart(quote)
	c.emit(quote + ruleText)
	c.at++
	c.endApart()
}

func (c *converter) heading(quote string, level int, text string) {
	c.emit(quote + strings.Repeat("#", level) + " " + oneLine(c.inline(text)))
	c.open, c.list = false, false
	c.at++
}

// text converts a line of a list or paragraph, or a heading that is underlined.
func (c *converter) text(quote, rest string) {
	if item := listForm.FindStringSubmatch(rest); item != nil {
		c.item(quote, item)
		return
	}
	if level := c.underlined(quote); level > 0 {
		c.heading(quote, level, strings.TrimSpace(rest))
		c.at++
		return
	}
	if !strings.HasPrefix(rest, " ") && !strings.HasPrefix(rest, "\t") && !c.open {
		c.list = false
	}
	if !c.list {
		rest = strings.TrimLeft(rest, " \t")
	}
	c.lines(quote, "", rest)
}

// underlined returns the level of a heading whose next line underlines it, 0
// for other lines.
func (c *converter) underlined(quote string) int {
	if c.open || c.at+1 >= len(c.in) {
		return 0
	}
	below, line := c.line(c.at + 1)
	switch {
	case below != quote || !underline.MatchString(line):
		return 0
	case strings.Contains(line, "="):
		return 1
	}
	return 2
}

// item converts the first line of a list's item: indentation, bullet or number,
// space, text.
func (c *converter) item(quote string, m []string) {
	mark := "-"
	if m[3] != "" {
		mark = m[3] + "."
	}
	text := m[5]
	if task := taskForm.FindStringSubmatch(text); task != nil {
		c.lost[lostTask] = true
		sign := "☑ "
		if task[1] == " " {
			sign = "☐ "
		}
		text = sign + task[2]
	}
	c.open, c.list = false, true
	c.lines(quote, m[1]+mark+m[4], text)
}

// lines emits a line of text, which may turn out to be none or several. One that
// continues the line before gives that its two spaces.
func (c *converter) lines(quote, mark, text string) {
	c.at++
	text = c.whole(strings.TrimRight(text, " \t"))
	if c.breaksAfter(text) {
		text = text[:len(text)-1]
	}
	text = strings.TrimLeft(c.inline(text), "\n")
	c.tagged = c.tagged || text == ""
	for part := range strings.SplitSeq(text, "\n") {
		part = strings.TrimRight(part, " \t")
		if part == "" && mark == "" {
			continue
		}
		if c.open {
			c.out[len(c.out)-1] += "  "
		}
		c.emit(quote + mark + part)
		c.open, mark = true, ""
	}
}

// breaksAfter reports whether a backslash at the end of a line means that the
// line ends there, which all lines do here.
func (c *converter) breaksAfter(line string) bool {
	slashes := len(line) - len(strings.TrimRight(line, `\`))
	if slashes%2 == 0 || c.at >= len(c.in) {
		return false
	}
	_, next := c.line(c.at)
	return strings.TrimSpace(next) != ""
}
