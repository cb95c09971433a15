package providertest

import (
	"context"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func runTracker(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"person by person", func(t *testing.T, s subject) {
			tracker := ability[provider.MessageTracker](t, s)
			c := tracking{channel: workTo(t, s), track: tracker.Track, finish: s.Finish}
			c.tells(t, s, provider.OutcomeDelivered, provider.OutcomeRead, provider.OutcomeFailed)
		}},
		{"everyone", func(t *testing.T, s subject) {
			tracker, sender := ability[provider.MessageTracker](t, s), ability[provider.MessageSender](t, s)
			receipt, err := sender.Send(t.Context(), provider.Audience{Everyone: true}, render(t, sender, "all"), "")
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
			_, err := tracker.Track(t.Context(), provider.TrackRequest{TaskID: unknownTask, Recipients: 1})
			wantError(t, "Track", s.Kind(), err, provider.NotFound)
		}},
	})
}

func runRobotTracker(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"person by person", func(t *testing.T, s subject) {
			tracker := ability[provider.RobotTracker](t, s)
			c := tracking{channel: robotTo(t, s), track: tracker.TrackRobot, finish: s.FinishRobot}
			c.tells(t, s, provider.OutcomeDelivered, provider.OutcomeRead)
		}},
		{"a group", func(t *testing.T, s subject) {
			tracker := ability[provider.RobotTracker](t, s)
			receipt := groupTo(t, s).accepted(t, "track")
			req := provider.TrackRequest{TaskID: receipt.TaskID, Conversation: s.Conversation}
			if _, err := tracker.TrackRobot(t.Context(), req); err != nil {
				t.Errorf("TrackRobot: %v", err)
			}
		}},
		{"unknown task", func(t *testing.T, s subject) {
			tracker := ability[provider.RobotTracker](t, s)
			req := provider.TrackRequest{TaskID: unknownTask, Recipients: 1}
			_, err := tracker.TrackRobot(t.Context(), req)
			wantError(t, "TrackRobot", s.Kind(), err, provider.NotFound)
			if s.Conversation != "" {
				req.Conversation, req.Recipients = s.Conversation, 0
				_, err = tracker.TrackRobot(t.Context(), req)
				wantError(t, "TrackRobot of a group", s.Kind(), err, provider.NotFound)
			}
		}},
	})
}

// tracking is a channel that tells what becomes of its messages.
type tracking struct {
	channel
	track  func(context.Context, provider.TrackRequest) (provider.TrackReport, error)
	finish func(tb testing.TB, taskID string)
}

// tells sends to one person for each outcome, decides that it becomes of the
// message, and compares what the office app says.
func (c tracking) tells(t *testing.T, s subject, outcomes ...provider.Outcome) {
	t.Helper()
	if s.Outcome == nil || c.finish == nil {
		t.Skip("the harness cannot decide what became of a message")
	}
	want := make(map[provider.UserID]provider.Outcome, len(outcomes))
	users := make([]provider.UserID, len(outcomes))
	for i, o := range outcomes {
		users[i] = s.Company.People[i].UserID
		want[users[i]] = o
		s.Outcome(t, users[i], o)
	}
	receipt, err := c.sendTo(t.Context(), users, c.text(t, "track"))
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	req := provider.TrackRequest{TaskID: receipt.TaskID, Recipients: len(users)}
	if _, err := c.track(t.Context(), req); err != nil {
		t.Errorf("track at once: %v", err)
	}
	c.finish(t, receipt.TaskID)
	report, err := c.track(t.Context(), req)
	if err != nil || !report.Done || report.Percent != 100 {
		t.Fatalf("track = %+v, %v; want it done at 100", report, err)
	}
	wantOutcomes(t, report, want)
}

func wantOutcomes(tb testing.TB, report provider.TrackReport, want map[provider.UserID]provider.Outcome) {
	tb.Helper()
	for u, o := range want {
		got := report.Outcomes[u]
		if got.Outcome != o || (got.Err != nil) != (o == provider.OutcomeFailed) {
			tb.Errorf("%s: got %s with error %v, want %s", u, got.Outcome, got.Err, o)
		}
	}
}
