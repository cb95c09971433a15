package messaging

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var outcomeUnknown = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.Unknown, Reason: ReasonOutcomeUnknown,
	Message: provider.Text{
		ZH: "发送过程中服务中断，消息可能已送达，也可能未送达",
		EN: "the process ended while the office app was being called; the message may or may not have arrived",
	},
	Remedy: provider.Text{
		ZH: "向接收人确认；若可接受重复，请重新发送",
		EN: "ask the recipients; send it again if a repetition is acceptable",
	},
}

var expired = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.DeadlineExceeded, Reason: ReasonExpired,
	Message: provider.Text{
		ZH: "消息在过期时间之前未能发送", EN: "the message could not be sent before its expiry",
	},
}

var reconnectApp = provider.Text{ //nolint:gochecknoglobals // constant
	ZH: "请管理员重新启用或配置该应用，然后重新发送",
	EN: "have an administrator enable or configure the app again, then send the message again",
}

var changeAppBack = provider.Text{ //nolint:gochecknoglobals // constant
	ZH: "若企业ID或AppKey填写有误，请管理员改回后重试；否则请另行发送",
	EN: "if the organisation's id or the AppKey was entered wrongly, have an administrator set it back and try again; " +
		"otherwise send another message",
}

var restoreWebhook = provider.Text{ //nolint:gochecknoglobals // constant
	ZH: "请管理员重新启用该群机器人Webhook，或以同名重新创建，然后重新发送",
	EN: "have an administrator enable the group webhook again, or create it again under the same name, then send the message again",
}

var earlierPart = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.FailedPrecondition, Reason: ReasonEarlierPart,
	Message: provider.Text{
		ZH: "前一部分未能发送，后续部分不再发送", EN: "the part before was not sent, so this one is not sent either",
	},
}

// accepted is the settlement of a yes. People the office app turned away for a
// reason that passes are tried again in a batch of their own.
func (s *Service) accepted(w Work, receipt provider.Receipt, by channel) Settlement {
	now := stamp(s.cfg.Now())
	st := Settlement{
		Batch: w.Batch.BatchRef, Claim: w.Claim, State: DeliveryAccepted, TaskID: storable(receipt.TaskID), RequestID: storable(receipt.RequestID),
		AppIdentity: by.identity, Tracking: by.track != nil && receipt.TaskID != "", At: now,
	}
	if json.Valid(receipt.Raw) {
		st.Answer = receipt.Raw
	}
	for user, err := range receipt.Refused {
		if provider.Retryable(err) && w.Batch.Attempts < len(s.cfg.Backoff) {
			st.tryAgain(user, err, now.Add(max(vary(s.cfg.Backoff[w.Batch.Attempts]), err.RetryAfter)))
			continue
		}
		if st.Refused == nil {
			st.Refused = make(map[provider.UserID]Failure, len(receipt.Refused))
		}
		st.Refused[user] = personFailure(w.Provider, err)
	}
	st.again.Attempts = w.Batch.Attempts
	return st
}

// tryAgain notes a person for another attempt.
func (st *Settlement) tryAgain(user provider.UserID, err *provider.Error, at time.Time) {
	st.again.Users = append(st.again.Users, user)
	st.again.State, st.again.At = DeliveryPending, st.At
	st.again.NextAt, st.again.Failure = later(st.again.NextAt, stamp(at)), failureOf(err)
}

// storable takes out what no database keeps in a text. A yes must not be lost
// because an office app answers oddly.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// refused settles a claimed batch that cannot be sent at all: the app is gone,
// or cannot do it.
func (w Work) refused(err error, now time.Time) Settlement {
	f := failureOf(err)
	var refusal *tenant.Error
	switch isRefusal := errors.As(err, &refusal); { // it is about the connection
	case errors.Is(err, ErrAppChanged): // that says it all
	case isRefusal && w.Channel == ChannelWebhook:
		f.Reason, f.Remedy = ReasonWebhookGone, restoreWebhook
	case isRefusal:
		f.Reason, f.Remedy = ReasonAppGone, reconnectApp
	}
	return w.giveUp(DeliveryFailed, f, now)
}

