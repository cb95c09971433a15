package dingtalk

import (
	"regexp"
	"strings"
)

var (
	tagForm    = regexp.MustCompile(`^</?([A-Za-z][A-Za-z0-9]*)((?:[ \t][^<>]*)?)/?>`)
	openTag    = regexp.MustCompile(`^</?([A-Za-z][A-Za-z0-9]*)(?:[ \t][^<>]*)?$`)
	hrefForm   = regexp.MustCompile(`(?i)[ \t]href[ \t]*=[ \t]*["']?([^\s"'<>]+)`)
	sourceForm = regexp.MustCompile(`(?i)[ \t]src[ \t]*=[ \t]*["']?([^\s"'<>]+)`)
	endOfLink  = regexp.MustCompile(`(?i)</a[ \t]*>`)
)

// longestAnchor bounds how far the end of an HTML link is looked for, in bytes.
const longestAnchor = 4096

// longestTag bounds how many more lines a tag has.
const longestTag = 16

// endOfComment is the text that ends a comment.
const endOfComment = "-->"

// knownTags are taken out; other words in angle brackets are text, such as
// <name>.
var knownTags = func() map[string]bool { //nolint:gochecknoglobals // constant table
	tags := make(map[string]bool)
	for name := range strings.FieldsSeq("a abbr address article aside b big blockquote br caption center cite code col colgroup " +
		"dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark " +
		"nav ol p picture pre q s samp section small source span strike strong style sub summary sup table tbody td tfoot th " +
		"thead tr tt u ul var wbr") {
		tags[name] = true
	}
	return tags
}()

// blockTags stand on lines of their own: what is before or after one is not of
// the same line.
var blockTags = func() map[string]bool { //nolint:gochecknoglobals // constant table
	tags := make(map[string]bool)
	for name := range strings.FieldsSeq("address article aside blockquote br caption dd details div dl dt figcaption figure " +
		"footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p section summary table tbody tfoot thead tr ul") {
		tags[name] = true
	}
	return tags
}()

// html leaves out a comment or a tag.
func (c *converter) html(s string) (string, int) {
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s, endOfComment); end > 0 {
			c.lost[lostHTML] = true
			return "", end + len(endOfComment)
		}
	}
	return c.tag(s)
}

// tag leaves out a tag and keeps what people need of it: where lines and cells
// of tables end, links and pictures.
func (c *converter) tag(s string) (string, int) {
	m := tagOf(s)
	if m == nil {
		return "", 0
	}
	used := len(m[0])
	name := strings.ToLower(m[1])
	switch name {
	case "br":
		return "\n", used
	case "img":
		if source := sourceForm.FindStringSubmatch(m[2]); source != nil {
			return "![](" + addressInMarkdown(source[1]) + ")", used
		}
	case "a":
		if text, all := c.anchor(s[used:], m[2]); all > 0 {
			return text, used + all
		}
	}
	c.lost[lostHTML] = true
	switch {
	case blockTags[name]:
		return "\n", used
	case (name == "td" || name == "th") && s[1] == '/':
		return " ", used
	}
	return "", used
}

// anchor makes a link of the text up to the end of an HTML link; 0 when it has
// no address or end.
func (c *converter) anchor(s, attributes string) (text string, used int) {
	href := hrefForm.FindStringSubmatch(attributes)
	if href == nil {
		return "", 0
	}
	end := endOfLink.FindStringIndex(s[:min(len(s), longestAnchor)])
	if end == nil {
		return "", 0
	}
	return "[" + textInLink(c.inline(s[:end[0]])) + "](" + addressInMarkdown(href[1]) + ")", end[1]
}

// tagOf returns the tag that s begins with, its name and its attributes; nil
// when there is none.
func tagOf(s string) []string {
	m := tagForm.FindStringSubmatch(s)
	if m == nil || !knownTags[strings.ToLower(m[1])] || strings.Trim(m[2], " \t/") != "" && !strings.Contains(m[2], "=") {
		return nil
	}
	return m
}

// whole returns a line together with the lines that it takes to end the comment
// or tag that it leaves open. One that never ends is text. What was looked at is
// not looked at again: a text can be one line of thousands of open tags.
func (c *converter) whole(line string) string {
	for from := 0; ; {
		at, comment := openHTML(line[from:])
		at += from
		var end int
		switch {
		case at < from:
			return line
		case comment:
			end = c.commentEnd()
		default:
			end = c.tagEnd()
		}
		joined := line
		for i := c.at; i <= end; i++ {
			_, next := c.line(i)
			joined += " " + strings.TrimSpace(next)
		}
		if end < 0 || !comment && tagOf(joined[at:]) == nil {
			return line
		}
		line, c.at, from = joined, end+1, at
	}
}

// commentEnd returns the first of the next lines that ends a comment; -1 when
// there is none, which is not looked for again.
func (c *converter) commentEnd() int {
	for at := c.at; at < len(c.in) && !c.endless; at++ {
		if strings.Contains(c.in[at], endOfComment) {
			return at
		}
	}
	c.endless = true
	return -1
}

// tagEnd returns the first of the next lines that ends a tag; -1 when there is
// none in the same paragraph.
func (c *converter) tagEnd() int {
	for at := c.at; at < min(len(c.in), c.at+longestTag); at++ {
		_, line := c.line(at)
		switch i := strings.IndexAny(line, "<>"); {
		case strings.TrimSpace(line) == "", i >= 0 && line[i] == '<':
			return -1
		case i >= 0:
			return at
		}
	}
	return -1
}

// openHTML returns where a comment or tag begins that does not end in s; -1 when
// none does.
func openHTML(s string) (at int, comment bool) {
	if !strings.Contains(s, "<") {
		return -1, false
	}
	var spans converter
	for i := 0; i < len(s); {
		_, used := spans.span(s[i:])
		if used > 0 {
			i += used
			continue
		}
		if strings.HasPrefix(s[i:], "<!--") {
			return i, true
		}
		if m := openTag.FindStringSubmatch(s[i:]); m != nil && knownTags[strings.ToLower(m[1])] {
			return i, false
		}
		i++
	}
	return -1, false
}
