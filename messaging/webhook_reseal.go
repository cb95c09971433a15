package messaging

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/tenant"
)

// Reseal seals the secrets of all webhooks, of all tenants, with the current
// key. It asks nobody: it is for operators. It may be repeated, and run beside
// everything else; webhooks keep their versions.
func (s *Service) Reseal(ctx context.Context, r *tenant.Resealer) error {
	err := r.Tenants(ctx, s.store.WebhookSecretTenants, func(ctx context.Context, t tenant.ID) error {
		return s.resealWebhooks(ctx, r, t)
	})
	if err != nil {
		return fmt.Errorf("messaging: reseal webhooks: %w", err)
	}
	return nil
}

func (s *Service) resealWebhooks(ctx context.Context, r *tenant.Resealer, t tenant.ID) error {
	p := tenant.Page{Limit: tenant.MaxPageLimit}
	for {
		list, err := s.store.Webhooks(ctx, t, p)
		if err != nil {
			return err
		}
		for _, w := range list.Items {
			if err := s.resealWebhook(ctx, r, w); err != nil {
				return err
			}
		}
		if list.Next == "" {
			return nil
		}
		p.Cursor = list.Next
	}
}

// resealWebhook seals address and signing secret each for itself: one of them
// may be unreadable.
func (s *Service) resealWebhook(ctx context.Context, r *tenant.Resealer, w Webhook) error {
	for _, field := range []string{webhookURLField, webhookSecretField} {
		at := tenant.SecretPlace{Tenant: w.Tenant, Of: "webhook", ID: w.Name, Field: field}
		err := r.Secret(ctx, at, *w.sealed(field), webhookPlace(w.Tenant, w.Name, field),
			func(ctx context.Context, sealed tenant.Sealed) error {
				next := w
				*next.sealed(field) = sealed
				err := s.store.ReplaceWebhookSecrets(ctx, w, next)
				if err == nil {
					w = next
				}
				return err
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// sealed is where a webhook has a secret field.
func (w *Webhook) sealed(field string) *tenant.Sealed {
	if field == webhookURLField {
		return &w.URL
	}
	return &w.SignSecret
}
