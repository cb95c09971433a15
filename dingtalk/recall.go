package dingtalk

import (
	"context"
	"fmt"
	"strconv"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// Recall takes a work notification back from everybody, up to 24 hours after it
// was sent. What DingTalk does not know, or no longer, is NotFound.
func (p *Provider) Recall(ctx context.Context, taskID string) error {
	id, err := taskNumber(apiRecall, taskID)
	if err != nil {
		return err
	}
	_, err = p.client.call(ctx, request{api: apiRecall, body: wire.RecallRequest{AgentID: p.agentID, TaskID: id}})
	return err
}

// UpdateStatus changes the status bar of a notice, up to 7 days after it was
// sent. While it is still being sent, and when it went to more than 5 people,
// the error is of code FailedPrecondition.
func (p *Provider) UpdateStatus(ctx context.Context, taskID string, s provider.Status) error {
	id, err := taskNumber(apiStatusBar, taskID)
	if err != nil {
		return err
	}
	if err := s.Validate(); err != nil {
		e := invalid(apiStatusBar, "")
		e.Err = err
		return e
	}
	_, err = p.client.call(ctx, request{api: apiStatusBar, body: wire.StatusRequest{
		TaskRequest: wire.TaskRequest{AgentID: p.agentID, TaskID: id}, StatusBar: *statusBar(s),
	}})
	return err
}

// taskNumber: DingTalk counts work notifications.
func taskNumber(a api, taskID string) (int64, error) {
	id, err := strconv.ParseInt(taskID, 10, 64)
	if err != nil {
		return 0, invalid(a, fmt.Sprintf("task id %q is not a number", taskID))
	}
	return id, nil
}
