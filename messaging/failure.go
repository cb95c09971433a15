package messaging

import (
	"errors"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Failure says why something was not sent or did not arrive. It is stored as
// JSON and contains no secret and no message text.
type Failure struct {
	// Code classifies it.
	Code provider.Code `json:"code"`
	// Reason is a stable name when the failure is this module's, such as
	// "unknown_user"; "" when the office app said it.
	Reason string `json:"reason,omitempty"`
	// Message is for a person to read; may be zero when the office app said
	// it: then UpstreamMessage is its own text.
	Message provider.Text `json:"message,omitzero"`
	// Remedy tells an administrator what to do; may be zero.
	Remedy provider.Text `json:"remedy,omitzero"`
	// Provider, Op, Upstream, UpstreamMessage and RequestID are those of
	// provider.Error; "" when the office app had no part in it.
	Provider        provider.Kind `json:"provider,omitempty"`
	Op              string        `json:"op,omitempty"`
	Upstream        string        `json:"upstream,omitempty"`
	UpstreamMessage string        `json:"upstreamMessage,omitempty"`
	RequestID       string        `json:"requestId,omitempty"`
}

// The reasons of failures that are this module's own.
const (
	// ReasonUnknownUser: no active member of the tenant has that name or id.
	ReasonUnknownUser = "unknown_user"
	// ReasonNotBound: the user is not linked to a person of the office app.
	ReasonNotBound = "not_bound"
	// ReasonSuspended and ReasonLeft: the user is not active in the tenant.
	ReasonSuspended = "suspended"
	ReasonLeft      = "left"
	// ReasonRepeated: the person was named before in the same stream.
	ReasonRepeated = "repeated"
	// ReasonBrokenOff: the stream of recipients ended before its end.
	ReasonBrokenOff = "broken_off"
	// ReasonQuota: a quota of the office app is used up for now.
	ReasonQuota = "quota"
	// ReasonEarlierPart: a part before this one was not sent.
	ReasonEarlierPart = "earlier_part"
	// ReasonCancelled: somebody cancelled or recalled the message before it
	// was sent.
	ReasonCancelled = "cancelled"
	// ReasonRecallWindow: it is too late to take it back.
	ReasonRecallWindow = "recall_window"
	// ReasonUnknownGroup: a department or role was removed before its people
	// were looked up.
	ReasonUnknownGroup = "unknown_group"
	// ReasonOutcomeUnknown: the process ended while the office app was being
	// called.
	ReasonOutcomeUnknown = "outcome_unknown"
	// ReasonExpired: the request's ExpiresAt passed before it was sent.
	ReasonExpired = "expired"
	// ReasonAppGone: the app the message was to be sent through was removed or
	// disabled.
	ReasonAppGone = "app_gone"
	// ReasonAppChanged: the app has become that of another organisation, or
	// another app at the office app.
	ReasonAppChanged = "app_changed"
	// ReasonWebhookGone: the group webhook was removed or disabled.
	ReasonWebhookGone = "webhook_gone"
)

// failureOf describes an error of an office app or of the way to it. Texts of
// other errors are left out: they are for the log.
func failureOf(err error) *Failure {
	f := &Failure{Code: provider.CodeOf(err)}
	var refusal *tenant.Error
	var content *provider.ContentError
	var upstream *provider.Error
	switch {
	case errors.As(err, &upstream):
		f.Remedy = upstream.Remedy
		f.Provider, f.Op = upstream.Provider, upstream.Op
		f.Upstream, f.UpstreamMessage, f.RequestID = upstream.Upstream, upstream.UpstreamMessage, upstream.RequestID
		if f.Upstream == "" {
			f.Message = noAnswer
		}
	case errors.As(err, &refusal):
		f.Reason, f.Message = refusal.Reason, refusal.Message
		if errors.Is(err, ErrAppChanged) {
			f.Remedy = changeAppBack
		}
	case errors.As(err, &content):
		f.Message = content.Problem
	case errors.Is(err, provider.ErrUnsupported):
		f.Message = notAble
	default:
		f.Message = noAnswer
	}
	return f
}

var noAnswer = provider.Text{ //nolint:gochecknoglobals // constant
	ZH: "未收到应用平台的有效应答", EN: "the office app gave no usable answer",
}

var notAble = provider.Text{ //nolint:gochecknoglobals // constant
	ZH: "该应用平台不支持此操作", EN: "the office app cannot do this",
}
