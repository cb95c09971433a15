package storetest

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// resealed is what secrets become in these tests.
var resealed = sealedBytes("key-9", 9)

// wantTenants reads a list of tenants that have secrets under other keys, two
// at a time.
func wantTenants(
	tb testing.TB, list func(ctx context.Context, key string, after tenant.ID, limit int) ([]tenant.ID, error),
	key string, want ...tenant.ID,
) {
	tb.Helper()
	var got []tenant.ID
	for after := tenant.ID(""); ; {
		some, err := list(tb.Context(), key, after, 2)
		if err != nil || len(some) > 2 {
			tb.Fatalf("tenants after %q: %q, %v; want at most 2", after, some, err)
		}
		if len(some) == 0 {
			break
		}
		got, after = append(got, some...), some[len(some)-1]
	}
	if !slices.Equal(got, want) {
		tb.Errorf("tenants with secrets that %q has not sealed: %q, want %q", key, got, want)
	}
}

func appSecretTenants(t *testing.T, s tenant.Store) {
	for _, id := range []tenant.ID{"b", "B", "a_", "a-"} { // bytes say A-Z, _, a-z
		a := newApp(id, provider.DingTalk, "app of "+string(id))
		a.Secrets = map[string]tenant.Sealed{"one": sealedBytes("key-1", 1), "two": sealedBytes("key-1", 2)}
		createApp(t, s, a)
	}
	mixed := newApp("c", provider.DingTalk, "mixed")
	mixed.Secrets = map[string]tenant.Sealed{"one": sealedBytes("key-1", 1), "two": sealedBytes("key-2", 2)}
	createApp(t, s, mixed)
	bare := newApp("d", provider.DingTalk, "bare")
	bare.Secrets = nil
	createApp(t, s, bare)
	wantTenants(t, s.AppSecretTenants, "key-1", "c")
	wantTenants(t, s.AppSecretTenants, "key-2", "B", "a-", "a_", "b", "c")
}

func appSecretReplaced(t *testing.T, s tenant.Store) {
	a := newApp(here, provider.DingTalk, "a1")
	a.Secrets = map[string]tenant.Sealed{"one": sealedBytes("key-1", 1), "two": sealedBytes("key-1", 2)}
	createApp(t, s, a)
	old, other := a.Secrets["one"], sealedBytes("key-1", 3)
	for name, err := range map[string]error{
		"of another tenant": s.ReplaceAppSecret(t.Context(), there, "a1", "one", old, resealed),
		"of another app":    s.ReplaceAppSecret(t.Context(), here, "a2", "one", old, resealed),
		"of another name":   s.ReplaceAppSecret(t.Context(), here, "a1", "two", old, resealed),
		"changed meanwhile": s.ReplaceAppSecret(t.Context(), here, "a1", "one", other, resealed),
		"another key": s.ReplaceAppSecret(t.Context(), here, "a1", "one",
			tenant.Sealed{KeyID: "key-2", Ciphertext: old.Ciphertext}, resealed),
	} {
		wantError(t, "a secret "+name, err, tenant.ErrConflict)
	}
	if err := s.ReplaceAppSecret(t.Context(), here, "a1", "one", old, resealed); err != nil {
		t.Fatal(err)
	}
	a.Secrets["one"] = resealed
	if got, err := s.App(t.Context(), here, "a1"); err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("after it:\n got %+v, %v\nwant %+v", got, err, a)
	}
}

func webhookSecretTenants(t *testing.T, s WebhookStore) {
	for id, keys := range map[tenant.ID][2]string{
		"b": {"key-1", "key-1"}, "B": {"key-1", ""}, "a": {"key-1", "key-2"}, "c": {"key-2", "key-2"},
	} {
		w := newWebhook(id, "ops")
		w.URL, w.SignSecret = sealedBytes(keys[0], 1), sealedBytes(keys[1], 2)
		if keys[1] == "" {
			w.SignSecret = tenant.Sealed{}
		}
		createWebhook(t, s, w)
	}
	wantTenants(t, s.WebhookSecretTenants, "key-1", "a", "c")
	wantTenants(t, s.WebhookSecretTenants, "key-2", "B", "a", "b")
}

