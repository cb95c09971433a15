package providertest_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

// TestFakeWithout: a Fake passes without some of its abilities, too.
func TestFakeWithout(t *testing.T) {
	t.Parallel()
	company := providertest.SmallCompany()
	for name, without := range map[string][]string{
		"what comes after sending": {"MessageTracker", "MessageRecaller", "StatusUpdater", "RobotTracker", "RobotRecaller", "MediaUploader"},
		"directory and robot":      {"DirectoryReader", "PersonFinder", "Verifier", "RobotSender", "RobotTracker", "RobotRecaller"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, func(testing.TB) providertest.Harness {
				return harnessOf(providertest.NewFake(providertest.FakeConfig{Company: company, Without: without}))
			})
		})
	}
	all := providertest.NewFake(providertest.FakeConfig{}).Abilities()
	for _, name := range all {
		got := providertest.NewFake(providertest.FakeConfig{Without: []string{name}}).Abilities()
		if want := slices.DeleteFunc(slices.Clone(all), func(n string) bool { return n == name }); !slices.Equal(got, want) {
			t.Errorf("without %s: got %v, want %v", name, got, want)
		}
	}
}

// opened is a Fake with a clock, and one of its Providers.
type opened struct {
	*providertest.Fake
	provider.Provider
	now time.Time
}

