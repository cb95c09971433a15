package wholetest_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// rotation are the keysets that processes are given, one after the other, while
// a key is replaced.
type rotation struct {
	first, added, used, removed provider.Secret
	// oldKey is the id of the key that is replaced.
	oldKey string
}

func newRotation(t *testing.T) (r rotation) {
	t.Helper()
	var err error
	r.first, err = tinksecrets.GenerateKeyset()
	check(t, err)
	var newKey string
	r.added, newKey, err = tinksecrets.AddKey(r.first)
	check(t, err)
	r.used, err = tinksecrets.UseKey(r.added, newKey)
	check(t, err)
	sealer, err := tinksecrets.New(r.first)
	check(t, err)
	r.oldKey = sealer.CurrentKey()
	r.removed, err = tinksecrets.Remove(r.used, r.oldKey)
	check(t, err)
	return r
}

// process is another process of the same host, which serves and works no jobs.
func (h *host) process(t *testing.T, keyset provider.Secret) *host {
	t.Helper()
	p := &host{dsn: h.dsn, emulator: h.emulator, log: h.log, answers: h.answers, tokens: maps.Clone(h.tokens)}
	s := setup{dsn: h.dsn, keyset: keyset}
	s.config.Events = hearsAll
	s.ding.CallsPerSecond = -1
	p.build(t, s)
	t.Cleanup(func() { check(t, p.module.Stop(context.Background())) })
	check(t, p.stack.Authorizer.Refresh(t.Context()))
	p.serve(t)
	jar, err := cookiejar.New(nil) // tickets are tied to a browser
	check(t, err)
	p.client.Jar = jar
	return p
}

// hearsAll lets endpoints on this machine be told.
var hearsAll = events.Config{AllowHTTP: true, AllowPrivate: true}

// TestLoginsWhileTheKeyIsReplaced: processes that are replaced one after the
// other exchange each other's login tickets at every step.
func TestLoginsWhileTheKeyIsReplaced(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		keys := newRotation(t)
		h := newHost(t, dsn, func(s *setup) { s.keyset = keys.first })
		h.connect(t)
		h.pull(t)
		for _, step := range []struct {
			name          string
			before, after provider.Secret
		}{
			{"the key is added", keys.first, keys.added},
			{"the key is used", keys.added, keys.used},
		} {
			before, after := h.process(t, step.before), h.process(t, step.after)
			for _, way := range [][2]*host{{before, after}, {after, before}} {
				a := way[1].exchange(t, way[0], "u-li")
				if !a.Success {
					t.Errorf("%s: HTTP %d %s, want a session", step.name, a.status, a.body)
				}
			}
		}
	})
}

// exchange exchanges a ticket of another process, in the browser that got it.
func (h *host) exchange(t *testing.T, from *host, user string) answer {
	t.Helper()
	ticket := from.ticket(t, user)
	inBrowser := *h
	inBrowser.client = from.client
	return inBrowser.ask(t, request{method: http.MethodPost, path: "/login/exchange", body: map[string]any{"ticket": ticket}})
}

// TestReseal: once every stored secret is sealed with the new key nothing needs
// the old one, and nobody has noticed.
func TestReseal(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		keys := newRotation(t)
		h := newHost(t, dsn, func(s *setup) {
			s.keyset, s.config.Events = keys.first, hearsAll
			s.emulator.Companies = []dingtalktest.Company{smallCompany(), secondCompany()}
		})
		mine := h.secretsOf(t, owner, here, 0)
		theirs := h.secretsOf(t, foreign, there, 1)
		before := [2]int{mine.versions(t, h), theirs.versions(t, h)}

		used := h.process(t, keys.used)
		for _, want := range []int{10, 0} { // for each tenant: one of its app, two of a webhook, two of a subscription
			got, err := used.module.Reseal(t.Context())
			if err != nil || got.Secrets != want || len(got.Left) > 0 || len(got.Unreadable) > 0 {
				t.Fatalf("Reseal = %+v, %v; want %d secrets and none left", got, err, want)
			}
		}
		removed := h.process(t, keys.removed)
		mine.work(t, removed)
		theirs.work(t, removed)
		after := [2]int{mine.versions(t, removed), theirs.versions(t, removed)}
		if after != before {
			t.Errorf("versions: %v, want %v still", after, before)
		}
	})
}

