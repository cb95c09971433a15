package dingtalktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// webhookClock is how far a signature's time may be off (docs, "security
// settings of custom robots", read 2026-11-22).
const webhookClock = time.Hour

func webhookRoutes() []route {
	return []route{
		{oldAPI, http.MethodPost, "/robot/send", webhookToken, "", anyBody, (*call).webhookSend},
	}
}

// readWebhook corrects what the shared reading made of the body: custom robots
// take JSON only, and call a bad one 40035.
func (c *call) readWebhook(body []byte) {
	media, _ := contentTypeOf(c.r.Header.Get("Content-Type"))
	switch {
	case media != "application/json":
		c.params, c.unreadable = params{}, errContentType
	case c.unreadable == errJSON:
		c.unreadable = errIllegal
	default:
		c.rawBody = body
	}
}

// checkWebhook refuses what does not get past a custom robot's security.
func (c *call) checkWebhook() *refusal {
	if c.webhook == nil {
		return errWebhookToken
	}
	info, there := c.webhook.current()
	switch {
	case !there:
		return errWebhookGone
	case info.Stopped:
		return errWebhookStopped
	case c.webhook.group != nil && c.webhook.group.current().Disbanded:
		return errWebhookDisbanded
	case !c.webhook.allows(c.r.RemoteAddr):
		return webhookAddress(hostOf(c.r.RemoteAddr))
	case info.Secret != "":
		return c.checkSign(info.Secret)
	}
	return nil
}

// allows tells whether the robot may be called from the address of remote, in
// the form host:port.
func (w *webhook) allows(remote string) bool { return allowed(w.allowed, remote) }

// checkSign checks timestamp and sign of the query.
func (c *call) checkSign(secret string) *refusal {
	query := c.r.URL.Query()
	timestamp := query.Get("timestamp")
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || c.at.Sub(time.UnixMilli(ms)).Abs() > webhookClock {
		return errWebhookTimestamp
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "\n" + secret))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(query.Get("sign")), []byte(want)) {
		return errWebhookSign
	}
	return nil
}

// maxWebhookBytes is the most that the body of a message may have, its msgUuid
// included. The documentation gives no figure, the refusal does.
const maxWebhookBytes = 20000

func (c *call) webhookSend() *refusal {
	if len(c.rawBody) > maxWebhookBytes {
		return errWebhookTooLong
	}
	msg, refused := inspectWebhook(c.rawBody)
	if refused != nil {
		return refused
	}
	w := c.webhook
	if !msg.hasKeyword(w.info.Keywords) {
		return errWebhookKeywords
	}
	isNew, refused := w.take(c.at, msg.uuid)
	if refused != nil || !isNew {
		return refused
	}
	t := &task{
		channel: ChannelWebhook, company: w.company, webhook: w, group: w.group, at: c.at,
		content: c.em.outbox.share(msg.kind, msg.kind, c.rawBody), mentions: msg.mentions,
	}
	if w.group != nil {
		t.receivers = w.group.current().Members
	}
	c.accept(t)
	return nil
}

// hasKeyword tells whether one of the words is in the text or title; none asks
// for nothing.
func (m *webhookMessage) hasKeyword(words []string) bool {
	return len(words) == 0 || slices.ContainsFunc(words, func(word string) bool {
		return slices.ContainsFunc(m.texts, func(text string) bool { return strings.Contains(text, word) })
	})
}
