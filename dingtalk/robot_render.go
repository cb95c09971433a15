package dingtalk

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// robotTemplate is a message of a robot: one of DingTalk's templates and the
// texts for it (docs, "robot message type", read 2026-11-22).
type robotTemplate struct {
	key    string
	params map[string]string
}

// robotFileTypes are the files a robot sends (same page, sampleFile).
var robotFileTypes = []string{"xlsx", "pdf", "zip", "rar", "doc", "docx"} //nolint:gochecknoglobals // constant table

// RenderRobot turns a content into one of DingTalk's templates for robots:
// Rendered.Body is {"msgKey", "msgParam"}, the second JSON as text. Without a
// SettingRobotCode nothing can be sent, so that it is refused here already.
func (p *Provider) RenderRobot(c provider.Content) (provider.Rendered, error) {
	if err := c.Validate(); err != nil {
		return provider.Rendered{}, fmt.Errorf("dingtalk: render: %w", err)
	}
	if _, err := p.robot(apiRobotSend); err != nil {
		return provider.Rendered{}, err
	}
	template, degraded, err := p.robotMessage(c)
	if err != nil {
		return rendered(nil, nil, err)
	}
	params, err := encode(template.params)
	return rendered(wire.RobotMessage{MsgKey: template.key, MsgParam: string(params)}, degraded, err)
}

func (p *Provider) robotMessage(c provider.Content) (robotTemplate, []provider.Text, error) {
	words := wording(p.language)
	switch c.Type {
	case provider.TextContent:
		return robotTemplate{"sampleText", map[string]string{"content": c.Text.Content}}, nil, nil
	case provider.MarkdownContent:
		text, degraded := showableMarkdown(c.Markdown.Text)
		return robotMarkdown(provider.Markdown{Title: c.Markdown.Title, Text: text}), degraded, nil
	case provider.LinkContent:
		template, degraded := robotLink(*c.Link, words)
		return template, degraded, nil
	case provider.ImageContent:
		return robotTemplate{"sampleImageMsg", map[string]string{"photoURL": c.Image.MediaID}}, nil, nil
	case provider.FileContent:
		template, err := robotFile(*c.File)
		return template, nil, err
	case provider.VoiceContent:
		return robotTemplate{"sampleAudio", map[string]string{
			"mediaId": c.Voice.MediaID, "duration": strconv.Itoa(c.Voice.Duration * 1000), // milliseconds
		}}, nil, nil
	case provider.CardContent:
		template, degraded := robotCard(*c.Card)
		return template, degraded, nil
	case provider.NoticeContent:
		return robotMarkdown(noticeMarkdown(*c.Notice, words)), []provider.Text{degradedNotice}, nil
	case provider.FeedContent:
		return robotMarkdown(feedMarkdown(*c.Feed)), []provider.Text{degradedFeed}, nil
	}
	return robotTemplate{}, nil, notShown("content.type", c.Type)
}

func robotMarkdown(m provider.Markdown) robotTemplate {
	return robotTemplate{"sampleMarkdown", map[string]string{"title": m.Title, "text": m.Text}}
}

// robotLink makes a card of a link without picture, as a work notification does.
func robotLink(l provider.Link, words wording) (robotTemplate, []provider.Text) {
	if l.ImageURL == "" {
		return robotTemplate{"sampleActionCard", map[string]string{
			"title": listTitle(l.Title), "text": linkMarkdown(l), "singleTitle": words.viewDetails(), "singleURL": l.URL,
		}}, []provider.Text{degradedLink}
	}
	return robotTemplate{"sampleLink", map[string]string{
		"title": l.Title, "text": l.Text, "messageUrl": l.URL, "picUrl": l.ImageURL,
	}}, nil
}

func robotFile(f provider.File) (robotTemplate, error) {
	kind := extensionOf(f.Name)
	if !slices.Contains(robotFileTypes, kind) {
		return robotTemplate{}, notShown("content.file.name", f.Name)
	}
	return robotTemplate{"sampleFile", map[string]string{
		"mediaId": f.MediaID, "fileName": f.Name, "fileType": kind,
	}}, nil
}

// extensionOf returns the end of a file's name, lower case without dot.
func extensionOf(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

// robotCard: there is a template for each number of buttons, and for two side by
// side one of its own.
func robotCard(c provider.Card) (robotTemplate, []provider.Text) {
	text, degraded := showableMarkdown(c.Text)
	t := robotTemplate{"sampleActionCard", map[string]string{"title": c.Title, "text": text}}
	horizontal := c.Layout == provider.LayoutHorizontal
	switch n := len(c.Buttons); {
	case n == 1:
		t.params["singleTitle"], t.params["singleURL"] = c.Buttons[0].Title, c.Buttons[0].URL
		return t, degraded
	case n == 2 && horizontal:
		t.key += "6"
		t.addButtons(c.Buttons, "buttonTitle", "buttonUrl")
		return t, degraded
	case horizontal:
		degraded = append(degraded, degradedLayout)
	}
	t.key += strconv.Itoa(len(c.Buttons))
	t.addButtons(c.Buttons, "actionTitle", "actionURL")
	return t, degraded
}

func (t robotTemplate) addButtons(buttons []provider.Button, title, address string) {
	for i, b := range buttons {
		n := strconv.Itoa(i + 1)
		t.params[title+n], t.params[address+n] = b.Title, b.URL
	}
}
