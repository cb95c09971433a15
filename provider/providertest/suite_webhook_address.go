package providertest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func takesOwnAddresses(t *testing.T, s subject) {
	sender := webhookSender(t, s)
	for what, w := range map[string]provider.Webhook{"Webhook": s.Webhook, "WrongWebhook": s.WrongWebhook} {
		if w.URL.IsZero() {
			continue
		}
		if problem := sender.CheckWebhook(w); !problem.IsZero() {
			t.Errorf("%s: %s", what, problem)
		}
	}
	strict, w := officialWebhook(t, s)
	if problem := strict.CheckWebhook(w); !problem.IsZero() {
		t.Errorf("OfficialWebhook: %s", problem)
	}
}

func refusesAddresses(t *testing.T, s subject) {
	sender, official := officialWebhook(t, s)
	for what, address := range wrongAddresses(t, official) {
		w := provider.Webhook{URL: provider.NewSecret(address), SignSecret: official.SignSecret}
		problem := sender.CheckWebhook(w)
		if problem.IsZero() {
			t.Errorf("%s is taken: %s", what, address)
			continue
		}
		wantText(t, "problem of "+what, problem)
		s.wantNoSecretsIn(t, "problem of "+what, problem.ZH+problem.EN)
	}
}

// officialWebhook returns a sender that takes no addresses but the office app's
// own, and such an address.
func officialWebhook(t *testing.T, s subject) (provider.WebhookSender, provider.Webhook) {
	t.Helper()
	f := s.OfficialFactory
	if f == nil {
		f = s.Factory
	}
	webhooks, ok := f.(provider.WebhookFactory)
	if !ok {
		t.Skipf("%s has no webhooks", s.Kind())
	}
	if s.OfficialWebhook.URL.IsZero() {
		t.Skip("the harness has no official webhook")
	}
	return webhooks.Webhooks(provider.Environment{}), s.OfficialWebhook
}

// wrongAddresses returns addresses that look like the right one and lead
// elsewhere, or nowhere.
func wrongAddresses(tb testing.TB, right provider.Webhook) map[string]string {
	tb.Helper()
	u, err := url.Parse(right.URL.Reveal())
	if err != nil {
		tb.Fatal("OfficialWebhook has no URL")
	}
	bad := map[string]string{
		"nothing": "", "no address": "::", "no host": "https:///" + u.RawQuery, "a relative one": u.RequestURI(),
		"the host alone": "https://" + u.Host + "/",
		"two addresses":  right.URL.Reveal() + "\n" + right.URL.Reveal(),
	}
	change := func(what string, f func(u *url.URL)) {
		c := *u
		f(&c)
		bad[what] = c.String()
	}
	change("plain http", func(u *url.URL) { u.Scheme = "http" })
	change("another scheme", func(u *url.URL) { u.Scheme = "file" })
	change("a user", func(u *url.URL) { u.User = url.User("somebody") })
	change("a user and a password", func(u *url.URL) { u.User = url.UserPassword("a", "b") })
	change("another port", func(u *url.URL) { u.Host += ":8443" })
	change("the host as user", func(u *url.URL) { u.User, u.Host = url.User(u.Host), "example.com" })
	change("a longer host", func(u *url.URL) { u.Host += ".example.com" })
	change("a host that ends alike", func(u *url.URL) { u.Host = "evil" + u.Host })
	change("a host below", func(u *url.URL) { u.Host = "evil." + u.Host })
	for _, host := range []string{
		"example.com", "localhost", "127.0.0.1", "127.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
		"[::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "2130706433",
	} {
		change("host "+host, func(u *url.URL) { u.Host = host })
	}
	if _, path, ok := strings.Cut(right.URL.Reveal(), u.Host); ok {
		bad["a backslash"] = "https://example.com\\@" + u.Host + path
	}
	return bad
}

// secretsOf returns the parts of a webhook that must not show.
func secretsOf(w provider.Webhook) []string {
	const shortest = 8 // what is shorter is no secret
	list := []string{w.URL.Reveal(), w.SignSecret.Reveal()}
	u, err := url.Parse(w.URL.Reveal())
	if err != nil {
		return list
	}
	for _, values := range u.Query() {
		list = append(list, values...)
	}
	if parts := strings.Split(u.Path, "/"); len(parts) > 1 && len(parts[len(parts)-1]) >= 2*shortest {
		list = append(list, parts[len(parts)-1])
	}
	kept := list[:0]
	for _, secret := range list {
		if len(secret) >= shortest {
			kept = append(kept, secret)
		}
	}
	return kept
}
