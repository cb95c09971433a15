package dingtalk_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// rendering is one content and what it becomes on each channel; "" is
// Unsupported there.
type rendering struct {
	content             provider.Content
	work, robot, hook   string
	lost, robotL, hookL []string // what is degraded
}

func card(layout provider.CardLayout, n int) provider.Content {
	c := provider.NewCard("标题", "**正文**")
	c.Card.Layout = layout
	for i := range n {
		name := string(rune('A' + i))
		c.Card.Buttons = append(c.Card.Buttons, provider.Button{Title: name, URL: "https://a.example/?" + name + "&x"})
	}
	return c
}

func notice(change func(*provider.Notice)) provider.Content {
	n := &provider.Notice{Title: "请假", URL: "https://a.example/"}
	change(n)
	return provider.Content{Type: provider.NoticeContent, Notice: n}
}

// everything is a notice with all it can have.
func everything(n *provider.Notice) {
	n.Text, n.ImageURL, n.Author = "第一行\n第二行", "@lADOAD", "李四"
	n.Head = &provider.NoticeHead{Text: "审批", Color: "FF6600"}
	n.Form = []provider.FormRow{{Key: "姓名:", Value: "张三"}, {Key: "Days", Value: "3"}}
	n.Rich = &provider.RichNumber{Number: "15.6", Unit: "元"}
	n.Status = &provider.Status{Text: "待审批", Color: "00cc66"}
}

const noticeText = `**审批**\n\n### 请假\n\n**15.6 元**\n\n- 姓名：张三\n- Days: 3\n\n第一行  \n第二行\n\n![](@lADOAD)\n\n李四\n\n**待审批**\n\n[查看详情](https://a.example/)`

