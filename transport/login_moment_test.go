package transport_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
)

// slowSessions are about to be issued until they are told to go on.
type slowSessions struct {
	*jwtauth.Sessions
	issuing, goOn chan struct{}
}

func (s *slowSessions) Issue(ctx context.Context, r identity.SessionRequest) (identity.Session, error) {
	s.issuing <- struct{}{}
	<-s.goOn
	return s.Sessions.Issue(ctx, r)
}

func (s *slowSessions) IssueAll(ctx context.Context, list ...identity.SessionRequest) ([]identity.Session, error) {
	s.issuing <- struct{}{}
	<-s.goOn
	return s.Sessions.IssueAll(ctx, list...)
}

// oneByOne are sessions of a host, which issues one at a time.
type oneByOne struct{ identity.Sessions }

// hostAccounts are kept where the store does not see them.
type hostAccounts struct{ identity.Accounts }

// TestUnbindAtTheMoment: an unbind while a session is being issued ends that
// session, whoever keeps the accounts and issues the sessions.
func TestUnbindAtTheMoment(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*setup){
		"own parts": func(*setup) {},
		"the host's accounts": func(s *setup) {
			s.accounts = func(p *bunstore.People) identity.Accounts { return hostAccounts{p} }
		},
		"the host's sessions": func(s *setup) {
			own := s.sessions
			s.sessions = func(store *bunstore.Store) identity.Sessions { return oneByOne{own(store)} }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, database func(*setup)) {
				slow := &slowSessions{issuing: make(chan struct{}), goOn: make(chan struct{})}
				p := newPlatform(t, database, func(s *setup) {
					s.sessions = func(store *bunstore.Store) identity.Sessions {
						slow.Sessions = storedSessions(t, store)
						return slow
					}
					change(s)
				})
				p.unbindWhileIssuing(t, slow)
			})
		})
	}
}

func (p *platform) unbindWhileIssuing(t *testing.T, slow *slowSessions) {
	t.Helper()
	b := p.browser(t)
	ticket := b.ticket(t, "dingAAAA", "p-alice", here)
	exchanged, unbound := make(chan answer, 1), make(chan answer, 1)
	go func() { exchanged <- b.post(t, "/login/exchange", `{"ticket":"`+ticket+`"}`) }()
	<-slow.issuing
	id := identity.Key{Provider: provider.DingTalk, OrgID: "dingAAAA", ProviderUserID: "p-alice"}.ID()
	go func() {
		unbound <- p.do(t, request{method: http.MethodDelete, path: "/bindings/" + id, user: owner, tenant: here})
	}()
	select {
	case a := <-unbound:
		t.Errorf("the unbind did not wait: HTTP %d %s", a.status, a.body)
		unbound <- a
	case <-time.After(100 * time.Millisecond): // what holds the binding passes whatever the time
	}
	close(slow.goOn)
	if a := <-exchanged; a.status != http.StatusOK {
		t.Errorf("exchange: HTTP %d %s", a.status, a.body)
	}
	if a := <-unbound; a.status != http.StatusOK {
		t.Errorf("unbind: HTTP %d %s", a.status, a.body)
	}
	p.eventually(t, "the session ends", func() bool { return p.count(t, "thirdapp_login_sessions") == 0 })
}
