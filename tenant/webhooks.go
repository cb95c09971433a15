package tenant

import (
	"fmt"
	"sync"

	"github.com/thirdapp/thirdapp/provider"
)

// webhookSenders has one sender for each kind that was asked for: they need no
// app, and so no tenant.
type webhookSenders struct {
	mu     sync.Mutex
	byKind map[provider.Kind]provider.WebhookSender
}

// Webhooks returns what sends to the group webhooks of an office app, the same
// one for every tenant. It asks for no permission: that is the caller's to do.
//
// Refusals: an unknown provider; errors.Is provider.ErrUnsupported when it has
// no webhooks.
func (s *Service) Webhooks(kind provider.Kind) (provider.WebhookSender, error) {
	f, err := s.factory(kind)
	if err != nil {
		return nil, fmt.Errorf("tenant: webhooks: %w", err)
	}
	maker, ok := f.(provider.WebhookFactory)
	if !ok {
		return nil, fmt.Errorf("tenant: webhooks: %w", &provider.UnsupportedError{Provider: kind, Ability: "WebhookFactory"})
	}
	s.webhooks.mu.Lock()
	defer s.webhooks.mu.Unlock()
	sender, ok := s.webhooks.byKind[kind]
	if !ok {
		sender = maker.Webhooks(s.cfg.Environment)
		s.webhooks.byKind[kind] = sender
	}
	return sender, nil
}
