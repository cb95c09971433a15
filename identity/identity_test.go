package identity_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestNewSaysAllThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := identity.New(identity.Ports{}, identity.Config{StateTTL: time.Second, TicketTTL: time.Hour, ProofTTL: -1})
	for _, want := range []string{
		"store", "connector", "accounts", "sessions", "queue", "sealer", "authorizer", "StateTTL", "TicketTTL", "ProofTTL",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New: %v, want it to name %s", err, want)
		}
	}
}

// TestTimes: states, tickets and proofs run out.
func TestTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(t, "alice", w.member(), here)
	w.allow(t, identity.SettingsChange{})
	b := identity.NewBrowser()

	late := w.begin(t, b)
	w.clock.Pass(10 * time.Minute)
	if _, err := w.Finish(t.Context(), late); !errors.Is(err, identity.ErrState) {
		t.Errorf("after 10 minutes: %v, want ErrState", err)
	}
	intime := w.begin(t, b)
	w.clock.Pass(10*time.Minute - time.Millisecond)
	f, err := w.Finish(t.Context(), intime)
	if err != nil || f.ReturnURL != "https://app.example.com/" || f.Mode != "x" {
		t.Fatalf("before 10 minutes: %+v, %v", f, err)
	}
	w.clock.Pass(time.Minute)
	if _, err := w.Exchange(t.Context(), identity.Exchange{Ticket: f.Ticket, Browser: b}); !errors.Is(err, identity.ErrTicket) {
		t.Errorf("a ticket after a minute: %v, want ErrTicket", err)
	}
	a, err := w.inApp(t, here, b)
	check(t, err)
	w.clock.Pass(time.Minute - time.Millisecond)
	if _, err := w.Exchange(t.Context(), identity.Exchange{Ticket: a.Ticket, Browser: b}); err != nil {
		t.Errorf("a ticket before: %v", err)
	}

	_, err = w.inApp(t, there, b) // nobody is bound there
	proof := proofOf(t, err)
	w.clock.Pass(10 * time.Minute)
	ctx := tenant.WithActor(t.Context(), tenant.Actor{UserID: "x", Username: "x"})
	if _, err := w.BindOwn(ctx, there, identity.BindOwn{Proof: proof, Browser: b}); !errors.Is(err, identity.ErrProof) {
		t.Errorf("a proof after 10 minutes: %v, want ErrProof", err)
	}
}

func proofOf(t *testing.T, err error) provider.Secret {
	t.Helper()
	var refusal *tenant.Error
	if !errors.As(err, &refusal) || !errors.Is(err, identity.ErrUnbound) {
		t.Fatalf("got %v, want ErrUnbound", err)
	}
	details, ok := refusal.Details.(identity.UnboundDetails)
	if !ok || details.Proof == "" {
		t.Fatalf("details %+v, want a proof", refusal.Details)
	}
	return provider.NewSecret(details.Proof)
}

// TestPKCE: the Fake has it, and takes no code without the verifier that the
// state keeps.
func TestPKCE(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(t, "alice", w.member(), here)
	w.allow(t, identity.SettingsChange{})
	b := identity.NewBrowser()
	page, err := w.Begin(t.Context(), identity.BrowserLogin{
		Tenant: here, Provider: provider.DingTalk, Browser: b, RedirectURL: "https://platform.example.com/callback",
	})
	check(t, err)
	u, err := url.Parse(page)
	check(t, err)
	if q := u.Query(); len(q.Get("code_challenge")) != 43 || q.Get("code_challenge_method") != "S256" {
		t.Errorf("login page %s, want a challenge", page)
	}
	if _, err := w.Finish(t.Context(), w.begin(t, b)); err != nil {
		t.Errorf("with the verifier: %v", err)
	}
	// The code of one login with the state of another: the verifier differs.
	first, second := w.begin(t, b), w.begin(t, b)
	first.Code = second.Code
	_, err = w.Finish(t.Context(), first)
	if provider.CodeOf(err) != provider.Unauthenticated {
		t.Errorf("another login's code: %v, want Unauthenticated", err)
	}
}

// TestBeginInside: the provider is told that the page is open inside of the
// office app, and only then.
func TestBeginInside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.allow(t, identity.SettingsChange{})
	for _, inside := range []bool{false, true} {
		page, err := w.Begin(t.Context(), identity.BrowserLogin{
			Tenant: here, Provider: provider.DingTalk, Browser: identity.NewBrowser(), Inside: inside,
			RedirectURL: "https://platform.example.com/callback",
		})
		check(t, err)
		u, err := url.Parse(page)
		check(t, err)
		if got := u.Query().Get("inside") == "true"; got != inside {
			t.Errorf("inside %t: login page %s", inside, page)
		}
	}
}

