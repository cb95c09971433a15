package dingtalk

import (
	"regexp"
	"strings"
)

// tableRule is the line below a table's header.
var tableRule = regexp.MustCompile(`^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)

// beginsTable reports whether a line is a header with its rule below.
func (c *converter) beginsTable(quote, header string) bool {
	if c.at+1 >= len(c.in) || !strings.Contains(header, "|") {
		return false
	}
	below, rule := c.line(c.at + 1)
	return below == quote && strings.Contains(rule, "|") && tableRule.MatchString(rule) &&
		len(cells(rule)) == len(cells(header))
}

// table makes a list of the rows, each value with the name of its column: a
// phone has no room for columns.
func (c *converter) table(quote string) {
	c.lost[lostTable] = true
	_, line := c.line(c.at)
	header := c.cells(line)
	c.apart(quote)
	rows := 0
	for c.at += 2; c.at < len(c.in) && c.size < longestOutput; c.at++ {
		inner, line := c.line(c.at)
		if inner != quote || !strings.Contains(line, "|") {
			break
		}
		if row := tableRow(header, c.cells(line)); row != "" {
			c.emit(quote + "- " + row)
		}
		rows++
	}
	if rows == 0 {
		c.emit(quote + "- " + strings.Join(header, ", "))
	}
	c.endApart()
}

// tableRow joins the values of a row with the names of their columns; it is
// empty when they are. What a row has beyond the header has no name.
func tableRow(header, row []string) string {
	var parts []string
	wide := false
	for i, value := range row {
		if value == "" {
			continue
		}
		if i < len(header) && header[i] != "" {
			value = header[i] + colonAfter(header[i]) + value
		}
		wide = wide || isWide(value)
		parts = append(parts, value)
	}
	if wide {
		return strings.Join(parts, "；")
	}
	return strings.Join(parts, "; ")
}

// cells converts the cells of a row.
func (c *converter) cells(line string) []string {
	list := cells(line)
	for i, cell := range list {
		list[i] = oneLine(c.inline(strings.ReplaceAll(cell, `\|`, "|")))
	}
	return list
}

// cells splits a row at its bars, except those behind a backslash.
func cells(line string) []string {
	line = strings.TrimPrefix(strings.TrimSpace(line), "|")
	var list []string
	start := 0
	for i := range len(line) {
		if line[i] == '|' && (i == 0 || line[i-1] != '\\') {
			list = append(list, strings.TrimSpace(line[start:i]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(line[start:]); rest != "" {
		list = append(list, rest)
	}
	return list
}
