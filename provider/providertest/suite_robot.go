package providertest

import (
	"context"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func runRobot(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, append(channelTests(newHarness, robotTo), test{
		"repeats are one message", func(t *testing.T, s subject) {
			sender := ability[provider.RobotSender](t, s)
			robotTo(t, s).repeatsAreOne(t, s.Limits().RobotDeduplicates, func(m provider.Rendered, dedup string) error {
				_, err := sender.SendRobot(t.Context(), provider.RobotAudience{Users: s.somebody()}, m, dedup)
				return err
			})
		},
	}, test{
		"sends to as many as the limit allows", func(t *testing.T, s subject) {
			c := robotTo(t, s)
			n := s.Limits().RobotUsersPerSend
			if n == 0 || n > len(s.Company.People) {
				t.Skipf("the limit is %d, and there are %d people", n, len(s.Company.People))
			}
			users := make([]provider.UserID, n)
			for i := range users {
				users[i] = s.Company.People[i].UserID
			}
			if _, err := c.sendTo(t.Context(), users, c.text(t, "limit")); err != nil {
				t.Errorf("SendRobot to %d users: %v", n, err)
			}
		},
	}))
}

func runGroup(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, channelTests(newHarness, groupTo))
}

// robotTo opens the channel of the robot's messages to two people.
func robotTo(t *testing.T, s subject) channel {
	t.Helper()
	sender := ability[provider.RobotSender](t, s)
	return s.toPeople(channel{
		limit: s.Limits().RobotBytes, render: sender.RenderRobot, received: s.RobotReceived,
		sendTo: func(ctx context.Context, users []provider.UserID, m provider.Rendered) (provider.Receipt, error) {
			return sender.SendRobot(ctx, provider.RobotAudience{Users: users}, m, "")
		},
	})
}

// groupTo opens the channel of the robot's messages to a group.
func groupTo(t *testing.T, s subject) channel {
	t.Helper()
	sender := ability[provider.RobotSender](t, s)
	if s.Conversation == "" {
		t.Skip("the harness has no conversation")
	}
	return channel{
		limit: s.Limits().RobotBytes, render: sender.RenderRobot, received: s.RobotReceived,
		audience: Received{Conversation: s.Conversation}, tasks: true, faults: Faults(),
		send: func(ctx context.Context, m provider.Rendered) (provider.Receipt, error) {
			return sender.SendRobot(ctx, provider.RobotAudience{Conversation: s.Conversation}, m, "")
		},
	}
}