// TestFailedSessionLeavesTheTicket: the host's trouble does not cost the person
// their ticket.
func TestFailedSessionLeavesTheTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(t, "alice", w.member(), here)
	b := identity.NewBrowser()
	a, err := w.inApp(t, here, b)
	check(t, err)
	w.sessions.err = errors.New("session store is away")
	if _, err := w.Exchange(t.Context(), identity.Exchange{Ticket: a.Ticket, Browser: b}); err == nil {
		t.Error("exchanged although no session could be issued")
	}
	w.sessions.err = nil
	if _, err := w.Exchange(t.Context(), identity.Exchange{Ticket: a.Ticket, Browser: b}); err != nil {
		t.Errorf("once it is back: %v", err)
	}
}

// TestAccountsElsewhere: a host with a user table of its own is asked as well.
func TestAccountsElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(p *identity.Ports) { p.Accounts = struct{ identity.Accounts }{p.Accounts} })
	b := identity.NewBrowser()
	if _, err := w.inApp(t, here, b); !errors.Is(err, identity.ErrUnbound) {
		t.Errorf("before they are bound: %v, want ErrUnbound", err)
	}
	id := w.person(t, "alice", w.member(), here, there)
	a, err := w.inApp(t, here, b)
	check(t, err)
	l, err := w.Exchange(t.Context(), identity.Exchange{Ticket: a.Ticket, Browser: b})
	if err != nil || l.Account.UserID != id || !slices.Equal(l.Tenants, []tenant.ID{here}) {
		t.Errorf("got %+v, %v; want alice in %s", l, err, here)
	}
	a, err = w.inApp(t, here, b)
	check(t, err)
	check(t, w.store.Unbind(t.Context(), here, key(w.member())))
	if _, err := w.Exchange(t.Context(), identity.Exchange{Ticket: a.Ticket, Browser: b}); !errors.Is(err, identity.ErrTicket) {
		t.Errorf("after they were unbound: %v, want ErrTicket", err)
	}
}

// TestFirstLoginsAtOnce: somebody who opens the platform in two windows gets one
// account.
func TestFirstLoginsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	policy := identity.UnboundCreate
	w.allow(t, identity.SettingsChange{Unbound: &policy})
	var mu sync.Mutex
	users := make(map[string]int)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			a, err := w.inApp(t, here, identity.NewBrowser())
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("login: %v", err)
				return
			}
			users[a.Account.UserID]++
		})
	}
	wg.Wait()
	if len(users) != 1 {
		t.Errorf("%d accounts, want one: %v", len(users), users)
	}
	members, _, err := w.people.Members(t.Context(), here, 1, 10)
	if err != nil || len(members) != 1 {
		t.Errorf("%d members, %v; want one", len(members), err)
	}
	trail, err := w.store.Audit(t.Context(), here, tenant.AuditFilter{}, tenant.Page{})
	bound := 0
	for _, e := range trail.Items {
		if e.Action == "binding.create" && e.Outcome == "ok" {
			bound++
		}
	}
	if err != nil || bound != 1 {
		t.Errorf("%d bindings in the audit trail, %v; want one", bound, err)
	}
}

// TestEndSessions: a job revokes what was issued before.
func TestEndSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.person(t, "alice", w.member(), here)
	check(t, w.Unbind(tenant.AsSystem(t.Context(), "test"), here, key(w.member()).ID()))
	check(t, w.EndSessions(t.Context(), there))
	w.sessions.err = errors.New("away")
	jobsLeft := len(w.queue.jobs)
	if out := w.work(t); jobsLeft != 1 || out["identity.revoke"] == nil {
		t.Errorf("%d jobs, outcomes %v; want one that is repeated", jobsLeft, out)
	}
	want := identity.Revocation{Tenant: here, UserID: user, Before: w.clock.Now()}
	if got := w.sessions.revoked; len(got) != 1 || got[0].Tenant != want.Tenant || got[0].UserID != want.UserID || !got[0].Before.Equal(want.Before) {
		t.Errorf("revoked %+v, want %+v", got, want)
	}
	w.queue.jobs = []jobs.Job{{Kind: "identity.revoke", Payload: []byte("x")}}
	if _, dropped := jobs.AsDrop(w.work(t)["identity.revoke"]); !dropped {
		t.Error("a malformed job is not given up")
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(t, "alice", w.member(), here)
	b := identity.NewBrowser()
	a, err := w.inApp(t, here, b)
	check(t, err)
	_, err = w.Exchange(t.Context(), identity.Exchange{Ticket: a.Ticket, Browser: b})
	check(t, err)
	rows := func() (n int) {
		t.Helper()
		n64, err := w.store.DB().NewSelect().Table("thirdapp_login_used").Count(t.Context())
		check(t, err)
		return int(n64)
	}
	for _, want := range []int{1, 0} {
		check(t, w.StartPruning(t.Context()))
		if again, ok := jobs.AsAgain(w.work(t)["identity.prune"]); !ok || again <= 0 {
			t.Error("the job does not go on")
		}
		if got := rows(); got != want {
			t.Errorf("%d used tickets are kept, want %d", got, want)
		}
		w.clock.Pass(2 * time.Minute)
	}
}

