package transport

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// httpError is a refusal with a status of its own, for what only HTTP knows.
type httpError struct {
	refusal *tenant.Error
	status  int
	// routing is true when no operation was found for the request; allowed are
	// the methods that there are on its path.
	routing bool
	allowed []string
}

// Error implements error.
func (e *httpError) Error() string { return e.refusal.Error() }

// Unwrap makes errors.As find the refusal.
func (e *httpError) Unwrap() error { return e.refusal }

func errNoRoute() error {
	return &httpError{
		refusal: tenant.Refuse(provider.NotFound, "no_route",
			"路径不存在，请检查路径是否正确", "there is no such path; check its spelling"),
		status: http.StatusNotFound, routing: true,
	}
}

func errMethod(method string, allowed []string) error {
	return &httpError{
		refusal: tenant.Refuse(provider.InvalidArgument, "method_not_allowed",
			"不支持"+method+"请求方法，支持以下"+strings.Join(allowed, "、")+"、",
			"method "+method+" is not supported here; use "+strings.Join(allowed, ", ")),
		status: http.StatusMethodNotAllowed, routing: true, allowed: allowed,
	}
}

func errBodyTooLarge(limit int64) error {
	return &httpError{
		refusal: tenant.Refuse(provider.InvalidArgument, "body_too_large",
			fmt.Sprintf("请求体超过上限%d字节，请减少内容", limit), fmt.Sprintf("the request body is larger than %d bytes; send less", limit)),
		status: http.StatusRequestEntityTooLarge,
	}
}

// invalid refuses an input of the request.
func invalid(field, zh, en string) *tenant.Error {
	return tenant.Refuse(provider.InvalidArgument, "invalid_request", zh, en).WithField(field)
}

// failure is an error as an answer tells it.
type failure struct {
	code   provider.Code
	status int
	reason string
	// message says everything a person needs who sees nothing else.
	message provider.Text
	remedy  provider.Text
	field   string
	details any
	// refused is set when an office app, or the way to it, failed.
	refused *provider.Error
	// routing is true when no operation was found for the request.
	routing bool
	// wait is when to come back, of a refusal of this module.
	wait time.Duration
}

// failureOf decides what of an error is shown. What carries neither a code nor
// a message of this module is shown as a neutral sentence with the request's
// id, by which the log has it.
func (a *api) failureOf(err error, requestID string) failure {
	var (
		refusal *tenant.Error
		refused *provider.Error
		content *provider.ContentError
	)
	switch {
	case errors.As(err, &refusal):
		return refusalFailure(refusal, err)
	case errors.As(err, &refused):
		return a.upstreamFailure(refused)
	case errors.As(err, &content):
		return refusalFailure(tenant.Refuse(provider.InvalidArgument, "invalid_content",
			content.Problem.ZH, content.Problem.EN).WithField(content.Field), err)
	}
	code := provider.CodeOf(err)
	f := failure{code: code, status: rowOf(code).own, reason: code.String(), message: rowOf(code).text}
	if code == provider.DeadlineExceeded {
		f.remedy = provider.Text{ZH: "请先查看结果，再决定是否重试", EN: "look at the outcome before you try again"}
	}
	if isFault(code) {
		f.code, f.reason = provider.Internal, provider.Internal.String()
		f.message.ZH += "（请求编号 " + requestID + "）"
		f.message.EN += " (request " + requestID + ")"
	}
	return f
}

// longestText bounds what answers and the log say of an error, longestField the
// name of a field, in bytes: many errors repeat what was sent, which may be a
// megabyte.
const (
	longestText  = 8 << 10
	longestField = 256
)

// isFault reports whether a code means that this module, and not the request
// or an office app, is to blame.
func isFault(c provider.Code) bool { return c == provider.Unknown || c == provider.Internal }

func refusalFailure(e *tenant.Error, err error) failure {
	f := failure{
		code: e.Code, status: rowOf(e.Code).own, reason: e.Reason,
		message: provider.Text{ZH: cut(e.Message.ZH, longestText), EN: cut(e.Message.EN, longestText)},
		field:   cut(e.Field, longestField), details: e.Details,
	}
	var own *httpError
	if errors.As(err, &own) {
		f.status, f.routing = own.status, own.routing
	}
	var fast *tooFast
	if errors.As(err, &fast) {
		f.wait = fast.wait
	}
	return f
}

// upstreamFailure tells what an office app refused: its number and words, what
// they mean, what to do.
func (a *api) upstreamFailure(e *provider.Error) failure {
	row := rowOf(e.Code)
	f := failure{
		code: e.Code, status: row.upstream, reason: "provider_" + e.Code.String(),
		remedy: e.Remedy, refused: e,
	}
	title := a.titleOf(e.Provider)
	if e.Upstream == "" {
		f.message = provider.Text{
			ZH: "调用" + title.In(chinese) + "失败：" + row.text.ZH,
			EN: "calling " + title.In(english) + " failed: " + row.text.EN,
		}
		return f
	}
	answer := strings.TrimSpace(e.Upstream + " " + e.UpstreamMessage)
	f.message = provider.Text{
		ZH: title.In(chinese) + "返回错误：" + answer + "（" + row.text.ZH + "）",
		EN: title.In(english) + " answered: " + answer + " (" + row.text.EN + ")",
	}
	return f
}

// titleOf returns the name of an office app, or its kind when the host no
// longer offers it.
func (a *api) titleOf(kind provider.Kind) provider.Text {
	f, err := a.services.Registry.Factory(kind)
	if err != nil {
		return provider.Text{ZH: string(kind), EN: string(kind)}
	}
	return f.Title()
}

// namingField returns the failure with the wrong input named in its English
// message, for programs. The Chinese messages name it in words; the English ones
// leave it to Field, which a developer who sees the message alone does not see.
func (f failure) namingField() failure {
	told := f.details != nil || strings.Contains(strings.ToLower(f.message.EN), strings.ToLower(f.field))
	if f.code == provider.InvalidArgument && !told {
		f.message.EN = f.field + ": " + f.message.EN
	}
	return f
}

// sentence returns the message with the remedy, for answers that have no other
// place for it.
func (f failure) sentence(lang string) string {
	s := f.message.In(lang)
	remedy := f.remedy.In(lang)
	switch {
	case remedy == "":
		return s
	case lang == english:
		return s + ". What to do: " + remedy
	default:
		return s + "。处理办法：" + remedy
	}
}

// body returns the failure as programs read it.
func (f failure) body(lang string) *errorBody {
	b := &errorBody{
		Code: f.code.String(), Reason: f.reason, Remedy: f.remedy.In(lang),
		RetryAfter: seconds(f.retryAfter()), Field: f.field, Details: f.details,
	}
	if e := f.refused; e != nil {
		b.Provider, b.Upstream = string(e.Provider), e.Upstream
		b.UpstreamMessage, b.RequestID = e.UpstreamMessage, e.RequestID
	}
	return b
}

func (f failure) retryAfter() time.Duration {
	if f.refused == nil {
		return f.wait
	}
	return f.refused.RetryAfter
}

// seconds rounds up, so that nobody comes back too early.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
