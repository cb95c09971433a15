package provider_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// full returns a valid content of a type with every field set, no two texts
// alike.
func full(t provider.ContentType) provider.Content {
	switch t {
	case provider.TextContent:
		return provider.NewText("words")
	case provider.MarkdownContent:
		return provider.NewMarkdown("title", "# words")
	case provider.LinkContent:
		return provider.NewLink("title", "words", "https://example.com/", "https://example.com/a.png")
	case provider.ImageContent:
		return provider.NewImage("@image")
	case provider.FileContent:
		return provider.Content{Type: t, File: &provider.File{MediaID: "@file", Name: "a.pdf"}}
	case provider.VoiceContent:
		return provider.Content{Type: t, Voice: &provider.Voice{MediaID: "@voice", Duration: 60}}
	case provider.CardContent:
		c := provider.NewCard("title", "words", provider.Button{Title: "yes", URL: "https://example.com/yes"},
			provider.Button{Title: "no", URL: "https://example.com/no"})
		c.Card.Layout = provider.LayoutHorizontal
		return c
	case provider.NoticeContent:
		return provider.Content{Type: t, Notice: &provider.Notice{
			Title: "title", Text: "words", URL: "https://example.com/", ImageURL: "@picture", Author: "author",
			Head: &provider.NoticeHead{Text: "head", Color: "FF6600"},
			Form: []provider.FormRow{{Key: "from", Value: "Monday"}, {Key: "to", Value: "Friday"}},
			Rich: &provider.RichNumber{Number: "15.6", Unit: "元"}, Status: &provider.Status{Text: "waiting", Color: "00ff00"},
		}}
	case provider.FeedContent:
		return provider.Content{Type: t, Feed: &provider.Feed{Items: []provider.FeedItem{
			{Title: "one", URL: "https://example.com/1", ImageURL: "https://example.com/1.png"},
			{Title: "two", URL: "https://example.com/2", ImageURL: "https://example.com/2.png"},
		}}}
	}
	return provider.Content{Type: t}
}

// with returns the full content of a type after a change.
func with(t provider.ContentType, change func(*provider.Content)) provider.Content {
	c := full(t)
	change(&c)
	return c
}

