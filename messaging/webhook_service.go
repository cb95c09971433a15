package messaging

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// webhookTries is how often an update starts again because somebody else
// changed the webhook in between.
const webhookTries = 5

// CreateWebhook stores the address of a group's robot under a name. It needs
// ActionWrite on ObjectWebhook and leaves a row in the audit trail.
//
// Refusals: ErrInvalidWebhook, ErrWebhookExists, ErrTooManyWebhooks, an unknown
// provider, and ErrUnsupported when the provider has no webhooks.
func (s *Service) CreateWebhook(ctx context.Context, t tenant.ID, name string, in WebhookInput) (Webhook, error) {
	var created Webhook
	err := s.trail.Do(ctx, webhookChange(t, "webhook.create", name),
		func(ctx context.Context, row *tenant.AuditEntry) error {
			w, err := s.newWebhook(ctx, t, name, in)
			if err != nil {
				return err
			}
			created = w
			if row.After, err = recordOfWebhook(w, w.secrets(secretChanged)); err != nil {
				return err
			}
			return s.trail.Commit(ctx, row, func(ctx context.Context) error { return s.addWebhook(ctx, w) })
		})
	if err != nil {
		return Webhook{}, fmt.Errorf("messaging: create webhook: %w", err)
	}
	return created, nil
}

func webhookChange(t tenant.ID, action, name string) tenant.Operation {
	return tenant.Operation{
		Tenant: t, Action: action, Target: name,
		Need: tenant.Permission{Object: tenant.ObjectWebhook, Action: tenant.ActionWrite},
	}
}

// newWebhook checks what was entered and returns it as a webhook.
func (s *Service) newWebhook(ctx context.Context, t tenant.ID, name string, in WebhookInput) (Webhook, error) {
	if _, err := tenant.ParseID(string(t)); err != nil {
		return Webhook{}, err
	}
	if err := checkWebhookName(name); err != nil {
		return Webhook{}, err
	}
	now := stamp(s.cfg.Now())
	w := in.apply(Webhook{
		Tenant: t, Name: name, Provider: in.Provider, Enabled: true, Version: 1, CreatedAt: now, UpdatedAt: now,
	})
	address := provider.Webhook{}
	address.URL, _ = replaces(in.URL)
	address.SignSecret, _ = replaces(in.SignSecret)
	return s.completeWebhook(ctx, w, address)
}

// completeWebhook checks a webhook and its address, and seals the address.
func (s *Service) completeWebhook(ctx context.Context, w Webhook, address provider.Webhook) (Webhook, error) {
	if err := w.validate(); err != nil {
		return Webhook{}, err
	}
	sender, err := s.conns.Webhooks(w.Provider)
	if err != nil {
		return Webhook{}, errNoWebhooks(w.Provider, err)
	}
	if err := checkAddress(sender, address); err != nil {
		return Webhook{}, err
	}
	return s.sealWebhook(ctx, w, address)
}

// addWebhook stores a new webhook. Several at the same time can exceed the
// limit by their number.
func (s *Service) addWebhook(ctx context.Context, w Webhook) error {
	there, err := s.store.Webhooks(ctx, w.Tenant, tenant.Page{Limit: MaxWebhooks})
	if err != nil {
		return err
	}
	if len(there.Items) >= MaxWebhooks {
		return ErrTooManyWebhooks
	}
	err = s.store.CreateWebhook(ctx, w)
	if errors.Is(err, tenant.ErrConflict) {
		return ErrWebhookExists.WithCause(err)
	}
	return err
}

// UpdateWebhook changes a webhook and seals its secrets with the current key.
// It needs ActionWrite on ObjectWebhook and leaves a row in the audit trail.
//
// Refusals: ErrWebhookNotFound, ErrInvalidWebhook.
func (s *Service) UpdateWebhook(ctx context.Context, t tenant.ID, name string, in WebhookInput) (Webhook, error) {
	var updated Webhook
	err := s.trail.Do(ctx, webhookChange(t, "webhook.update", name),
		func(ctx context.Context, row *tenant.AuditEntry) error {
			var err error
			for range webhookTries {
				updated, err = s.updateWebhook(ctx, t, name, in, row)
				if !errors.Is(err, tenant.ErrConflict) {
					return err
				}
			}
			return tenant.Refuse(provider.Unavailable, "changed_meanwhile",
				"数据已被他人修改，请重试", "somebody else changed the record at the same time; try again").WithCause(err)
		})
	if err != nil {
		return Webhook{}, fmt.Errorf("messaging: update webhook: %w", err)
	}
	return updated, nil
}

