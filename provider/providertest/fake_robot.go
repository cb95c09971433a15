package providertest

import (
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// RenderRobot implements provider.RobotSender.
func (c *connection) RenderRobot(content provider.Content) (provider.Rendered, error) {
	return c.Render(content)
}

// SendRobot implements provider.RobotSender.
func (c *connection) SendRobot(
	ctx context.Context, to provider.RobotAudience, m provider.Rendered, dedup string,
) (provider.Receipt, error) {
	return act(ctx, c.fake, OpRobotSend, func() (provider.Receipt, error) {
		if err := c.usable(OpRobotSend); err != nil {
			return provider.Receipt{}, err
		}
		if err := c.fake.checkRobot(to, m); err != nil {
			return provider.Receipt{}, err
		}
		f := c.fake
		f.mu.Lock()
		defer f.mu.Unlock()
		key := string(OpRobotSend) + "\x00" + dedup
		if first, ok := f.receipts[key]; ok {
			return first, nil
		}
		id := fmt.Sprintf("robot-%d", len(f.robot)+1)
		f.keep(&f.robot, OpRobotSend, Sent{
			TaskID: id, Users: slices.Clone(to.Users), Conversation: to.Conversation, Body: string(m.Body), At: c.now(),
		})
		receipt := provider.Receipt{
			TaskID: id, RequestID: "request-" + id, Raw: fmt.Appendf(nil, `{"key":%q}`, id),
			Refused: f.refusals(to.Users),
		}
		if dedup != "" && f.cfg.Limits.RobotDeduplicates {
			f.receipts[key] = receipt
		}
		return receipt, nil
	})
}

// checkRobot refuses what callers promised not to ask for, and foreign groups.
func (f *Fake) checkRobot(to provider.RobotAudience, m provider.Rendered) error {
	limits, groups := f.cfg.Limits, f.cfg.Conversations
	switch n := countTrue(len(to.Users) > 0, to.Conversation != ""); {
	case n != 1:
		return f.errorf(OpRobotSend, provider.InvalidArgument, "%d kinds of receivers, want one", n)
	case exceeds(len(to.Users), limits.RobotUsersPerSend):
		return f.errorf(OpRobotSend, provider.InvalidArgument, "too many users")
	case exceeds(len(m.Body), limits.RobotBytes):
		return f.errorf(OpRobotSend, provider.InvalidArgument, "message too long")
	case to.Conversation != "" && groups != nil && !slices.Contains(groups, to.Conversation):
		return f.errorf(OpRobotSend, provider.NotFound, "the robot is in no such group")
	}
	return nil
}

// TrackRobot implements provider.RobotTracker.
func (c *connection) TrackRobot(ctx context.Context, req provider.TrackRequest) (provider.TrackReport, error) {
	if _, err := c.begin(ctx, OpRobotTrack); err != nil {
		return provider.TrackReport{}, err
	}
	f := c.fake
	f.mu.Lock()
	defer f.mu.Unlock()
	t, err := c.robotTask(OpRobotTrack, req.Conversation, req.TaskID)
	if err != nil {
		return provider.TrackReport{}, err
	}
	report := provider.TrackReport{Done: t.done, Percent: t.percent}
	if !exceeds(req.Recipients, f.cfg.Limits.TrackUsers) {
		report.Outcomes = t.report()
	}
	return report, nil
}

// RecallRobot implements provider.RobotRecaller.
func (c *connection) RecallRobot(ctx context.Context, conversation provider.ConversationID, taskID string) error {
	return c.change(ctx, OpRobotRecall, func(*Fake) error {
		t, err := c.robotTask(OpRobotRecall, conversation, taskID)
		if err == nil {
			t.sent.Recalled = true
		}
		return err
	})
}

// robotTask returns a message of the robot to that group, or to people. The
// lock is held.
func (c *connection) robotTask(op Op, conversation provider.ConversationID, id string) (*task, error) {
	f := c.fake
	window := f.cfg.Limits.TrackWindow
	if op == OpRobotRecall {
		window = f.cfg.Limits.RecallWindow
	}
	t, err := f.within(op, OpRobotSend, id, window, c.now())
	if err == nil && t.sent.Conversation != conversation {
		return nil, f.errorf(op, provider.NotFound, "it did not go there")
	}
	return t, err
}
