package events

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/tenant"
)

// Reseal seals the signing secrets of all subscriptions, of all tenants, with
// the current key. Receivers notice nothing: the secrets stay what they are. It
// asks nobody: it is for operators. It may be repeated, and run beside
// everything else; subscriptions keep their versions.
func (s *Service) Reseal(ctx context.Context, r *tenant.Resealer) error {
	err := r.Tenants(ctx, s.store.SigningSecretTenants, func(ctx context.Context, t tenant.ID) error {
		subs, err := s.store.Subscriptions(ctx, t)
		for i := 0; err == nil && i < len(subs); i++ {
			err = s.resealSubscription(ctx, r, subs[i])
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("events: reseal subscriptions: %w", err)
	}
	return nil
}

// resealSubscription seals both secrets each for itself: one of them may be
// unreadable.
func (s *Service) resealSubscription(ctx context.Context, r *tenant.Resealer, sub Stored) error {
	secrets := sub.Secrets
	for _, f := range []struct {
		name string
		of   func(*Secrets) *tenant.Sealed
	}{
		{"secret", func(s *Secrets) *tenant.Sealed { return &s.Current }},
		{"previousSecret", func(s *Secrets) *tenant.Sealed { return &s.Previous }},
	} {
		at := tenant.SecretPlace{Tenant: sub.Tenant, Of: "subscription", ID: sub.ID, Field: f.name}
		err := r.Secret(ctx, at, *f.of(&secrets), place(sub.Subscription), func(ctx context.Context, sealed tenant.Sealed) error {
			next := secrets
			*f.of(&next) = sealed
			err := s.store.ReplaceSigningSecrets(ctx, sub.Tenant, sub.ID, secrets, next)
			if err == nil {
				secrets = next
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// current returns secrets sealed with the current key, so that whoever writes
// them back does not undo a Reseal of the same moment. What cannot be read stays
// as it is.
func (s *Service) current(ctx context.Context, sub Stored) (Secrets, error) {
	secrets := sub.Secrets
	for _, sealed := range []*tenant.Sealed{&secrets.Current, &secrets.Previous} {
		if len(sealed.Ciphertext) == 0 || sealed.KeyID == s.sealer.CurrentKey() {
			continue
		}
		secret, err := s.sealer.Open(ctx, *sealed, place(sub.Subscription))
		if err != nil {
			continue
		}
		if *sealed, err = s.seal(ctx, sub.Subscription, secret); err != nil {
			return Secrets{}, err
		}
	}
	return secrets, nil
}
