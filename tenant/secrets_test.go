package tenant_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// secretWords are entered as secrets and must show up nowhere.
var secretWords = []string{"hush-app-secret", "hush-token", "hush-second", "hush-refused"}

// TestSecretsStayHidden goes through everything that touches a secret and then
// looks for it in the database, the answers, the errors, the log and the audit
// trail.
func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		ctx := as(t, "admin@t-1")
		var shown []any
		show := func(v any, err error) { shown = append(shown, v, err) }
		jsonLog := slog.New(slog.NewJSONHandler(b.logs, nil))

		in := tenant.AppInput{Provider: provider.DingTalk, Enabled: true, Settings: map[string]string{
			"corpId": "ding-corp", "clientId": "key-1", "clientSecret": "hush-app-secret", "callbackToken": "hush-token",
		}}
		app, err := b.CreateApp(ctx, here, in)
		show(app, err)
		show(b.CreateApp(ctx, here, in))
		change := newSecret("hush-second")
		for _, v := range []any{in, &in, change, &change} { // a careless host logs what it was given
			jsonLog.InfoContext(ctx, "input", "value", v, "text", fmt.Sprintf("%v %+v %#v %s", v, v, v, v))
		}
		show(b.UpdateApp(ctx, here, app.ID, change))
		show(b.UpdateApp(ctx, here, app.ID, newSecret(strings.Repeat("hush-refused", 10))))
		show(b.UpdateApp(as(t, "viewer@t-1"), here, app.ID, newSecret("hush-refused")))
		show(b.App(ctx, here, app.ID))
		show(b.Apps(ctx, here, ""))
		show(b.Verify(ctx, here, app.ID))
		conn, err := b.Connect(ctx, here, provider.DingTalk)
		show(conn.App, err)
		show(b.Audit(ctx, here, tenant.AuditFilter{}, tenant.Page{}))

		other := b.serviceOver(t, b.store, must(tinksecrets.GenerateKeyset())(t), tenant.Config{})
		show(other.Connect(ctx, here, provider.DingTalk)) // cannot read them
		show(b.store.App(ctx, here, app.ID))

		for n, v := range shown {
			encoded, err := json.Marshal(v)
			wantNoSecret(t, fmt.Sprintf("answer %d (%T)", n, v), fmt.Sprintf("%v %+v %#v %s %v", v, v, v, encoded, err))
		}
		wantNoSecret(t, "the log", b.logs.String())
		wantNoSecret(t, "the database", b.dump(t))
	})
}

// dump returns everything that is stored: the bytes of the files on SQLite, the
// rows as text on PostgreSQL.
func (b *bundle) dump(tb testing.TB) string {
	tb.Helper()
	var all bytes.Buffer
	if path, ok := strings.CutPrefix(b.dsn, "sqlite:"); ok {
		for _, file := range []string{path, path + "-wal"} {
			content, err := os.ReadFile(file)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				tb.Fatal(err)
			}
			all.Write(content)
		}
	} else {
		var tables []string
		if err := b.store.DB().NewRaw("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").
			Scan(tb.Context(), &tables); err != nil {
			tb.Fatal(err)
		}
		for _, table := range tables {
			var rows []string
			if err := b.store.DB().NewRaw("SELECT t::text || encode(convert_to(t::text, 'UTF8'), 'escape') FROM "+table+" AS t").
				Scan(tb.Context(), &rows); err != nil {
				tb.Fatal(err)
			}
			all.WriteString(strings.Join(rows, "\n"))
		}
	}
	if !strings.Contains(all.String(), "ding-corp") {
		tb.Error("the dump does not even have what is no secret")
	}
	return all.String()
}

func wantNoSecret(tb testing.TB, where, text string) {
	tb.Helper()
	for _, word := range secretWords {
		if strings.Contains(text, word) || strings.Contains(text, fmt.Sprintf("%x", word)) {
			tb.Errorf("%s shows %q", where, word)
		}
	}
}

// TestSecretsBelongToTheirPlace moves sealed secrets to other places of the
// database, as who can write to it might: they do not open there.
func TestSecretsBelongToTheirPlace(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]string{
		"another tenant": "UPDATE thirdapp_app_secrets SET ciphertext = (SELECT ciphertext FROM thirdapp_app_secrets WHERE tenant_id = 't-2' AND name = 'clientSecret') WHERE tenant_id = 't-1' AND name = 'clientSecret'",
		"another field":  "UPDATE thirdapp_app_secrets SET ciphertext = (SELECT ciphertext FROM thirdapp_app_secrets WHERE tenant_id = 't-1' AND name = 'callbackToken') WHERE tenant_id = 't-1' AND name = 'clientSecret'",
		"damaged":        "UPDATE thirdapp_app_secrets SET ciphertext = x'00' WHERE tenant_id = 't-1' AND name = 'clientSecret'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			in := input("key-1")
			in.Settings["callbackToken"] = "token"
			app := create(t, b, here, in)
			create(t, b, there, input("key-2"))
			if _, err := b.store.DB().ExecContext(t.Context(), move); err != nil {
				t.Fatal(err)
			}
			_, err := b.Connect(t.Context(), here, provider.DingTalk)
			var refusal *tenant.Error
			if !errors.As(err, &refusal) || refusal.Reason != "secret_unreadable" || refusal.Field != "clientSecret" {
				t.Errorf("Connect: got %v, want the secret to be unreadable", err)
			}
			// It cannot be kept, but replaced.
			ctx := as(t, "admin@t-1")
			_, err = b.UpdateApp(ctx, here, app.ID, tenant.AppChange{Settings: map[string]string{"corpId": "new", "clientSecret": tenant.Mask}})
			if !errors.As(err, &refusal) || refusal.Reason != "secret_unreadable" {
				t.Errorf("UpdateApp of something else: got %v, want the secret to be unreadable", err)
			}
			update(t, b.Service, here, app.ID, newSecret("fresh"))
			if got := connect(t, b.Service, here); got != "fresh" {
				t.Errorf("after replacing it: got secret %q", got)
			}
		})
	}
}

// TestSecretsAreSealedAnew rotates the key: the next write of an app seals all
// its secrets with the new one.
func TestSecretsAreSealedAnew(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		in := input("key-1")
		in.Settings["callbackToken"] = "token"
		app := create(t, b, here, in)
		rotated := must(tinksecrets.Rotate(b.keyset))(t)
		s := b.serviceOver(t, b.store, rotated, tenant.Config{})
		if got := connect(t, s, here); got != "s3cr3t of key-1" {
			t.Errorf("after the rotation: got secret %q", got)
		}
		update(t, s, here, app.ID, tenant.AppChange{Settings: map[string]string{"corpId": "new"}})
		stored, err := b.store.App(t.Context(), here, app.ID)
		if err != nil {
			t.Fatal(err)
		}
		current := must(tinksecrets.New(rotated))(t).CurrentKey()
		for name, sealed := range stored.Secrets {
			if sealed.KeyID != current {
				t.Errorf("%s is sealed with key %s, want %s", name, sealed.KeyID, current)
			}
		}
		if got := connect(t, s, here); got != "s3cr3t of key-1" {
			t.Errorf("after sealing anew: got secret %q", got)
		}
	})
}
