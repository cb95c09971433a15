package dingtalktest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// addWebhook adds a custom robot and returns its token.
func (b *bundle) addWebhook(w dingtalktest.Webhook) string {
	b.t.Helper()
	added, err := b.AddWebhook(corp, w)
	if err != nil {
		b.t.Fatal(err)
	}
	return added.Token
}

// hook posts a body to a custom robot.
func (b *bundle) hook(token string, body any) answer {
	b.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(b.request(http.MethodPost, pathWebhook+"?access_token="+token, "application/json", raw))
}

// wantHook checks the number of a custom robot's answer, which has no
// request_id.
func (a answer) wantHook(code int) answer {
	a.t.Helper()
	if a.status != http.StatusOK || a.body["errcode"] != float64(code) || len(a.body) != 2 {
		a.t.Fatalf("status %d, want 200 and errcode %d with errmsg: %s", a.status, code, a.raw)
	}
	return a
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	group := b.addGroup()
	token := b.addWebhook(dingtalktest.Webhook{Name: "告警", GroupID: group})
	a := b.hook(token, text("磁盘满")).wantHook(0)
	same(t, "answer", string(a.raw), `{"errcode":0,"errmsg":"ok"}`)
	b.sendGroup(group, "大家好")
	same(t, "address", b.WebhookURL(token), b.URL+pathWebhook+"?access_token="+token)

	d := b.WebhookMessages(token)[0]
	same(t, "channel", d.Channel, dingtalktest.ChannelWebhook)
	same(t, "robot", d.Webhook, "告警")
	same(t, "content", d.Content.String(), `text "content"="磁盘满"`)
	equal(t, "recipients", d.Recipients, []string{"alice", "bob", "carol"})
	history := b.GroupMessages(group)
	same(t, "in the group", fmt.Sprint(history[0].Channel, " ", history[1].Channel), "webhook group")
	calls := b.Calls()
	same(t, "company of the call", calls[len(calls)-2].CorpID, corp)
	same(t, "token in the record", strings.Contains(fmt.Sprint(calls), token), false)

	for name, err := range map[string]error{
		"stop":   b.StopWebhook("x", true),
		"remove": b.RemoveWebhook("x"),
	} {
		if !errors.Is(err, dingtalktest.ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", name, err)
		}
	}
}

func TestWebhookStates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	group := b.addGroup()
	token := b.addWebhook(dingtalktest.Webhook{GroupID: group})
	b.hook("", text("x")).wantHook(400101)
	b.hook("unknown", text("x")).wantHook(400101)
	check(t, b.StopWebhook(token, true))
	b.hook(token, text("x")).wantHook(400102)
	same(t, "stopped", b.Webhooks(corp)[0].Stopped, true)
	check(t, b.StopWebhook(token, false))
	b.hook(token, text("x")).wantHook(0)
	check(t, b.DisbandGroup(group))
	b.hook(token, text("x")).wantHook(400013)
	check(t, b.RemoveWebhook(token))
	b.hook(token, text("x")).wantHook(400106)
	same(t, "robots", len(b.Webhooks(corp)), 0)
	same(t, "taken", len(b.Deliveries()), 1)
}

func TestWebhookSign(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const secret = "SECtest0000000000000000000000000000000000000000000000000000000001"
	token := b.addWebhook(dingtalktest.Webhook{Secret: secret, PerMinute: -1})
	send := func(timestamp, sign string) answer {
		t.Helper()
		return b.hook(token+"&timestamp="+timestamp+"&sign="+sign, text("签名"))
	}
	signed := func(at time.Time) answer {
		t.Helper()
		timestamp := strconv.FormatInt(at.UnixMilli(), 10)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(timestamp + "\n" + secret))
		return send(timestamp, url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil))))
	}
	now := b.clock.Now()
	signed(now).wantHook(0)
	signed(now.Add(time.Hour)).wantHook(0)
	signed(now.Add(-time.Hour)).wantHook(0)
	for name, a := range map[string]answer{
		"invalid timestamp, ": signed(now.Add(-time.Hour - time.Millisecond)),
		"sign not match, ":    send(strconv.FormatInt(now.UnixMilli(), 10), "x"),
	} {
		if text, _ := a.wantHook(310000).body["errmsg"].(string); !strings.HasPrefix(text, name) {
			t.Errorf("errmsg %q, want it to begin with %q", text, name)
		}
	}
	signed(now.Add(time.Hour + time.Millisecond)).wantHook(310000)
	b.hook(token, text("没有签名")).wantHook(310000)

	// A signature that OpenSSL computed.
	b.clock.Advance(time.UnixMilli(1700000000000).Sub(now))
	send("1700000000000", "RzCRwuP8bgOJrI9gnQ9KcRtMuAjN%2FDaNLeTUDuuW4SM%3D").wantHook(0)
	send("1700000000001", "RzCRwuP8bgOJrI9gnQ9KcRtMuAjN%2FDaNLeTUDuuW4SM%3D").wantHook(310000)
}

func TestWebhookKeywordsAndAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.addWebhook(dingtalktest.Webhook{Keywords: []string{"告警", "恢复"}, IPWhitelist: []string{"127.0.0.0/8"}})
	b.hook(token, text("磁盘恢复了")).wantHook(0)
	b.hook(token, params{"msgtype": "markdown", "markdown": params{"title": "告警", "text": "磁盘满"}}).wantHook(0)
	a := b.hook(token, text("磁盘满")).wantHook(310000)
	if text, _ := a.body["errmsg"].(string); !strings.HasPrefix(text, "keywords not in content") {
		t.Errorf("errmsg %q", text)
	}
	// Buttons are neither text nor title.
	b.hook(token, params{"msgtype": "actionCard", "actionCard": params{
		"title": "t", "text": "x", "singleTitle": "告警", "singleURL": "https://e.com",
	}}).wantHook(310000)
	elsewhere := b.addWebhook(dingtalktest.Webhook{IPWhitelist: []string{"203.0.113.9"}})
	b.hook(elsewhere, text("x")).wantHook(310000)
}

func TestWebhookLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.addWebhook(dingtalktest.Webhook{})
	for i := range 20 {
		b.clock.Advance(2 * time.Second)
		b.hook(token, text(fmt.Sprint("第", i))).wantHook(0)
	}
	b.hook(token, text("第二十一")).wantHook(410100)
	b.clock.Advance(10*time.Minute - time.Second)
	b.hook(token, text("还早")).wantHook(410100)
	b.clock.Advance(time.Second)
	b.hook(token, text("好了")).wantHook(0)
	same(t, "taken", len(b.WebhookMessages(token)), 21)

	few := b.addWebhook(dingtalktest.Webhook{PerMinute: 1})
	b.hook(few, text("一")).wantHook(0)
	b.clock.Advance(time.Minute)
	b.hook(few, text("二")).wantHook(0)
	b.hook(few, text("三")).wantHook(410100)
	b.Reset()
	b.hook(few, text("四")).wantHook(0)

	none := b.addWebhook(dingtalktest.Webhook{PerMinute: -1})
	for range 30 {
		b.hook(none, text("x")).wantHook(0)
	}
}

func TestWebhookRepeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.addWebhook(dingtalktest.Webhook{PerMinute: 2})
	other := b.addWebhook(dingtalktest.Webhook{})
	repeated := func() params { return params(text("同一条")).with("msgUuid", "u1") }
	for range 5 {
		b.hook(token, repeated()).wantHook(0)
	}
	b.hook(other, repeated()).wantHook(0)
	b.hook(token, params(text("同一条")).with("msgUuid", "u2")).wantHook(0)
	same(t, "taken", len(b.WebhookMessages(token)), 2)
	same(t, "another robot", len(b.WebhookMessages(other)), 1)
	b.hook(token, text("太快")).wantHook(410100)
}

// TestWebhookSize: the whole body counts, what the message is remembered by
// included.
func TestWebhookSize(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.addWebhook(dingtalktest.Webhook{})
	room := 20000 - len(`{"msgtype":"text","text":{"content":""}}`)
	b.hook(token, text(strings.Repeat("x", room))).wantHook(0)
	b.hook(token, text(strings.Repeat("x", room+1))).wantHook(460101)
	b.hook(token, params(text(strings.Repeat("x", room))).with("msgUuid", "u")).wantHook(460101)
}

func TestWebhookMentions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.addWebhook(dingtalktest.Webhook{PerMinute: -1})
	at := params{"atMobiles": []string{"13800000001", "13800000002"}, "atUserIds": []string{"bob", "carol"}, "isAtAll": false}
	b.hook(token, params(text("@13800000001 @bob 请看 carol")).with("at", at)).wantHook(0)
	b.hook(token, params{
		"msgtype": "markdown", "markdown": params{"title": "@carol", "text": "@bob"}, "at": at.with("isAtAll", true),
	}).wantHook(0)
	b.hook(token, params{
		"msgtype": "link", "link": params{"title": "t", "text": "@bob", "messageUrl": "https://e.com"}, "at": at,
	}).wantHook(0)
	b.hook(token, params{"msgtype": "actionCard", "actionCard": params{
		"title": "@carol", "text": "@bob @13800000001", "singleTitle": "s", "singleURL": "https://e.com",
	}, "at": at.with("isAtAll", true)}).wantHook(0)
	sent := b.WebhookMessages(token)
	equal(t, "text", sent[0].Mentioned, []string{"13800000001", "bob"})
	same(t, "text, all", sent[0].MentionsAll, false)
	equal(t, "markdown, text only", sent[1].Mentioned, []string{"bob"})
	same(t, "markdown, all", sent[1].MentionsAll, true)
	equal(t, "link", sent[2].Mentioned, nil)
	equal(t, "card, user ids only", sent[3].Mentioned, []string{"bob"})
	same(t, "card, all", sent[3].MentionsAll, false)

	many := make([]string, 51)
	b.hook(token, params(text("x")).with("at", params{"atUserIds": many})).wantHook(40035)
	b.hook(token, params(text("x")).with("at", params{"atUserIds": many[:50]})).wantHook(0)
}

func TestAddWebhook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.addWebhook(dingtalktest.Webhook{Name: "一"})
	for name, tc := range map[string]struct {
		corp string
		hook dingtalktest.Webhook
		want error
	}{
		"unknown company": {"nobody", dingtalktest.Webhook{}, dingtalktest.ErrNotFound},
		"unknown group":   {corp, dingtalktest.Webhook{GroupID: "x"}, dingtalktest.ErrNotFound},
		"taken token":     {corp, dingtalktest.Webhook{Token: token}, dingtalktest.ErrExists},
		"11 keywords":     {corp, dingtalktest.Webhook{Keywords: strings.Split("abcdefghijk", "")}, dingtalktest.ErrInvalid},
		"empty keyword":   {corp, dingtalktest.Webhook{Keywords: []string{""}}, dingtalktest.ErrInvalid},
		"address":         {corp, dingtalktest.Webhook{IPWhitelist: []string{"x"}}, dingtalktest.ErrInvalid},
	} {
		if _, err := b.AddWebhook(tc.corp, tc.hook); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
	same(t, "robots", len(b.Webhooks(corp)), 1)
	same(t, "limit", b.Webhooks(corp)[0].PerMinute, 20)
}
