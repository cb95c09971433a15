package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// contents are one message of each type, with characters that are easily
// mangled on the way.
func contents() map[string]provider.Content {
	return map[string]provider.Content{
		"text":     provider.NewText("你好 \"quoted\" 'single' \\ & <b> \n second line 😀"),
		"markdown": provider.NewMarkdown("标题", "# 标题\n- **a** \"b\"\n- [c](https://example.com/?d=1&e=2)"),
		"link":     provider.NewLink("标题", "说明 \"text\"", "https://example.com/?a=1&b=2", ""),
	}
}

func runSender(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"renders", renders},
		{"refuses what is incomplete", func(t *testing.T, s subject) {
			sender := ability[provider.MessageSender](t, s)
			for _, c := range []provider.Content{{}, provider.NewText(""), {Type: "hologram"}} {
				if _, err := sender.Render(c); err == nil {
					t.Errorf("Render(%+v): got no error", c)
				}
			}
		}},
		{"sends to people", sendsToPeople},
		{"sends to as many as the limit allows", func(t *testing.T, s subject) {
			sender := ability[provider.MessageSender](t, s)
			n := s.Limits().UsersPerSend
			if n == 0 {
				t.Skip("there is no limit")
			}
			users := make([]provider.UserID, n)
			for i := range users {
				users[i] = s.Company.People[i%len(s.Company.People)].UserID
				if i >= len(s.Company.People) {
					users[i] = provider.UserID(fmt.Sprintf("%s-%d", users[i], i)) // nobody, and that is no error
				}
			}
			if _, err := sender.Send(t.Context(), provider.Audience{Users: users}, render(t, sender, "limit")); err != nil {
				t.Errorf("Send to %d users: %v", n, err)
			}
		}},
		{"sends to everyone", func(t *testing.T, s subject) {
			sender := ability[provider.MessageSender](t, s)
			receipt, err := sender.Send(t.Context(), provider.Audience{Everyone: true}, render(t, sender, "all"))
			if provider.CodeOf(err) == provider.Unsupported {
				t.Skipf("it cannot: %v", err)
			}
			if err != nil || receipt.TaskID == "" {
				t.Fatalf("Send = %+v, %v; want a receipt", receipt, err)
			}
			if s.Received != nil {
				if got := s.Received(); len(got) != 1 || !got[0].Everyone {
					t.Errorf("received: got %+v, want one to everyone", got)
				}
			}
		}},
		{"says truly what was not sent", func(t *testing.T, s subject) {
			for _, fault := range Faults() {
				t.Run(string(fault), func(t *testing.T) {
					t.Parallel()
					sendsDuring(t, newSubject(t, newHarness), fault)
				})
			}
		}},
	})
}

func renders(t *testing.T, s subject) {
	sender := ability[provider.MessageSender](t, s)
	for name, c := range contents() {
		first, err := sender.Render(c)
		if provider.CodeOf(err) == provider.Unsupported {
			t.Logf("%s: %v", name, err)
			continue
		}
		if err != nil || !json.Valid(first.Body) {
			t.Errorf("Render of %s = %s, %v; want JSON", name, first.Body, err)
			continue
		}
		again, err := sender.Render(c)
		if err != nil || !reflect.DeepEqual(first, again) {
			t.Errorf("Render of %s: got %s at first, then %s, %v", name, first.Body, again.Body, err)
		}
		for _, d := range first.Degraded {
			if d == "" {
				t.Errorf("Render of %s degrades without saying what", name)
			}
		}
	}
}

func sendsToPeople(t *testing.T, s subject) {
	sender := ability[provider.MessageSender](t, s)
	sent := 0
	for name, c := range contents() {
		m, err := sender.Render(c)
		if err != nil {
			continue // renders has complained
		}
		users := []provider.UserID{s.Company.People[0].UserID, s.Company.People[1].UserID}
		receipt, err := sender.Send(t.Context(), provider.Audience{Users: users}, m)
		if err != nil || receipt.TaskID == "" || len(receipt.Refused) != 0 {
			t.Errorf("Send of %s = %+v, %v; want a receipt", name, receipt, err)
			continue
		}
		if len(receipt.Raw) > 0 && !json.Valid(receipt.Raw) {
			t.Errorf("Raw of %s is not JSON: %s", name, receipt.Raw)
		}
		sent++
		if s.Received == nil {
			continue
		}
		got := s.Received()
		if len(got) != sent {
			t.Fatalf("received %d messages, want %d", len(got), sent)
		}
		last := got[sent-1]
		slices.Sort(last.Users)
		slices.Sort(users)
		if !slices.Equal(last.Users, users) || !equalJSON(last.Body, m.Body) {
			t.Errorf("%s: received %s for %v, want %s for %v", name, last.Body, last.Users, m.Body, users)
		}
	}
	if sent == 0 {
		t.Error("nothing could be sent")
	}
}

