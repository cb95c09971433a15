package dingtalk_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

// withMessages adds what the suite wants to know about robots, webhooks, status
// bars and uploads.
func withMessages(
	tb testing.TB, srv *dingtalktest.Server, finish func(), readers *[]string, h providertest.Harness,
) providertest.Harness {
	tb.Helper()
	group, err := srv.AddGroup(srv.CorpID(), dingtalktest.Group{Name: "项目群", Members: []string{string(h.Company.People[0].UserID)}})
	if err != nil {
		tb.Fatal(err)
	}
	hook, err := srv.AddWebhook(srv.CorpID(), dingtalktest.Webhook{Secret: hookSecret, PerMinute: -1})
	if err != nil {
		tb.Fatal(err)
	}
	h.Conversation = provider.ConversationID(group)
	h.Webhook = webhook(srv.WebhookURL(hook.Token), hook.Secret)
	h.WrongWebhook = webhook(srv.WebhookURL(strings.Repeat("0", 64)), hook.Secret)
	h.OfficialWebhook = webhook("https://oapi.dingtalk.com/robot/send?access_token="+strings.Repeat("0", 64), hookSecret)
	if h.OfficialFactory, err = dingtalk.New(dingtalk.Options{}); err != nil {
		tb.Fatal(err)
	}
	received := func(list []dingtalktest.Delivery) []providertest.Received {
		var out []providertest.Received
		for _, d := range list {
			r := providertest.Received{Conversation: provider.ConversationID(d.GroupID)}
			if d.GroupID == "" {
				for _, u := range d.Recipients {
					r.Users = append(r.Users, provider.UserID(u))
				}
			}
			out = append(out, r)
		}
		return out
	}
	h.RobotReceived = func() []providertest.Received {
		finish()
		return received(slices.DeleteFunc(srv.Deliveries(), func(d dingtalktest.Delivery) bool {
			return d.Channel != dingtalktest.ChannelRobot && d.Channel != dingtalktest.ChannelGroup
		}))
	}
	h.WebhookReceived = func() []providertest.Received { return received(srv.WebhookMessages(hook.Token)) }
	h.FinishRobot = func(tb testing.TB, key string) {
		tb.Helper()
		finish()
		for _, user := range *readers {
			if err := srv.ReadDelivery(user, key); err != nil {
				tb.Fatal(err)
			}
		}
	}
	h.Recalled = func(taskID string) bool {
		return slices.ContainsFunc(srv.Deliveries(), func(d dingtalktest.Delivery) bool { return d.ID == taskID && d.Recalled })
	}
	h.Status = func(string) provider.Status {
		sent := srv.Sent()
		bar := sent[len(sent)-1].StatusBar
		if bar == nil {
			return provider.Status{}
		}
		return provider.Status{Text: bar.Value, Color: strings.TrimPrefix(bar.Background, "0xFF")}
	}
	if kept, ok := h.Environment.Client.Transport.(*uploads); ok {
		h.Uploaded = func() []providertest.Uploaded { return kept.of(srv.Media()) }
	}
	return h
}

// uploads keeps the files that pass on their way to the emulator, which keeps
// their check sums only.
type uploads struct {
	next http.RoundTripper

	mu    sync.Mutex
	files map[string][]byte // by SHA-256
}

// RoundTrip implements http.RoundTripper.
func (u *uploads) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != uploadPath {
		return u.next.RoundTrip(r)
	}
	var body copied
	forward := r.Clone(r.Context())
	forward.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r.Body, &body), r.Body}
	resp, err := u.next.RoundTrip(forward)
	if err == nil {
		u.keep(r.Header.Get("Content-Type"), body.bytes())
	}
	return resp, err
}

// copied is what of a body was read so far.
type copied struct {
	mu   sync.Mutex
	data []byte
}

// Write implements io.Writer.
func (c *copied) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.data = append(c.data, b...)
	return len(b), nil
}

func (c *copied) bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.data)
}

func (u *uploads) keep(contentType string, body []byte) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return
	}
	for parts := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		part, err := parts.NextPart()
		if err != nil {
			return
		}
		if data, err := io.ReadAll(part); err == nil && part.FormName() == "media" {
			sum := sha256.Sum256(data)
			u.mu.Lock()
			if u.files == nil {
				u.files = make(map[string][]byte)
			}
			u.files[hex.EncodeToString(sum[:])] = data
			u.mu.Unlock()
		}
	}
}

// of returns files, without data those that did not pass.
func (u *uploads) of(list []dingtalktest.Media) []providertest.Uploaded {
	u.mu.Lock()
	defer u.mu.Unlock()
	var out []providertest.Uploaded
	for _, m := range list {
		out = append(out, providertest.Uploaded{Kind: provider.MediaKind(m.Type), Name: m.Name, Data: u.files[m.SHA256]})
	}
	return out
}
