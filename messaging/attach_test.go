package messaging_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// attached is a request for a content with files.
func (b *bundle) attached(c provider.Content, files ...messaging.Attachment) messaging.Request {
	r := b.toUsers(1)
	r.Content, r.Attachments = c, files
	return r
}

func picture(name string, n byte) messaging.Attachment {
	return messaging.Attachment{Name: name, Data: png(n)}
}

func jsonOf(tb testing.TB, v any) string {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	text := messaging.Attachment{Name: "报告(1).txt", Data: []byte("hello")}
	voice := messaging.Attachment{Name: "a.amr", Data: []byte("#!AMR")}
	for name, c := range map[string]struct {
		content provider.Content
		files   []messaging.Attachment
		// want is part of the content as it was stored, %1 and %2 the ids of the
		// uploads of the files.
		want string
		kind provider.MediaKind
	}{
		"image": {
			provider.NewImage("attachment:a.png"),
			[]messaging.Attachment{picture("a.png", 1)},
			`"mediaId":"%1"`, provider.MediaImage,
		},
		"file": {
			provider.Content{Type: provider.FileContent, File: &provider.File{MediaID: "attachment:报告(1).txt", Name: "报告.txt"}},
			[]messaging.Attachment{text},
			`"mediaId":"%1"`, provider.MediaFile,
		},
		"voice": {
			provider.Content{Type: provider.VoiceContent, Voice: &provider.Voice{MediaID: "attachment:a.amr", Duration: 3}},
			[]messaging.Attachment{voice},
			`"mediaId":"%1"`, provider.MediaVoice,
		},
		"link": {
			provider.NewLink("t", "attachment:a.png", "https://example.com", "attachment:a.png"),
			[]messaging.Attachment{picture("a.png", 1)},
			`"text":"attachment:a.png","url":"https://example.com","imageUrl":"%1"`, provider.MediaImage,
		},
		"notice": {
			provider.Content{Type: provider.NoticeContent, Notice: &provider.Notice{Title: "t", ImageURL: "attachment:a.png"}},
			[]messaging.Attachment{picture("a.png", 1)},
			`"imageUrl":"%1"`, provider.MediaImage,
		},
		"feed": {
			provider.Content{Type: provider.FeedContent, Feed: &provider.Feed{Items: []provider.FeedItem{
				{Title: "1", URL: "https://example.com", ImageURL: "attachment:b.png"},
				{Title: "2", URL: "https://example.com", ImageURL: "attachment:a.png"},
			}}},
			[]messaging.Attachment{picture("a.png", 1), picture("b.png", 2)},
			`"imageUrl":"%2"},{"title":"2","url":"https://example.com","imageUrl":"%1"`,
			provider.MediaImage,
		},
		"markdown": {
			provider.NewMarkdown("t", "attachment:x ![](attachment:a.png) and ![图 1](attachment:a.png(1).png)\n![](https://example.com/a.png)![](attachment:a.png)"),
			[]messaging.Attachment{picture("a.png", 1), picture("a.png(1).png", 2)},
			`attachment:x ![](%1) and ![图 1](%2)\n![](https://example.com/a.png)![](%1)`, provider.MediaImage,
		},
		"card": {
			provider.NewCard("t", "![a](attachment:a b.png)", provider.Button{Title: "b", URL: "https://example.com"}),
			[]messaging.Attachment{picture("a b.png", 1)},
			`![a](%1)`, provider.MediaImage,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, openSQLite(t), options{})
			m := b.send(b.attached(c.content, c.files...))
			uploads := b.fake.Uploads()
			if len(uploads) != len(c.files) {
				t.Fatalf("uploaded %d files, want each of %d once", len(uploads), len(c.files))
			}
			want := c.want
			for _, u := range uploads {
				for i, f := range c.files {
					if u.Name == f.Name && string(u.Data) == string(f.Data) && u.Kind == c.kind {
						want = strings.ReplaceAll(want, fmt.Sprint("%", i+1), u.ID)
					}
				}
			}
			for what, content := range map[string]provider.Content{"answered": m.Content, "stored": b.message(m.ID).Content} {
				if got := jsonOf(t, content); !strings.Contains(got, want) {
					t.Errorf("%s: got %s, want it to have %s", what, got, want)
				}
			}
			b.send(b.attached(c.content, c.files...))
			if n := len(b.fake.Uploads()); n != len(c.files) {
				t.Errorf("%d uploads after the same message again, want none more", n)
			}
			b.run(0)
			if n := len(b.fake.Sent()); n != 2 {
				t.Errorf("%d messages arrived, want 2", n)
			}
		})
	}
}

