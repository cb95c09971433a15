package wire

import (
	"encoding/json"
	"strings"
)

// OldEnvelope is what every answer of oapi.dingtalk.com has around its content.
type OldEnvelope struct {
	// ErrCode is "0" on success and nil when the answer is not DingTalk's.
	ErrCode *Text `json:"errcode"`
	ErrMsg  Text  `json:"errmsg"`
	// SubCode and SubMsg are what the gateway wraps with errcode 88.
	SubCode   Text `json:"sub_code"`
	SubMsg    Text `json:"sub_msg"`
	RequestID Text `json:"request_id"`
	// Status is 1111 when the caller's address is banned; such an answer has
	// no errcode.
	Status Text `json:"status"`
}

// gatewayCode is the errcode of the gateway that wraps another one.
const gatewayCode = "88"

// maxWrapping bounds how deep wrapped codes are looked for.
const maxWrapping = 4

// Refusal returns the code and text that matter: those of the innermost wrapped
// answer. Code 88 remains when nothing is wrapped in it. ErrCode is not nil.
func (e OldEnvelope) Refusal() (code, message string) {
	for range maxWrapping {
		if *e.ErrCode != gatewayCode || e.SubCode == "" {
			return string(*e.ErrCode), string(e.ErrMsg)
		}
		inner, ok := e.wrapped()
		if !ok {
			break
		}
		e = inner
	}
	return string(e.SubCode), string(e.SubMsg)
}

// wrapped returns the envelope that stands as text in sub_msg when gateways are
// stacked.
func (e OldEnvelope) wrapped() (OldEnvelope, bool) {
	var inner OldEnvelope
	if e.SubCode != gatewayCode || !strings.HasPrefix(string(e.SubMsg), "{") {
		return inner, false
	}
	err := json.Unmarshal([]byte(e.SubMsg), &inner)
	return inner, err == nil && inner.ErrCode != nil
}

// OldAnswer is an answer of oapi.dingtalk.com whose content is in result, for
// which Result has a pointer to a pointer: null and an absent field leave the
// latter nil.
type OldAnswer struct {
	OldEnvelope
	Result any `json:"result"`
}

// NewFailure is the body of a refusal by api.dingtalk.com. DingTalk writes
// requestid in lower case; encoding/json takes any case.
type NewFailure struct {
	Code      Text `json:"code"`
	Message   Text `json:"message"`
	RequestID Text `json:"requestid"`
	Denied    struct {
		RequiredScopes []Text `json:"requiredScopes"`
	} `json:"accessdenieddetail"`
}
