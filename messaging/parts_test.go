package messaging_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

const longText = "第一段：系统将于今晚升级。\n请提前保存工作。"

// TestSplit sends a text in parts, one after the other.
func TestSplit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{UsersPerSend: 2, MessageBytes: 300}})
		r := b.toUsers(0, 1, 2)
		r.Content, r.OnTooLong = provider.NewText(strings.Repeat(longText, 12)), messaging.Split
		m := b.send(r)
		n := len(m.Parts)
		if n < 2 {
			t.Fatalf("got %d parts, want several", n)
		}
		b.run(0)
		b.queue.WantNoErrors(t)
		if got := b.message(m.ID).Counts[messaging.DeliveryAccepted]; got != 3*n {
			t.Errorf("%d accepted, want %d", got, 3*n)
		}
		seen := map[provider.UserID]string{}
		for _, sent := range b.fake.Sent() {
			if len(sent.Body) > 300 || !utf8.ValidString(sent.Body) {
				t.Errorf("a part of %d bytes", len(sent.Body))
			}
			for _, user := range sent.Users {
				seen[user] += sent.Body
			}
		}
		for user, text := range seen {
			last := -1
			for i := range n {
				at := strings.Index(text, fmt.Sprintf("(%d/%d)", i+1, n))
				if at <= last {
					t.Errorf("%s: part %d is missing or out of order", user, i+1)
				}
				last = at
			}
		}
	})
}

// TestSplitStopsAtAFailure: what follows a part that failed is not sent.
func TestSplitStopsAtAFailure(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{MessageBytes: 300}})
	b.fake.Script(providertest.OpSend, providertest.Step{}, failing(refused()))
	r := b.toUsers(0)
	r.Content, r.OnTooLong = provider.NewText(strings.Repeat(longText, 20)), messaging.Split
	m := b.send(r)
	b.run(0)
	n := len(m.Parts)
	b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1, messaging.DeliveryFailed: n - 1})
	for _, d := range b.deliveries(m.ID)[2:] {
		if d.Failure == nil || d.Failure.Reason != messaging.ReasonEarlierPart {
			t.Errorf("part %d: got %+v, want the earlier part", d.Part, d.Failure)
		}
	}
	if calls := b.fake.Calls(providertest.OpSend); calls != 2 {
		t.Errorf("%d calls, want 2", calls)
	}
	// Once the reason is gone the rest can follow.
	if _, err := b.svc.Replay(b.ctx(), here, m.ID, nil); err != nil {
		t.Fatal(err)
	}
	b.run(0)
	if got := b.message(m.ID).Counts[messaging.DeliveryAccepted]; got != n {
		t.Errorf("after a replay: %d accepted, want %d", got, n)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	const more = "https://example.com/all"
	for name, c := range map[string]provider.Content{
		"text":     provider.NewText(strings.Repeat(longText, 20)),
		"markdown": provider.NewMarkdown("标题", strings.Repeat(longText, 20)),
		"card":     provider.NewCard("标题", strings.Repeat(longText, 20), provider.Button{Title: "好", URL: "https://example.com"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, openSQLite(t), options{limits: provider.Limits{MessageBytes: 400}})
			r := b.toUsers(0)
			r.Content, r.OnTooLong, r.MoreURL = c, messaging.Shorten, more
			m := b.send(r)
			b.run(0)
			sent := b.fake.Sent()
			if len(sent) != 1 || len(sent[0].Body) > 400 || len(sent[0].Body) < 300 || !strings.Contains(string(sent[0].Body), more) {
				t.Errorf("got %+v, want one shortened message of nearly 400 bytes that leads to the rest", sent)
			}
			if len(m.Degraded) == 0 {
				t.Error("nothing says that it was shortened")
			}
		})
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{MessageBytes: 200}})
	for name, change := range map[string]func(*messaging.Request){
		"refuse": func(*messaging.Request) {},
		"a link has no parts": func(r *messaging.Request) {
			r.Content = provider.NewLink("t", strings.Repeat("x", 300), "https://a.b", "")
			r.OnTooLong = messaging.Split
		},
		"too many parts": func(r *messaging.Request) {
			r.Content = provider.NewText(strings.Repeat("x", 9000))
			r.OnTooLong = messaging.Split
		},
		"nothing left to cut": func(r *messaging.Request) {
			r.OnTooLong, r.MoreURL = messaging.Shorten, "https://a.b/"+strings.Repeat("x", 300)
		},
	} {
		r := b.toUsers(0)
		r.Content = provider.NewText(strings.Repeat("x", 300))
		change(&r)
		if _, err := b.svc.Send(b.ctx(), here, r); !errors.Is(err, messaging.ErrContentTooLong) {
			t.Errorf("%s: got %v, want %v", name, err, messaging.ErrContentTooLong)
		}
	}
}