func TestAttachmentOfTwoKinds(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{Media: map[provider.MediaKind]provider.MediaLimit{
		provider.MediaImage: {Bytes: 100, Extensions: []string{"png"}},
		provider.MediaFile:  {Bytes: 100, Extensions: []string{"png"}},
	}}})
	b.send(b.attached(provider.NewImage("attachment:a.png"), picture("a.png", 1)))
	b.send(b.attached(provider.Content{
		Type: provider.FileContent, File: &provider.File{MediaID: "attachment:a.png", Name: "a.png"},
	}, picture("a.png", 1)))
	if up := b.fake.Uploads(); len(up) != 2 || up[0].Kind != provider.MediaImage || up[1].Kind != provider.MediaFile {
		t.Errorf("uploads %+v, want one as a picture and one as a file", up)
	}
}

func TestAttachmentRefusals(t *testing.T) { //nolint:tparallel // its parts share a bundle, which is looked at in the end
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	many := make([]messaging.Attachment, 11)
	for i := range many {
		many[i] = picture(fmt.Sprint(i, ".png"), byte(i))
	}
	image, used := provider.NewImage("attachment:a.png"), picture("a.png", 1)
	for _, c := range []struct {
		what    string
		content provider.Content
		files   []messaging.Attachment
		field   string
		names   string
	}{
		{"missing", image, nil, "content.image.mediaId", "a.png"},
		{"missing in markdown", provider.NewMarkdown("t", "![](attachment:b.png)"), []messaging.Attachment{used}, "content.markdown.text", "b.png"},
		{"without end", provider.NewMarkdown("t", "![](attachment:b.png"), nil, "content.markdown.text", "b.png"},
		{"no name", provider.NewImage("attachment:"), nil, "content.image.mediaId", `""`},
		{"not used", image, []messaging.Attachment{used, picture("b.png", 2)}, "attachments[1]", "b.png"},
		{"used as text only", provider.NewText("attachment:a.png"), []messaging.Attachment{used}, "attachments[0]", "a.png"},
		{"link in markdown", provider.NewMarkdown("t", "[a](attachment:a.png)"), []messaging.Attachment{used}, "attachments[0]", "a.png"},
		{"twice", image, []messaging.Attachment{used, used}, "attachments[1].name", "a.png"},
		{"name", image, []messaging.Attachment{picture("x/a.png", 1)}, "attachments[0].name", "slashes"},
		{"too many", image, many, "attachments", "10"},
		{"kind", provider.NewImage("attachment:a.txt"), []messaging.Attachment{{Name: "a.txt", Data: png(1)}}, "attachments[0]", "png"},
		{"content", image, []messaging.Attachment{{Name: "a.png", Data: []byte("text")}}, "attachments[0]", "a.png"},
		{"one of two", provider.NewMarkdown("t", "![](attachment:a.png)![](attachment:b.png)"), []messaging.Attachment{used, {Name: "b.png"}}, "attachments[1]", "empty"},
	} {
		t.Run(c.what, func(t *testing.T) { //nolint:paralleltest // one bundle
			_, err := b.svc.Send(b.ctx(), here, b.attached(c.content, c.files...))
			wantRefusal(t, err, messaging.ErrInvalidAttachment, c.field)
			if err == nil || !strings.Contains(err.Error(), c.names) {
				t.Errorf("got %v, want it to name %s", err, c.names)
			}
		})
	}
	if n := b.fake.Calls(providertest.OpUpload); n != 0 {
		t.Errorf("%d files were uploaded for refused messages, want none", n)
	}
	list, err := b.svc.Messages(b.ctx(), here, messaging.MessageFilter{}, tenant.Page{})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("messages %+v, %v; want none", list.Items, err)
	}
}

// TestManyAttachments: too many files are refused before each is looked for at
// every reference, which would take minutes.
func TestManyAttachments(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	files := make([]messaging.Attachment, 1_000_000)
	for i := range files {
		files[i].Name = strconv.Itoa(i)
	}
	text := strings.Repeat("![](attachment:a)", 300_000)
	_, err := b.svc.Send(b.ctx(), here, b.attached(provider.NewMarkdown("t", text), files...))
	wantRefusal(t, err, messaging.ErrInvalidAttachment, "attachments")
}

func TestTextThatLooksLikeAnAttachment(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{fake: providertest.FakeConfig{Without: []string{"MediaUploader"}}})
	b.send(b.attached(provider.NewText("attachment:a.png")))
	b.send(b.attached(provider.NewMarkdown("t", "see attachment:a.png and [x](attachment:y)")))
}