func webhookSecretsReplaced(t *testing.T, s WebhookStore) {
	full := newWebhook(here, "ops")
	bare := newWebhook(here, "bare")
	bare.SignSecret = tenant.Sealed{}
	theirs := createWebhook(t, s, newWebhook(there, "ops"))
	for _, w := range []messaging.Webhook{full, bare} {
		createWebhook(t, s, w)
		next := w
		next.URL, next.Description = resealed, "not what is replaced"
		for name, spoil := range map[string]func(*messaging.Webhook){
			"of another tenant": func(w *messaging.Webhook) { w.Tenant = "t-3" },
			"of another name":   func(w *messaging.Webhook) { w.Name = "nobody" },
			"with another url":  func(w *messaging.Webhook) { w.URL = sealedBytes("k1", 8) },
			"with another key":  func(w *messaging.Webhook) { w.URL.KeyID = "k8" },
			"with another sign": func(w *messaging.Webhook) { w.SignSecret = sealedBytes("k2", 8) },
		} {
			old := w
			spoil(&old)
			wantError(t, "secrets "+name, s.ReplaceWebhookSecrets(t.Context(), old, next), tenant.ErrConflict)
		}
		wantWebhook(t, s, w)
		if err := s.ReplaceWebhookSecrets(t.Context(), w, next); err != nil {
			t.Fatal(err)
		}
		w.URL = resealed
		wantWebhook(t, s, w)
	}
	next := full
	next.URL, next.SignSecret = resealed, sealedBytes("key-9", 8)
	full.URL = resealed
	if err := s.ReplaceWebhookSecrets(t.Context(), full, next); err != nil {
		t.Fatal(err)
	}
	wantWebhook(t, s, next)
	wantWebhook(t, s, theirs)
}

func signingSecretTenants(t *testing.T, s events.Store) {
	for id, keys := range map[tenant.ID][2]string{
		"b": {"key-1", "key-1"}, "B": {"key-1", ""}, "a": {"key-1", "key-2"}, "c": {"key-2", ""},
	} {
		sub := newSubscription(id, 1)
		sub.Secrets.Current = sealedBytes(keys[0], 1)
		if keys[1] != "" {
			sub.Secrets.Previous, sub.Secrets.PreviousUntil = sealedBytes(keys[1], 2), instant(9)
		}
		createSubscription(t, s, sub)
	}
	wantTenants(t, s.SigningSecretTenants, "key-1", "a", "c")
	wantTenants(t, s.SigningSecretTenants, "key-2", "B", "a", "b")
}

func signingSecretsReplaced(t *testing.T, s events.Store) {
	bare, rotated := newSubscription(here, 1), newSubscription(here, 2)
	rotated.Secrets.Previous, rotated.Secrets.PreviousUntil = sealedBytes("key-0", 1), instant(9)
	theirs := newSubscription(there, 1)
	createSubscription(t, s, theirs)
	for _, sub := range []events.Stored{bare, rotated} {
		createSubscription(t, s, sub)
		next := sub.Secrets
		next.Current, next.PreviousUntil = resealed, instant(99)
		if len(next.Previous.Ciphertext) > 0 {
			next.Previous = sealedBytes("key-9", 8)
		}
		other := sub.Secrets
		other.Current = sealedBytes("key-1", 8)
		former := sub.Secrets
		former.Previous = sealedBytes("key-0", 8)
		for name, err := range map[string]error{
			"of another tenant":     s.ReplaceSigningSecrets(t.Context(), "t-3", sub.ID, sub.Secrets, next),
			"of another id":         s.ReplaceSigningSecrets(t.Context(), here, "nobody", sub.Secrets, next),
			"with another current":  s.ReplaceSigningSecrets(t.Context(), here, sub.ID, other, next),
			"with another previous": s.ReplaceSigningSecrets(t.Context(), here, sub.ID, former, next),
		} {
			wantError(t, "secrets "+name, err, tenant.ErrConflict)
		}
		if err := s.ReplaceSigningSecrets(t.Context(), here, sub.ID, sub.Secrets, next); err != nil {
			t.Fatal(err)
		}
		next.PreviousUntil = sub.Secrets.PreviousUntil
		sub.Secrets = next
		if got := readSubscription(t, s, here, sub.ID); !reflect.DeepEqual(got, sub) {
			t.Errorf("after it:\n got %+v\nwant %+v", got, sub)
		}
	}
	if got := readSubscription(t, s, there, theirs.ID); !reflect.DeepEqual(got, theirs) {
		t.Errorf("of the other tenant:\n got %+v\nwant %+v", got, theirs)
	}
}
