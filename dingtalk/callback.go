package dingtalk

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

var _ provider.EventDecoder = (*Provider)(nil)

// callbackAPI names event callbacks in errors.
//
//nolint:gochecknoglobals // constant table
var callbackAPI = api{path: "callback"}

// callbackFreshness is how far the time of a callback may be from ours, either
// way. DingTalk documents no bound; it repeats a failed callback after 10 and 30
// seconds (docs, "receive callback message", read 2026-11-22). What is repeated
// within it is recognised by the event's id.
const callbackFreshness = 10 * time.Minute

var (
	errNoCallbackKey = errors.New("no callbackToken and callbackAesKey in the settings")
	errNoCallback    = errors.New("body is not that of an event callback")
	errSignature     = errors.New("signature is wrong")
	errNotFresh      = errors.New("timestamp is missing or too far from this host's clock")
	errOtherOwner    = errors.New("encrypted for another app or company")
	errNoEvent       = errors.New("decrypted text is not an event")
)

// callbackPair is a token and aes_key as they were entered.
type callbackPair struct{ token, aesKey provider.Secret }

func (p callbackPair) complete() bool { return !p.token.IsZero() && !p.aesKey.IsZero() }

func currentPair(s provider.Settings) callbackPair {
	return callbackPair{s.Secret(SettingCallbackToken), s.Secret(SettingCallbackAESKey)}
}

// callbackKeys are the token and aes_key of the settings and, while they are
// changed, those before; what did not change need not be entered twice.
func callbackKeys(s provider.Settings) ([]callbackKey, error) {
	now := currentPair(s)
	before := callbackPair{
		cmp.Or(s.Secret(SettingCallbackTokenPrevious), now.token), cmp.Or(s.Secret(SettingCallbackAESKeyPrevious), now.aesKey),
	}
	pairs := []callbackPair{now}
	if before != now {
		pairs = append(pairs, before)
	}
	var keys []callbackKey
	for _, pair := range pairs {
		if !pair.complete() {
			continue
		}
		key, err := newCallbackKey(pair.token, pair.aesKey)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", SettingCallbackAESKey, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// DecodeEvent verifies the signature with the token and aes_key of the settings
// or with those before them, decrypts, and answers as DingTalk expects it. What
// it holds is for the Client ID, or the CorpId where the callback was registered
// by API. It checks an address with the event check_url, which is answered and
// not returned.
func (p *Provider) DecodeEvent(_ context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	if len(p.callbackKeys) == 0 {
		return provider.CallbackAnswer{}, p.refusedCallback(provider.FailedPrecondition, errNoCallbackKey, remedyCallbackKey)
	}
	var body wire.Callback
	if json.Unmarshal(r.Body, &body) != nil || body.Encrypt == "" {
		return provider.CallbackAnswer{}, p.refusedCallback(provider.InvalidArgument, errNoCallback, provider.Text{})
	}
	if r.At.IsZero() {
		r.At = p.client.now()
	}
	letter, err := p.openCallback(r, string(body.Encrypt))
	if err != nil {
		return provider.CallbackAnswer{}, err
	}
	if letter.owner == "" || letter.owner != p.client.app.clientID && letter.owner != p.corpID {
		return provider.CallbackAnswer{}, p.refusedCallback(provider.PermissionDenied, errOtherOwner, remedyCallbackOwner)
	}
	events, err := p.eventsOf(letter.message)
	if err != nil {
		return provider.CallbackAnswer{}, err
	}
	return provider.CallbackAnswer{
		Events: events, Body: callbackReply(letter, r.At), ContentType: "application/json; charset=utf-8",
	}, nil
}

// letter is a callback that was verified and decrypted.
type letter struct {
	key     callbackKey
	message []byte
	owner   string
}

// openCallback verifies and decrypts. The keys before may have the same token,
// so that the signature does not tell which aes_key it is. Older registrations
// call the signature by another name.
func (p *Provider) openCallback(r provider.CallbackRequest, encrypted string) (letter, error) {
	timestamp, nonce := r.Query.Get("timestamp"), r.Query.Get("nonce")
	signature := cmp.Or(r.Query.Get("msg_signature"), r.Query.Get("signature"))
	problem := errSignature
	for _, key := range p.callbackKeys {
		if !key.signed(signature, timestamp, nonce, encrypted) {
			continue
		}
		at, ok := unixTime(timestamp)
		if !ok || r.At.Sub(at).Abs() > callbackFreshness {
			return letter{}, p.refusedCallback(provider.Unauthenticated, errNotFresh, remedyClock)
		}
		message, owner, err := key.decrypt(encrypted)
		if err == nil {
			return letter{key, message, string(owner)}, nil
		}
		problem = err
	}
	return letter{}, p.refusedCallback(provider.Unauthenticated, problem, remedyCallbackKey)
}

// checkURL is the type of the event by which DingTalk checks an address.
const checkURL = "check_url"

// eventsOf decodes a decrypted message: one event, or none to be returned.
func (p *Provider) eventsOf(message []byte) ([]provider.Event, error) {
	var e wire.Event
	switch err := json.Unmarshal(message, &e); {
	case err != nil || e.EventType == "":
		return nil, p.refusedCallback(provider.InvalidArgument, errNoEvent, provider.Text{})
	case e.EventType == checkURL:
		return nil, nil
	case e.CorpID != "" && string(e.CorpID) != p.corpID:
		return nil, p.refusedCallback(provider.PermissionDenied, errOtherOwner, remedyCorpID)
	}
	return []provider.Event{event(e)}, nil
}

// callbackReply is the word success in the form of a callback.
func callbackReply(to letter, at time.Time) []byte {
	random := randomBytes()
	r := wire.CallbackReply{
		Timestamp: strconv.FormatInt(at.UnixMilli(), 10), Nonce: hex.EncodeToString(random[:]),
		Encrypt: to.key.encrypt(randomBytes(), "success", to.owner),
	}
	r.Signature = to.key.sign(r.Timestamp, r.Nonce, r.Encrypt)
	body, _ := json.Marshal(r) //nolint:errchkjson // four texts
	return body
}

func (p *Provider) refusedCallback(code provider.Code, cause error, remedy provider.Text) *provider.Error {
	e := p.client.failure(callbackAPI, code, cause, true)
	e.Remedy = remedy
	return e
}