func TestContentValidateAccepts(t *testing.T) {
	t.Parallel()
	list := []provider.Content{
		provider.NewLink("t", "x", "dingtalk://page", ""),
		provider.NewCard("t", "x", slices.Repeat([]provider.Button{{Title: "a", URL: "u"}}, provider.MaxButtons)...),
		{Type: provider.VoiceContent, Voice: &provider.Voice{MediaID: "@", Duration: 1}},
		{Type: provider.NoticeContent, Notice: &provider.Notice{Title: "title alone"}},
		{Type: provider.NoticeContent, Notice: &provider.Notice{Text: "text alone"}},
		with(provider.NoticeContent, func(c *provider.Content) {
			c.Notice.Form = slices.Repeat([]provider.FormRow{{Key: "no value"}}, provider.MaxFormRows)
			c.Notice.Head.Color, c.Notice.Status.Color, c.Notice.Rich.Unit = "", "", ""
		}),
		with(provider.FeedContent, func(c *provider.Content) {
			c.Feed.Items = slices.Repeat(c.Feed.Items[:1], provider.MaxFeedItems)
		}),
	}
	for _, l := range []provider.CardLayout{"", provider.LayoutVertical, provider.LayoutHorizontal} {
		list = append(list, with(provider.CardContent, func(c *provider.Content) { c.Card.Layout = l }))
	}
	for _, ct := range provider.ContentTypes() {
		list = append(list, full(ct))
	}
	for _, c := range list {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestContentValidateRefuses(t *testing.T) {
	t.Parallel()
	const card, notice, feed, voice = provider.CardContent, provider.NoticeContent, provider.FeedContent, provider.VoiceContent
	for i, c := range []struct {
		field   string
		content provider.Content
	}{
		{"content.type", provider.Content{}},
		{"content.type", provider.Content{Type: "dance"}},
		{"content.type", provider.Content{Type: "Text", Text: &provider.TextBody{Content: "x"}}},
		{"content.card.buttons", with(card, func(c *provider.Content) { c.Card.Buttons = nil })},
		{"content.card.buttons", with(card, func(c *provider.Content) {
			c.Card.Buttons = slices.Repeat(c.Card.Buttons[:1], provider.MaxButtons+1)
		})},
		{"content.link.url", provider.NewLink("t", "x", "javascript:alert(1)", "")},
		{"content.link.url", provider.NewLink("t", "x", " Java\tScript\n:alert(1)", "")},
		{"content.card.buttons[1].url", with(card, func(c *provider.Content) { c.Card.Buttons[1].URL = "data:text/html,x" })},
		{"content.notice.url", with(notice, func(c *provider.Content) { c.Notice.URL = "vbscript:x" })},
		{"content.feed.items[0].url", with(feed, func(c *provider.Content) { c.Feed.Items[0].URL = "data:," })},
		{"content.card.layout", with(card, func(c *provider.Content) { c.Card.Layout = "diagonal" })},
		{"content.voice.duration", with(voice, func(c *provider.Content) { c.Voice.Duration = 0 })},
		{"content.voice.duration", with(voice, func(c *provider.Content) { c.Voice.Duration = 61 })},
		{"content.voice.duration", with(voice, func(c *provider.Content) { c.Voice.Duration = -1 })},
		{"content.feed.items", with(feed, func(c *provider.Content) { c.Feed.Items = nil })},
		{"content.feed.items", with(feed, func(c *provider.Content) {
			c.Feed.Items = slices.Repeat(c.Feed.Items[:1], provider.MaxFeedItems+1)
		})},
		{"content.notice", with(notice, func(c *provider.Content) { c.Notice.Title, c.Notice.Text = "", "" })},
		{"content.notice.form", with(notice, func(c *provider.Content) {
			c.Notice.Form = slices.Repeat([]provider.FormRow{{Key: "k"}}, provider.MaxFormRows+1)
		})},
		{"content.notice.head.color", with(notice, func(c *provider.Content) { c.Notice.Head.Color = "#FF660" })},
		{"content.notice.head.color", with(notice, func(c *provider.Content) { c.Notice.Head.Color = "FF66001" })},
		{"content.notice.status.color", with(notice, func(c *provider.Content) { c.Notice.Status.Color = "orange" })},
		{"content.text.content", provider.NewText("a\x00b")},
		{"content.text.content", provider.NewText("a\xffb")},
		{"content.notice.url", with(notice, func(c *provider.Content) { c.Notice.URL = "\xff" })},
	} {
		t.Run(fmt.Sprintf("%d %s", i, c.field), func(t *testing.T) {
			t.Parallel()
			wantWrongField(t, c.content.Validate(), c.field)
		})
	}
}

// TestContentValidateBodies: of each type exactly its own body is there.
func TestContentValidateBodies(t *testing.T) {
	t.Parallel()
	for _, ct := range provider.ContentTypes() {
		wantWrongField(t, provider.Content{Type: ct}.Validate(), "content."+string(ct))
		for _, other := range provider.ContentTypes() {
			if other == ct {
				continue
			}
			c := full(other)
			c.Type = ct
			wantWrongField(t, c.Validate(), "content."+string(ct))
			both := full(ct)
			copyBody(&both, full(other), other)
			wantWrongField(t, both.Validate(), "content")
		}
	}
}

func copyBody(to *provider.Content, from provider.Content, t provider.ContentType) {
	name := strings.ToUpper(string(t[:1])) + string(t[1:])
	reflect.ValueOf(to).Elem().FieldByName(name).Set(reflect.ValueOf(from).FieldByName(name))
}

// TestContentValidateRequired empties one text at a time.
func TestContentValidateRequired(t *testing.T) {
	t.Parallel()
	optional := []string{
		"content.link.imageUrl", "content.notice.title", "content.notice.text", "content.notice.url",
		"content.notice.imageUrl", "content.notice.author", "content.notice.form[0].value",
		"content.notice.form[1].value", "content.notice.rich.unit",
	}
	for _, ct := range provider.ContentTypes() {
		for path := range texts(full(ct)) {
			err := full(ct).Map(func(at, text string) string {
				if at == path {
					return ""
				}
				return text
			}).Validate()
			if slices.Contains(optional, path) {
				if err != nil {
					t.Errorf("without %s: %v", path, err)
				}
				continue
			}
			wantWrongField(t, err, path)
		}
	}
}

func wantWrongField(tb testing.TB, err error, field string) {
	tb.Helper()
	var wrong *provider.ContentError
	if !errors.As(err, &wrong) || wrong.Field != field {
		tb.Errorf("got %v, want an error about %s", err, field)
		return
	}
	if wrong.Problem.ZH == "" || wrong.Problem.EN == "" || !strings.HasPrefix(err.Error(), field) {
		tb.Errorf("%s: the error %q lacks a language or the field", field, err)
	}
}

// texts returns the texts that Map visits.
func texts(c provider.Content) map[string]string {
	all := make(map[string]string)
	c.Map(func(path, text string) string {
		all[path] = text
		return text
	})
	return all
}

// TestContentMap: every text is changed once, and the original not at all.
func TestContentMap(t *testing.T) {
	t.Parallel()
	for _, ct := range provider.ContentTypes() {
		c := full(ct)
		var paths []string
		mapped := c.Map(func(path, text string) string {
			paths = append(paths, path)
			return "<" + text + ">"
		})
		if !reflect.DeepEqual(c, full(ct)) {
			t.Errorf("%s: Map changes the original: %+v", ct, c)
		}
		if sorted := slices.Compact(slices.Sorted(slices.Values(paths))); len(sorted) != len(paths) || len(paths) == 0 {
			t.Errorf("%s: Map visits %v, want each once", ct, paths)
		}
		was, is := stringsOf(reflect.ValueOf(c)), stringsOf(reflect.ValueOf(mapped))
		for i, text := range was {
			switch {
			case is[i] == "<"+text+">":
			case is[i] == text && kept(text):
			default:
				t.Errorf("%s: Map makes %q of %q", ct, is[i], text)
			}
		}
	}
}

// kept reports whether a value of full is one that Map leaves alone.
func kept(text string) bool {
	return slices.Contains([]string{"FF6600", "00ff00", string(provider.LayoutHorizontal)}, text) ||
		slices.Contains(provider.ContentTypes(), provider.ContentType(text))
}

// stringsOf returns every string that a value holds, in a fixed order.
func stringsOf(v reflect.Value) []string {
	var list []string
	switch v.Kind() {
	case reflect.String:
		return []string{v.String()}
	case reflect.Pointer:
		if !v.IsNil() {
			list = stringsOf(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			list = append(list, stringsOf(v.Field(i))...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = append(list, stringsOf(v.Index(i))...)
		}
	default:
	}
	return list
}

// TestContentClone: a change of the copy does not show in the original.
func TestContentClone(t *testing.T) {
	t.Parallel()
	for _, ct := range provider.ContentTypes() {
		c := full(ct)
		clone := c.Clone()
		if !reflect.DeepEqual(clone, c) {
			t.Errorf("%s: Clone = %+v, want %+v", ct, clone, c)
		}
		overwrite(reflect.ValueOf(&clone).Elem())
		if !reflect.DeepEqual(c, full(ct)) {
			t.Errorf("%s: a change of the clone shows in the original: %+v", ct, c)
		}
	}
	odd := provider.NewText("\xff")
	if got := odd.Clone().Text.Content; got != "\xff" {
		t.Errorf("Clone makes %q of %q", got, "\xff")
	}
}

// overwrite changes every text and number that a value holds.
func overwrite(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("overwritten")
	case reflect.Int:
		v.SetInt(-1)
	case reflect.Pointer:
		if !v.IsNil() {
			overwrite(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			overwrite(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			overwrite(v.Index(i))
		}
	default:
	}
}

func TestStatusValidate(t *testing.T) {
	t.Parallel()
	for _, s := range []provider.Status{{Text: "approved"}, {Text: "已通过", Color: "aaBB09"}} {
		if err := s.Validate(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
	wantWrongField(t, provider.Status{}.Validate(), "status.text")
	wantWrongField(t, provider.Status{Text: "a\x00"}.Validate(), "status.text")
	wantWrongField(t, provider.Status{Text: "x", Color: "0xFF66"}.Validate(), "status.color")
	wantWrongField(t, provider.Status{Text: "x", Color: "FF660"}.Validate(), "status.color")
}
