package bunstore

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// Groups say nothing about single people that an index would find. Counting in
// groups therefore takes the tenant's lock exclusively, and so does counting
// single people while there are groups; without groups, single people are
// counted side by side. The lock comes before all others of quotas. SQLite has one writer.

func groupsLock(t tenant.ID) string { return "thirdapp_quota_groups/" + string(t) }

// lockGroups waits until nobody else counts people of the tenant.
func (s *Store) lockGroups(ctx context.Context, t tenant.ID) error {
	if !s.postgres() {
		return nil
	}
	_, err := s.idb(ctx).NewRaw("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", groupsLock(t)).Exec(ctx)
	return storeError(err)
}

// lockCounters waits until nobody else counts people of the tenant in groups
// and, if there are groups whose windows end at a time or later, until nobody
// counts people at all. It returns whether there are any.
func (s *Store) lockCounters(ctx context.Context, t tenant.ID, ends time.Time) (grouped bool, err error) {
	const exist = "EXISTS (SELECT 1 FROM thirdapp_quota_groups WHERE tenant_id = ? AND ends >= ?)"
	if s.postgres() {
		err = s.idb(ctx).NewRaw(`
			SELECT grouped FROM (SELECT `+exist+` AS grouped) AS found, hashtextextended(?, 0) AS key,
				LATERAL (SELECT CASE WHEN grouped THEN pg_advisory_xact_lock(key)::text
					ELSE pg_advisory_xact_lock_shared(key)::text END AS locked OFFSET 0) AS lock
			WHERE locked IS NOT NULL`, t, stored(ends), groupsLock(t)).Scan(ctx, &grouped)
	} else {
		err = s.idb(ctx).NewRaw("SELECT "+exist, t, stored(ends)).Scan(ctx, &grouped)
	}
	if err != nil || grouped || !s.postgres() {
		return grouped, storeError(err)
	}
	// That was read before the lock was taken: read it again.
	err = s.idb(ctx).NewRaw("SELECT "+exist, t, stored(ends)).Scan(ctx, &grouped)
	if err == nil && grouped {
		return false, errGrouped
	}
	return false, storeError(err)
}