func open(t *testing.T, cfg providertest.FakeConfig) *opened {
	t.Helper()
	o := &opened{Fake: providertest.NewFake(cfg), now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	p, err := o.Open(t.Context(), o.ValidSettings(), o.env())
	if err != nil {
		t.Fatal(err)
	}
	o.Provider = p
	return o
}

func (o *opened) env() provider.Environment {
	return provider.Environment{Now: func() time.Time { return o.now }}
}

func as[T any](t *testing.T, o *opened) T {
	t.Helper()
	a, err := provider.As[T](o.Provider)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// send sends a text as a work notification and returns the task.
func (o *opened) send(t *testing.T, text string, users ...provider.UserID) string {
	t.Helper()
	to := provider.Audience{Users: users, Everyone: len(users) == 0}
	return o.sendContent(t, provider.NewText(text), to)
}

func (o *opened) sendContent(t *testing.T, c provider.Content, to provider.Audience) string {
	t.Helper()
	sender := as[provider.MessageSender](t, o)
	m, err := sender.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := sender.Send(t.Context(), to, m, "")
	if err != nil {
		t.Fatal(err)
	}
	return receipt.TaskID
}

func TestFakeDropsWhatIsBeyondTheLimits(t *testing.T) {
	t.Parallel()
	shanghai := time.FixedZone("UTC+8", 8*60*60)
	for name, c := range map[string]struct {
		limits provider.Limits
		send   func(t *testing.T, o *opened)
		want   []providertest.Beyond
	}{
		"EveryonePerDay": {provider.Limits{EveryonePerDay: 1, Zone: shanghai}, func(t *testing.T, o *opened) {
			o.send(t, "a")
			o.send(t, "b")
			o.now = o.now.Add(4 * time.Hour) // the next day begins at 16:00 UTC
			o.send(t, "c")
		}, []providertest.Beyond{{Limit: "EveryonePerDay"}}},
		"SendsPerPersonPerDay": {provider.Limits{SendsPerPersonPerDay: 1}, func(t *testing.T, o *opened) {
			o.send(t, "a", "amy")
			o.send(t, "b", "ben", "amy")
			o.now = o.now.Add(12 * time.Hour)
			o.send(t, "c", "amy")
		}, []providertest.Beyond{{Limit: "SendsPerPersonPerDay", User: "amy"}}},
		"SameContentPerDay": {provider.Limits{SameContentPerDay: 1}, func(t *testing.T, o *opened) {
			o.send(t, "a", "amy")
			o.send(t, "b", "amy")
			o.send(t, "a", "ben", "amy")
		}, []providertest.Beyond{{Limit: "SameContentPerDay", User: "amy"}}},
		"PeoplePerMinute": {provider.Limits{PeoplePerMinute: 2}, func(t *testing.T, o *opened) {
			o.send(t, "a", "amy", "ben", "cai")
			o.now = o.now.Add(time.Minute)
			o.send(t, "b", "cai")
		}, []providertest.Beyond{{Limit: "PeoplePerMinute", User: "cai"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t, providertest.FakeConfig{Limits: c.limits})
			c.send(t, o)
			var got []providertest.Beyond
			for _, s := range o.Sent() {
				got = append(got, s.Beyond...)
				for _, b := range s.Beyond {
					o.wantDropped(t, s, b.User)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v beyond the limits, want %v", got, c.want)
			}
		})
	}
}

// wantDropped: the office app says afterwards that somebody did not get it.
func (o *opened) wantDropped(t *testing.T, s providertest.Sent, user provider.UserID) {
	t.Helper()
	report, err := as[provider.MessageTracker](t, o).Track(t.Context(), provider.TrackRequest{TaskID: s.TaskID, Recipients: len(s.Users)})
	if got := report.Outcomes[user]; err != nil || user != "" && (got.Outcome != provider.OutcomeFailed || got.Err == nil) {
		t.Errorf("Track of %s = %+v, %v; want it failed", user, got, err)
	}
}

func TestFakeWebhookPerMinute(t *testing.T) {
	t.Parallel()
	o := open(t, providertest.FakeConfig{Limits: provider.Limits{WebhookPerMinute: 1}})
	sender := o.Webhooks(o.env())
	m, err := sender.RenderWebhook(provider.NewText("x"), provider.Mentions{})
	if err != nil {
		t.Fatal(err)
	}
	send := func(group string) error {
		_, err := sender.SendWebhook(t.Context(), o.Webhook(group), m, "same")
		return err
	}
	o.now = o.now.Add(20 * time.Second)
	if err := errors.Join(send("a"), send("b")); err != nil {
		t.Errorf("one message to each group: %v", err)
	}
	var refused *provider.Error
	if err := send("a"); !errors.As(err, &refused) || refused.Code != provider.ResourceExhausted || !refused.Unsent ||
		refused.RetryAfter != 40*time.Second {
		t.Errorf("got error %v, want it exhausted for 40 seconds", err)
	}
	o.now = o.now.Add(refused.RetryAfter)
	if err := send("a"); err != nil {
		t.Errorf("after RetryAfter: %v", err)
	}
	var groups []string
	for _, s := range o.WebhookSent() {
		groups = append(groups, s.Webhook)
	}
	if want := []string{"a", "b", "a"}; !slices.Equal(groups, want) { // it does not deduplicate, so the limits say
		t.Errorf("sent to %v, want %v", groups, want)
	}
}

func TestFakeWindows(t *testing.T) {
	t.Parallel()
	o := open(t, providertest.FakeConfig{Limits: provider.Limits{
		TrackWindow: time.Hour, RecallWindow: time.Hour, StatusWindow: time.Hour, StatusUsers: 1,
	}})
	notice := provider.Content{Type: provider.NoticeContent, Notice: &provider.Notice{Title: "t", Status: &provider.Status{Text: "new"}}}
	one, two := provider.Audience{Users: []provider.UserID{"amy"}}, provider.Audience{Users: []provider.UserID{"amy", "ben"}}
	task, crowd, plain := o.sendContent(t, notice, one), o.sendContent(t, notice, two), o.send(t, "text", "amy")
	recall := as[provider.MessageRecaller](t, o).Recall
	update := func(id string) error {
		return as[provider.StatusUpdater](t, o).UpdateStatus(t.Context(), id, provider.Status{Text: "seen"})
	}
	wantCodes(t, "in time", provider.OK, recall(t.Context(), task), update(task))
	wantCodes(t, "no status to change", provider.FailedPrecondition, update(crowd), update(plain))
	if got := o.Sent()[0]; !got.Recalled || got.Status.Text != "seen" {
		t.Errorf("got %+v, want it recalled, and its status changed", got)
	}
	o.now = o.now.Add(2 * time.Hour)
	_, err := as[provider.MessageTracker](t, o).Track(t.Context(), provider.TrackRequest{TaskID: task, Recipients: 1})
	wantCodes(t, "too late", provider.NotFound, err, recall(t.Context(), task), update(task))
}

func wantCodes(t *testing.T, what string, want provider.Code, errs ...error) {
	t.Helper()
	for i, err := range errs {
		if got := provider.CodeOf(err); got != want {
			t.Errorf("%s, %d: got code %s (%v), want %s", what, i, got, err, want)
		}
	}
}
