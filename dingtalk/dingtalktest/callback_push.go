package dingtalktest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// target is where an app's events go: the address that was entered in the
// console, else the one registered by API.
type target struct {
	Callback

	// owner is whom the messages are encrypted for.
	owner string
	// capitals: a callback registered by API tells events in the older spelling
	// and without ids.
	capitals bool
	// types are the registered ones; nil is all.
	types map[string]bool
}

// target returns where the app's callbacks go, nil when it has no address.
func (a *app) target() *target {
	if cb := a.grant.Load().Callback; cb != nil {
		return &target{Callback: *cb, owner: a.clientID}
	}
	if r := a.registered.Load(); r != nil {
		return &target{Callback: r.Callback, owner: a.company.corpID, capitals: true, types: r.types()}
	}
	return nil
}

// subscribed tells whether anybody hears of events.
func (a *app) subscribed() bool { return a.grant.Load().Stream || a.target() != nil }

// deliver makes one attempt to tell the app of an event. An attempt that fails
// is made again after Options.EventRetry; then the event is in the failed list.
func (a *app) deliver(em *Emulator, e *Event, attempts int) outcome {
	if a.grant.Load().Stream {
		return a.stream(em, e)
	}
	to := a.target()
	if to == nil || to.types != nil && !to.types[e.Type] {
		return outcome{}
	}
	ctx, cancel := em.untilClosed()
	defer cancel()
	err := em.push(ctx, to, e.message(to.capitals))
	switch {
	case err == nil:
		return outcome{}
	case attempts < len(em.opts.EventRetry):
		return outcome{again: true, after: em.opts.EventRetry[attempts]}
	}
	return outcome{failed: true}
}

// maxReply bounds what is read of an answer.
const maxReply = 64 << 10

// errNotSuccess is an answer other than the encrypted word success; number 71009
// to an app that registers.
var errNotSuccess = errors.New("the answer is not success")

// push makes one callback. Redirects are refused (docs, "receive callback
// message", read 2026-11-22).
func (em *Emulator) push(ctx context.Context, to *target, message []byte) error {
	ctx, cancel := context.WithTimeout(ctx, em.opts.PushTimeout)
	defer cancel()
	random := randomText()
	sealed, err := to.seal([]byte(random[:secretRandom]), message, to.owner)
	if err != nil {
		return err
	}
	stamp, nonce := strconv.FormatInt(em.opts.Now().UnixMilli(), 10), random[secretRandom:]
	query := url.Values{"msg_signature": {to.sign(stamp, nonce, sealed)}, "timestamp": {stamp}, "nonce": {nonce}}
	o := openObject(nil)
	o.text("encrypt", sealed)
	address, err := withQuery(to.URL, query)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(o.close()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json;charset=UTF-8")
	resp, err := em.pusher.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or given up
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: status %d", errNotSuccess, resp.StatusCode)
	}
	return to.checkReply(body)
}

func withQuery(address string, more url.Values) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	query := u.Query()
	for name, values := range more {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// checkReply: four texts, of which one is the word success, encrypted and
// signed.
func (t *target) checkReply(body []byte) error {
	var reply map[string]string
	if err := json.Unmarshal(body, &reply); err != nil {
		return fmt.Errorf("%w: %w", errNotSuccess, err)
	}
	sealed := reply["encrypt"]
	if reply["msg_signature"] != t.sign(reply["timeStamp"], reply["nonce"], sealed) {
		return fmt.Errorf("%w: signature", errNotSuccess)
	}
	message, owner, err := t.open(sealed)
	if err != nil || message != "success" || owner != t.owner {
		return fmt.Errorf("%w: %q for %q", errNotSuccess, message, owner)
	}
	return nil
}

// check asks an address whether it is one (event check_url).
func (em *Emulator) check(ctx context.Context, to *target) error {
	return em.push(ctx, to, []byte(`{"EventType":"check_url"}`))
}

// SetCallback enters an address in the console, nil takes it out. The address is
// asked first, as DingTalk's console does, and must answer. It returns
// ErrNotFound for the app and ErrInvalid for an address that is none or does not
// answer.
func (em *Emulator) SetCallback(clientID string, cb *Callback) error {
	if em.appByClientID(clientID) == nil {
		return fmt.Errorf("%w: app %q", ErrNotFound, clientID)
	}
	if cb != nil {
		if err := cb.validate(); err != nil {
			return err
		}
		ctx, cancel := em.untilClosed()
		defer cancel()
		if err := em.check(ctx, &target{Callback: *cb, owner: clientID}); err != nil {
			return fmt.Errorf("%w: callback: %w", ErrInvalid, err)
		}
	}
	return em.UpdateApp(clientID, func(a *App) { a.Callback = cb })
}

// randomText is 32 characters that nobody guesses.
func randomText() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
