package transport

import (
	"context"
	"net/http"
	"strings"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// taskRecall names an accepted batch by what sendMessageTest answered.
type taskRecall struct {
	kind   provider.Kind
	taskID string
}

// decodeTestRecall reads the body of recallMessageTest. sendMessageTest answers
// several names with commas between; any of them will do.
func (a *api) decodeTestRecall(r *http.Request) (taskRecall, error) {
	object, err := decodeLoose(r)
	if err != nil {
		return taskRecall{}, err
	}
	kind, err := a.testApp(object)
	if err != nil {
		return taskRecall{}, err
	}
	ids, _, err := object.text("msg_task_id")
	if err != nil {
		return taskRecall{}, err
	}
	id, _, _ := strings.Cut(ids, ",")
	if id = strings.TrimSpace(id); id == "" {
		return taskRecall{}, invalid("msg_task_id", "请填写消息任务编号msg_task_id", "msg_task_id is required")
	}
	return taskRecall{kind, id}, nil
}

// recallTest takes a message back and waits a while for the office app.
func (a *api) recallTest(ctx context.Context, req taskRecall) (reply, error) {
	res, err := a.services.Messages.RecallTask(ctx, tenantOf(ctx), req.kind, req.taskID, a.cfg.SendWait)
	if err != nil {
		return reply{}, err
	}
	c := callFrom(ctx)
	result := testResult(c, res)
	for _, b := range res.Batches {
		switch {
		case b.RecallFailure != nil:
			f := a.deliveryFailure(*b.RecallFailure)
			f.message.ZH, f.message.EN = "撤回失败："+f.message.ZH, "not recalled: "+f.message.EN
			return refused(c, result, f), nil
		case b.State == messaging.DeliveryAccepted:
			return refused(c, result, failure{code: provider.DeadlineExceeded, message: provider.Text{
				ZH: "撤回已受理，将在后台继续，消息编号：" + res.Message.ID,
				EN: "the recall goes on in the background, message " + res.Message.ID,
			}}), nil
		}
	}
	result["success"] = true
	out := okReply(result)
	out.message = provider.Text{ZH: "撤回成功", EN: "recalled"}
	return out, nil
}
