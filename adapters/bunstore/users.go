package bunstore

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/tenant"
)

var _ tenant.Users = (*Store)(nil)

// UserByName implements tenant.Users over the platform's own people. A person
// who is disabled is not found, not even for tenant.Platform.
func (s *Store) UserByName(ctx context.Context, t tenant.ID, username string) (tenant.User, error) {
	if err := checkText(username); err != nil {
		return tenant.User{}, fmt.Errorf("bunstore: user by name: %w", err)
	}
	q := s.idb(ctx).NewSelect().TableExpr("thirdapp_people AS p").
		ColumnExpr("p.id, p.username, p.realname").
		Where("p.username = ? AND NOT p.disabled", username)
	if t != tenant.Platform {
		q = q.Join("JOIN thirdapp_memberships AS m ON m.person_id = p.id").
			Where("m.tenant_id = ? AND m.state = 'active'", t)
	}
	var u tenant.User
	if err := q.Scan(ctx, &u.ID, &u.Username, &u.Name); err != nil {
		return tenant.User{}, fmt.Errorf("bunstore: user by name: %w", storeError(err))
	}
	return u, nil
}