// released settles a claimed batch that was not sent because this process is
// stopping.
func (w Work) released(now time.Time) Settlement {
	return Settlement{
		Batch: w.Batch.BatchRef, Claim: w.Claim, State: DeliveryPending, Failure: w.Batch.Failure, NextAt: now, Unclaimed: true, At: now,
	}
}

// heldBack settles a batch that was left behind by a dead process and is to be
// sent again once the pause is over: what waits is given a job then.
func (w Work) heldBack(now time.Time) Settlement {
	return Settlement{
		Batch: w.Batch.BatchRef, Claim: w.Claim, State: DeliveryPending, Failure: &outcomeUnknown, MaybeSent: true, NextAt: now, At: now,
	}
}

// notMade reports whether a call was kept from being made by the pace that the
// office app allows. A call that it answered has an Upstream.
func notMade(e *provider.Error) bool {
	return e.Code == provider.ResourceExhausted && e.Upstream == "" && e.RetryAfter > 0
}

// paced settles a claimed batch whose call was not made: that is no attempt,
// however often it happens to a large backlog.
func (w Work) paced(f *Failure, now time.Time, pause time.Duration) Settlement {
	st := w.released(now)
	st.Failure, st.NextAt = f, now.Add(pause)
	if w.expired(st.NextAt) {
		st.NextAt = w.ExpiresAt // to be found expired then
	}
	return st
}

// postponed settles a batch that a quota makes wait.
func (w Work) postponed(e *waitError, now time.Time) Settlement {
	st := Settlement{
		Batch: w.Batch.BatchRef, Claim: w.Claim, State: DeliveryScheduled, Failure: e.failure, NextAt: e.until, At: now,
		MaybeSent: w.Batch.State == DeliverySending, // then a dead process has left it behind
		quota:     e.quota,
	}
	if w.expired(e.until) {
		st.NextAt = w.ExpiresAt // to be found expired then
	}
	return st
}

// failed turns an error of the call to the office app into a settlement.
func (s *Service) failed(ctx context.Context, w Work, err error) Settlement {
	now := stamp(s.cfg.Now())
	f := failureOf(err)
	var e *provider.Error
	unsent := errors.As(err, &e) && e.Unsent
	switch {
	case !unsent && !w.AtLeastOnce:
		f.Remedy = outcomeUnknown.Remedy
		return Settlement{Batch: w.Batch.BatchRef, Claim: w.Claim, State: DeliveryUncertain, Failure: f, MaybeSent: true, At: now}
	case unsent && ctx.Err() != nil:
		return w.released(now)
	case unsent && notMade(e):
		return w.paced(f, now, e.RetryAfter)
	case unsent && !provider.Retryable(err):
		return w.giveUp(DeliveryFailed, f, now)
	case w.Batch.Attempts >= len(s.cfg.Backoff):
		w.Batch.MaybeSent = w.Batch.MaybeSent || !unsent
		return w.giveUp(DeliveryDead, f, now)
	}
	pause := vary(s.cfg.Backoff[w.Batch.Attempts])
	if e != nil {
		pause = max(pause, e.RetryAfter)
	}
	next := now.Add(pause)
	if w.expired(next) {
		next = w.ExpiresAt // to be found expired then
	}
	return Settlement{
		Batch: w.Batch.BatchRef, Claim: w.Claim, State: DeliveryPending, Failure: f, MaybeSent: !unsent, NextAt: next, At: now,
	}
}

// giveUp is a settlement without further attempts. Where an earlier attempt may
// have got through, that is what the batch says.
func (w Work) giveUp(state DeliveryState, f *Failure, now time.Time) Settlement {
	if w.Batch.MaybeSent {
		state = DeliveryUncertain
	}
	return Settlement{Batch: w.Batch.BatchRef, Claim: w.Claim, State: state, Failure: f, MaybeSent: w.Batch.MaybeSent, At: now}
}

// vary returns d, more or less by up to a fifth: what failed together should
// not come back together.
func vary(d time.Duration) time.Duration {
	fifth := int64(d / 5)
	if fifth <= 0 {
		return d
	}
	return d + time.Duration(rand.Int64N(2*fifth+1)-fifth) //nolint:gosec // spreads load, guards nothing
}