// updateWebhook reads a webhook, changes it and stores it if nobody else did.
func (s *Service) updateWebhook(
	ctx context.Context, t tenant.ID, name string, in WebhookInput, row *tenant.AuditEntry,
) (Webhook, error) {
	old, err := s.storedWebhook(ctx, t, name)
	if err != nil {
		return Webhook{}, err
	}
	if in.Provider != "" && in.Provider != old.Provider {
		return Webhook{}, errInvalidWebhook("provider", "应用类型不能修改，请新建一个",
			"the provider cannot be changed; create another webhook")
	}
	address, changed, err := s.changedAddress(ctx, old, in)
	if err != nil {
		return Webhook{}, err
	}
	next := in.apply(old)
	next.UpdatedAt = stamp(s.cfg.Now())
	if next, err = s.completeWebhook(ctx, next, address); err != nil {
		return Webhook{}, err
	}
	stored := next
	next.Version++
	if row.Before, err = recordOfWebhook(old, old.secrets(secretUnchanged)); err != nil {
		return Webhook{}, err
	}
	if row.After, err = recordOfWebhook(next, changed); err != nil {
		return Webhook{}, err
	}
	err = s.trail.Commit(ctx, row, func(ctx context.Context) error {
		return errWebhookMissing(s.store.UpdateWebhook(ctx, stored))
	})
	return next, err
}

// changedAddress returns the address that results from an input, and what
// becomes of each secret. A secret that cannot be read must not stand in the
// way of its replacement.
func (s *Service) changedAddress(
	ctx context.Context, old Webhook, in WebhookInput,
) (address provider.Webhook, changed map[string]string, err error) {
	changed = make(map[string]string)
	for _, f := range []struct {
		field   string
		entered *provider.Secret
		sealed  tenant.Sealed
		into    *provider.Secret
	}{
		{webhookURLField, in.URL, old.URL, &address.URL},
		{webhookSecretField, in.SignSecret, old.SignSecret, &address.SignSecret},
	} {
		secret, replaced := replaces(f.entered)
		if !replaced {
			if secret, err = s.unsealField(ctx, old, f.field, f.sealed); err != nil {
				return address, nil, err
			}
		}
		*f.into = secret
		switch {
		case replaced && (!secret.IsZero() || len(f.sealed.Ciphertext) > 0):
			changed[f.field] = secretChanged
		case !secret.IsZero():
			changed[f.field] = secretUnchanged
		}
	}
	return address, changed, nil
}

// DeleteWebhook removes a webhook. Messages that are waiting for it fail. It
// needs ActionWrite on ObjectWebhook and leaves a row in the audit trail;
// ErrWebhookNotFound when there is none.
func (s *Service) DeleteWebhook(ctx context.Context, t tenant.ID, name string) error {
	err := s.trail.Do(ctx, webhookChange(t, "webhook.delete", name),
		func(ctx context.Context, row *tenant.AuditEntry) error {
			old, err := s.storedWebhook(ctx, t, name)
			if err != nil {
				return err
			}
			if row.Before, err = recordOfWebhook(old, old.secrets(secretUnchanged)); err != nil {
				return err
			}
			return s.trail.Commit(ctx, row, func(ctx context.Context) error {
				return errWebhookMissing(s.store.DeleteWebhook(ctx, t, name))
			})
		})
	if err != nil {
		return fmt.Errorf("messaging: delete webhook: %w", err)
	}
	return nil
}

// Webhook returns a webhook; its secrets stay sealed. It needs ActionRead on
// ObjectWebhook; ErrWebhookNotFound when there is none.
func (s *Service) Webhook(ctx context.Context, t tenant.ID, name string) (Webhook, error) {
	_, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectWebhook, tenant.ActionRead)
	var w Webhook
	if err == nil {
		w, err = s.storedWebhook(ctx, t, name)
	}
	if err != nil {
		return Webhook{}, fmt.Errorf("messaging: webhook: %w", err)
	}
	return w, nil
}

// Webhooks returns the tenant's webhooks by name. It needs ActionRead on
// ObjectWebhook.
func (s *Service) Webhooks(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[Webhook], error) {
	_, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectWebhook, tenant.ActionRead)
	var list tenant.List[Webhook]
	if err == nil {
		list, err = s.store.Webhooks(ctx, t, p)
	}
	if err != nil {
		return tenant.List[Webhook]{}, fmt.Errorf("messaging: webhooks: %w", err)
	}
	return list, nil
}
