package bunstore

import (
	"context"
	"strings"

	"github.com/thirdapp/thirdapp/tenant"
)

// nextTenant returns the first tenant after another that has rows in one of some
// tables, in the order of their keys, which lead with the tenant: that of the
// database's language on PostgreSQL.
func (s *Store) nextTenant(ctx context.Context, after tenant.ID, tables ...string) (tenant.ID, error) {
	if err := checkText(string(after)); err != nil {
		return "", err
	}
	firsts := make([]string, len(tables))
	args := make([]any, len(tables))
	for i, table := range tables {
		firsts[i] = "SELECT min(tenant_id) AS id FROM " + table + " WHERE tenant_id > ?"
		args[i] = after
	}
	var next *string
	err := s.idb(ctx).NewRaw("SELECT min(id) FROM ("+strings.Join(firsts, " UNION ALL ")+") AS f", args...).Scan(ctx, &next)
	return tenant.ID(orZero(next)), storeError(err)
}
