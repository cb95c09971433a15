package providertest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// channel is one way of sending, to a fixed audience.
type channel struct {
	// limit bounds the rendered messages, in bytes; 0 means no limit.
	limit  int
	render func(provider.Content) (provider.Rendered, error)
	send   func(ctx context.Context, m provider.Rendered) (provider.Receipt, error)
	// sendTo sends to other people; nil for groups.
	sendTo func(ctx context.Context, users []provider.UserID, m provider.Rendered) (provider.Receipt, error)
	// received returns what has arrived on it; nil where nobody can tell.
	received func() []Received
	// audience is what received says about a message besides its body.
	audience Received
	// tasks is true when receipts name a task.
	tasks bool
	// faults are the ways in which it can fail.
	faults []Fault
}

// toPeople completes a channel with an audience of two people.
func (s subject) toPeople(c channel) channel {
	users := []provider.UserID{s.Company.People[0].UserID, s.Company.People[1].UserID}
	c.audience, c.tasks, c.faults = Received{Users: users}, true, Faults()
	c.send = func(ctx context.Context, m provider.Rendered) (provider.Receipt, error) {
		return c.sendTo(ctx, users, m)
	}
	return c
}

// channelTests prove what holds for every channel. open skips the test where
// there is no such channel.
func channelTests(newHarness func(testing.TB) Harness, open func(t *testing.T, s subject) channel) []test {
	return []test{
		{"renders", func(t *testing.T, s subject) { open(t, s).renders(t) }},
		{"refuses what is incomplete", func(t *testing.T, s subject) { open(t, s).refusesIncomplete(t) }},
		{"sends", func(t *testing.T, s subject) { open(t, s).sends(t, s) }},
		{"cuts nothing off", func(t *testing.T, s subject) { open(t, s).cutsNothingOff(t) }},
		{"says truly what was not sent", func(t *testing.T, s subject) {
			for _, fault := range open(t, s).faults {
				t.Run(string(fault), func(t *testing.T) {
					t.Parallel()
					s := newSubject(t, newHarness)
					open(t, s).sendsDuring(t, s, fault)
				})
			}
		}},
	}
}

func (c channel) renders(t *testing.T) {
	t.Helper()
	shown := 0
	for _, content := range contents() {
		before := content.Clone()
		first, err := c.render(content)
		if provider.CodeOf(err) == provider.Unsupported {
			t.Logf("%s: %v", content.Type, err)
			continue
		}
		if err != nil {
			t.Errorf("render %s: %v", content.Type, err)
			continue
		}
		shown++
		wantRendered(t, content, first, c.limit)
		if !reflect.DeepEqual(content, before) {
			t.Errorf("rendering %s changes it", content.Type)
		}
		again, err := c.render(content)
		if err != nil || !reflect.DeepEqual(first, again) {
			t.Errorf("render %s: got %s at first, then %s, %v", content.Type, first.Body, again.Body, err)
		}
	}
	if shown == 0 {
		t.Error("no type of content can be shown")
	}
}

func (c channel) refusesIncomplete(t *testing.T) {
	t.Helper()
	list := []provider.Content{{}, provider.NewText(""), {Type: "hologram"}}
	for _, ct := range provider.ContentTypes() {
		list = append(list, provider.Content{Type: ct})
	}
	for _, content := range list {
		if _, err := c.render(content); err == nil {
			t.Errorf("render %+v: got no error", content)
		}
	}
}

func (c channel) sends(t *testing.T, s subject) {
	t.Helper()
	sent := 0
	for _, content := range s.sendable(t) {
		m, err := c.render(content)
		if err != nil {
			continue // renders has complained
		}
		receipt, err := c.send(t.Context(), m)
		if err != nil || len(receipt.Refused) != 0 || c.tasks && receipt.TaskID == "" {
			t.Errorf("send %s = %+v, %v; want a receipt", content.Type, receipt, err)
			continue
		}
		s.wantReceipt(t, receipt)
		sent++
		if c.received == nil {
			continue
		}
		got := c.received()
		if len(got) != sent {
			t.Fatalf("received %d messages, want %d", len(got), sent)
		}
		c.wantReceived(t, content.Type, got[sent-1], m)
	}
	if sent == 0 {
		t.Error("nothing could be sent")
	}
}