func renderings() map[string]rendering {
	shown := []string{"notice: shown as markdown"}
	link := []string{"link: without picture, shown as card with a button"}
	feed := provider.Content{Type: provider.FeedContent, Feed: &provider.Feed{Items: []provider.FeedItem{
		{Title: "甲 [1]", URL: "https://a.example/(1)", ImageURL: "https://a.example/1.png"},
		{Title: "乙", URL: "https://a.example/2", ImageURL: "https://a.example/2.png"},
	}}}
	const feedText = `- [甲 ［1］](https://a.example/%281%29)\n- [乙](https://a.example/2)`
	return map[string]rendering{
		"text": {
			content: provider.NewText(`a<b & "c"`),
			work:    `{"msgtype":"text","text":{"content":"a<b & \"c\""}}`,
			robot:   `{"msgKey":"sampleText","msgParam":"{\"content\":\"a<b & \\\"c\\\"\"}"}`,
			hook:    `{"msgtype":"text","text":{"content":"a<b & \"c\""}}`,
		},
		"markdown": {
			content: provider.NewMarkdown("日报", "a\n~~b~~"),
			work:    `{"msgtype":"markdown","markdown":{"title":"日报","text":"a  \nb"}}`,
			robot:   `{"msgKey":"sampleMarkdown","msgParam":"{\"text\":\"a  \\nb\",\"title\":\"日报\"}"}`,
			hook:    `{"msgtype":"markdown","markdown":{"title":"日报","text":"a  \nb"}}`,
			lost:    []string{noStrike}, robotL: []string{noStrike}, hookL: []string{noStrike},
		},
		"link": {
			content: provider.NewLink("标题", "正文", "https://a.example/?x=1&y=2", "@lALO"),
			work:    `{"msgtype":"link","link":{"messageUrl":"https://a.example/?x=1&y=2","picUrl":"@lALO","title":"标题","text":"正文"}}`,
			robot:   `{"msgKey":"sampleLink","msgParam":"{\"messageUrl\":\"https://a.example/?x=1&y=2\",\"picUrl\":\"@lALO\",\"text\":\"正文\",\"title\":\"标题\"}"}`,
			hook:    `{"msgtype":"link","link":{"title":"标题","text":"正文","messageUrl":"https://a.example/?x=1&y=2","picUrl":"@lALO"}}`,
		},
		"link without picture": {
			content: provider.NewLink("标题", "正\n文", "https://a.example/", ""),
			work:    `{"msgtype":"action_card","action_card":{"title":"标题","markdown":"### 标题\n\n正  \n文","single_title":"查看详情","single_url":"https://a.example/"}}`,
			robot:   `{"msgKey":"sampleActionCard","msgParam":"{\"singleTitle\":\"查看详情\",\"singleURL\":\"https://a.example/\",\"text\":\"### 标题\\n\\n正  \\n文\",\"title\":\"标题\"}"}`,
			hook:    `{"msgtype":"link","link":{"title":"标题","text":"正\n文","messageUrl":"https://a.example/"}}`,
			lost:    link, robotL: link,
		},
		"image": {
			content: provider.NewImage("@lADO"),
			work:    `{"msgtype":"image","image":{"media_id":"@lADO"}}`,
			robot:   `{"msgKey":"sampleImageMsg","msgParam":"{\"photoURL\":\"@lADO\"}"}`,
		},
		"image by URL": {
			content: provider.NewImage("https://a.example/p.png"),
			work:    `{"msgtype":"image","image":{"media_id":"https://a.example/p.png"}}`,
			robot:   `{"msgKey":"sampleImageMsg","msgParam":"{\"photoURL\":\"https://a.example/p.png\"}"}`,
			hook:    `{"msgtype":"markdown","markdown":{"title":"图片","text":"![](https://a.example/p.png)"}}`,
			hookL:   []string{"image: shown as markdown"},
		},
		"file": {
			content: provider.Content{Type: provider.FileContent, File: &provider.File{MediaID: "@lAz", Name: "表格.XLSX"}},
			work:    `{"msgtype":"file","file":{"media_id":"@lAz"}}`,
			robot:   `{"msgKey":"sampleFile","msgParam":"{\"fileName\":\"表格.XLSX\",\"fileType\":\"xlsx\",\"mediaId\":\"@lAz\"}"}`,
		},
		"file robots do not send": {
			content: provider.Content{Type: provider.FileContent, File: &provider.File{MediaID: "@lAz", Name: "a.pptx"}},
			work:    `{"msgtype":"file","file":{"media_id":"@lAz"}}`,
		},
		"voice": {
			content: provider.Content{Type: provider.VoiceContent, Voice: &provider.Voice{MediaID: "@lAV", Duration: 10}},
			work:    `{"msgtype":"voice","voice":{"media_id":"@lAV","duration":"10"}}`,
			robot:   `{"msgKey":"sampleAudio","msgParam":"{\"duration\":\"10000\",\"mediaId\":\"@lAV\"}"}`,
		},
		"card with a button": {
			content: card(provider.LayoutHorizontal, 1),
			work:    `{"msgtype":"action_card","action_card":{"title":"标题","markdown":"**正文**","single_title":"A","single_url":"https://a.example/?A&x"}}`,
			robot:   `{"msgKey":"sampleActionCard","msgParam":"{\"singleTitle\":\"A\",\"singleURL\":\"https://a.example/?A&x\",\"text\":\"**正文**\",\"title\":\"标题\"}"}`,
			hook:    `{"msgtype":"actionCard","actionCard":{"title":"标题","text":"**正文**","singleTitle":"A","singleURL":"https://a.example/?A&x"}}`,
		},
		"card side by side": {
			content: card(provider.LayoutHorizontal, 2),
			work:    `{"msgtype":"action_card","action_card":{"title":"标题","markdown":"**正文**","btn_orientation":"1","btn_json_list":[{"title":"A","action_url":"https://a.example/?A&x"},{"title":"B","action_url":"https://a.example/?B&x"}]}}`,
			robot:   `{"msgKey":"sampleActionCard6","msgParam":"{\"buttonTitle1\":\"A\",\"buttonTitle2\":\"B\",\"buttonUrl1\":\"https://a.example/?A&x\",\"buttonUrl2\":\"https://a.example/?B&x\",\"text\":\"**正文**\",\"title\":\"标题\"}"}`,
			hook:    `{"msgtype":"actionCard","actionCard":{"title":"标题","text":"**正文**","btnOrientation":"1","btns":[{"title":"A","actionURL":"https://a.example/?A&x"},{"title":"B","actionURL":"https://a.example/?B&x"}]}}`,
		},
		"card of three": {
			content: card(provider.LayoutHorizontal, 3),
			work:    `{"msgtype":"action_card","action_card":{"title":"标题","markdown":"**正文**","btn_orientation":"1","btn_json_list":[{"title":"A","action_url":"https://a.example/?A&x"},{"title":"B","action_url":"https://a.example/?B&x"},{"title":"C","action_url":"https://a.example/?C&x"}]}}`,
			robot:   `{"msgKey":"sampleActionCard3","msgParam":"{\"actionTitle1\":\"A\",\"actionTitle2\":\"B\",\"actionTitle3\":\"C\",\"actionURL1\":\"https://a.example/?A&x\",\"actionURL2\":\"https://a.example/?B&x\",\"actionURL3\":\"https://a.example/?C&x\",\"text\":\"**正文**\",\"title\":\"标题\"}"}`,
			hook:    `{"msgtype":"actionCard","actionCard":{"title":"标题","text":"**正文**","btnOrientation":"1","btns":[{"title":"A","actionURL":"https://a.example/?A&x"},{"title":"B","actionURL":"https://a.example/?B&x"},{"title":"C","actionURL":"https://a.example/?C&x"}]}}`,
			robotL:  []string{"card: buttons shown below each other"},
		},
		"card below each other": {
			content: card("", 2),
			work:    `{"msgtype":"action_card","action_card":{"title":"标题","markdown":"**正文**","btn_orientation":"0","btn_json_list":[{"title":"A","action_url":"https://a.example/?A&x"},{"title":"B","action_url":"https://a.example/?B&x"}]}}`,
			robot:   `{"msgKey":"sampleActionCard2","msgParam":"{\"actionTitle1\":\"A\",\"actionTitle2\":\"B\",\"actionURL1\":\"https://a.example/?A&x\",\"actionURL2\":\"https://a.example/?B&x\",\"text\":\"**正文**\",\"title\":\"标题\"}"}`,
			hook:    `{"msgtype":"actionCard","actionCard":{"title":"标题","text":"**正文**","btnOrientation":"0","btns":[{"title":"A","actionURL":"https://a.example/?A&x"},{"title":"B","actionURL":"https://a.example/?B&x"}]}}`,
		},
		"notice": {
			content: notice(everything),
			work: `{"msgtype":"oa","oa":{"message_url":"https://a.example/","head":{"bgcolor":"FFFF6600","text":"审批"},"status_bar":{"status_value":"待审批","status_bg":"0xFF00cc66"},` +
				`"body":{"title":"请假","form":[{"key":"姓名:","value":"张三"},{"key":"Days","value":"3"}],"rich":{"num":"15.6","unit":"元"},"content":"第一行\n第二行","image":"@lADOAD","author":"李四"}}}`,
			robot: `{"msgKey":"sampleMarkdown","msgParam":"{\"text\":\"` + strings.ReplaceAll(noticeText, `\n`, `\\n`) + `\",\"title\":\"请假\"}"}`,
			hook:  `{"msgtype":"markdown","markdown":{"title":"请假","text":"` + noticeText + `"}}`,
			lost:  []string{"notice: head shows the app's name"}, robotL: shown, hookL: shown,
		},
		"notice of little": {
			content: notice(func(n *provider.Notice) { n.Title, n.Text, n.Status = "", "文", &provider.Status{Text: "新"} }),
			work:    `{"msgtype":"oa","oa":{"message_url":"https://a.example/","head":{"bgcolor":"FFBBBBBB","text":"通知"},"status_bar":{"status_value":"新"},"body":{"content":"文"}}}`,
			robot:   `{"msgKey":"sampleMarkdown","msgParam":"{\"text\":\"文\\n\\n**新**\\n\\n[查看详情](https://a.example/)\",\"title\":\"文\"}"}`,
			hook:    `{"msgtype":"markdown","markdown":{"title":"文","text":"文\n\n**新**\n\n[查看详情](https://a.example/)"}}`,
			robotL:  shown, hookL: shown,
		},
		"notice without a page": {
			content: notice(func(n *provider.Notice) { n.URL, n.ImageURL = "", "https://a.example/p.png" }),
			work:    `{"msgtype":"markdown","markdown":{"title":"请假","text":"### 请假\n\n![](https://a.example/p.png)"}}`,
			robot:   `{"msgKey":"sampleMarkdown","msgParam":"{\"text\":\"### 请假\\n\\n![](https://a.example/p.png)\",\"title\":\"请假\"}"}`,
			hook:    `{"msgtype":"markdown","markdown":{"title":"请假","text":"### 请假\n\n![](https://a.example/p.png)"}}`,
			lost:    []string{"notice: without a page to open, shown as markdown"}, robotL: shown, hookL: shown,
		},
		"feed": {
			content: feed,
			work:    `{"msgtype":"markdown","markdown":{"title":"甲 [1]","text":"` + feedText + `"}}`,
			robot:   `{"msgKey":"sampleMarkdown","msgParam":"{\"text\":\"` + strings.ReplaceAll(feedText, `\n`, `\\n`) + `\",\"title\":\"甲 [1]\"}"}`,
			hook: `{"msgtype":"feedCard","feedCard":{"links":[{"title":"甲 [1]","messageURL":"https://a.example/(1)","picURL":"https://a.example/1.png"},` +
				`{"title":"乙","messageURL":"https://a.example/2","picURL":"https://a.example/2.png"}]}}`,
			lost: []string{"feed: shown as a markdown list"}, robotL: []string{"feed: shown as a markdown list"},
		},
	}
}

