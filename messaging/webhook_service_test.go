package messaging_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func ptr[T any](v T) *T { return &v }

// hookInput is a good webhook of a group.
func (b *bundle) hookInput(group string) messaging.WebhookInput {
	hook := b.fake.Webhook(group)
	return messaging.WebhookInput{
		Provider: b.fake.Kind(), Description: ptr("值班群"), URL: &hook.URL, SignSecret: &hook.SignSecret,
		Keywords: ptr([]string{"告警"}),
	}
}

func (b *bundle) createHook(name string) messaging.Webhook {
	b.t.Helper()
	w, err := b.svc.CreateWebhook(b.ctx(), here, name, b.hookInput("group-"+name))
	if err != nil {
		b.t.Fatalf("CreateWebhook(%s): %v", name, err)
	}
	return w
}

// sendToHook sends a text to a webhook and returns what arrived last.
func (b *bundle) sendToHook(name string) (messaging.Message, error) {
	return b.svc.Send(b.ctx(), here, messaging.Request{
		Provider: b.fake.Kind(), Channel: messaging.ChannelWebhook, Webhook: name, Content: provider.NewText("hello"),
	})
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		w := b.createHook("ops.1")
		if w.Name != "ops.1" || w.Version != 1 || !w.Enabled || w.Description != "值班群" || len(w.Keywords) != 1 {
			t.Errorf("created %+v", w)
		}
		got, err := b.svc.Webhook(b.ctx(), here, "ops.1")
		if err != nil || fmt.Sprint(got) != fmt.Sprint(w) {
			t.Errorf("Webhook = %+v, %v; want %+v", got, err, w)
		}
		b.createHook("b")
		list, err := b.svc.Webhooks(b.ctx(), here, tenant.Page{})
		if err != nil || len(list.Items) != 2 || list.Items[0].Name != "b" || list.Items[1].Name != "ops.1" {
			t.Errorf("Webhooks = %+v, %v; want both by name", list, err)
		}
		if list, err := b.svc.Webhooks(b.ctx(), there, tenant.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("Webhooks of another tenant = %+v, %v; want none", list, err)
		}
		if err := b.svc.DeleteWebhook(b.ctx(), here, "ops.1"); err != nil {
			t.Errorf("DeleteWebhook: %v", err)
		}
		wantRefusal(t, b.svc.DeleteWebhook(b.ctx(), here, "ops.1"), messaging.ErrWebhookNotFound, "webhook")
		_, err = b.svc.Webhook(b.ctx(), there, "b")
		wantRefusal(t, err, messaging.ErrWebhookNotFound, "webhook")
	})
}

// TestWebhookSecrets changes a webhook in every way and looks at what is used
// to send.
func TestWebhookSecrets(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.createHook("ops")
	arrives := func(group string) {
		t.Helper()
		before := len(b.fake.WebhookSent())
		if _, err := b.sendToHook("ops"); err != nil {
			t.Fatal(err)
		}
		b.run(0)
		sent := b.fake.WebhookSent()
		if len(sent) != before+1 || sent[before].Webhook != group {
			t.Errorf("arrived %+v, want one more in %s", sent, group)
		}
	}
	update := func(in messaging.WebhookInput) messaging.Webhook {
		t.Helper()
		w, err := b.svc.UpdateWebhook(b.ctx(), here, "ops", in)
		if err != nil {
			t.Fatalf("UpdateWebhook: %v", err)
		}
		return w
	}
	arrives("group-ops")
	mask := provider.NewSecret(tenant.Mask)
	w := update(messaging.WebhookInput{URL: &mask, SignSecret: &mask, Description: ptr("new")})
	if w.Version != 2 || w.Description != "new" || len(w.Keywords) != 1 {
		t.Errorf("updated %+v, want only the description changed", w)
	}
	arrives("group-ops")
	other := b.fake.Webhook("other")
	update(messaging.WebhookInput{URL: ptr(provider.NewSecret(" " + other.URL.Reveal() + "\n")), SignSecret: &other.SignSecret})
	arrives("other")
	w = update(messaging.WebhookInput{SignSecret: ptr(provider.NewSecret("")), Keywords: ptr([]string{})})
	if len(w.SignSecret.Ciphertext) != 0 || len(w.Keywords) != 0 {
		t.Errorf("updated %+v, want neither sign secret nor keywords", w)
	}
	arrives("other")
	update(messaging.WebhookInput{Enabled: ptr(false)})
	_, err := b.sendToHook("ops")
	wantRefusal(t, err, messaging.ErrWebhookDisabled, "webhook")
	_, err = b.sendToHook("nobody")
	wantRefusal(t, err, messaging.ErrWebhookNotFound, "webhook")
}

