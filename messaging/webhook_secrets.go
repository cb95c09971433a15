package messaging

import (
	"context"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The secret fields of a webhook, as the API spells them.
const (
	webhookURLField    = "url"
	webhookSecretField = "signSecret"
)

// openWebhook returns a webhook for sending: what is stored, its address in
// clear, and what sends to it. It asks for no permission.
//
// Refusals: ErrWebhookNotFound, ErrWebhookDisabled, and one of code Unsupported
// when the office app has no webhooks any more.
func (s *Service) openWebhook(
	ctx context.Context, t tenant.ID, name string,
) (Webhook, provider.Webhook, provider.WebhookSender, error) {
	none := provider.Webhook{}
	w, err := s.storedWebhook(ctx, t, name)
	if err != nil {
		return Webhook{}, none, nil, err
	}
	if !w.Enabled {
		return Webhook{}, none, nil, ErrWebhookDisabled
	}
	sender, err := s.conns.Webhooks(w.Provider)
	if err != nil {
		return Webhook{}, none, nil, errNoWebhooks(w.Provider, err)
	}
	address, err := s.unsealWebhook(ctx, w)
	if err != nil {
		return Webhook{}, none, nil, err
	}
	return w, address, sender, nil
}

// storedWebhook does not ask the store for what cannot be there.
func (s *Service) storedWebhook(ctx context.Context, t tenant.ID, name string) (Webhook, error) {
	if !validWebhookName(name) {
		return Webhook{}, ErrWebhookNotFound
	}
	w, err := s.store.Webhook(ctx, t, name)
	return w, errWebhookMissing(err)
}

// unsealWebhook returns the address of a webhook in clear.
func (s *Service) unsealWebhook(ctx context.Context, w Webhook) (open provider.Webhook, err error) {
	if open.URL, err = s.unsealField(ctx, w, webhookURLField, w.URL); err != nil {
		return open, err
	}
	open.SignSecret, err = s.unsealField(ctx, w, webhookSecretField, w.SignSecret)
	return open, err
}

func (s *Service) unsealField(
	ctx context.Context, w Webhook, field string, sealed tenant.Sealed,
) (provider.Secret, error) {
	if len(sealed.Ciphertext) == 0 {
		return provider.Secret{}, nil
	}
	secret, err := s.sealer.Open(ctx, sealed, webhookPlace(w.Tenant, w.Name, field))
	if err != nil {
		return provider.Secret{}, errWebhookUnreadable(field, err)
	}
	return secret, nil
}

// sealWebhook returns w with the given address, sealed.
func (s *Service) sealWebhook(ctx context.Context, w Webhook, open provider.Webhook) (Webhook, error) {
	var err error
	w.URL, err = s.sealer.Seal(ctx, open.URL, webhookPlace(w.Tenant, w.Name, webhookURLField))
	if err != nil {
		return Webhook{}, err
	}
	w.SignSecret = tenant.Sealed{}
	if !open.SignSecret.IsZero() {
		w.SignSecret, err = s.sealer.Seal(ctx, open.SignSecret, webhookPlace(w.Tenant, w.Name, webhookSecretField))
	}
	return w, err
}

// webhookPlace names where a secret belongs. The length before each part keeps
// two places from having one name.
func webhookPlace(t tenant.ID, name, field string) string {
	var b strings.Builder
	b.WriteString("thirdapp/webhook-secret")
	for _, part := range []string{string(t), name, field} {
		b.WriteByte('/')
		b.WriteString(strconv.Itoa(len(part)))
		b.WriteByte(':')
		b.WriteString(part)
	}
	return b.String()
}
