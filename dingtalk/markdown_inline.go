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
)

// escapable are the marks that a backslash makes text.
const escapable = "\\`*_{}[]()#+-.!|<>~\"'"

// inline converts what stands inside of a line. Where HTML begins a line or a
// block, or ends one, it has \n.
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

// angle converts addresses in angle brackets and HTML.
func (c *converter) angle(s string) (string, int) {
	if m := addressForm.FindStringSubmatch(s); m != nil {
		return "[" + textInLink(m[1]) + "](" + addressInMarkdown(m[1]) + ")", len(m[0])
	}
	if m := mailForm.FindStringSubmatch(s); m != nil {
		return m[1], len(m[0])
	}
	return c.html(s)
}
