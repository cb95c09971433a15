package tenant_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// hooksOffice is an office app with webhooks that counts who asks for them.
type hooksOffice struct {
	*office
	mu   sync.Mutex
	envs []provider.Environment
	// sender is what it answers.
	sender provider.WebhookSender
}

func (o *hooksOffice) Webhooks(env provider.Environment) provider.WebhookSender {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.envs = append(o.envs, env)
	return o.sender
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hooks := &hooksOffice{office: newOffice("hooks", "群", "Hooks"), sender: &struct{ provider.WebhookSender }{}}
	registry := must(provider.NewRegistry(b.dingtalk, hooks))(t)
	s := must(tenant.New(b.store, registry, plainSealer{}, b.authz, people{}, tenant.Config{Now: b.clock.Now}))(t)
	t.Cleanup(func() { _ = s.Close() })

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if sender, err := s.Webhooks("hooks"); err != nil || sender != hooks.sender {
				t.Errorf("Webhooks = %v, %v; want those of the office app", sender, err)
			}
		})
	}
	wg.Wait()
	if len(hooks.envs) != 1 || !hooks.envs[0].Now().Equal(b.clock.Now()) {
		t.Errorf("asked for webhooks %d times, want once, with the service's clock", len(hooks.envs))
	}

	_, err := s.Webhooks(provider.DingTalk)
	var unsupported *provider.UnsupportedError
	if !errors.As(err, &unsupported) || unsupported.Provider != provider.DingTalk || unsupported.Ability != "WebhookFactory" {
		t.Errorf("an office app without webhooks: got %v", err)
	}
	_, err = s.Webhooks("lotus_notes")
	wantMessage(t, "Webhooks of an unknown provider", err, provider.InvalidArgument, `不支持的应用类型"lotus_notes"，支持：dingtalk、hooks`)
}