// TestWebhookSecretsStayHidden looks for the secrets in the database, the audit
// trail, errors and printed values.
func TestWebhookSecretsStayHidden(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	in := b.hookInput("hidden")
	w := b.createHook("hidden")
	if _, err := b.svc.UpdateWebhook(b.ctx(), here, "hidden", in); err != nil {
		t.Fatal(err)
	}
	bad := provider.NewSecret("https://evil.test/very-secret-token")
	_, err := b.svc.UpdateWebhook(b.ctx(), here, "hidden", messaging.WebhookInput{URL: &bad})
	wantRefusal(t, err, messaging.ErrInvalidWebhook, "url")
	trail, auditErr := b.store.Audit(t.Context(), here, tenant.AuditFilter{}, tenant.Page{})
	if auditErr != nil || len(trail.Items) != 3 {
		t.Fatalf("audit trail %+v, %v; want three rows", trail.Items, auditErr)
	}
	refused, updated := trail.Items[0], trail.Items[1]
	if refused.Outcome != "invalid_webhook" || refused.Action != "webhook.update" || updated.Target != "hidden" ||
		!strings.Contains(string(updated.After), `"url":"changed"`) || !strings.Contains(string(updated.Before), `"url":"unchanged"`) {
		t.Errorf("audit trail %+v", trail.Items)
	}
	var raw []byte
	if err := b.store.DB().QueryRowContext(t.Context(), "SELECT url FROM thirdapp_webhooks").Scan(&raw); err != nil {
		t.Fatal(err)
	}
	rows, _ := json.Marshal(trail.Items)
	shown := fmt.Sprintf("%s %s %v %+v %#v %v %+v %s", raw, rows, in, in, in, w, err, b.log)
	for _, secret := range []string{"fake-token-", "fake-sign-", "hooks.fake.test", "very-secret-token"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q shows in %s", secret, shown)
		}
	}
}

func TestWebhookRefusals(t *testing.T) { //nolint:tparallel // its parts share a bundle, which is looked at in the end
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.createHook("taken")
	long := strings.Repeat("x", 65)
	for _, c := range []struct {
		name, hook string
		change     func(*messaging.WebhookInput)
		want       *tenant.Error
		field      string
	}{
		{"name taken", "taken", nil, messaging.ErrWebhookExists, "name"},
		{"no name", "", nil, messaging.ErrInvalidWebhook, "name"},
		{"dots", "..", nil, messaging.ErrInvalidWebhook, "name"},
		{"slash", "a/b", nil, messaging.ErrInvalidWebhook, "name"},
		{"Chinese name", "值班", nil, messaging.ErrInvalidWebhook, "name"},
		{"long name", long, nil, messaging.ErrInvalidWebhook, "name"},
		{"no URL", "a", func(in *messaging.WebhookInput) { in.URL = nil }, messaging.ErrInvalidWebhook, "url"},
		{"masked URL", "a", func(in *messaging.WebhookInput) { in.URL = ptr(provider.NewSecret(tenant.Mask)) }, messaging.ErrInvalidWebhook, "url"},
		{"foreign URL", "a", func(in *messaging.WebhookInput) { in.URL = ptr(provider.NewSecret("https://example.com/")) }, messaging.ErrInvalidWebhook, "url"},
		{"long URL", "a", func(in *messaging.WebhookInput) {
			in.URL = ptr(provider.NewSecret(in.URL.Reveal() + strings.Repeat("x", 2048)))
		}, messaging.ErrInvalidWebhook, "url"},
		{"malformed secret", "a", func(in *messaging.WebhookInput) { in.SignSecret = ptr(provider.NewSecret("x")) }, messaging.ErrInvalidWebhook, "signSecret"},
		{"long description", "a", func(in *messaging.WebhookInput) { in.Description = ptr(strings.Repeat("长", 86)) }, messaging.ErrInvalidWebhook, "description"},
		{"NUL in description", "a", func(in *messaging.WebhookInput) { in.Description = ptr("a\x00b") }, messaging.ErrInvalidWebhook, "description"},
		{"empty keyword", "a", func(in *messaging.WebhookInput) { in.Keywords = ptr([]string{"a", " "}) }, messaging.ErrInvalidWebhook, "keywords[1]"},
		{"long keyword", "a", func(in *messaging.WebhookInput) { in.Keywords = ptr([]string{long}) }, messaging.ErrInvalidWebhook, "keywords[0]"},
		{"many keywords", "a", func(in *messaging.WebhookInput) { in.Keywords = ptr(strings.Split("a,b,c,d,e,f,g,h,i,j,k", ",")) }, messaging.ErrInvalidWebhook, "keywords"},
	} {
		in := b.hookInput("g")
		if c.change != nil {
			c.change(&in)
		}
		t.Run(c.name, func(t *testing.T) { //nolint:paralleltest // one bundle
			_, err := b.svc.CreateWebhook(b.ctx(), here, c.hook, in)
			wantRefusal(t, err, c.want, c.field)
		})
	}
	_, err := b.svc.UpdateWebhook(b.ctx(), here, "taken", messaging.WebhookInput{Provider: provider.WeCom})
	wantRefusal(t, err, messaging.ErrInvalidWebhook, "provider")
	_, err = b.svc.UpdateWebhook(b.ctx(), here, "nobody", messaging.WebhookInput{})
	wantRefusal(t, err, messaging.ErrWebhookNotFound, "webhook")
	b.conns.hooksErr(&provider.UnsupportedError{Provider: b.fake.Kind(), Ability: "WebhookFactory"})
	_, err = b.svc.CreateWebhook(b.ctx(), here, "a", b.hookInput("g"))
	wantRefusal(t, err, messaging.ErrUnsupported, "provider")
}

