package messaging

import (
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The refusals of this package; find them with errors.Is, which goes by the
// reason. Those that depend on the request carry a message of their own.
var (
	// ErrNoRecipients: the request names nobody.
	ErrNoRecipients = tenant.Refuse(provider.InvalidArgument, "no_recipients",
		"未指定接收人：请填写usernames、userIds、providerUserIds、departmentIds或roles，或将all设为true",
		"nobody is named; fill usernames, userIds, providerUserIds, departmentIds or roles, or set all to true").WithField("recipients")
	// ErrAmbiguousRecipients: the request names people and everyone.
	ErrAmbiguousRecipients = tenant.Refuse(provider.InvalidArgument, "ambiguous_recipients",
		"已指定接收人时不能同时将all设为true，请二选一",
		"people are named and all is true; use one or the other").WithField("recipients")
	// ErrTooManyRecipients: more than Config.MaxRecipients.
	ErrTooManyRecipients = tenant.Refuse(provider.InvalidArgument, "too_many_recipients",
		"接收人过多", "too many recipients").WithField("recipients")
	// ErrInvalidRecipient: an entry is empty, too long or not readable text.
	ErrInvalidRecipient = tenant.Refuse(provider.InvalidArgument, "invalid_recipient",
		"接收人无效", "invalid recipient").WithField("recipients")
	// ErrInvalidContent: the content is empty, incomplete or of unknown type.
	ErrInvalidContent = tenant.Refuse(provider.InvalidArgument, "invalid_content",
		"消息内容无效", "invalid content").WithField("content")
	// ErrContentTooLong: longer than the channel takes; see provider.Limits.
	ErrContentTooLong = tenant.Refuse(provider.InvalidArgument, "content_too_long",
		"消息内容过长", "the content is too long").WithField("content")
	// ErrWouldDegrade: the office app cannot show the content as it is, and
	// the request said Refuse.
	ErrWouldDegrade = tenant.Refuse(provider.Unsupported, "would_degrade",
		"该应用无法按原样显示消息内容", "the office app cannot show the content as it is").WithField("content")
	// ErrInvalidRequest: another field has a value that is not allowed.
	ErrInvalidRequest = tenant.Refuse(provider.InvalidArgument, "invalid_request",
		"请求参数无效", "invalid request")
	// ErrUnsupported: a field asks for what the channel cannot do.
	ErrUnsupported = tenant.Refuse(provider.Unsupported, "unsupported",
		"暂不支持", "not supported")
	// ErrKeyReused: the idempotency key belongs to a different request.
	ErrKeyReused = tenant.Refuse(provider.AlreadyExists, "idempotency_key_reused",
		"该幂等键已用于另一个不同的请求，请换用新的幂等键",
		"this idempotency key was used for a different request; use a new one").WithField("idempotencyKey")
	// ErrStreamCancelled: somebody has cancelled the message while its
	// recipients were still coming.
	ErrStreamCancelled = tenant.Refuse(provider.Canceled, "stream_cancelled",
		"消息已被取消，其余接收人不再接收", "the message was cancelled; no more recipients are taken")
	// ErrNothingToCancel: no part of the message is waiting to be sent.
	ErrNothingToCancel = tenant.Refuse(provider.FailedPrecondition, "nothing_to_cancel",
		"没有待发送的内容可取消；已发送的消息请使用撤回", "nothing is waiting to be sent; to take back what was sent, recall it")
	// ErrNotRecallable: no part of the message can be taken back.
	ErrNotRecallable = tenant.Refuse(provider.FailedPrecondition, "not_recallable",
		"该消息没有可撤回的内容：尚未被应用平台接收，或已撤回", "nothing of the message can be taken back: it was not accepted, or is recalled already")
	// ErrNothingToReplay: no delivery of the message is in one of the states.
	ErrNothingToReplay = tenant.Refuse(provider.FailedPrecondition, "nothing_to_replay",
		"没有处于所选状态的投递可重发", "no delivery of the message is in one of these states")
	// ErrAppChanged: the app has become that of another organisation, or another
	// app at the office app, than the message was meant for or sent through.
	ErrAppChanged = tenant.Refuse(provider.FailedPrecondition, ReasonAppChanged,
		"应用的企业ID或AppKey已变更，该消息属于变更前的应用；如属误改，请改回，否则请另行发送",
		"the app's organisation or credentials have changed, and the message belongs to the app as it was before; "+
			"set them back if that was a mistake, otherwise send another message")
	// ErrMessageNotFound: the tenant has no such message.
	ErrMessageNotFound = tenant.Refuse(provider.NotFound, "message_not_found",
		"消息不存在", "no such message in this tenant")
)

// restate returns a copy of a refusal with a message, and field, of its own.
func restate(e *tenant.Error, field, zh, en string) *tenant.Error {
	r := tenant.Refuse(e.Code, e.Reason, zh, en)
	r.Field = e.Field
	if field != "" {
		r.Field = field
	}
	return r
}

func errTooManyRecipients(n, limit int) error {
	return restate(ErrTooManyRecipients, "",
		fmt.Sprintf("接收人共%d个，超过单次上限%d个；请改用departmentIds、roles或all，或分多次发送", n, limit),
		fmt.Sprintf("%d recipients; at most %d per request; name departmentIds, roles or all instead, or use several requests", n, limit))
}

// errInvalidRecipient does not repeat the value: it may be a mobile number.
func errInvalidRecipient(list string, i int) error {
	return restate(ErrInvalidRecipient, fmt.Sprintf("%s[%d]", list, i),
		fmt.Sprintf("接收人无效：须为1到%d字节的UTF-8文本，且不含控制字符", maxNameBytes),
		fmt.Sprintf("want 1 to %d bytes of UTF-8 without control characters", maxNameBytes))
}

func errInvalidContent(err error) error {
	var wrong *provider.ContentError
	if errors.As(err, &wrong) {
		return restate(ErrInvalidContent, wrong.Field, wrong.Field+"："+wrong.Problem.ZH, wrong.Field+": "+wrong.Problem.EN)
	}
	return ErrInvalidContent.WithCause(err)
}

func errContentTooLong(kind provider.Kind, n, limit int) error {
	return restate(ErrContentTooLong, "",
		fmt.Sprintf("消息内容为%d字节（UTF-8，按发送格式计），超过%s的上限%d字节，请缩短内容", n, kind, limit),
		fmt.Sprintf("%d bytes of UTF-8 in the form it is sent; %s takes at most %d; shorten the content", n, kind, limit))
}

// errFieldTooLong is the office app's word about one field.
func errFieldTooLong(e *provider.ContentError) error {
	return restate(ErrContentTooLong, e.Field, e.Field+"："+e.Problem.ZH, e.Field+": "+e.Problem.EN)
}

func errWouldDegrade(kind provider.Kind, degraded []provider.Text) error {
	return restate(ErrWouldDegrade, "",
		fmt.Sprintf("%s无法按原样显示该消息内容，请修改内容，或将onUnsupported设为degrade", kind),
		fmt.Sprintf("%s cannot show this content as it is; change it, or set onUnsupported to degrade", kind)).
		WithDetails(map[string][]provider.Text{"degraded": degraded})
}

func errInvalidRequest(field, zh, en string) error {
	return restate(ErrInvalidRequest, field, zh, en)
}

func errUnsupported(field, zh, en string) error {
	return restate(ErrUnsupported, field, zh, en)
}

func errNotFound(err error) error {
	if errors.Is(err, tenant.ErrNotFound) {
		return ErrMessageNotFound.WithCause(err)
	}
	return err
}
