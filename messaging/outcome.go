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

// accepted is the settlement of a yes.
func (w Work) accepted(receipt provider.Receipt, tracked bool, now time.Time) Settlement {
	st := Settlement{
		Claim: w.Claim, State: DeliveryAccepted, TaskID: storable(receipt.TaskID), RequestID: storable(receipt.RequestID),
		Tracking: tracked && receipt.TaskID != "", At: now,
	}
	if json.Valid(receipt.Raw) {
		st.Answer = receipt.Raw
	}
	if len(receipt.Refused) > 0 {
		st.Refused = make(map[provider.UserID]Failure, len(receipt.Refused))
		for user, err := range receipt.Refused {
			st.Refused[user] = personFailure(w.Provider, err)
		}
	}
	return st
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
	if errors.As(err, &refusal) { // it is about the connection
		f.Reason, f.Remedy = ReasonAppGone, reconnectApp
	}
	return w.giveUp(DeliveryFailed, f, now)
}

// released settles a claimed batch that was not sent because this process is
// stopping.
func (w Work) released(now time.Time) Settlement {
	return Settlement{Claim: w.Claim, State: DeliveryPending, Failure: w.Batch.Failure, NextAt: now, At: now}
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
		return Settlement{Claim: w.Claim, State: DeliveryUncertain, Failure: f, MaybeSent: true, At: now}
	case unsent && ctx.Err() != nil:
		return w.released(now)
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
		Claim: w.Claim, State: DeliveryPending, Failure: f, MaybeSent: !unsent, NextAt: next, At: now,
	}
}

// giveUp is a settlement without further attempts. Where an earlier attempt may
// have got through, that is what the batch says.
func (w Work) giveUp(state DeliveryState, f *Failure, now time.Time) Settlement {
	if w.Batch.MaybeSent {
		state = DeliveryUncertain
	}
	return Settlement{Claim: w.Claim, State: state, Failure: f, MaybeSent: w.Batch.MaybeSent, At: now}
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
