package providertest

import (
	"context"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// unknownTask is the id of no task.
const unknownTask = "987654321"

func runRecaller(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"takes back", func(t *testing.T, s subject) {
			s.takesBack(t, workTo(t, s), ability[provider.MessageRecaller](t, s).Recall)
		}},
		{"unknown task", func(t *testing.T, s subject) {
			err := ability[provider.MessageRecaller](t, s).Recall(t.Context(), unknownTask)
			wantError(t, "Recall", s.Kind(), err, provider.NotFound)
		}},
	})
}

func runRobotRecaller(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"takes back from people", func(t *testing.T, s subject) {
			s.takesBack(t, robotTo(t, s), recallFrom(ability[provider.RobotRecaller](t, s), ""))
		}},
		{"takes back from a group", func(t *testing.T, s subject) {
			s.takesBack(t, groupTo(t, s), recallFrom(ability[provider.RobotRecaller](t, s), s.Conversation))
		}},
		{"unknown task", func(t *testing.T, s subject) {
			recaller := ability[provider.RobotRecaller](t, s)
			err := recaller.RecallRobot(t.Context(), "", unknownTask)
			wantError(t, "RecallRobot", s.Kind(), err, provider.NotFound)
			if s.Conversation != "" {
				err = recaller.RecallRobot(t.Context(), s.Conversation, unknownTask)
				wantError(t, "RecallRobot from a group", s.Kind(), err, provider.NotFound)
			}
		}},
	})
}

func recallFrom(r provider.RobotRecaller, group provider.ConversationID) func(context.Context, string) error {
	return func(ctx context.Context, taskID string) error { return r.RecallRobot(ctx, group, taskID) }
}

// takesBack takes one of two messages back, twice.
func (s subject) takesBack(t *testing.T, c channel, recall func(ctx context.Context, taskID string) error) {
	t.Helper()
	kept, gone := c.accepted(t, "to be kept").TaskID, c.accepted(t, "to be taken back").TaskID
	for _, which := range []string{"first", "second"} {
		if err := recall(t.Context(), gone); err != nil {
			t.Errorf("%s recall: %v", which, err)
		}
	}
	if s.Recalled == nil {
		t.Log("the harness cannot tell what was taken back")
		return
	}
	if !s.Recalled(gone) || s.Recalled(kept) {
		t.Errorf("taken back: got %t, and of another message %t; want true, false", s.Recalled(gone), s.Recalled(kept))
	}
}

func runStatus(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"changes", changesStatus},
		{"unknown task", func(t *testing.T, s subject) {
			updater := ability[provider.StatusUpdater](t, s)
			err := updater.UpdateStatus(t.Context(), unknownTask, provider.Status{Text: "x"})
			wantError(t, "UpdateStatus", s.Kind(), err, noStatus()...)
		}},
	})
}

// noStatus are the codes for a task whose status cannot be changed.
func noStatus() []provider.Code {
	return []provider.Code{provider.NotFound, provider.FailedPrecondition, provider.InvalidArgument}
}

func changesStatus(t *testing.T, s subject) {
	updater, sender := ability[provider.StatusUpdater](t, s), ability[provider.MessageSender](t, s)
	m, err := sender.Render(notice())
	if err != nil {
		t.Fatalf("Render of a notice: %v", err)
	}
	to := provider.Audience{Users: []provider.UserID{s.Company.People[0].UserID}}
	receipt, err := sender.Send(t.Context(), to, m, "")
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	if s.Finish != nil {
		s.Finish(t, receipt.TaskID)
	}
	for _, want := range []provider.Status{{Text: "处理中 \"1\""}, {Text: "已同意", Color: "00AA66"}, {Text: "已同意", Color: "00AA66"}} {
		if err := updater.UpdateStatus(t.Context(), receipt.TaskID, want); err != nil {
			t.Errorf("UpdateStatus to %+v: %v", want, err)
			continue
		}
		if s.Status == nil {
			continue
		}
		if got := s.Status(receipt.TaskID); got.Text != want.Text || want.Color != "" && got.Color != want.Color {
			t.Errorf("people see %+v, want %+v", got, want)
		}
	}
}
