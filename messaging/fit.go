package messaging

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/provider"
)

// fitted is a content in the form it is sent.
type fitted struct {
	// parts is nil when content is sent as it is.
	content  provider.Content
	parts    []provider.Content
	degraded []provider.Text
}

// fit brings the content of a request below what the channel takes, in the way
// the request chose, and adds the keyword that a group asks for. missing are
// the mentions that nobody will see.
func (r Request) fit(c channel, m provider.Mentions, missing []provider.Text) (fitted, error) {
	content := withKeyword(r.Content, c.keywords)
	f := fitted{content: content}
	rendered, err := c.rendered(content, m)
	if errors.Is(err, ErrContentTooLong) {
		if f, err = r.reduce(c, m, err); err == nil {
			rendered.Degraded, err = f.degrades(c, m)
		}
	}
	if err != nil {
		return fitted{}, err
	}
	f.degraded = slices.Concat(rendered.Degraded, missing, f.degraded)
	if len(f.degraded) > 0 && r.OnUnsupported == Refuse {
		return fitted{}, errWouldDegrade(r.Provider, f.degraded)
	}
	return f, nil
}

// degrades returns what the channel cannot show of a content or its parts.
func (f fitted) degrades(c channel, m provider.Mentions) ([]provider.Text, error) {
	parts := f.parts
	if parts == nil {
		parts = []provider.Content{f.content}
	}
	var all []provider.Text
	for _, part := range parts {
		rendered, err := c.rendered(part, m)
		if err != nil {
			return nil, err
		}
		for _, text := range rendered.Degraded {
			if !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	return all, nil
}

// rendered renders a content; one that is longer than the channel takes, as a
// whole or by the office app's word about a field, is an ErrContentTooLong.
func (c channel) rendered(content provider.Content, m provider.Mentions) (provider.Rendered, error) {
	rendered, err := c.render(content, m)
	var wrong *provider.ContentError
	switch size := len(rendered.Body); {
	case errors.As(err, &wrong) && wrong.TooLong:
		return provider.Rendered{}, errFieldTooLong(wrong)
	case err == nil && c.maxBytes > 0 && size > c.maxBytes:
		return provider.Rendered{}, errContentTooLong(c.kind, size, c.maxBytes)
	}
	return rendered, err
}

// reduce splits or shortens a content that is too long, and returns the error
// that says so when it cannot. Each part gets the keyword that a group asks for.
func (r Request) reduce(c channel, m provider.Mentions, tooLong error) (fitted, error) {
	keyed := func(content provider.Content) provider.Content { return withKeyword(content, c.keywords) }
	fits := func(content provider.Content) bool {
		_, err := c.rendered(keyed(content), m)
		return err == nil
	}
	switch r.OnTooLong {
	case Split:
		parts := split(r.Content, fits)
		if parts == nil {
			return fitted{}, tooLong
		}
		for i := range parts {
			parts[i] = keyed(parts[i])
		}
		return fitted{content: keyed(r.Content), parts: parts}, nil
	case Shorten:
		short, ok := shorten(r.Content, r.MoreURL, fits)
		if !ok {
			return fitted{}, tooLong
		}
		return fitted{content: keyed(short), degraded: []provider.Text{{
			ZH: string(short.Type) + "：已截短", EN: string(short.Type) + ": shortened",
		}}}, nil
	case RefuseLong:
	}
	return fitted{}, tooLong
}

// split cuts a text or markdown into numbered parts that fit; nil when that
// cannot be done, or takes more than MaxParts.
func split(c provider.Content, fits func(provider.Content) bool) []provider.Content {
	rest, ok := longText(c)
	if !ok || c.Type != provider.TextContent && c.Type != provider.MarkdownContent {
		return nil
	}
	var pieces []string
	for rest != "" {
		n := longest(rest, func(piece string) bool { return fits(numbered(c, piece, MaxParts, MaxParts)) })
		if n == 0 || len(pieces) == MaxParts {
			return nil
		}
		pieces = append(pieces, strings.TrimSpace(rest[:n]))
		rest = strings.TrimLeft(rest[n:], " \n")
	}
	parts := make([]provider.Content, len(pieces))
	for i, piece := range pieces {
		parts[i] = numbered(c, piece, i+1, len(pieces))
	}
	return parts
}

// numbered returns a part of a content.
func numbered(c provider.Content, piece string, i, n int) provider.Content {
	mark := fmt.Sprintf("(%d/%d)", i, n)
	if c.Type == provider.MarkdownContent {
		return provider.NewMarkdown(c.Markdown.Title+" "+mark, piece)
	}
	return provider.NewText(mark + " " + piece)
}

// shorten cuts the long text of a content and says where the rest is.
func shorten(c provider.Content, more string, fits func(provider.Content) bool) (provider.Content, bool) {
	text, ok := longText(c)
	if !ok {
		return c, false
	}
	cut := func(piece string) provider.Content {
		return withLongText(c, strings.TrimSpace(piece)+"…"+pointer(c, more), more)
	}
	n := longest(text, func(piece string) bool { return fits(cut(piece)) })
	return cut(text[:n]), n > 0
}

// pointer is how a shortened text leads to the rest.
func pointer(c provider.Content, more string) string {
	switch c.Type {
	case provider.MarkdownContent, provider.CardContent:
		return "\n\n[查看全文 Read more](" + more + ")"
	case provider.TextContent:
		return "\n查看全文 Read more: " + more
	default: // what opens a page anyway
		return ""
	}
}

// longText returns the text of a content that may be cut.
func longText(c provider.Content) (string, bool) {
	switch c.Type {
	case provider.TextContent:
		return c.Text.Content, true
	case provider.MarkdownContent:
		return c.Markdown.Text, true
	case provider.LinkContent:
		return c.Link.Text, true
	case provider.CardContent:
		return c.Card.Text, true
	case provider.NoticeContent:
		return c.Notice.Text, true
	default:
		return "", false
	}
}

// withLongText returns a copy with another text. What opens no page yet opens
// the one with the rest.
func withLongText(c provider.Content, text, more string) provider.Content {
	c = c.Clone()
	switch c.Type {
	case provider.TextContent:
		c.Text.Content = text
	case provider.MarkdownContent:
		c.Markdown.Text = text
	case provider.LinkContent:
		c.Link.Text = text
	case provider.CardContent:
		c.Card.Text = text
	case provider.NoticeContent:
		c.Notice.Text = text
		if c.Notice.URL == "" {
			c.Notice.URL = more
		}
	default:
	}
	return c
}

// longest returns the length of the longest beginning of a text that fits,
// taken back to the end of a line, a sentence or a word if one is near; 0 when
// none fits. A longer beginning is taken never to fit where a shorter does not.
func longest(text string, fits func(string) bool) int {
	if fits(text) {
		return len(text)
	}
	low, high := 0, len(text) // low fits, high does not
	for high-low > utf8.UTFMax {
		middle := runeStart(text, low+(high-low)/2)
		if middle <= low {
			break
		}
		if fits(text[:middle]) {
			low = middle
		} else {
			high = middle
		}
	}
	return lastBreak(text[:low])
}

// runeStart returns the beginning of the character at i.
func runeStart(s string, i int) int {
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// lastBreak returns where a piece is best cut: in its last third after a line,
// else a sentence, else a word; at its end when there is nothing like that.
func lastBreak(piece string) int {
	from := len(piece) * 2 / 3
	for _, ends := range []string{"\n", "。！？；.!?;", " ，、,"} {
		if i := strings.LastIndexAny(piece, ends); i >= from {
			_, size := utf8.DecodeRuneInString(piece[i:])
			return i + size
		}
	}
	return len(piece)
}

// withKeyword adds the first keyword to a content that has none of them.
func withKeyword(c provider.Content, keywords []string) provider.Content {
	if len(keywords) == 0 || hasKeyword(c, keywords) {
		return c
	}
	text, ok := longText(c)
	if !ok {
		return c
	}
	return withLongText(c, text+"\n"+keywords[0], "")
}

// hasKeyword reports whether a keyword is in the title or the text: robots look
// nowhere else.
func hasKeyword(c provider.Content, keywords []string) bool {
	text, _ := longText(c)
	return slices.ContainsFunc(keywords, func(k string) bool {
		return strings.Contains(text, k) || strings.Contains(titleOf(c), k)
	})
}

func titleOf(c provider.Content) string {
	switch c.Type {
	case provider.MarkdownContent:
		return c.Markdown.Title
	case provider.LinkContent:
		return c.Link.Title
	case provider.CardContent:
		return c.Card.Title
	case provider.NoticeContent:
		return c.Notice.Title
	default:
		return ""
	}
}
