package tenant

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

const (
	// MaxUnreadable is how many secrets Resealed.Unreadable names.
	MaxUnreadable = 1000
	// tenantsPerPage is how many tenants a Resealer asks the store for.
	tenantsPerPage = 500
)

// SecretPlace says where a secret is stored, and nothing of the secret.
type SecretPlace struct {
	Tenant ID
	// Of is what has the secret: "app", "webhook" or "subscription"; ID is its
	// id or name.
	Of string
	ID string
	// Field is the setting, such as "clientSecret".
	Field string
	// KeyID names the key it is sealed with.
	KeyID string
}

// Resealed is what became of the stored secrets.
type Resealed struct {
	// Secrets is how many are sealed with the current key now, and were not.
	Secrets int
	// Left counts, by key id, those that are still sealed with another key:
	// they cannot be read, or somebody changed them at that moment. A key that
	// is not in it, and not the current one, has nothing left to open.
	Left map[string]int
	// Unreadable names the secrets that cannot be read, the first
	// MaxUnreadable; each has to be entered anew.
	Unreadable []SecretPlace
}

// Resealer seals stored secrets with the current key of a Sealer, one after the
// other, and counts them. It is for one goroutine.
type Resealer struct {
	sealer Sealer
	done   Resealed
}

// NewResealer returns a Resealer that has done nothing yet.
func NewResealer(sealer Sealer) *Resealer {
	return &Resealer{sealer: sealer, done: Resealed{Left: make(map[string]int)}}
}

// Done returns what was done so far.
func (r *Resealer) Done() Resealed {
	done := r.done
	done.Left, done.Unreadable = maps.Clone(done.Left), slices.Clone(done.Unreadable)
	return done
}

// Tenants calls each for the tenants that list names: at most limit tenants
// after another, in byte order, that have secrets sealed with any key but the
// given one. It ends with the first error.
func (r *Resealer) Tenants(
	ctx context.Context,
	list func(ctx context.Context, key string, after ID, limit int) ([]ID, error),
	each func(ctx context.Context, t ID) error,
) error {
	key, after := r.sealer.CurrentKey(), ID("")
	for {
		tenants, err := list(ctx, key, after, tenantsPerPage)
		if err != nil || len(tenants) == 0 {
			return err
		}
		for _, t := range tenants {
			if err := each(ctx, t); err != nil {
				return fmt.Errorf("tenant %s: %w", t, err)
			}
		}
		after = tenants[len(tenants)-1]
	}
}

// Secret seals one secret with the current key, unless it is or there is none,
// and has replace store it in the place of the old one. associated is what it
// was sealed for. A secret that cannot be read is counted, and so is one for
// which replace returns ErrConflict or ErrNotFound, because somebody else has
// changed it.
func (r *Resealer) Secret(
	ctx context.Context, at SecretPlace, old Sealed, associated string,
	replace func(ctx context.Context, next Sealed) error,
) error {
	if len(old.Ciphertext) == 0 || old.KeyID == r.sealer.CurrentKey() {
		return nil
	}
	plaintext, err := r.sealer.Open(ctx, old, associated)
	if err != nil {
		return r.unreadable(ctx, at, old)
	}
	next, err := r.sealer.Seal(ctx, plaintext, associated)
	if err != nil {
		return err
	}
	err = replace(ctx, next)
	switch {
	case err == nil:
		r.done.Secrets++
	case errors.Is(err, ErrConflict), errors.Is(err, ErrNotFound):
		r.done.Left[old.KeyID]++
		err = nil
	}
	return err
}

func (r *Resealer) unreadable(ctx context.Context, at SecretPlace, old Sealed) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.done.Left[old.KeyID]++
	if len(r.done.Unreadable) < MaxUnreadable {
		at.KeyID = old.KeyID
		r.done.Unreadable = append(r.done.Unreadable, at)
	}
	return nil
}

// Reseal seals the secrets of all apps, of all tenants, with the current key.
// It asks nobody: it is for operators. It may be repeated, and run beside
// everything else; apps keep their versions.
func (s *Service) Reseal(ctx context.Context, r *Resealer) error {
	err := r.Tenants(ctx, s.store.AppSecretTenants, func(ctx context.Context, t ID) error {
		apps, err := s.store.Apps(ctx, t, provider.Kind(""))
		for i := 0; err == nil && i < len(apps); i++ {
			err = s.resealApp(ctx, r, apps[i])
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("tenant: reseal apps: %w", err)
	}
	return nil
}

func (s *Service) resealApp(ctx context.Context, r *Resealer, a App) error {
	for _, name := range slices.Sorted(maps.Keys(a.Secrets)) {
		old := a.Secrets[name]
		at := SecretPlace{Tenant: a.Tenant, Of: "app", ID: a.ID, Field: name}
		err := r.Secret(ctx, at, old, place(a.Tenant, a.ID, name), func(ctx context.Context, next Sealed) error {
			return s.store.ReplaceAppSecret(ctx, a.Tenant, a.ID, name, old, next)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
