package dingtalk

import (
	"regexp"
	"strings"
)

var (
	fenceForm  = regexp.MustCompile("^[ \t]*(?:(`{3,})[^`]*|(~{3,}).*)$")
	blockMarks = regexp.MustCompile(`^(?:[-+*#>=_~|]|\d{1,9}[.)])`)
)

// fixedSpace is one that markdown does not know.
const fixedSpace = "\u00A0"

// openingFence returns the marks that begin a block of code, "" for another
// line.
func openingFence(line string) string {
	m := fenceForm.FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

// fence tells lines of code from others.
type fence struct{ marks string }

// step reports whether a line belongs to a block of code, its fences included.
func (f *fence) step(line string) bool {
	line = line[len(quoteForm.FindString(line)):]
	if f.marks == "" {
		f.marks = openingFence(line)
		return f.marks != ""
	}
	if closesFence(line, f.marks) {
		f.marks = ""
	}
	return true
}

// closesFence: a closing fence has the same mark, at least as often, and no
// more.
func closesFence(line, marks string) bool {
	line = strings.TrimSpace(line)
	return len(line) >= len(marks) && strings.Trim(line, marks[:1]) == ""
}

// fencedCode converts a block between fences; without a closing one it ends with
// its quote or the text.
func (c *converter) fencedCode(quote string) {
	_, first := c.line(c.at)
	marks := openingFence(first)
	indent := len(first) - len(strings.TrimLeft(first, " "))
	c.at++
	var code []string
	for ; c.at < len(c.in); c.at++ {
		line := c.in[c.at]
		if quote != "" {
			mark := quoteForm.FindString(line)
			if mark == "" {
				break
			}
			line = line[len(mark):]
		}
		if closesFence(line, marks) {
			c.at++
			break
		}
		for range indent {
			line = strings.TrimPrefix(line, " ")
		}
		code = append(code, line)
	}
	c.code(quote, code)
}

// beginsIndentedCode: in a list, in a paragraph and in HTML indented lines are
// text.
func (c *converter) beginsIndentedCode(rest string) bool {
	return !c.open && !c.list && !c.tagged && isIndented(rest)
}

func isIndented(line string) bool {
	return strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")
}

func (c *converter) indentedCode(quote string) {
	var code []string
	end := c.at
	for at := c.at; at < len(c.in); at++ {
		inner, line := c.line(at)
		if inner != quote || !isIndented(line) && strings.TrimSpace(line) != "" {
			break
		}
		if strings.TrimSpace(line) != "" {
			end = at + 1
		}
		code = append(code, strings.TrimPrefix(strings.TrimPrefix(line, "    "), "\t"))
	}
	code = code[:end-c.at]
	c.at = end
	c.code(quote, code)
}

// code shows lines of code as a quote.
func (c *converter) code(quote string, code []string) {
	c.lost[lostCodeBlock] = true
	c.apart(quote)
	if quote == "" {
		quote = "> "
	}
	for i, line := range code {
		if i+1 < len(code) {
			line += "  "
		}
		c.emit(strings.TrimRight(quote, " ") + " " + codeLine(line))
	}
	c.endApart()
}

// codeLine keeps the indentation of code by fixed spaces. One of them keeps what
// would begin a list or heading from doing so.
func codeLine(line string) string {
	text := strings.TrimLeft(line, " \t")
	if text == "" {
		return fixedSpace + "  "
	}
	indent := strings.ReplaceAll(line[:len(line)-len(text)], "\t", "    ")
	if indent == "" && blockMarks.MatchString(text) {
		indent = " "
	}
	return strings.ReplaceAll(indent, " ", fixedSpace) + text
}