func TestRenderings(t *testing.T) {
	t.Parallel()
	p := openRobot(t, newFake())
	hook := webhookSender(t, dingtalk.Options{}, time.Now)
	for name, c := range renderings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := p.Render(c.content)
			wantRendered(t, "work notification", got, err, c.work, c.lost)
			got, err = p.RenderRobot(c.content)
			wantRendered(t, "robot", got, err, c.robot, c.robotL)
			got, err = hook.RenderWebhook(c.content, provider.Mentions{})
			wantRendered(t, "webhook", got, err, c.hook, c.hookL)
		})
	}
}

func wantRendered(t *testing.T, channel string, got provider.Rendered, err error, body string, degraded []string) {
	t.Helper()
	var content *provider.ContentError
	if body == "" {
		if provider.CodeOf(err) != provider.Unsupported || !errors.As(err, &content) || content.Problem.ZH == "" {
			t.Errorf("%s: %s, %v; want unsupported with the field", channel, got.Body, err)
		}
		return
	}
	if err != nil || string(got.Body) != body || !slices.Equal(dingtalk.English(got.Degraded), degraded) {
		t.Errorf("%s: %s, %q, %v\nwant %s, %q", channel, got.Body, got.Degraded, err, body, degraded)
	}
}

// TestPlainTextInMarkdown: what people did not write as markdown is not read as
// such, and what they will copy stays as it is.
func TestPlainTextInMarkdown(t *testing.T) {
	t.Parallel()
	hook := webhookSender(t, dingtalk.Options{}, time.Now)
	for in, want := range map[string]string{
		"5*3*2=30\n# not heading\n- x":       "5＊3＊2=30  \n\u00a0# not heading  \n\u00a0- x",
		"2 * 3 * 4, *.log":                   "2 * 3 * 4, *.log",
		"**x** and [a](b), ![c](d), [e] (f)": "＊＊x＊＊ and ［a］(b), !［c］(d), [e] (f)",
		"1. a\n2) b\n3.5 元\n#标签 -5 °C":       "\u00a01. a  \n\u00a02) b  \n3.5 元  \n#标签 -5 °C",
		"a\n---\n> b\n    c\n===":            "a  \n\u00a0---  \n\u00a0> b  \n\u00a0\u00a0\u00a0\u00a0c  \n\u00a0===",
		"call __init__ and a_b_c `x`":        "call __init__ and a_b_c `x`",
	} {
		got, err := hook.RenderWebhook(notice(func(n *provider.Notice) { n.Title, n.URL, n.Text = "", "", in }), provider.Mentions{})
		var body struct{ Markdown struct{ Text string } }
		if err != nil || json.Unmarshal(got.Body, &body) != nil || body.Markdown.Text != want {
			t.Errorf("%q: %q, %v; want %q", in, body.Markdown.Text, err, want)
		}
	}
	link, err := open(t, newFake()).Render(provider.NewLink("a\n# *b*", "*c* d*", "https://a.example/", ""))
	if want := `"markdown":"### a # ＊b＊\n\n＊c＊ d＊"`; err != nil || !strings.Contains(string(link.Body), want) {
		t.Errorf("link: %s, %v; want %s", link.Body, err, want)
	}
	all := notice(func(n *provider.Notice) {
		n.Title, n.Text, n.Author = "*t*", "", "- *a*"
		n.Head, n.Status = &provider.NoticeHead{Text: "*h*"}, &provider.Status{Text: "*s*"}
		n.Form, n.Rich = []provider.FormRow{{Key: "*k", Value: "v*"}}, &provider.RichNumber{Number: "*1*", Unit: "u"}
	})
	got, err := hook.RenderWebhook(all, provider.Mentions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"### ＊t＊", "**＊h＊**", "**＊s＊**", "- ＊k: v＊", "**＊1＊ u**", `\u00a0- ＊a＊`} {
		if !strings.Contains(strings.ReplaceAll(string(got.Body), "\u00a0", `\u00a0`), want) {
			t.Errorf("notice: %s has no %s", got.Body, want)
		}
	}
}