func TestWebhooksHaveALimit(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{people: 1})
	for n := range messaging.MaxWebhooks {
		b.createHook(fmt.Sprint("hook-", n))
	}
	_, err := b.svc.CreateWebhook(b.ctx(), here, "one-too-many", b.hookInput("g"))
	wantRefusal(t, err, messaging.ErrTooManyWebhooks, "")
	if _, err := b.svc.CreateWebhook(b.ctx(), there, "first", b.hookInput("g")); err != nil {
		t.Errorf("CreateWebhook in another tenant: %v", err)
	}
}

// TestWebhookSecretUnreadable has a service that has lost its keys: what is
// entered again works again.
func TestWebhookSecretUnreadable(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.createHook("ops")
	b.svc = b.newService(options{})
	_, err := b.svc.UpdateWebhook(b.ctx(), here, "ops", messaging.WebhookInput{Enabled: ptr(true)})
	if provider.CodeOf(err) != provider.Internal {
		t.Errorf("update without the secrets: got %v, want one of code internal", err)
	}
	in := b.hookInput("again")
	if _, err := b.svc.UpdateWebhook(b.ctx(), here, "ops", in); err != nil {
		t.Errorf("update with new secrets: %v", err)
	}
}

func TestWebhookPermissions(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{authz: grants{
		"admin": tenant.RoleAdmin, "operator": tenant.RoleOperator, "viewer": tenant.RoleViewer, "sender": tenant.RoleSender,
	}})
	b.createHook("ops")
	for user, may := range map[string]struct{ read, write bool }{
		"admin": {true, true}, "operator": {true, false}, "viewer": {}, "sender": {}, "nobody": {},
	} {
		ctx := tenant.WithActor(t.Context(), tenant.Actor{UserID: user, Username: user})
		_, one := b.svc.Webhook(ctx, here, "ops")
		_, all := b.svc.Webhooks(ctx, here, tenant.Page{})
		_, update := b.svc.UpdateWebhook(ctx, here, "ops", messaging.WebhookInput{})
		_, create := b.svc.CreateWebhook(ctx, here, "by-"+user, b.hookInput("g"))
		remove := b.svc.DeleteWebhook(ctx, here, "by-"+user)
		for op, got := range map[string]error{"read": one, "list": all} {
			if (provider.CodeOf(got) == provider.OK) != may.read {
				t.Errorf("%s, %s: %v", user, op, got)
			}
		}
		for op, got := range map[string]error{"update": update, "create": create, "delete": remove} {
			if (provider.CodeOf(got) == provider.OK) != may.write {
				t.Errorf("%s, %s: %v", user, op, got)
			}
		}
	}
}

// TestWebhookGone: a message whose webhook was removed says what to do about
// the webhook.
func TestWebhookGone(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.createHook("ops")
	m, err := b.sendToHook("ops")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.svc.DeleteWebhook(b.ctx(), here, "ops"); err != nil {
		t.Fatal(err)
	}
	b.run(0)
	b.want(m.ID, messaging.Finished, counts{messaging.DeliveryFailed: 1})
	f := b.deliveries(m.ID)[0].Failure
	if f == nil || f.Reason != messaging.ReasonWebhookGone || !strings.Contains(f.Remedy.EN, "webhook") {
		t.Errorf("failure: got %+v, want %s and a remedy about the webhook", f, messaging.ReasonWebhookGone)
	}
}
