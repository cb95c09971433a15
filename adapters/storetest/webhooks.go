package storetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// WebhookStore is what [RunWebhooks] proves.
type WebhookStore interface {
	messaging.WebhookStore
	tenant.Transactor
}

// RunWebhooks proves a messaging.WebhookStore.
func RunWebhooks(t *testing.T, newStore func(tb testing.TB) WebhookStore) {
	t.Helper()
	runEach(t, newStore, map[string]func(*testing.T, WebhookStore){
		"create and read": webhookCreate,
		"name taken":      webhookTaken,
		"update":          webhookUpdate,
		"update at once":  webhookUpdateAtOnce,
		"delete":          webhookDelete,
		"list":            webhookList,
		"cursors":         webhookCursors,
		"tenants apart":   webhookTenantsApart,

		"tenants of secrets": webhookSecretTenants,
		"secrets replaced":   webhookSecretsReplaced,
	})
}

func newWebhook(t tenant.ID, name string) messaging.Webhook {
	return messaging.Webhook{
		Tenant: t, Name: name, Provider: provider.DingTalk, Description: "运维's group",
		URL:        tenant.Sealed{KeyID: "k1", Ciphertext: []byte("\x00sealed url of " + name)},
		SignSecret: tenant.Sealed{KeyID: "k2", Ciphertext: []byte("sealed secret")},
		Keywords:   []string{"告警", `"quoted"`}, Enabled: true, Version: 1,
		CreatedAt: instant(1), UpdatedAt: instant(1),
	}
}

func createWebhook(tb testing.TB, s messaging.WebhookStore, w messaging.Webhook) messaging.Webhook {
	tb.Helper()
	if err := s.CreateWebhook(tb.Context(), w); err != nil {
		tb.Fatalf("CreateWebhook(%s): %v", w.Name, err)
	}
	return w
}

func wantWebhook(tb testing.TB, s messaging.WebhookStore, want messaging.Webhook) {
	tb.Helper()
	got, err := s.Webhook(tb.Context(), want.Tenant, want.Name)
	if err != nil || !reflect.DeepEqual(got, want) {
		tb.Errorf("Webhook(%s):\n got %+v, %v\nwant %+v", want.Name, got, err, want)
	}
}

func webhookCreate(t *testing.T, s WebhookStore) {
	wantWebhook(t, s, createWebhook(t, s, newWebhook(here, "ops")))
	bare := newWebhook(here, "bare")
	bare.SignSecret, bare.Keywords, bare.Description = tenant.Sealed{}, nil, ""
	bare.Enabled = false
	wantWebhook(t, s, createWebhook(t, s, bare))
	for _, name := range []string{"OPS", "nobody", "", "o\x00ps"} {
		_, err := s.Webhook(t.Context(), here, name)
		wantNowhere(t, "Webhook "+name, err)
	}
}

func webhookTaken(t *testing.T, s WebhookStore) {
	first := createWebhook(t, s, newWebhook(here, "ops"))
	second := first
	second.Description = "another"
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		wantError(t, "CreateWebhook", s.CreateWebhook(ctx, second), tenant.ErrConflict)
		return s.CreateWebhook(ctx, newWebhook(here, "other")) // the transaction is still good
	})
	if err != nil {
		t.Errorf("InTx: %v", err)
	}
	wantWebhook(t, s, first)
	wantWebhook(t, s, newWebhook(here, "other"))
}

func webhookUpdate(t *testing.T, s WebhookStore) {
	ctx := t.Context()
	old := createWebhook(t, s, newWebhook(here, "ops"))
	changed := old
	changed.Description, changed.Keywords, changed.SignSecret = "new", nil, tenant.Sealed{}
	changed.URL = tenant.Sealed{KeyID: "k3", Ciphertext: []byte("another")}
	changed.Enabled, changed.UpdatedAt = false, instant(9)
	if err := s.UpdateWebhook(ctx, changed); err != nil {
		t.Fatal(err)
	}
	want := changed
	want.Version = 2
	wantWebhook(t, s, want)
	wantError(t, "UpdateWebhook of an old version", s.UpdateWebhook(ctx, changed), tenant.ErrConflict)
	wantError(t, "UpdateWebhook of nothing", s.UpdateWebhook(ctx, newWebhook(here, "nobody")), tenant.ErrNotFound)
	wantWebhook(t, s, want)
}

func webhookUpdateAtOnce(t *testing.T, s WebhookStore) {
	w := createWebhook(t, s, newWebhook(here, "ops"))
	var won atomic.Int32
	atOnce(t, 4, func(ctx context.Context, _ int) error {
		err := s.UpdateWebhook(ctx, w)
		if err == nil {
			won.Add(1)
			return nil
		}
		wantError(t, "UpdateWebhook", err, tenant.ErrConflict)
		return nil
	})
	if won.Load() != 1 {
		t.Errorf("%d of 4 changes of one version were stored, want 1", won.Load())
	}
}

func webhookDelete(t *testing.T, s WebhookStore) {
	ctx := t.Context()
	createWebhook(t, s, newWebhook(here, "ops"))
	kept := createWebhook(t, s, newWebhook(here, "kept"))
	if err := s.DeleteWebhook(ctx, here, "ops"); err != nil {
		t.Fatal(err)
	}
	wantError(t, "DeleteWebhook again", s.DeleteWebhook(ctx, here, "ops"), tenant.ErrNotFound)
	_, err := s.Webhook(ctx, here, "ops")
	wantError(t, "Webhook", err, tenant.ErrNotFound)
	wantWebhook(t, s, kept)
}

func webhookList(t *testing.T, s WebhookStore) {
	// By the bytes of the name, whatever the language of the database.
	var want []messaging.Webhook
	for _, name := range []string{"-x", "A", "Z", "_", "a", "a.b", "aa", "z"} {
		want = append(want, newWebhook(here, name))
	}
	for _, w := range slices.Backward(want) {
		createWebhook(t, s, w)
	}
	createWebhook(t, s, newWebhook(there, "b"))
	for _, size := range []int{0, 1, 3, len(want)} {
		got := collect(t, size, func(ctx context.Context, p tenant.Page) (tenant.List[messaging.Webhook], error) {
			return s.Webhooks(ctx, here, p)
		})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("pages of %d:\n got %+v\nwant %+v", size, got, want)
		}
	}
}

func webhookCursors(t *testing.T, s WebhookStore) {
	for n := range 2 {
		createWebhook(t, s, newWebhook(here, fmt.Sprint("hook", n)))
	}
	wantCursorRefused(t, "WyJvdGhlciIsImEiXQ", func(ctx context.Context, p tenant.Page) (tenant.List[messaging.Webhook], error) {
		return s.Webhooks(ctx, here, p)
	})
}

func webhookTenantsApart(t *testing.T, s WebhookStore) {
	ctx := t.Context()
	mine := createWebhook(t, s, newWebhook(here, "ops"))
	_, err := s.Webhook(ctx, there, "ops")
	wantError(t, "Webhook", err, tenant.ErrNotFound)
	wantError(t, "UpdateWebhook", s.UpdateWebhook(ctx, newWebhook(there, "ops")), tenant.ErrNotFound)
	wantError(t, "DeleteWebhook", s.DeleteWebhook(ctx, there, "ops"), tenant.ErrNotFound)
	theirs := newWebhook(there, "ops")
	theirs.Description = "theirs"
	createWebhook(t, s, theirs)
	wantWebhook(t, s, mine)
	wantWebhook(t, s, theirs)
}
