package dingtalk

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// longestCardTitle is the longest title of a card, in characters (docs, text of
// error 34016, read 2026-11-22). It shows in the list of chats only.
const longestCardTitle = 64

var (
	tableRule  = regexp.MustCompile(`(?m)^\s*\|?(\s*:?-+:?\s*\|)+\s*(:?-+:?\s*)?$`)
	fencedCode = regexp.MustCompile("(?m)^\\s*(```|~~~)")
)

// Render turns text, markdown and link into DingTalk's field msg, which is what
// Limits.MessageBytes counts. DingTalk's links need a picture: one without
// becomes a card with a button. DingTalk's markdown has headings, quotes, bold,
// italics, links, images and lists; tables and code show as plain text.
func (p *Provider) Render(c provider.Content) (provider.Rendered, error) {
	if err := c.Validate(); err != nil {
		return provider.Rendered{}, fmt.Errorf("dingtalk: render: %w", err)
	}
	var msg wire.Msg
	var degraded []string
	switch c.Type {
	case provider.TextContent:
		msg = wire.Msg{MsgType: "text", Text: &wire.Content{Content: c.Text.Content}}
	case provider.MarkdownContent:
		msg = wire.Msg{MsgType: "markdown", Markdown: &wire.Markdown{Title: c.Markdown.Title, Text: c.Markdown.Text}}
		degraded = degradedMarkdown(c.Markdown.Text)
	case provider.LinkContent:
		msg, degraded = p.renderLink(*c.Link)
	}
	body, err := encode(msg)
	if err != nil {
		return provider.Rendered{}, fmt.Errorf("dingtalk: render: %w", err)
	}
	return provider.Rendered{Body: body, Degraded: degraded}, nil
}

func (p *Provider) renderLink(l provider.Link) (wire.Msg, []string) {
	if l.ImageURL != "" {
		return wire.Msg{MsgType: "link", Link: &wire.Link{
			MessageURL: l.URL, PicURL: l.ImageURL, Title: l.Title, Text: l.Text,
		}}, nil
	}
	title := l.Title
	if chars := []rune(title); len(chars) > longestCardTitle {
		title = string(chars[:longestCardTitle-1]) + "…"
	}
	button := "查看详情"
	if strings.HasPrefix(p.language, "en") {
		button = "View details"
	}
	return wire.Msg{MsgType: "action_card", ActionCard: &wire.ActionCard{
		Title: title, Markdown: "### " + l.Title + "\n\n" + l.Text, SingleTitle: button, SingleURL: l.URL,
	}}, []string{"link: without picture, shown as card with a button"}
}

func degradedMarkdown(text string) []string {
	var degraded []string
	if tableRule.MatchString(text) {
		degraded = append(degraded, "markdown: table shown as text")
	}
	if fencedCode.MatchString(text) {
		degraded = append(degraded, "markdown: code block shown as text")
	}
	return degraded
}
