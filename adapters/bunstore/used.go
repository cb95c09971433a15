package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// Use implements identity.Store.
func (s *Store) Use(ctx context.Context, t tenant.ID, id string, until time.Time) error {
	first, err := s.use(ctx, t, id, until)
	if err == nil && !first {
		err = tenant.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("bunstore: use: %w", err)
	}
	return nil
}

func (s *Store) use(ctx context.Context, t tenant.ID, id string, until time.Time) (first bool, err error) {
	if err := checkText(id); err != nil {
		return false, err
	}
	n, err := affected(s.exec(ctx, `INSERT INTO thirdapp_login_used (tenant_id, id, expires_at)
		VALUES ($1, $2, $3) ON CONFLICT (tenant_id, id) DO NOTHING`, string(t), id, s.timeArg(until)))
	return n > 0, storeError(err)
}
