package messaging

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// escapeMarkdown returns a text that shows as it is inside of markdown: with a
// backslash before each character that could begin a link, a picture, emphasis,
// code, HTML, a cell of a table, or, at the beginning of a line, a heading, a
// quote, a list or a rule (CommonMark 0.31, sections 2.4 and 4 to 6). The text
// is taken to begin a line. Control characters other than newline and tab are
// left out; an indentation that would make code becomes one space.
func escapeMarkdown(text string) string {
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")
	text = strings.Map(withoutControl, lines.Replace(strings.ToValidUTF8(text, "\uFFFD")))
	var out strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			out.WriteByte('\n')
		}
		escapeLine(&out, line)
	}
	return out.String()
}

func withoutControl(r rune) rune {
	if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
		return -1
	}
	return r
}

func escapeLine(out *strings.Builder, line string) {
	body := strings.TrimLeft(line, " \t")
	if body != line {
		out.WriteByte(' ')
	}
	start := lineStart(body)
	before := ' '
	for i, r := range body {
		after, _ := utf8.DecodeRuneInString(body[i+utf8.RuneLen(r):])
		if i == start || structural(before, r, after) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
		before = r
	}
}

// structural reports whether a character can mean something wherever it
// stands. An underscore inside of a word does not.
func structural(before, r, after rune) bool {
	switch r {
	case '\\', '`', '*', '[', ']', '<', '|':
		return true
	case '_':
		return !isWord(before) || !isWord(after)
	case '~':
		return before == '~' || after == '~'
	}
	return false
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// lineStart returns where a line has the character that makes it more than a
// paragraph, -1 when it has none.
func lineStart(line string) int {
	if line == "" {
		return -1
	}
	switch line[0] {
	case '#', '>', '=':
		return 0
	case '-', '+':
		if endsMarker(line[1:]) || line[1] == line[0] {
			return 0
		}
		return -1
	}
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	if digits > 0 && digits < len(line) && strings.IndexByte(".)", line[digits]) >= 0 && endsMarker(line[digits+1:]) {
		return digits
	}
	return -1
}

// endsMarker reports whether what follows makes the characters before it the
// marker of a list.
func endsMarker(rest string) bool { return rest == "" || rest[0] == ' ' || rest[0] == '\t' }
