package dingtalk

import (
	"regexp"
	"strings"
)

var (
	linkForm    = regexp.MustCompile(`^(!?)\[((?:[^\[\]\\]|\\.)*)\]\([ \t]*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:[ \t]+(?:"[^"]*"|'[^']*'))?[ \t]*\)`)
	labelForm   = regexp.MustCompile(`^(!?)\[([^\[\]]+)\](?:\[([^\[\]]*)\])?`)
	addressForm = regexp.MustCompile(`^<([A-Za-z][A-Za-z0-9+.-]+://[^\s<>]+)>`)
	mailForm    = regexp.MustCompile(`^<([^\s<>@]+@[^\s<>@]+)>`)
	tagForm     = regexp.MustCompile(`^</?([A-Za-z][A-Za-z0-9]*)((?:[ \t][^<>]*)?)/?>`)
	hrefForm    = regexp.MustCompile(`(?i)[ \t]href[ \t]*=[ \t]*["']?([^\s"'<>]+)`)
	sourceForm  = regexp.MustCompile(`(?i)[ \t]src[ \t]*=[ \t]*["']?([^\s"'<>]+)`)
	endOfLink   = regexp.MustCompile(`(?i)</a[ \t]*>`)
)

// longestAnchor bounds how far the end of an HTML link is looked for, in bytes.
const longestAnchor = 4096

// escapable are the marks that a backslash makes text.
const escapable = "\\`*_{}[]()#+-.!|<>~\"'"

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

// inline converts what stands inside of a line. A line break of HTML becomes
// \n.
func (c *converter) inline(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		text, used := c.span(s[i:])
		if used == 0 {
			text, used = s[i:i+1], 1
		}
		b.WriteString(text)
		i += used
	}
	return b.String()
}

// span converts the span that s begins with and returns how much of s it is; 0
// when none begins here.
func (c *converter) span(s string) (text string, used int) {
	switch s[0] {
	case '\\':
		if len(s) > 1 && strings.IndexByte(escapable, s[1]) >= 0 {
			return s[:2], 2
		}
	case '`':
		return c.codeSpan(s)
	case '~':
		return c.struck(s)
	case '<':
		return c.angle(s)
	case '!', '[':
		return c.link(s)
	}
	return "", 0
}

// codeSpan: text between equally many backticks.
func (c *converter) codeSpan(s string) (string, int) {
	n := len(s) - len(strings.TrimLeft(s, "`"))
	for at := n; at < len(s); {
		begin := strings.IndexByte(s[at:], '`')
		if begin < 0 {
			break
		}
		begin += at
		end := begin
		for end < len(s) && s[end] == '`' {
			end++
		}
		if end-begin == n {
			c.lost[lostCode] = true
			return strings.TrimSpace(s[n:begin]), end
		}
		at = end
	}
	return s[:n], n
}

func (c *converter) struck(s string) (string, int) {
	inner, ok := strings.CutPrefix(s, "~~")
	if !ok {
		return "", 0
	}
	end := strings.Index(inner, "~~")
	if end <= 0 || inner[0] == ' ' {
		return "~~", 2
	}
	c.lost[lostStrike] = true
	return c.inline(inner[:end]), end + 4
}

// link rewrites a link or picture without its tooltip, and with its address when
// it has a label instead.
func (c *converter) link(s string) (string, int) {
	if m := linkForm.FindStringSubmatch(s); m != nil {
		return m[1] + "[" + c.linkText(m[2]) + "](" + m[3] + ")", len(m[0])
	}
	if len(c.addresses) == 0 {
		return "", 0
	}
	m := labelForm.FindStringSubmatch(s)
	if m == nil {
		return "", 0
	}
	label := m[3]
	if label == "" {
		label = m[2]
	}
	address := c.addresses[labelOf(label)]
	if address == "" {
		return "", 0
	}
	return m[1] + "[" + c.linkText(m[2]) + "](" + addressInMarkdown(address) + ")", len(m[0])
}

func (c *converter) linkText(s string) string { return oneLine(c.inline(s)) }

// angle converts addresses in angle brackets, comments and tags.
func (c *converter) angle(s string) (string, int) {
	if m := addressForm.FindStringSubmatch(s); m != nil {
		return "[" + textInLink(m[1]) + "](" + addressInMarkdown(m[1]) + ")", len(m[0])
	}
	if m := mailForm.FindStringSubmatch(s); m != nil {
		return m[1], len(m[0])
	}
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s, "-->"); end > 0 {
			c.lost[lostHTML] = true
			return "", end + len("-->")
		}
	}
	return c.tag(s)
}

// tag leaves out a tag and keeps what people need of it: line breaks, links and
// pictures.
func (c *converter) tag(s string) (string, int) {
	m := tagForm.FindStringSubmatch(s)
	if m == nil || !knownTags[strings.ToLower(m[1])] || strings.Trim(m[2], " \t/") != "" && !strings.Contains(m[2], "=") {
		return "", 0
	}
	used := len(m[0])
	switch strings.ToLower(m[1]) {
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