// cutsNothingOff: what is too long is refused by its field, or by the size of the
// whole. The caller splits or shortens it; an office app that cuts it says so
// to nobody.
func (c channel) cutsNothingOff(t *testing.T) {
	t.Helper()
	const end = "the very end"
	for _, size := range []int{500, 1500, 3000, 6000, 40_000} {
		text := fmt.Sprintf("%s of %d. %s", strings.Repeat("长。\n", size/7), size, end)
		for _, content := range []provider.Content{provider.NewText(text), provider.NewMarkdown("标题", text)} {
			m, err := c.render(content)
			if err != nil {
				var wrong *provider.ContentError
				if provider.CodeOf(err) != provider.Unsupported && (!errors.As(err, &wrong) || !wrong.TooLong) {
					t.Errorf("render a %s of %d bytes: got %v, want a ContentError that is TooLong", content.Type, len(text), err)
				}
				continue
			}
			if c.limit > 0 && len(m.Body) > c.limit {
				continue
			}
			if _, err := c.send(t.Context(), m); err != nil {
				t.Errorf("send a %s of %d bytes: %v", content.Type, len(text), err)
				continue
			}
			if c.received == nil {
				continue
			}
			if got := c.received(); len(got) == 0 || got[len(got)-1].Body != nil && !shows(got[len(got)-1].Body, end) {
				t.Errorf("the end of a %s of %d bytes did not arrive", content.Type, len(text))
			}
		}
	}
}

func (c channel) wantReceived(tb testing.TB, what provider.ContentType, got Received, m provider.Rendered) {
	tb.Helper()
	want := c.audience
	gotUsers, wantUsers := slices.Sorted(slices.Values(got.Users)), slices.Sorted(slices.Values(want.Users))
	if !slices.Equal(gotUsers, wantUsers) || got.Everyone != want.Everyone || got.Conversation != want.Conversation {
		tb.Errorf("%s: received for %+v, want for %+v", what, got, want)
	}
	if got.Body != nil && !equalJSON(got.Body, m.Body) {
		tb.Errorf("%s: received %s, want %s", what, got.Body, m.Body)
	}
}

// sendsDuring sends while the office app fails, and compares what the error
// says with what arrived.
func (c channel) sendsDuring(t *testing.T, s subject, fault Fault) {
	t.Helper()
	// A first message fetches what calls need, such as an access token.
	if _, err := c.send(t.Context(), c.text(t, "before")); err != nil {
		t.Fatalf("send before: %v", err)
	}
	m, before := c.text(t, "during "+string(fault)), c.count()
	restore := s.breakDown(t, fault)
	err := during(t, fault, func(ctx context.Context) error {
		_, err := c.send(ctx, m)
		return err
	})
	restore()
	wantError(t, "send", s.Kind(), err, codesOf(fault)...)
	s.wantNoSecrets(t, "send", err)
	var e *provider.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want a *provider.Error", err)
	}
	switch arrived := c.count() - before; {
	case arrived > 1:
		t.Errorf("%d copies arrived", arrived)
	case arrived == 1 && e.Unsent:
		t.Errorf("it arrived, and the error says unsent: %v", err)
	case arrived == 0 && !e.Unsent && (fault == FaultThrottled || fault == FaultDenied):
		t.Errorf("it was refused, and the error says that it may have been sent: %v", err)
	}
}

// count counts what has arrived; 0 where nobody can tell.
// repeatsAreOne sends with dedup texts, some of them again.
func (c channel) repeatsAreOne(t *testing.T, deduplicates bool, send func(m provider.Rendered, dedup string) error) {
	t.Helper()
	if !deduplicates {
		t.Skip("the office app cannot tell repeats")
	}
	for _, dedup := range []string{"one", "one", "two", "one"} {
		if err := send(c.text(t, dedup), dedup); err != nil {
			t.Errorf("send with dedup %q: %v", dedup, err)
		}
	}
	if got := c.count(); c.received != nil && got != 2 {
		t.Errorf("received %d messages, want 2", got)
	}
}

func (c channel) count() int {
	if c.received == nil {
		return 0
	}
	return len(c.received())
}

// text renders a plain text.
func (c channel) text(tb testing.TB, text string) provider.Rendered {
	tb.Helper()
	m, err := c.render(provider.NewText(text))
	if err != nil {
		tb.Fatalf("render: %v", err)
	}
	return m
}

// accepted sends a plain text and returns its receipt.
func (c channel) accepted(tb testing.TB, text string) provider.Receipt {
	tb.Helper()
	receipt, err := c.send(tb.Context(), c.text(tb, text))
	if err != nil {
		tb.Fatalf("send: %v", err)
	}
	return receipt
}
