package providertest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// SignatureHeader holds the signature of the Fake's callbacks.
const SignatureHeader = "X-Fake-Signature"

// What the Fake's callbacks look like: events as JSON, signed in a header with
// the app's secret together with the time in the query; a check by GET has all in
// the query.
const (
	echoParam         = "echo"
	signatureParam    = "signature"
	timestampParam    = "timestamp"
	callbackFreshness = 10 * time.Minute
	callbackAccepted  = "ok"
	callbackType      = "text/plain"
)

// Callback returns the request by which the Fake tells of events at a time, none
// of them being a check of the address. Events get an id, type and organisation
// where they have none.
func (f *Fake) Callback(at time.Time, events ...provider.Event) provider.CallbackRequest {
	list := make([]provider.Event, len(events))
	for i, e := range events {
		list[i] = f.complete(e)
	}
	body, _ := json.Marshal(list) //nolint:errchkjson // strings and times
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	return provider.CallbackRequest{
		Query: url.Values{timestampParam: {stamp}}, Header: http.Header{SignatureHeader: {signFake(stamp, body)}}, Body: body, At: at,
	}
}

// complete returns an event with everything that an event has.
func (f *Fake) complete(e provider.Event) provider.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.ID == "" {
		f.told++
		e.ID = fmt.Sprintf("fake-event-%d", f.told)
	}
	if e.Type == "" {
		e.Type = "fake." + string(e.Kind)
	}
	if e.OrgID == "" {
		e.OrgID = OrgID
	}
	return e
}

func signFake(stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(ClientSecret))
	mac.Write([]byte(stamp))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// CallbackGet returns the request by which the Fake checks an address by GET:
// who answers with the word has understood it.
func (f *Fake) CallbackGet(at time.Time, word string) provider.CallbackRequest {
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	return provider.CallbackRequest{
		Query:  url.Values{timestampParam: {stamp}, echoParam: {word}, signatureParam: {signFake(stamp, []byte(word))}},
		Header: http.Header{}, At: at,
	}
}

// CheckCallback implements provider.CallbackChecker.
func (c *connection) CheckCallback(_ context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	word := r.Query.Get(echoParam)
	if err := c.verify(r, []byte(word), r.Query.Get(signatureParam)); err != nil {
		return provider.CallbackAnswer{}, err
	}
	return provider.CallbackAnswer{Body: []byte(word), ContentType: callbackType}, nil
}

// DecodeEvent implements provider.EventDecoder.
func (c *connection) DecodeEvent(_ context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	if err := c.verify(r, r.Body, r.Header.Get(SignatureHeader)); err != nil {
		return provider.CallbackAnswer{}, err
	}
	var events []provider.Event
	if json.Unmarshal(r.Body, &events) != nil {
		return provider.CallbackAnswer{}, c.refusedCallback(provider.InvalidArgument, "not a list of events")
	}
	if slices.ContainsFunc(events, func(e provider.Event) bool { return e.OrgID != OrgID }) {
		return provider.CallbackAnswer{}, c.refusedCallback(provider.PermissionDenied, "of another organisation")
	}
	return provider.CallbackAnswer{Events: events, Body: []byte(callbackAccepted), ContentType: callbackType}, nil
}

// verify checks the signature of what a request says, and its time.
func (c *connection) verify(r provider.CallbackRequest, said []byte, signature string) error {
	stamp := r.Query.Get(timestampParam)
	if !hmac.Equal([]byte(signFake(stamp, said)), []byte(signature)) {
		return c.refusedCallback(provider.Unauthenticated, "signature is wrong")
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || r.At.Sub(time.UnixMilli(at)).Abs() > callbackFreshness {
		return c.refusedCallback(provider.Unauthenticated, "not fresh")
	}
	return nil
}

func (c *connection) refusedCallback(code provider.Code, problem string) error {
	return &provider.Error{Code: code, Provider: c.fake.cfg.Kind, Op: "callback", Unsent: true, Err: errors.New(problem)}
}
