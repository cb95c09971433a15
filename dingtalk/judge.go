package dingtalk

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// bannedStatus is the status in the body of the answer to a banned address.
const bannedStatus = "1111"

// judge tells success from refusal.
func (c *client) judge(r request, got httpAnswer, hidden redactor) (answer, error) {
	if r.api.gen == oldAPI {
		return c.judgeOld(r, got, hidden)
	}
	return c.judgeNew(r.api, got, hidden)
}

// refusal is what DingTalk answered instead of success.
type refusal struct {
	code, message, requestID string
	// scopes are the permissions the new API names as missing.
	scopes []string
}

// judgeOld: the errcode decides, whatever the HTTP status says, except that a
// success must also be one for HTTP.
func (c *client) judgeOld(r request, got httpAnswer, hidden redactor) (answer, error) {
	a := r.api
	e, err := openOld(r, got.body)
	if err != nil || (e.ErrCode == nil && e.Status != bannedStatus) {
		return answer{}, c.garbage(a, got)
	}
	id := requestID(string(e.RequestID), got.header)
	if e.ErrCode == nil {
		return answer{}, c.refused(a, got, refusal{code: bannedStatus, requestID: id}, hidden)
	}
	code, message := e.Refusal()
	if code != "0" {
		return answer{}, c.refused(a, got, refusal{code: code, message: message, requestID: id}, hidden)
	}
	if got.status != http.StatusOK {
		return answer{}, c.garbage(a, got)
	}
	return answer{got.body, id, hidden}, nil
}

// openOld decodes an answer with its result in one pass: pages are large. Where
// the result is not as it should be, the envelope still tells a refusal.
func openOld(r request, body []byte) (wire.OldEnvelope, error) {
	if r.result != nil {
		whole := wire.OldAnswer{Result: r.result()}
		if err := whole.Decode(body); err == nil {
			return whole.OldEnvelope, nil
		}
		r.result()
	}
	var e wire.OldEnvelope
	err := json.Unmarshal(body, &e)
	return e, err
}

// judgeNew: the HTTP status decides, and the code says why.
func (c *client) judgeNew(a api, got httpAnswer, hidden redactor) (answer, error) {
	var e struct {
		wire.NewFailure
		Status wire.Text `json:"status"`
	}
	if err := json.Unmarshal(got.body, &e); err != nil {
		return answer{}, c.garbage(a, got)
	}
	id := requestID(string(e.RequestID), got.header)
	switch {
	case e.Status == bannedStatus:
		return answer{}, c.refused(a, got, refusal{code: bannedStatus, requestID: id}, hidden)
	case got.status >= 200 && got.status <= 299:
		return answer{got.body, id, hidden}, nil
	case e.Code == "":
		return answer{}, c.garbage(a, got)
	}
	scopes := make([]string, len(e.Denied.RequiredScopes))
	for i, s := range e.Denied.RequiredScopes {
		scopes[i] = string(s)
	}
	return answer{}, c.refused(a, got, refusal{string(e.Code), string(e.Message), id, scopes}, hidden)
}

// refused classifies a refusal. It took no effect, unless it comes from behind
// the gateway where the work is done.
func (c *client) refused(a api, got httpAnswer, r refusal, hidden redactor) *provider.Error {
	rule, known := ruleFor(r.code)
	switch {
	case !known:
		rule = ruleForStatus(a.gen, got.status)
	case slices.Contains(a.gone, r.code):
		rule = ruling{code: provider.NotFound}
	}
	e := c.failure(a, rule.code, nil, rule.class != stalled && got.status < 500)
	e.Upstream = hidden.text(r.code)
	e.UpstreamMessage = hidden.text(r.message)
	e.RequestID = hidden.text(r.requestID)
	e.Remedy = rule.remedy
	if rule.class == notGranted {
		e.Remedy = missingRight(a, r.scopes)
	}
	e.RetryAfter = rule.pause.from(c.now())
	if told := retryAfterHeader(got.header, c.now()); rule.code == provider.ResourceExhausted && told > 0 {
		e.RetryAfter = told
	}
	return e
}

// ruleForStatus rules on a number or name that is not in the table.
func ruleForStatus(gen generation, status int) ruling {
	switch {
	case status >= 500:
		return ruling{code: provider.Unavailable, class: stalled, remedy: remedyWait}
	case status == http.StatusTooManyRequests:
		return ruling{code: provider.ResourceExhausted, class: throttled, remedy: remedySlow}
	case gen == oldAPI:
		return ruling{code: provider.Unknown}
	}
	switch status {
	case http.StatusBadRequest:
		return ruling{code: provider.InvalidArgument}
	case http.StatusUnauthorized:
		return ruling{code: provider.Unauthenticated, remedy: remedyCredentials}
	case http.StatusForbidden:
		return ruling{code: provider.PermissionDenied}
	case http.StatusNotFound:
		return ruling{code: provider.NotFound}
	case http.StatusConflict:
		return ruling{code: provider.AlreadyExists}
	default:
		return ruling{code: provider.Unknown}
	}
}

// missingRight names the permissions to grant: those of the refusal, else that
// of the api.
func missingRight(a api, scopes []string) provider.Text {
	if len(scopes) > 0 {
		return grantRemedy(scopeRights(scopes)...)
	}
	return grantRemedy(a.right)
}

// garbage is the error for an answer that is not in DingTalk's form: cut off,
// from a gateway or proxy, or the page that banned addresses get.
func (c *client) garbage(a api, got httpAnswer) *provider.Error {
	e := c.failure(a, provider.Unavailable, &garbageError{got.status}, false)
	e.RequestID, e.Remedy = requestID("", got.header), remedyUnreachable
	switch {
	case isBanPage(got):
		e.Code, e.Upstream, e.Unsent = provider.ResourceExhausted, bannedStatus, true
		e.RetryAfter, e.Remedy = fiveMinutes.from(c.now()), remedyBanned
	case got.status == http.StatusTooManyRequests:
		e.Code, e.Unsent, e.Remedy = provider.ResourceExhausted, true, remedySlow
		e.RetryAfter = retryAfterHeader(got.header, c.now())
	}
	return e
}

// isBanPage tells the page for banned addresses from that of a gateway or proxy.
// DingTalk does not document its text; the mark is the field that the JSON form
// of the same answer has. Without it the answer counts as Unavailable: to stop
// all calls for 5 minutes needs more than a page.
func isBanPage(got httpAnswer) bool {
	return bytes.HasPrefix(bytes.TrimSpace(got.body), []byte("<")) && bytes.Contains(got.body, []byte("punish"))
}

// garbageError says with which HTTP status an answer came that is not
// DingTalk's.
type garbageError struct{ status int }

// Error implements error.
func (e *garbageError) Error() string {
	return errMalformed.Error() + ": HTTP " + strconv.Itoa(e.status)
}

func requestID(inBody string, h http.Header) string {
	if inBody != "" {
		return inBody
	}
	return h.Get("x-acs-request-id")
}

// retryAfterHeader reads Retry-After in both its forms; 0 when absent.
func retryAfterHeader(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(v, 10, 32); err == nil {
		return max(time.Duration(seconds)*time.Second, 0)
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