// TestFieldTooLong: where the office app bounds single texts, they are split and
// shortened as where it bounds the whole.
func TestFieldTooLong(t *testing.T) {
	t.Parallel()
	const most, more = 300, "https://example.com/all"
	text := strings.Repeat(longText, 12)
	b := newBundle(t, openSQLite(t), options{fake: providertest.FakeConfig{LongestText: most}})
	r := b.toUsers(0)
	r.Content = provider.NewText(text)
	_, err := b.svc.Send(b.ctx(), here, r)
	wantRefusal(t, err, messaging.ErrContentTooLong, "content.text.content")

	r.OnTooLong = messaging.Split
	if m := b.send(r); len(m.Parts) < 2 {
		t.Errorf("got %d parts, want several", len(m.Parts))
	}
	r.OnTooLong, r.MoreURL = messaging.Shorten, more
	if m := b.send(r); len(m.Content.Text.Content) > most || !strings.Contains(m.Content.Text.Content, more) || len(m.Degraded) != 1 {
		t.Errorf("got %q, degraded %v; want it shortened, with a way to the rest", m.Content.Text.Content, m.Degraded)
	}
	b.run(0)
	var sent string
	for _, s := range b.fake.Sent() {
		sent += s.Body
	}
	if end := longText[strings.LastIndex(longText, "请"):]; !strings.Contains(sent, end) || !strings.Contains(sent, more) {
		t.Errorf("sent %s; want all parts, and the shortened one", sent)
	}

	r.OnTooLong, r.MoreURL = messaging.Split, ""
	r.Content = provider.NewCard(text, "短", provider.Button{Title: "好", URL: more})
	_, err = b.svc.Send(b.ctx(), here, r)
	wantRefusal(t, err, messaging.ErrContentTooLong, "content.card.title") // what cannot be cut
}

// TestRepeatOfScheduled: a repeated request gets the message of the first one,
// also when the time for which it was has passed.
func TestRepeatOfScheduled(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	r := b.toUsers(0)
	r.IdempotencyKey = "once"
	r.SendAt, r.ExpiresAt = b.clock.Now().Add(5*time.Second), b.clock.Now().Add(8*time.Second)
	first := b.send(r)
	b.clock.Pass(10 * time.Second)
	if again, err := b.svc.Send(b.ctx(), here, r); err != nil || again.ID != first.ID {
		t.Errorf("repeat: message %q, %v; want %q", again.ID, err, first.ID)
	}
	r.IdempotencyKey = "another"
	if _, err := b.svc.Send(b.ctx(), here, r); provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("another request: %v, want InvalidArgument", err)
	}
}

// TestSchedule sends at a time, and not what was cancelled before.
func TestSchedule(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		r := b.toUsers(0, 1)
		r.SendAt = b.clock.Now().Add(time.Hour)
		m, dropped := b.send(r), b.send(r)
		b.run(30 * time.Minute)
		b.want(m.ID, messaging.Scheduled, counts{messaging.DeliveryScheduled: 2})
		if _, err := b.svc.Cancel(b.ctx(), here, dropped.ID); err != nil {
			t.Fatal(err)
		}
		b.run(time.Hour)
		if n := b.message(m.ID).Counts[messaging.DeliveryAccepted]; n != 2 {
			t.Errorf("at its time: %v", b.message(m.ID).Counts)
		}
		b.want(dropped.ID, messaging.Finished, counts{messaging.DeliveryCancelled: 2})
		if len(b.fake.Sent()) != 1 {
			t.Errorf("%d calls, want 1", len(b.fake.Sent()))
		}
		if _, err := b.svc.Cancel(b.ctx(), here, m.ID); !errors.Is(err, messaging.ErrNothingToCancel) {
			t.Errorf("cancel of what is sent: got %v, want %v", err, messaging.ErrNothingToCancel)
		}
		b.queue.WantNoErrors(t)
	})
}

// TestKeywordInEveryPart cuts a text for a group whose robot wants a keyword.
func TestKeywordInEveryPart(t *testing.T) {
	t.Parallel()
	const keyword = "告警"
	for _, how := range []messaging.OnTooLong{messaging.Split, messaging.Shorten} {
		b := newBundle(t, openSQLite(t), options{limits: provider.Limits{WebhookBytes: 300}})
		b.createHook("ops")
		r := messaging.Request{
			Provider: b.fake.Kind(), Channel: messaging.ChannelWebhook, Webhook: "ops",
			Content: provider.NewText(strings.Repeat(longText, 12)), OnTooLong: how,
		}
		if how == messaging.Shorten {
			r.MoreURL = "https://host.example.com/full"
		}
		m := b.send(r)
		b.run(time.Hour)
		sent := b.fake.WebhookSent()
		if len(sent) != max(1, len(m.Parts)) {
			t.Errorf("%s: %d sent, want one for each of %d parts", how, len(sent), len(m.Parts))
		}
		for i, s := range sent {
			if !strings.Contains(s.Body, keyword) || len(s.Body) > 300 {
				t.Errorf("%s: part %d has no keyword, or %d bytes are too many: %s", how, i+1, len(s.Body), s.Body)
			}
		}
	}
}

// TestKeywordInAnAddress is not seen by a robot.
func TestKeywordInAnAddress(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.createHook("ops")
	m := b.send(messaging.Request{
		Provider: b.fake.Kind(), Channel: messaging.ChannelWebhook, Webhook: "ops",
		Content: provider.NewLink("title", "text", "https://host.example.com/告警", ""),
	})
	if text := m.Content.Link.Text; text != "text\n告警" {
		t.Errorf("text %q, want the keyword in it", text)
	}
}
