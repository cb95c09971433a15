package dingtalk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

func TestMentions(t *testing.T) {
	t.Parallel()
	s := webhookSender(t, dingtalk.Options{Language: "en_US"}, time.Now)
	people := provider.Mentions{Users: []provider.UserID{"u1"}, Mobiles: []string{"+86-13800000001", "13900000002"}}
	for name, c := range map[string]struct {
		content  provider.Content
		m        provider.Mentions
		want     string
		degraded []string
	}{
		"text": {
			provider.NewText("hi"), people,
			`{"msgtype":"text","text":{"content":"hi @13800000001 @13900000002 @u1"},"at":{"atMobiles":["13800000001","13900000002"],"atUserIds":["u1"],"isAtAll":false}}`, nil,
		},
		"named already": {
			provider.NewText("@13800000001，@u12 @u1, @13900000002"), people,
			`{"msgtype":"text","text":{"content":"@13800000001，@u12 @u1, @13900000002"},"at":{"atMobiles":["13800000001","13900000002"],"atUserIds":["u1"],"isAtAll":false}}`, nil,
		},
		"longer name": {
			provider.NewText("@u12"),
			provider.Mentions{Users: []provider.UserID{"u1"}},
			`{"msgtype":"text","text":{"content":"@u12 @u1"},"at":{"atUserIds":["u1"],"isAtAll":false}}`, nil,
		},
		"all": {
			provider.NewText("hi"),
			provider.Mentions{All: true},
			`{"msgtype":"text","text":{"content":"hi"},"at":{"isAtAll":true}}`, nil,
		},
		"markdown": {
			provider.NewMarkdown("t", "x"),
			provider.Mentions{Users: []provider.UserID{"u1", "u2"}},
			`{"msgtype":"markdown","markdown":{"title":"t","text":"x\n\n@u1 @u2"},"at":{"atUserIds":["u1","u2"],"isAtAll":false}}`, nil,
		},
		"link": {
			provider.NewLink("t", "x", "https://a.example", ""), people,
			`{"msgtype":"link","link":{"title":"t","text":"x","messageUrl":"https://a.example"}}`,
			[]string{"link: mentions nobody"},
		},
		"card": {
			provider.NewCard("t", "x", provider.Button{Title: "A", URL: "https://a.example"}), people,
			`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x\n\n@u1","singleTitle":"A","singleURL":"https://a.example"},"at":{"atUserIds":["u1"],"isAtAll":false}}`,
			[]string{"card: mentions by user id only"},
		},
		"card by user ids": {
			provider.NewCard("t", "@u1", provider.Button{Title: "A", URL: "https://a.example"}),
			provider.Mentions{Users: []provider.UserID{"u1"}},
			`{"msgtype":"actionCard","actionCard":{"title":"t","text":"@u1","singleTitle":"A","singleURL":"https://a.example"},"at":{"atUserIds":["u1"],"isAtAll":false}}`, nil,
		},
		"card to all": {
			provider.NewCard("t", "x", provider.Button{Title: "A", URL: "https://a.example"}),
			provider.Mentions{All: true},
			`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","singleTitle":"A","singleURL":"https://a.example"}}`,
			[]string{"card: mentions nobody"},
		},
		"names with dots": {
			provider.NewText("@zhang.san, @li."),
			provider.Mentions{Users: []provider.UserID{"zhang", "li"}},
			`{"msgtype":"text","text":{"content":"@zhang.san, @li. @zhang"},"at":{"atUserIds":["zhang","li"],"isAtAll":false}}`, nil,
		},
	} {
		got, err := s.RenderWebhook(c.content, c.m)
		if err != nil || string(got.Body) != c.want || !slices.Equal(dingtalk.English(got.Degraded), c.degraded) {
			t.Errorf("%s: %s, %q, %v\nwant %s, %q", name, got.Body, got.Degraded, err, c.want, c.degraded)
		}
	}
	_, err := s.RenderWebhook(provider.NewText("x"), provider.Mentions{Users: make([]provider.UserID, 30), Mobiles: make([]string, 21)})
	var content *provider.ContentError
	if !errors.As(err, &content) || content.Field != "mentions" || !strings.Contains(content.Problem.ZH, "51") {
		t.Errorf("51 people: %v, want one about mentions", err)
	}
}
