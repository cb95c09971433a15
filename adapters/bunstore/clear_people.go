package bunstore

import (
	"context"

	"github.com/thirdapp/thirdapp/tenant"
)

// clearMembers removes memberships, and with them the accounts of those who are
// nothing else on the platform.
func (s *Store) clearMembers(keepAccounts bool) clearStep {
	return func(ctx context.Context, t tenant.ID, room int) (int, error) {
		var ids []string
		err := s.idb(ctx).NewRaw(`SELECT person_id FROM thirdapp_memberships WHERE tenant_id = ?
			ORDER BY person_id LIMIT ?`, t, room).Scan(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		_, err = s.idb(ctx).NewRaw("DELETE FROM thirdapp_memberships WHERE tenant_id = ? AND person_id ?",
			t, anyOf[string](ids)).Exec(ctx)
		if err == nil && !keepAccounts {
			err = s.clearAccounts(ctx, ids)
		}
		return len(ids), err
	}
}

// clearAccounts removes those of some people who are members of no tenant and
// no platform administrators.
func (s *Store) clearAccounts(ctx context.Context, ids []string) error {
	people := anyOf[string](ids)
	if s.postgres() {
		// Whoever makes one of them a member somewhere holds their row. The next
		// statement sees what those have done who are waited for here.
		_, err := s.idb(ctx).NewRaw("SELECT id FROM thirdapp_people WHERE id ? ORDER BY id FOR UPDATE", people).Exec(ctx)
		if err != nil {
			return err
		}
	}
	_, err := s.idb(ctx).NewRaw(`DELETE FROM thirdapp_people AS p WHERE p.id ?
		AND NOT EXISTS (SELECT 1 FROM thirdapp_memberships AS m WHERE m.person_id = p.id)
		AND NOT EXISTS (SELECT 1 FROM thirdapp_grants AS g WHERE g.tenant_id = ? AND g.user_id = p.id AND NOT g.removed)`,
		people, tenant.Platform).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = s.idb(ctx).NewRaw(`DELETE FROM thirdapp_login_choices WHERE user_id ?
		AND NOT EXISTS (SELECT 1 FROM thirdapp_people AS p WHERE p.id = user_id)`, people).Exec(ctx)
	return err
}
