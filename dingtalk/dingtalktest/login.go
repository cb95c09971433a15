package dingtalktest

import (
	"crypto/sha1" //nolint:gosec // one of the two digests DingTalk documents
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// codeLifetime is how long the code of a login is good (docs, "get the login
// code inside of DingTalk", read 2026-11-22).
const codeLifetime = 5 * time.Minute

// loginBook keeps what logins give out: codes, users' tokens, and the tickets
// that pages are signed with.
type loginBook struct {
	mu     sync.Mutex
	codes  map[string]loginCode
	users  map[string]userToken
	ticket map[*app]pageTicket
}

// loginCode stands for somebody until it is used.
type loginCode struct {
	app    *app
	userID string
	// browser codes come from the login page, the others from a page inside of
	// DingTalk.
	browser bool
	// company is true when the login page was asked for the company, too.
	company bool
	until   time.Time
}

// userToken is the access token of a user.
type userToken struct {
	app    *app
	userID string
	until  time.Time
}

type pageTicket struct {
	value string
	until time.Time
}

func (b *loginBook) init() {
	b.codes = make(map[string]loginCode)
	b.users = make(map[string]userToken)
	b.ticket = make(map[*app]pageTicket)
}

// give returns a code for somebody.
func (b *loginBook) give(c loginCode) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	code := newTokenValue()
	b.codes[code] = c
	return code
}

// take uses up a code of an app; ok is false when it is none, or not any more.
func (b *loginBook) take(code string, a *app, browser bool, now time.Time) (c loginCode, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, known := b.codes[code]
	if !known || c.app != a || c.browser != browser {
		return loginCode{}, false
	}
	delete(b.codes, code)
	return c, now.Before(c.until)
}

// issueUser returns a token for a user.
func (b *loginBook) issueUser(t userToken) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	value := newTokenValue()
	b.users[value] = t
	return value
}

// user returns whose token it is.
func (b *loginBook) user(value string, now time.Time) (t userToken, known, valid bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, known = b.users[value]
	return t, known, known && now.Before(t.until)
}

// pageTicket returns the ticket of an app. Asking again extends it.
func (b *loginBook) pageTicket(a *app, now time.Time, lifetime time.Duration) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.ticket[a]
	if !now.Before(t.until) {
		t.value = newTokenValue()
	}
	t.until = now.Add(lifetime)
	b.ticket[a] = t
	return t.value
}

// InAppCode returns a code as a page inside of DingTalk gets it from
// requestAuthCode for somebody: good for 5 minutes, once, for that app. It
// returns ErrNotFound for an unknown app or person.
func (em *Emulator) InAppCode(clientID, userID string) (string, error) {
	a, err := em.appOf(clientID, userID)
	if err != nil {
		return "", err
	}
	return em.logins.give(loginCode{app: a, userID: userID, until: em.opts.Now().Add(codeLifetime)}), nil
}

// Authorize plays somebody who opens a login page and agrees, and returns where
// they are sent back. It returns ErrInvalid when the page would show an error,
// ErrNotFound for an unknown person.
func (em *Emulator) Authorize(loginURL, userID string) (string, error) {
	u, err := url.Parse(loginURL)
	if err != nil || u.Path != loginPath {
		return "", fmt.Errorf("%w: %q is not the login page", ErrInvalid, loginURL)
	}
	l, problem := em.readLogin(u.Query())
	if problem != "" {
		return "", fmt.Errorf("%w: %s", ErrInvalid, problem)
	}
	if _, err := em.appOf(l.app.clientID, userID); err != nil {
		return "", err
	}
	return em.agree(l, userID), nil
}

func (em *Emulator) appOf(clientID, userID string) (*app, error) {
	a := em.appByClientID(clientID)
	if a == nil {
		return nil, fmt.Errorf("%w: app %q", ErrNotFound, clientID)
	}
	if a.company.directory.person(userID) == nil {
		return nil, fmt.Errorf("%w: person %q", ErrNotFound, userID)
	}
	return a, nil
}

// PageConfig is what a page hands to dd.config.
type PageConfig struct {
	CorpID    string
	AgentID   int64
	Nonce     string
	Timestamp int64
	Signature string
}

// What dd.config reports (docs, "JSAPI authentication", read 2026-11-22).
const (
	pageCorpID    = 52010
	pageTicketOld = 52011
	pageSignature = 52013
	pageNonce     = 52015
	pageTimestamp = 52018
	pageAgentID   = 52019
)

// CheckPage returns 0 when dd.config would let the page at an address use
// DingTalk, else the number it reports. Both documented digests are taken.
func (em *Emulator) CheckPage(page string, c PageConfig) int {
	co, err := em.company(c.CorpID)
	if err != nil {
		return pageCorpID
	}
	em.mu.RLock()
	var one *app
	for _, a := range co.apps {
		if a.grant.Load().AgentID == c.AgentID {
			one = a
		}
	}
	em.mu.RUnlock()
	em.logins.mu.Lock()
	ticket := em.logins.ticket[one]
	em.logins.mu.Unlock()
	switch {
	case one == nil:
		return pageAgentID
	case !em.opts.Now().Before(ticket.until):
		return pageTicketOld
	case c.Nonce == "":
		return pageNonce
	case c.Timestamp <= 0:
		return pageTimestamp
	}
	address, _, _ := strings.Cut(page, "#")
	address, query, has := strings.Cut(address, "?")
	if has {
		query, _ = url.QueryUnescape(query)
		address += "?" + query
	}
	text := []byte("jsapi_ticket=" + ticket.value + "&noncestr=" + c.Nonce +
		"&timestamp=" + strconv.FormatInt(c.Timestamp, 10) + "&url=" + address)
	current, older := sha256.Sum256(text), sha1.Sum(text) //nolint:gosec // as above
	if c.Signature != hex.EncodeToString(current[:]) && c.Signature != hex.EncodeToString(older[:]) {
		return pageSignature
	}
	return 0
}
