package transport

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// testApps are the values of the field app.
var testApps = map[string]provider.Kind{ //nolint:gochecknoglobals // constant table
	"DINGTALK":          provider.DingTalk,
	"WECHAT_ENTERPRISE": provider.WeCom,
	"FEISHU":            provider.Feishu,
}

func errUnknownTestApp() error {
	return invalid("app", "不识别的第三方APP", "unknown app: want DINGTALK, WECHAT_ENTERPRISE or FEISHU")
}

// testApp reads the field app. What the host does not offer is refused in the
// words of the request.
func (a *api) testApp(object looseObject) (provider.Kind, error) {
	app, _, err := object.text("app")
	if err != nil {
		return "", err
	}
	kind, known := testApps[app]
	switch {
	case !known:
		return "", errUnknownTestApp()
	case kind == provider.WeCom && !a.offers(kind):
		return "", errNoWeCom()
	}
	return kind, a.checkOffered(kind, "app", app)
}

// decodeTestMessage reads the body of sendMessageTest. As ever, sendAll makes
// the receivers not matter.
func (a *api) decodeTestMessage(r *http.Request) (messaging.Request, error) {
	object, err := decodeLoose(r)
	if err != nil {
		return messaging.Request{}, err
	}
	kind, err := a.testApp(object)
	if err != nil {
		return messaging.Request{}, err
	}
	to, err := testRecipients(object)
	if err != nil {
		return messaging.Request{}, err
	}
	content, _, err := object.text("content")
	switch {
	case err != nil:
		return messaging.Request{}, err
	case strings.TrimSpace(content) == "":
		return messaging.Request{}, invalid("content", "消息内容content不能为空", "content is required")
	}
	return messaging.Request{
		Provider: kind, Recipients: to, Content: provider.NewText(content), ExpiresAt: testExpiry(a.cfg.Now()),
	}, nil
}

// testExpiry is when a message of the contract's is of no use any more: at the
// end of the day, China's. The contract's own server tries once, and what is over
// a quota of the day is lost; here its caller is told that it was not sent. Of an
// alarm that is repeated all day one a day would be sent, on as many days as it
// was repeated, at midnight.
func testExpiry(now time.Time) time.Time {
	const grace = time.Second // it must not be over when the message is accepted
	y, m, d := now.Add(grace).In(contractZone()).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, contractZone())
}

func testRecipients(object looseObject) (messaging.Recipients, error) {
	all, _, err := object.flag("sendAll")
	if err != nil || all {
		return messaging.Recipients{All: all}, err
	}
	receiver, _, err := object.text("receiver")
	if err != nil {
		return messaging.Recipients{}, err
	}
	var to messaging.Recipients
	for name := range strings.SplitSeq(receiver, ",") {
		if name = strings.TrimSpace(name); name != "" {
			to.Usernames = append(to.Usernames, name)
		}
	}
	if len(to.Usernames) == 0 {
		return to, invalid("receiver", "请填写接收人receiver，或将sendAll设为true", "name receivers, or set sendAll to true")
	}
	return to, nil
}

// sendTest sends a message and waits a while for the office app's answer; it is
// a success only if the office app accepted.
func (a *api) sendTest(ctx context.Context, req messaging.Request) (reply, error) {
	res, err := a.services.Messages.SendAndWait(ctx, tenantOf(ctx), req, a.cfg.SendWait)
	c := callFrom(ctx)
	switch {
	case err == nil:
		return a.testReply(c, res), nil
	case res.Message.ID == "":
		return reply{}, err
	}
	c.err = err // the wait failed, and the message is sent all the same
	return refused(c, testResult(c, res), noAnswer(res.Message)), nil
}

