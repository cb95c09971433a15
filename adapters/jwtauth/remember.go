package jwtauth

import (
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/transport"
)

// maxRemembered bounds the memory; when it is full it begins anew.
const maxRemembered = 10_000

// whose is what a Lookup can go by: the claims without the expiry, which is
// checked with every token.
type whose struct {
	userID, username, sessionID string
	issuedAt                    int64
}

func (c Claims) whose() whose { return whose{c.UserID, c.Username, c.SessionID, c.IssuedAt.Unix()} }

// memory keeps what Lookup answered for a short while. It is safe for
// concurrent use; the zero value remembers nothing yet.
type memory struct {
	mu   sync.Mutex
	held map[whose]remembered
}

type remembered struct {
	principal transport.Principal
	until     time.Time
}

func (m *memory) find(w whose, now time.Time) (transport.Principal, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.held[w]
	return r.principal, ok && now.Before(r.until)
}

func (m *memory) keep(w whose, p transport.Principal, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil || len(m.held) >= maxRemembered {
		m.held = make(map[whose]remembered)
	}
	m.held[w] = remembered{p, until}
}
