package dingtalk

import (
	"cmp"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// What DingTalk shows of a notice (docs, "message types", OA message, read
// 2026-11-22).
const (
	shownFormRows  = 6
	shownTextLines = 3
	// headColor is that of DingTalk's own sample.
	headColor = "BBBBBB"
	// opaque stands in front of six digits of a colour.
	opaque = "FF"
)

// workNotice makes an OA message. DingTalk's needs a page to open; without one
// the notice becomes markdown.
func (p *Provider) workNotice(n provider.Notice) (wire.Msg, []provider.Text, error) {
	words := wording(p.language)
	if n.URL == "" {
		return workMarkdown(noticeMarkdown(n, words)), []provider.Text{degradedPage}, nil
	}
	if err := within(bound{"content.notice.title", n.Title, longestNoticeTitle}); err != nil {
		return wire.Msg{}, nil, err
	}
	oa := &wire.OA{
		MessageURL: n.URL,
		Head:       wire.OAHead{BgColor: opaque + headColor, Text: cmp.Or(n.Title, words.notice())},
		Body:       noticeBody(n),
	}
	if n.Head != nil {
		oa.Head = wire.OAHead{BgColor: opaque + cmp.Or(n.Head.Color, headColor), Text: n.Head.Text}
	}
	if n.Status != nil {
		oa.StatusBar = statusBar(*n.Status)
	}
	return wire.Msg{MsgType: "oa", OA: oa}, noticeLosses(n), nil
}

func noticeBody(n provider.Notice) wire.OABody {
	body := wire.OABody{Title: n.Title, Content: n.Text, Author: n.Author}
	if !isWebAddress(n.ImageURL) {
		body.Image = n.ImageURL
	}
	for _, row := range n.Form {
		body.Form = append(body.Form, wire.OAForm{Key: row.Key, Value: row.Value})
	}
	if n.Rich != nil {
		body.Rich = &wire.OARich{Num: n.Rich.Number, Unit: n.Rich.Unit}
	}
	return body
}

func statusBar(s provider.Status) *wire.StatusBar {
	bar := &wire.StatusBar{Value: s.Text}
	if s.Color != "" {
		bar.Bg = "0x" + opaque + s.Color
	}
	return bar
}

// noticeLosses names what of a notice an OA message does not show.
func noticeLosses(n provider.Notice) []provider.Text {
	var degraded []provider.Text
	if n.Head != nil {
		degraded = append(degraded, provider.Text{
			ZH: "notice：标题栏显示应用名称", EN: "notice: head shows the app's name",
		})
	}
	if len(n.Form) > shownFormRows {
		degraded = append(degraded, provider.Text{
			ZH: "notice：表单只显示前6行", EN: "notice: form shows its first 6 rows",
		})
	}
	if strings.Count(strings.TrimSpace(n.Text), "\n") >= shownTextLines {
		degraded = append(degraded, provider.Text{
			ZH: "notice：正文只显示前3行", EN: "notice: text shows its first 3 lines",
		})
	}
	if isWebAddress(n.ImageURL) {
		degraded = append(degraded, provider.Text{
			ZH: "notice：不显示图片，只能显示已上传的图片", EN: "notice: picture left out, only an uploaded one is shown",
		})
	}
	return degraded
}

// isWebAddress tells a URL from a media id.
func isWebAddress(s string) bool {
	s = strings.ToLower(s)
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}