// testReply tells what the office app said. When the message was cut into
// several calls, the first one that was not accepted speaks for all.
func (a *api) testReply(c *call, res messaging.Result) reply {
	result, names := testResult(c, res), unboundNames(res.Unbound)
	if len(res.Batches) == 0 {
		return refused(c, result, failure{code: provider.FailedPrecondition, message: provider.Text{
			ZH: "没有可送达的接收人，以下接收人不存在或未绑定账号：" + names,
			EN: "nobody can be reached; unknown or not bound: " + names,
		}})
	}
	for _, b := range res.Batches {
		if f, bad := a.batchFailure(b, res.Message); bad {
			return refused(c, result, f)
		}
	}
	result["success"] = true
	out := okReply(result)
	if names != "" {
		out.message = provider.Text{
			ZH: "已发送，但以下接收人不存在或未绑定账号：" + names,
			EN: "sent, except to these, who are unknown or not bound: " + names,
		}
	}
	return out
}

// refused is a failure that has a result all the same.
func refused(c *call, result map[string]any, f failure) reply {
	result["errcode"], result["errmsg"] = -1, f.message.In(c.lang)
	if e := f.refused; e != nil {
		if n, err := strconv.Atoi(e.Upstream); err == nil {
			result["errcode"] = n
		}
		if e.UpstreamMessage != "" {
			result["errmsg"] = e.UpstreamMessage
		}
		if e.RequestID != "" {
			result["request_id"] = e.RequestID
		}
	}
	return reply{
		outcome: f.code, code: codeFailed, result: result,
		message: provider.Text{ZH: f.sentence(chinese), EN: f.sentence(english)},
	}
}

// batchFailure returns why a batch was not accepted, if so.
func (a *api) batchFailure(b messaging.Batch, m messaging.Message) (failure, bool) {
	switch {
	case b.State == messaging.DeliveryAccepted:
		return failure{}, false
	case b.Failure == nil:
		return noAnswer(m), true
	}
	f := a.deliveryFailure(*b.Failure)
	expires := b.State == messaging.DeliveryScheduled && !m.ExpiresAt.IsZero() && !b.NextAt.Before(m.ExpiresAt)
	waits := b.State == messaging.DeliveryPending || b.State == messaging.DeliverySending || b.State == messaging.DeliveryScheduled
	if waits && !expires {
		f.message.ZH += "；将自动重试，消息编号：" + m.ID
		f.message.EN += "; it will be tried again, message " + m.ID
	}
	return f, true
}

func noAnswer(m messaging.Message) failure {
	return failure{code: provider.DeadlineExceeded, message: provider.Text{
		ZH: "已受理，但尚未收到应答，将在后台继续发送，消息编号：" + m.ID,
		EN: "accepted here, but there is no answer yet; sending goes on in the background, message " + m.ID,
	}}
}

// testResult is the office app's own answer, completed to the contract's form:
// request_id, errcode, errmsg, success, and in result the names of the accepted
// batches. Ours are messageId, state and unbound.
func testResult(c *call, res messaging.Result) map[string]any {
	result := make(map[string]any)
	var tasks []string
	requestID := ""
	for _, b := range res.Batches {
		if len(tasks) == 0 && len(b.Answer) > 0 {
			_ = json.Unmarshal(b.Answer, &result) // an answer that is no object adds nothing
		}
		if b.TaskID != "" {
			tasks = append(tasks, b.TaskID)
		}
		if requestID == "" {
			requestID = b.RequestID
		}
	}
	result["request_id"], result["errcode"], result["errmsg"] = requestID, 0, "ok"
	result["result"], result["success"] = strings.Join(tasks, ","), false
	result["messageId"], result["state"] = res.Message.ID, res.Message.State
	result["unbound"] = unboundOf(c, res.Unbound)
	return result
}

// unboundBody is a recipient that nothing was sent to.
type unboundBody struct {
	Username string `json:"username"`
	Reason   string `json:"reason"`
	Message  string `json:"message"`
}

func unboundOf(c *call, list []messaging.Delivery) []unboundBody {
	out := make([]unboundBody, len(list))
	for i, d := range list {
		out[i].Username = d.Recipient.Username
		if d.Failure != nil {
			out[i].Reason, out[i].Message = d.Failure.Reason, c.text(d.Failure.Message)
		}
	}
	return out
}

func unboundNames(list []messaging.Delivery) string {
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = d.Recipient.Username
	}
	return strings.Join(names, "、")
}