func TestBindingID(t *testing.T) {
	t.Parallel()
	for _, k := range []identity.Key{key("u-1"), {Provider: "wecom", OrgID: "企业", ProviderUserID: "张三/?#"}} {
		if got, ok := identity.ParseBindingID(k.ID()); !ok || got != k {
			t.Errorf("%+v became %+v, %t", k, got, ok)
		}
	}
	for _, id := range []string{"", "x", "AAAA", "!!", strings.Repeat("A", 2000)} {
		if k, ok := identity.ParseBindingID(id); ok {
			t.Errorf("%q is %+v", id, k)
		}
	}
}

func FuzzBindingID(f *testing.F) {
	f.Add(key("u").ID())
	f.Add("AAA")
	f.Fuzz(func(t *testing.T, id string) {
		if k, ok := identity.ParseBindingID(id); ok && k.ID() != id {
			t.Errorf("%q is the id of %+v, whose id is %q", id, k, k.ID())
		}
	})
}

// FuzzVoucher hands in texts that nobody gave out.
func FuzzVoucher(f *testing.F) {
	w := newWorld(f)
	b := identity.NewBrowser()
	for _, s := range []string{"", "1000.", "1000.AA", "1000.AmsxAAAA", ".AAAA", "1000.!!", strings.Repeat("A", 5000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		secret := provider.NewSecret(text)
		if _, err := w.Exchange(t.Context(), identity.Exchange{Ticket: secret, Browser: b}); !errors.Is(err, identity.ErrTicket) {
			t.Errorf("Exchange(%q): %v, want ErrTicket", text, err)
		}
		if _, err := w.Finish(t.Context(), identity.Returned{State: secret, Browser: b}); !errors.Is(err, identity.ErrState) {
			t.Errorf("Finish(%q): %v, want ErrState", text, err)
		}
		if in, ok := identity.TenantOf(text); ok {
			if _, err := tenant.ParseID(string(in)); err != nil {
				t.Errorf("TenantOf(%q) = %q", text, in)
			}
		}
	})
}

// FuzzAddress: what is taken as an address is read by net/url as the very same
// origin and path, so that browsers and this package agree.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{
		"https://app.example.com", "https://app.example.com/a/b?c=d", "https://u@app.example.com", "https:\\\\x", "//x", "https://x/../y",
		"https://[::1]:8080/x", "https://x:80", "http://x#y", "https://x/%2e%2e", "https://ｘ.com",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		origin, path, problem := identity.ParseAddress(s)
		if !problem.IsZero() {
			if problem.ZH == "" || problem.EN == "" {
				t.Errorf("%q: the problem lacks a language", s)
			}
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.User != nil || u.Fragment != "" || u.Opaque != "" || u.Scheme+"://"+u.Host != origin || !strings.HasPrefix(s, origin) {
			t.Errorf("%q: origin %q, but net/url reads %+v, %v", s, origin, u, err)
		}
		if strings.Contains(path, "//") || strings.Contains(path, "/../") || strings.HasSuffix(path, "/..") || !strings.HasPrefix(path, "/") {
			t.Errorf("%q: path %q", s, path)
		}
	})
}

func TestBelow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, prefix string
		want         bool
	}{
		{"/", "/", true},
		{"/a", "/", true},
		{"/app", "/app", true},
		{"/app/", "/app", true},
		{"/app/x", "/app", true},
		{"/app/x", "/app/", true},
		{"/app", "/app/", true},
		{"/appx", "/app", false},
		{"/", "/app", false},
	} {
		if got := identity.Below(c.path, c.prefix); got != c.want {
			t.Errorf("%s below %s: %t, want %t", c.path, c.prefix, got, c.want)
		}
	}
}
