package dingtalk

import (
	"regexp"
	"strings"
)

// Plain text that stands in markdown must show as it is. That DingTalk takes a
// backslash for an escape is documented nowhere (docs, "message types" and "robot
// message type", read 2026-11-29), and where it did not, people would see it.
// What would vanish is replaced by its double of full width, and what begins a
// block gets a fixed space in front. Underscores and backticks stay: DingTalk's
// list of what it shows has neither, and both stand in names.
var (
	// stressed is what stands between asterisks.
	stressed = regexp.MustCompile(`\*[^\s*](?:(?s:.*)[^\s*])?\*`)
	// linked is the beginning of a link or picture.
	linked = regexp.MustCompile(`\[([^\[\]\n]*)\]\(`)
	// plainMarks begin a heading, quote, list, rule or block of code, or underline
	// a heading.
	plainMarks = regexp.MustCompile("^(?:#{1,6}(?:[ \t]|$)|>|[-+*](?:[ \t]|$)|\\d{1,9}[.)](?:[ \t]|$)|(?:=+|-[- \t]*|\\*[* \t]*|_[_ \t]*)$|```|~~~)")
)

// keepLines makes the lines of a plain text lines of markdown.
func keepLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(strings.TrimSpace(s), "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = plainLine(line)
	}
	return plainMarked(strings.Join(lines, "  \n"))
}

// plainLine keeps a line from beginning anything but text.
func plainLine(line string) string {
	text := strings.TrimLeft(line, " \t")
	indent := strings.ReplaceAll(line[:len(line)-len(text)], "\t", "    ")
	if indent == "" && plainMarks.MatchString(text) {
		indent = " "
	}
	return strings.ReplaceAll(indent, " ", fixedSpace) + text
}

// plainInLine makes a plain text part of a line of markdown.
func plainInLine(s string) string { return plainMarked(oneLine(s)) }

// plainMarked replaces the marks that markdown would take out of a text.
func plainMarked(s string) string {
	if stressed.MatchString(s) {
		s = strings.ReplaceAll(s, "*", "＊")
	}
	return linked.ReplaceAllString(s, "［$1］(")
}
