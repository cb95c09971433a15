package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// errCancelled ends the work on a run that somebody cancelled.
var errCancelled = errors.New("cancelled")

// fatalError ends a run as failed: repeating would not help.
type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }

func (e *fatalError) Unwrap() error { return e.err }

func isFatal(err error) bool {
	var fatal *fatalError
	return errors.As(err, &fatal)
}

// laterError ends a slice because there is nothing to do for a while.
type laterError struct{ pause time.Duration }

func (e *laterError) Error() string { return fmt.Sprintf("nothing to do for %s", e.pause) }

// isTransient reports whether an error is about the moment, not about the
// thing: the same can succeed later.
func isTransient(err error) bool {
	return errors.Is(err, tenant.ErrUnavailable) || errors.Is(err, ErrLost) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || provider.Retryable(err)
}

// failureOf is the form in which an error is stored and shown. It has the texts
// that were made for people only: others may say what is not theirs to know.
func failureOf(err error) *Failure {
	f := &Failure{Code: provider.CodeOf(err).String()}
	var upstream *provider.Error
	var refusal *tenant.Error
	switch {
	case errors.As(err, &upstream):
		f.Op, f.Upstream, f.RequestID, f.Remedy = upstream.Op, upstream.Upstream, upstream.RequestID, upstream.Remedy
		f.Message = upstreamText(upstream)
	case errors.As(err, &refusal):
		f.Reason, f.Message = refusal.Reason, refusal.Message
	case errors.Is(err, provider.ErrUnsupported):
		f.Message = provider.Text{ZH: "该应用不支持此功能", EN: "this office app cannot do it"}
	default:
		f.Message = provider.Text{ZH: "系统内部错误，请查看日志", EN: "internal error; see the log"}
	}
	return f
}

// upstreamText says what an office app answered.
func upstreamText(e *provider.Error) provider.Text {
	switch {
	case e.UpstreamMessage != "":
		return provider.Text{ZH: e.UpstreamMessage, EN: e.UpstreamMessage}
	case e.Code == provider.DeadlineExceeded:
		return provider.Text{ZH: "第三方平台未在限定时间内应答", EN: "the office app did not answer in time"}
	case e.Code == provider.Unavailable:
		return provider.Text{ZH: "第三方平台暂时不可用", EN: "the office app is not available"}
	}
	return provider.Text{ZH: "第三方平台返回错误", EN: "the office app answered with an error"}
}

func errOrgChanged() *tenant.Error {
	return tenant.Refuse(provider.FailedPrecondition, "organisation_changed",
		"应用的企业ID已变更，请重新发起同步", "the app's organisation has changed; start a new run")
}