// sendsDuring sends while the office app fails, and compares what the error
// says with what arrived.
func sendsDuring(t *testing.T, s subject, fault Fault) {
	sender := ability[provider.MessageSender](t, s)
	m := render(t, sender, "during "+string(fault))
	to := provider.Audience{Users: []provider.UserID{s.Company.People[0].UserID}}
	// A first message fetches what calls need, such as an access token.
	if _, err := sender.Send(t.Context(), to, render(t, sender, "before")); err != nil {
		t.Fatalf("Send before: %v", err)
	}
	before := s.received()
	restore := s.breakDown(t, fault)
	err := during(t, fault, func(ctx context.Context) error {
		_, err := sender.Send(ctx, to, m)
		return err
	})
	restore()
	if err == nil {
		t.Fatal("got no error")
	}
	arrived := s.received() - before
	var e *provider.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want a *provider.Error", err)
	}
	switch {
	case arrived > 1:
		t.Errorf("%d copies arrived", arrived)
	case arrived == 1 && e.Unsent:
		t.Errorf("it arrived, and the error says unsent: %v", err)
	case arrived == 0 && !e.Unsent && (fault == FaultThrottled || fault == FaultDenied):
		t.Errorf("it was refused, and the error says that it may have been sent: %v", err)
	}
}

// received counts what has arrived; 0 where nobody can tell.
func (s subject) received() int {
	if s.Received == nil {
		return 0
	}
	return len(s.Received())
}

func render(tb testing.TB, sender provider.MessageSender, text string) provider.Rendered {
	tb.Helper()
	m, err := sender.Render(provider.NewText(text))
	if err != nil {
		tb.Fatalf("Render: %v", err)
	}
	return m
}

func equalJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

func runTracker(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"person by person", tracksPeople},
		{"everyone", func(t *testing.T, s subject) {
			tracker, sender := ability[provider.MessageTracker](t, s), ability[provider.MessageSender](t, s)
			receipt, err := sender.Send(t.Context(), provider.Audience{Everyone: true}, render(t, sender, "all"))
			if err != nil {
				t.Skipf("cannot send to everyone: %v", err)
			}
			if s.Finish == nil {
				t.Skip("the harness cannot finish sending")
			}
			s.Finish(t, receipt.TaskID)
			report, err := tracker.Track(t.Context(), provider.TrackRequest{TaskID: receipt.TaskID})
			if err != nil || !report.Done || report.Percent != 100 {
				t.Errorf("Track = %+v, %v; want it done at 100", report, err)
			}
		}},
		{"unknown task", func(t *testing.T, s subject) {
			tracker := ability[provider.MessageTracker](t, s)
			_, err := tracker.Track(t.Context(), provider.TrackRequest{TaskID: "987654321", Recipients: 1})
			wantError(t, "Track", s.Kind(), err, provider.NotFound)
		}},
	})
}

func tracksPeople(t *testing.T, s subject) {
	tracker, sender := ability[provider.MessageTracker](t, s), ability[provider.MessageSender](t, s)
	if s.Outcome == nil || s.Finish == nil {
		t.Skip("the harness cannot decide what became of a message")
	}
	want := map[provider.UserID]provider.Outcome{
		s.Company.People[0].UserID: provider.OutcomeDelivered,
		s.Company.People[1].UserID: provider.OutcomeRead,
		s.Company.People[2].UserID: provider.OutcomeFailed,
	}
	var users []provider.UserID
	for u, o := range want {
		users = append(users, u)
		s.Outcome(t, u, o)
	}
	receipt, err := sender.Send(t.Context(), provider.Audience{Users: users}, render(t, sender, "track"))
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	req := provider.TrackRequest{TaskID: receipt.TaskID, Recipients: len(users)}
	if _, err := tracker.Track(t.Context(), req); err != nil {
		t.Errorf("Track at once: %v", err)
	}
	s.Finish(t, receipt.TaskID)
	report, err := tracker.Track(t.Context(), req)
	if err != nil || !report.Done {
		t.Fatalf("Track = %+v, %v; want it done", report, err)
	}
	for u, o := range want {
		got := report.Outcomes[u]
		if got.Outcome != o || (got.Err != nil) != (o == provider.OutcomeFailed) {
			t.Errorf("%s: got %s with error %v, want %s", u, got.Outcome, got.Err, o)
		}
	}
}
