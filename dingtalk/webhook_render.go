package dingtalk

import (
	"fmt"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// RenderWebhook turns a content into the body of a group webhook's message
// (docs, "custom robots send group messages", read 2026-11-22). Pictures show
// only by URL, in markdown; files and recordings are Unsupported. Text and
// markdown can mention people, cards those named by user id; their names stand in
// the text, too.
func (s *webhooks) RenderWebhook(c provider.Content, m provider.Mentions) (provider.Rendered, error) {
	err := c.Validate()
	if err == nil {
		err = checkMentions(m)
	}
	if err != nil {
		return provider.Rendered{}, fmt.Errorf("dingtalk: render: %w", err)
	}
	msg, degraded, err := s.message(c)
	if err == nil && !m.IsZero() {
		degraded = append(degraded, mention(&msg, c.Type, m)...)
	}
	return rendered(msg, degraded, err)
}

func (s *webhooks) message(c provider.Content) (wire.WebhookMsg, []provider.Text, error) {
	switch c.Type {
	case provider.TextContent:
		return wire.WebhookMsg{MsgType: "text", Text: &wire.Content{Content: c.Text.Content}}, nil, nil
	case provider.MarkdownContent:
		text, degraded := showableMarkdown(c.Markdown.Text)
		return webhookMarkdown(provider.Markdown{Title: c.Markdown.Title, Text: text}), degraded, nil
	case provider.LinkContent:
		return wire.WebhookMsg{MsgType: "link", Link: &wire.WebhookLink{
			Title: c.Link.Title, Text: c.Link.Text, MessageURL: c.Link.URL, PicURL: c.Link.ImageURL,
		}}, nil, nil
	case provider.ImageContent:
		return s.picture(*c.Image)
	case provider.FileContent, provider.VoiceContent:
		return wire.WebhookMsg{}, nil, notShown("content.type", c.Type)
	case provider.CardContent:
		msg, degraded := webhookCard(*c.Card)
		return msg, degraded, nil
	case provider.NoticeContent:
		return webhookMarkdown(noticeMarkdown(*c.Notice, s.words)), []provider.Text{degradedNotice}, nil
	case provider.FeedContent:
		return webhookFeed(*c.Feed), nil, nil
	}
	return wire.WebhookMsg{}, nil, notShown("content.type", c.Type)
}

func webhookMarkdown(m provider.Markdown) wire.WebhookMsg {
	return wire.WebhookMsg{MsgType: "markdown", Markdown: &wire.Markdown{Title: m.Title, Text: m.Text}}
}

// picture shows a picture by its URL: there is no app that could have uploaded
// one.
func (s *webhooks) picture(i provider.Image) (wire.WebhookMsg, []provider.Text, error) {
	if !isWebAddress(i.MediaID) {
		return wire.WebhookMsg{}, nil, notShown("content.image.mediaId", i.MediaID)
	}
	return webhookMarkdown(provider.Markdown{
		Title: s.words.picture(), Text: "![](" + addressInMarkdown(i.MediaID) + ")",
	}), []provider.Text{{ZH: "image：显示为markdown", EN: "image: shown as markdown"}}, nil
}

func webhookCard(c provider.Card) (wire.WebhookMsg, []provider.Text) {
	text, degraded := showableMarkdown(c.Text)
	card := &wire.WebhookActionCard{Title: c.Title, Text: text}
	if len(c.Buttons) == 1 {
		card.SingleTitle, card.SingleURL = c.Buttons[0].Title, c.Buttons[0].URL
		return wire.WebhookMsg{MsgType: "actionCard", ActionCard: card}, degraded
	}
	card.Orientation = orientation(c.Layout)
	for _, b := range c.Buttons {
		card.Buttons = append(card.Buttons, wire.WebhookButton{Title: b.Title, ActionURL: b.URL})
	}
	return wire.WebhookMsg{MsgType: "actionCard", ActionCard: card}, degraded
}

func webhookFeed(f provider.Feed) wire.WebhookMsg {
	card := &wire.FeedCard{}
	for _, item := range f.Items {
		card.Links = append(card.Links, wire.FeedLink{Title: item.Title, MessageURL: item.URL, PicURL: item.ImageURL})
	}
	return wire.WebhookMsg{MsgType: "feedCard", FeedCard: card}
}