// TestRenderTellsWhatANoticeLoses: DingTalk cuts without a word.
func TestRenderTellsWhatANoticeLoses(t *testing.T) {
	t.Parallel()
	got, err := open(t, newFake()).Render(notice(func(n *provider.Notice) {
		n.Form, n.Text, n.ImageURL = make([]provider.FormRow, 7), "a\nb\nc\nd", "https://a.example/p.png"
		for i := range n.Form {
			n.Form[i].Key = "k"
		}
	}))
	want := []string{
		"notice: form shows its first 6 rows", "notice: text shows its first 3 lines",
		"notice: picture left out, only an uploaded one is shown",
	}
	if err != nil || !slices.Equal(dingtalk.English(got.Degraded), want) || strings.Contains(string(got.Body), "p.png") {
		t.Errorf("Render() = %s, %q, %v; want %q", got.Body, got.Degraded, err, want)
	}
}

func TestRenderNamesTheFieldThatIsTooLong(t *testing.T) {
	t.Parallel()
	p := open(t, newFake())
	text := func(n int) string { return strings.Repeat("长", n) }
	address := func(n int) string { return "https://a.example/" + strings.Repeat("x", n-18) }
	button := func(n int, title, url string) provider.Content {
		c := card("", n)
		c.Card.Buttons[n-1] = provider.Button{Title: title, URL: url}
		return c
	}
	titled := func(title string) provider.Content {
		c := card("", 1)
		c.Card.Title = title
		return c
	}
	voice := func(seconds int) provider.Content {
		return provider.Content{Type: provider.VoiceContent, Voice: &provider.Voice{MediaID: "@v", Duration: seconds}}
	}
	for name, c := range map[string]struct {
		fits, long provider.Content
		field      string
		numbers    []string // in the error
	}{
		"card title":    {titled(text(64)), titled(text(65)), "content.card.title", []string{"65", "64"}},
		"single button": {button(1, text(20), "u"), button(1, text(21), "u"), "content.card.buttons[0].title", []string{"21", "20"}},
		"single URL":    {button(1, "t", address(500)), button(1, "t", address(501)), "content.card.buttons[0].url", []string{"501", "500"}},
		"button":        {button(3, text(20), "u"), button(3, text(21), "u"), "content.card.buttons[2].title", []string{"21", "20"}},
		"URL":           {button(2, "t", address(700)), button(2, "t", address(701)), "content.card.buttons[1].url", []string{"701", "700"}},
		"all buttons":   {card("", 5), card5(address(300)), "content.card.buttons", []string{"1000"}},
		"link":          {provider.NewLink("t", "x", address(500), ""), provider.NewLink("t", "x", address(501), ""), "content.link.url", []string{"501", "500"}},
		"notice title":  {notice(func(n *provider.Notice) { n.Title = text(50) }), notice(func(n *provider.Notice) { n.Title = text(51) }), "content.notice.title", []string{"51", "50"}},
		"voice":         {voice(59), voice(60), "content.voice.duration", []string{"60", "59"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := p.Render(c.fits); err != nil {
				t.Errorf("Render of what fits: %v", err)
			}
			_, err := p.Render(c.long)
			var content *provider.ContentError
			if !errors.As(err, &content) || content.Field != c.field || provider.CodeOf(err) != provider.InvalidArgument {
				t.Fatalf("Render: %v, want one about %s", err, c.field)
			}
			for _, number := range c.numbers {
				if !strings.Contains(content.Problem.ZH, number) || !strings.Contains(content.Problem.EN, number) {
					t.Errorf("problem %+v does not say %s", content.Problem, number)
				}
			}
		})
	}
}

func card5(url string) provider.Content {
	c := card("", 5)
	for i := range c.Card.Buttons {
		c.Card.Buttons[i].URL = url
	}
	return c
}

func TestRenderRefusesIncompleteContentEverywhere(t *testing.T) {
	t.Parallel()
	p := openRobot(t, newFake())
	hook := webhookSender(t, dingtalk.Options{}, time.Now)
	for _, c := range []provider.Content{{}, provider.NewText(""), {Type: "hologram"}, {Type: provider.FeedContent, Feed: &provider.Feed{}}} {
		_, work := p.Render(c)
		_, robot := p.RenderRobot(c)
		_, webhook := hook.RenderWebhook(c, provider.Mentions{})
		for channel, err := range map[string]error{"work": work, "robot": robot, "webhook": webhook} {
			if provider.CodeOf(err) != provider.InvalidArgument {
				t.Errorf("%s of %+v: %v, want invalid_argument", channel, c, err)
			}
		}
	}
}
