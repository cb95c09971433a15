package dingtalk

import (
	"context"
	"errors"
	"slices"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// RecallRobot takes a robot's message back, up to 24 hours after it was sent; it
// leaves no trace in the chat. A message that DingTalk does not take back is
// NotFound, unless its reason has a meaning of its own.
func (p *Provider) RecallRobot(ctx context.Context, conversation provider.ConversationID, taskID string) error {
	a := apiRobotRecall
	if conversation != "" {
		a = apiRobotGroupRecall
	}
	if taskID == "" {
		return invalid(a, "task id is empty")
	}
	robot, err := p.robot(a)
	if err != nil {
		return err
	}
	reply, got, err := ask[wire.RobotRecallReply](ctx, p.client, request{api: a, body: wire.RobotRecallRequest{
		RobotCode: robot, ConversationID: string(conversation), ProcessQueryKeys: []string{taskID},
	}})
	if err != nil {
		return err
	}
	reason, failed := reply.Failed[taskID]
	switch {
	case failed:
		return p.notRecalled(a, string(reason), got)
	case !slices.Contains(reply.Success, wire.Text(taskID)):
		return p.client.malformed(a, got)
	}
	return nil
}

func (p *Provider) notRecalled(a api, reason string, got answer) *provider.Error {
	rule, known := ruleFor(reason)
	if !known || slices.Contains(a.gone, reason) {
		rule = ruling{code: provider.NotFound, remedy: remedyTooOld}
	}
	e := p.client.failure(a, rule.code, errors.New(got.hidden.text("not recalled: "+reason)), true)
	e.RequestID, e.Remedy = got.requestID, rule.remedy
	if known {
		e.Upstream = got.hidden.text(reason)
	}
	return e
}
