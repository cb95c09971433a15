package dingtalktest

import (
	"crypto/rand"
	"strings"
	"sync"
	"time"
)

// rememberedTokens is how many tokens of an app the emulator can still tell
// from invented ones.
const rememberedTokens = 32

// tokenTable knows which app an access token stands for. Asking again while a
// token is valid returns the same one and extends it; both API generations
// share it (docs, "get the access token of an internal app", read 2026-11-22).
type tokenTable struct {
	mu      sync.RWMutex
	byValue map[string]*token
	byApp   map[*app][]*token
}

type token struct {
	value string
	app   *app
	until time.Time
}

func (t *tokenTable) init() {
	t.byValue = make(map[string]*token)
	t.byApp = make(map[*app][]*token)
}

// issue returns the app's token.
func (t *tokenTable) issue(a *app, now time.Time, lifetime time.Duration) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	issued := t.byApp[a]
	if n := len(issued); n > 0 && now.Before(issued[n-1].until) {
		issued[n-1].until = now.Add(lifetime)
		return issued[n-1].value
	}
	fresh := &token{value: newTokenValue(), app: a, until: now.Add(lifetime)}
	if len(issued) == rememberedTokens {
		delete(t.byValue, issued[0].value)
		issued = append(issued[:0], issued[1:]...)
	}
	t.byApp[a] = append(issued, fresh)
	t.byValue[fresh.value] = fresh
	return fresh.value
}

// find returns the app a token was issued to, nil for an invented token, and
// whether it is still valid.
func (t *tokenTable) find(value string, now time.Time) (a *app, valid bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	tok := t.byValue[value]
	if tok == nil {
		return nil, false
	}
	return tok.app, now.Before(tok.until)
}

// expire ends every token.
func (t *tokenTable) expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tok := range t.byValue {
		tok.until = time.Time{}
	}
}

// ExpireTokens ends every access token now, as if its time had passed: calls
// with it are refused with 42001, and the next fetch gives a new one.
func (em *Emulator) ExpireTokens() { em.tokens.expire() }

func newTokenValue() string { return strings.ToLower(rand.Text()) }