// secrets are what a tenant has that has secrets.
type secrets struct {
	user              string
	tenant            tenant.ID
	app, subscription string
	ears              *ears
}

// secretsOf makes a tenant enter each kind of secret.
func (h *host) secretsOf(t *testing.T, user string, tn tenant.ID, company int) secrets {
	t.Helper()
	s := secrets{user: user, tenant: tn, app: h.connectTo(t, user, tn, company), ears: newEars(t)}
	do := func(method, path string, body any) answer {
		t.Helper()
		return h.ask(t, request{method: method, path: path, user: user, tenant: tn, body: body})
	}
	hook, err := h.emulator.AddWebhook(h.emulator.CorpIDs()[company], dingtalktest.Webhook{Name: "运维", Secret: "SECsign"})
	check(t, err)
	a := do(http.MethodPost, "/webhooks", map[string]any{
		"name": "ops", "provider": "dingtalk", "url": h.emulator.WebhookURL(hook.Token), "signSecret": "SECsign",
	})
	if !a.Success {
		t.Fatalf("webhook: %s", a.body)
	}
	a = do(http.MethodPost, "/subscriptions", map[string]any{"url": s.ears.URL, "types": []string{"*"}})
	s.subscription = result[struct{ ID string }](t, a).ID
	a = do(http.MethodPost, "/subscriptions/"+s.subscription+"/rotate", nil) // there is a previous one, too
	s.ears.secret = result[struct{ Secret string }](t, a).Secret
	return s
}

// work uses every secret.
func (s secrets) work(t *testing.T, h *host) {
	t.Helper()
	for _, r := range []request{
		{method: http.MethodPost, path: "/apps/" + s.app + "/verify"},
		{method: http.MethodPut, path: "/webhooks/ops", body: map[string]any{"description": "x"}},
		{method: http.MethodPost, path: "/subscriptions/" + s.subscription + "/test"},
	} {
		r.user, r.tenant = s.user, s.tenant
		if a := h.ask(t, r); !a.Success {
			t.Errorf("%s: HTTP %d %s", r.path, a.status, a.body)
		}
	}
	s.ears.mu.Lock()
	defer s.ears.mu.Unlock()
	if err := errors.Join(s.ears.faults...); err != nil || len(s.ears.told) == 0 {
		t.Errorf("the endpoint of %s was told of %d events: %v", s.tenant, len(s.ears.told), err)
	}
}

// versions is the sum of the versions of app and subscription.
func (s secrets) versions(t *testing.T, h *host) int {
	t.Helper()
	sum := 0
	for _, path := range []string{"/apps/" + s.app, "/subscriptions/" + s.subscription} {
		a := h.ask(t, request{path: path, user: s.user, tenant: s.tenant})
		sum += result[struct{ Version int }](t, a).Version
	}
	return sum
}

// TestResealTellsWhatIsUnreadable: a secret that cannot be read is named, and
// does not keep the others.
func TestResealTellsWhatIsUnreadable(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		keys := newRotation(t)
		h := newHost(t, dsn, func(s *setup) { s.keyset, s.config.Events = keys.first, hearsAll })
		h.secretsOf(t, owner, here, 0)
		_, err := h.stack.Store.DB().ExecContext(t.Context(),
			"UPDATE thirdapp_webhooks SET url_key = 'lost' WHERE tenant_id = ? AND name = 'ops'", here)
		check(t, err)
		got, err := h.process(t, keys.used).module.Reseal(t.Context())
		want := tenant.SecretPlace{Tenant: here, Of: "webhook", ID: "ops", Field: "url", KeyID: "lost"}
		switch {
		case err != nil, got.Secrets != 4, !maps.Equal(got.Left, map[string]int{"lost": 1}):
			t.Errorf("Reseal = %+v, %v; want 4 secrets, and one left with a lost key", got, err)
		case len(got.Unreadable) != 1 || got.Unreadable[0] != want:
			t.Errorf("unreadable: %+v, want %+v", got.Unreadable, want)
		}
		if !strings.Contains(string(h.log.Bytes()), `"op":"reseal"`) {
			t.Error("the log does not tell of it")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.process(t, keys.removed).module.Reseal(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Reseal, cancelled: %v", err)
		}
	})
}
