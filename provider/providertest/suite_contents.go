package providertest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/provider"
)

// contents are small messages, at least one of each type, with characters that
// are easily mangled on the way. Their media ids are of no file.
func contents() []provider.Content {
	const page, picture = "https://example.com/?a=1&b=2", "https://example.com/p.png"
	side := provider.NewCard("请假", "**丙** 请假", provider.Button{Title: "同意", URL: page}, provider.Button{Title: "拒绝", URL: page + "&no"})
	side.Card.Layout = provider.LayoutHorizontal
	return []provider.Content{
		provider.NewText("你好 \"quoted\" 'single' \\ & <b> \n second line 😀"),
		provider.NewMarkdown("标题", "# 标题\n- **a** \"b\"\n- [c](https://example.com/?d=1&e=2)"),
		provider.NewLink("标题", "说明 \"text\"", page, ""),
		provider.NewLink("带图", "说明 <i>", page, picture),
		provider.NewImage("@sample-media"),
		{Type: provider.FileContent, File: &provider.File{MediaID: "@sample-media", Name: "报表 (1).pdf"}},
		{Type: provider.VoiceContent, Voice: &provider.Voice{MediaID: "@sample-media", Duration: 3}},
		provider.NewCard("审批", "**甲** 请假", provider.Button{Title: "查看", URL: page}),
		side,
		provider.NewCard("投票", "选一个", provider.Button{Title: "一", URL: page}, provider.Button{Title: "二", URL: page},
			provider.Button{Title: "三", URL: page}),
		notice(),
		{Type: provider.FeedContent, Feed: &provider.Feed{Items: []provider.FeedItem{
			{Title: "头条 \"A\"", URL: page, ImageURL: picture}, {Title: "二条", URL: page, ImageURL: picture},
		}}},
	}
}

// notice returns one with every field.
func notice() provider.Content {
	return provider.Content{Type: provider.NoticeContent, Notice: &provider.Notice{
		Title: "报销", Text: "请 <尽快> 处理", URL: "https://example.com/n", ImageURL: "https://example.com/n.png", Author: "财务",
		Head: &provider.NoticeHead{Text: "通知", Color: "FF6600"}, Form: []provider.FormRow{{Key: "金额", Value: "15.6 \"元\""}},
		Rich: &provider.RichNumber{Number: "16", Unit: "元"}, Status: &provider.Status{Text: "待审批", Color: "F65E5E"},
	}}
}

// wantRendered proves what holds for every rendered message.
func wantRendered(tb testing.TB, c provider.Content, m provider.Rendered, limit int) {
	tb.Helper()
	if !utf8.Valid(m.Body) || !json.Valid(m.Body) {
		tb.Errorf("%s is rendered as %q, want JSON in UTF-8", c.Type, m.Body)
		return
	}
	if limit > 0 && len(m.Body) > limit {
		tb.Errorf("a small %s is rendered in %d bytes, and the limit is %d", c.Type, len(m.Body), limit)
	}
	for _, d := range m.Degraded {
		if d.ZH == "" || d.EN == "" {
			tb.Errorf("%s degrades without saying what in both languages", c.Type)
		}
	}
	if len(m.Degraded) == 0 {
		wantNothingLost(tb, c, m.Body)
	}
}

// wantNothingLost fails the test when a text of the content is not in the body.
func wantNothingLost(tb testing.TB, c provider.Content, body []byte) {
	tb.Helper()
	c.Map(func(path, text string) string {
		for line := range strings.Lines(text) {
			if path != "content.file.name" && !shows(body, line) { // the upload has told the name
				tb.Errorf("%s is lost, and not said to be degraded: %q is not in %s", path, line, body)
			}
		}
		return text
	})
}

// shows reports whether a text stands in the texts of a JSON value, as it is or
// as part of an address. Spaces around it do not matter.
func shows(body []byte, text string) bool {
	all := strings.Join(textsIn(body), "\n")
	text = strings.TrimSpace(text)
	return strings.Contains(all, text) || strings.Contains(all, url.QueryEscape(text))
}

// textsIn returns all texts in a JSON value, also those in JSON that is itself
// a text.
func textsIn(body []byte) []string {
	var list []string
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case string:
			list = append(list, v)
			if inner := []byte(v); bytes.HasPrefix(inner, []byte("{")) || bytes.HasPrefix(inner, []byte("[")) {
				list = append(list, textsIn(inner)...)
			}
		case []any:
			for _, e := range v {
				collect(e)
			}
		case map[string]any:
			for _, e := range v {
				collect(e)
			}
		}
	}
	var v any
	if json.Unmarshal(body, &v) == nil {
		collect(v)
	}
	return list
}

func equalJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// sendable returns the contents with media ids of files that were uploaded;
// what there is no file for is left out.
func (s subject) sendable(t *testing.T) []provider.Content {
	t.Helper()
	ids := make(map[provider.ContentType]string)
	for content, kind := range map[provider.ContentType]provider.MediaKind{
		provider.ImageContent: provider.MediaImage, provider.FileContent: provider.MediaFile,
		provider.VoiceContent: provider.MediaVoice,
	} {
		ids[content] = s.upload(t, kind)
	}
	var list []provider.Content
	for _, c := range contents() {
		id, media := ids[c.Type]
		if media && id == "" {
			t.Logf("%s: there is no file to send", c.Type)
			continue
		}
		list = append(list, c.Map(func(path, text string) string {
			if strings.HasSuffix(path, ".mediaId") {
				return id
			}
			return text
		}))
	}
	return list
}

// upload uploads a small file; "" when that kind cannot be.
func (s subject) upload(t *testing.T, kind provider.MediaKind) string {
	t.Helper()
	uploader, err := provider.As[provider.MediaUploader](s.Provider)
	if err != nil || len(s.Limits().Media[kind].Extensions) == 0 {
		return ""
	}
	got, err := uploader.Upload(t.Context(), s.sample(kind))
	if err != nil {
		t.Errorf("Upload of %s: %v", kind, err)
	}
	return got.ID
}
