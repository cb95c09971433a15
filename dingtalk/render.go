package dingtalk

import (
	"fmt"
	"strconv"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// longestVoice is the longest recording in a work notification, in seconds
// (docs, "message types", field voice.duration, read 2026-11-22).
const longestVoice = 59

// Render turns a content into DingTalk's field msg, which is what
// Limits.MessageBytes counts. What of it DingTalk cannot show is converted and
// named in Rendered.Degraded; see the package's documentation.
func (p *Provider) Render(c provider.Content) (provider.Rendered, error) {
	if err := c.Validate(); err != nil {
		return provider.Rendered{}, fmt.Errorf("dingtalk: render: %w", err)
	}
	msg, degraded, err := p.workMessage(c)
	return rendered(msg, degraded, err)
}

// rendered encodes a message in DingTalk's form.
func rendered(message any, degraded []provider.Text, err error) (provider.Rendered, error) {
	var body []byte
	if err == nil {
		body, err = encode(message)
	}
	if err != nil {
		return provider.Rendered{}, fmt.Errorf("dingtalk: render: %w", err)
	}
	return provider.Rendered{Body: body, Degraded: degraded}, nil
}

func (p *Provider) workMessage(c provider.Content) (wire.Msg, []provider.Text, error) {
	switch c.Type {
	case provider.TextContent:
		return wire.Msg{MsgType: "text", Text: &wire.Content{Content: c.Text.Content}}, nil, nil
	case provider.MarkdownContent:
		text, degraded := showableMarkdown(c.Markdown.Text)
		return workMarkdown(provider.Markdown{Title: c.Markdown.Title, Text: text}), degraded, nil
	case provider.LinkContent:
		return p.workLink(*c.Link)
	case provider.ImageContent:
		return wire.Msg{MsgType: "image", Image: &wire.Media{MediaID: c.Image.MediaID}}, nil, nil
	case provider.FileContent:
		return wire.Msg{MsgType: "file", File: &wire.Media{MediaID: c.File.MediaID}}, nil, nil
	case provider.VoiceContent:
		return workVoice(*c.Voice)
	case provider.CardContent:
		return workCard(*c.Card)
	case provider.NoticeContent:
		return p.workNotice(*c.Notice)
	case provider.FeedContent:
		return workMarkdown(feedMarkdown(*c.Feed)), []provider.Text{degradedFeed}, nil
	}
	return wire.Msg{}, nil, notShown("content.type", c.Type)
}

// workMarkdown takes markdown that DingTalk can show.
func workMarkdown(m provider.Markdown) wire.Msg {
	return wire.Msg{MsgType: "markdown", Markdown: &wire.Markdown{Title: m.Title, Text: m.Text}}
}

// workLink makes a card of a link without picture: DingTalk's links need one.
func (p *Provider) workLink(l provider.Link) (wire.Msg, []provider.Text, error) {
	if l.ImageURL != "" {
		return wire.Msg{MsgType: "link", Link: &wire.Link{
			MessageURL: l.URL, PicURL: l.ImageURL, Title: l.Title, Text: l.Text,
		}}, nil, nil
	}
	if err := within(bound{"content.link.url", l.URL, longestCardURL}); err != nil {
		return wire.Msg{}, nil, err
	}
	return wire.Msg{MsgType: "action_card", ActionCard: &wire.ActionCard{
		Title: listTitle(l.Title), Markdown: linkMarkdown(l),
		SingleTitle: wording(p.language).viewDetails(), SingleURL: l.URL,
	}}, []provider.Text{degradedLink}, nil
}

// workVoice: the length is a text.
func workVoice(v provider.Voice) (wire.Msg, []provider.Text, error) {
	if v.Duration > longestVoice {
		return wire.Msg{}, nil, &provider.ContentError{Field: "content.voice.duration", Problem: provider.Text{
			ZH: fmt.Sprintf("当前为%d秒，钉钉工作通知最长%d秒", v.Duration, longestVoice),
			EN: fmt.Sprintf("%d seconds; a work notification takes at most %d", v.Duration, longestVoice),
		}}
	}
	return wire.Msg{MsgType: "voice", Voice: &wire.Voice{
		MediaID: v.MediaID, Duration: strconv.Itoa(v.Duration),
	}}, nil, nil
}

// workCard makes a card with one button, or with a list of them.
func workCard(c provider.Card) (wire.Msg, []provider.Text, error) {
	if err := checkCard(c); err != nil {
		return wire.Msg{}, nil, err
	}
	text, degraded := showableMarkdown(c.Text)
	card := &wire.ActionCard{Title: c.Title, Markdown: text}
	if len(c.Buttons) == 1 {
		card.SingleTitle, card.SingleURL = c.Buttons[0].Title, c.Buttons[0].URL
		return wire.Msg{MsgType: "action_card", ActionCard: card}, degraded, nil
	}
	card.Orientation = orientation(c.Layout)
	for _, b := range c.Buttons {
		card.Buttons = append(card.Buttons, wire.CardButton{Title: b.Title, ActionURL: b.URL})
	}
	if err := checkButtonList(card.Buttons); err != nil {
		return wire.Msg{}, nil, err
	}
	return wire.Msg{MsgType: "action_card", ActionCard: card}, degraded, nil
}

func orientation(l provider.CardLayout) string {
	if l == provider.LayoutHorizontal {
		return wire.Horizontal
	}
	return wire.Vertical
}
