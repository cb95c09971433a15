package dingtalktest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func TestWebhookShapes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.addWebhook(dingtalktest.Webhook{PerMinute: -1})
	const card = `{"msgtype":"actionCard","actionCard":{"title":"t","text":"x"%s}}`
	for _, tc := range []struct {
		name, body string
		code       int
	}{
		{"text", `{"msgtype":"text","text":{"content":"x"}}`, 0},
		{"text with at", `{"msgtype":"text","text":{"content":"x"},"at":{"atMobiles":["138"],"atUserIds":[],"isAtAll":true}}`, 0},
		{"text without text", `{"msgtype":"text"}`, 40035},
		{"text empty", `{"msgtype":"text","text":{"content":""}}`, 40035},
		{"text number", `{"msgtype":"text","text":{"content":1}}`, 40035},
		{"at as list", `{"msgtype":"text","text":{"content":"x"},"at":[]}`, 40035},
		{"at number", `{"msgtype":"text","text":{"content":"x"},"at":{"atMobiles":[138]}}`, 40035},
		{"at all as text", `{"msgtype":"text","text":{"content":"x"},"at":{"isAtAll":"true"}}`, 40035},
		{"at unknown field", `{"msgtype":"text","text":{"content":"x"},"at":{"atDingtalkIds":["x"]}}`, 40035},
		{"unknown field", `{"msgtype":"text","text":{"content":"x"},"uuid":"x"}`, 40035},
		{"uuid number", `{"msgtype":"text","text":{"content":"x"},"msgUuid":1}`, 40035},
		{"no type", `{"text":{"content":"x"}}`, 400105},
		{"unknown type", `{"msgtype":"image","image":{}}`, 400105},
		{"work notification's type", `{"msgtype":"action_card","action_card":{}}`, 400105},
		{"empty", `{"msgtype":"empty"}`, 400105},
		{"no body", ``, 40035},
		{"blank body", ` `, 40035},
		{"not JSON", `x`, 40035},
		{"not an object", `[]`, 40035},

		{"link", `{"msgtype":"link","link":{"title":"t","text":"x","messageUrl":"https://e.com","picUrl":"https://e.com/a.png"}}`, 0},
		{"link without picture", `{"msgtype":"link","link":{"title":"t","text":"x","messageUrl":"https://e.com"}}`, 0},
		{"link with empty picture", `{"msgtype":"link","link":{"title":"t","text":"x","messageUrl":"https://e.com","picUrl":""}}`, 0},
		{"link other case", `{"msgtype":"link","link":{"title":"t","text":"x","messageURL":"https://e.com"}}`, 40035},
		{"link picture", `{"msgtype":"link","link":{"title":"t","text":"x","messageUrl":"https://e.com","picUrl":"a.png"}}`, 40035},

		{"markdown", `{"msgtype":"markdown","markdown":{"title":"t","text":"x"}}`, 0},
		{"markdown no title", `{"msgtype":"markdown","markdown":{"text":"x"}}`, 40035},

		{"card", fmt.Sprintf(card, `,"singleTitle":"s","singleURL":"https://e.com","btnOrientation":"0","hideAvatar":"1"`), 0},
		{"card number", fmt.Sprintf(card, `,"singleTitle":"s","singleURL":"https://e.com","btnOrientation":0`), 40035},
		{"card no button", fmt.Sprintf(card, ``), 40035},
		{"card other case", fmt.Sprintf(card, `,"singleTitle":"s","singleUrl":"https://e.com"`), 40035},
		{"card buttons", fmt.Sprintf(card, `,"btnOrientation":"1","btns":[{"title":"a","actionURL":"https://e.com"},{"title":"b","actionURL":"dingtalk://x"}]`), 0},
		{"card buttons empty", fmt.Sprintf(card, `,"btns":[]`), 40035},
		{"card button case", fmt.Sprintf(card, `,"btns":[{"title":"a","actionUrl":"https://e.com"}]`), 40035},
		{"card both", fmt.Sprintf(card, `,"singleTitle":"s","singleURL":"https://e.com","btns":[{"title":"a","actionURL":"https://e.com"}]`), 40035},

		{"feed", `{"msgtype":"feedCard","feedCard":{"links":[{"title":"t","messageURL":"https://e.com","picURL":"https://e.com/a.png"}]}}`, 0},
		{"feed case", `{"msgtype":"feedCard","feedCard":{"links":[{"title":"t","messageUrl":"https://e.com","picURL":"https://e.com/a.png"}]}}`, 40035},
		{"feed empty", `{"msgtype":"feedCard","feedCard":{"links":[]}}`, 40035},
	} {
		a := b.do(b.request(http.MethodPost, pathWebhook+"?access_token="+token, "application/json; charset=utf-8", []byte(tc.body)))
		if a.body["errcode"] != float64(tc.code) {
			t.Errorf("%s: got %v, want %d", tc.name, a.body["errcode"], tc.code)
		}
	}
	b.do(b.request(http.MethodPost, pathWebhook+"?access_token="+token, "application/x-www-form-urlencoded", []byte("msgtype=text"))).wantHook(43004)
	b.do(b.request(http.MethodPost, pathWebhook+"?access_token="+token, "", []byte(`{}`))).wantHook(43004)
	b.get(pathWebhook + "?access_token=" + token).wantHook(43002)
}
