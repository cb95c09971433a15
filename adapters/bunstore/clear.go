package bunstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/tenant"
)

// clearStep removes at most room rows of a tenant, and returns how many.
type clearStep func(ctx context.Context, t tenant.ID, room int) (int, error)

// clearedTables are the tables whose rows of a tenant are removed without more
// ado, in this order. A run goes before what it has staged and a batch before
// its deliveries: whoever works on one finds out before they write more. What
// refers to another table goes before that.
func clearedTables() []string {
	return []string{
		"thirdapp_subscriptions", "thirdapp_webhooks", "thirdapp_sync_schedules", "thirdapp_sync_streams",
		"thirdapp_login_settings", "thirdapp_login_sessions", "thirdapp_login_used", "thirdapp_login_choices",
		"thirdapp_sync_settings", "thirdapp_message_settings",

		"thirdapp_sync_runs", "thirdapp_sync_tasks", "thirdapp_sync_targets", "thirdapp_sync_batches",
		"thirdapp_sync_changes", "thirdapp_sync_conflicts", "thirdapp_sync_seen", "thirdapp_sync_unseen",
		"thirdapp_sync_staged_departments", "thirdapp_sync_staged_people", "thirdapp_sync_staged_places",
		"thirdapp_sync_departments_before", "thirdapp_sync_people_before",
		"thirdapp_sync_event_states", "thirdapp_sync_events", "thirdapp_sync_invitations",
		"thirdapp_sync_departments", "thirdapp_sync_people",

		"thirdapp_message_batches", "thirdapp_deliveries", "thirdapp_messages",
		"thirdapp_quota_groups", "thirdapp_quota_uses", "thirdapp_media",
		"thirdapp_template_versions", "thirdapp_templates",

		"thirdapp_bindings", "thirdapp_department_members", "thirdapp_departments",
	}
}

// ClearTenant implements tenant.Store.
func (s *Store) ClearTenant(ctx context.Context, t tenant.ID, what tenant.Removal, limit int) (rows int, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		if rows, err = s.clearRights(ctx, t); err != nil {
			return storeError(err)
		}
		for _, step := range s.clearSteps(what) {
			if rows >= limit {
				return nil
			}
			n, err := step(ctx, t, limit-rows)
			if err != nil {
				return storeError(err)
			}
			rows += n
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("bunstore: clear tenant: %w", err)
	}
	return rows, nil
}

func (s *Store) clearSteps(what tenant.Removal) []clearStep {
	var steps []clearStep
	for _, table := range clearedTables() {
		steps = append(steps, s.clearTable(table))
	}
	steps = append(steps, s.clearMembers(what.KeepAccounts))
	if !what.KeepAudit {
		steps = append(steps, s.clearTable("thirdapp_audit"))
	}
	return steps
}

// clearRights removes all apps, with their secrets, and all grants.
func (s *Store) clearRights(ctx context.Context, t tenant.ID) (int, error) {
	secrets, err := s.deleteAll(ctx, "thirdapp_app_secrets", t)
	if err != nil {
		return 0, err
	}
	apps, err := s.deleteAll(ctx, "thirdapp_apps", t)
	if err != nil {
		return 0, err
	}
	grants, err := s.clearGrants(ctx, t)
	return secrets + apps + grants, err
}

// clearGrants takes all grants away. Their rows stay, for those who follow the
// changes of grants, without the names in them.
func (s *Store) clearGrants(ctx context.Context, t tenant.ID) (int, error) {
	held, err := s.idb(ctx).NewSelect().Model((*grantRow)(nil)).Where("tenant_id = ? AND NOT removed", t).Exists(ctx)
	if err != nil {
		return 0, err
	}
	if held { // else the version, for which everybody waits, stays
		_, err = s.changeGrant(ctx, func(ctx context.Context, version int64) (sql.Result, error) {
			return s.idb(ctx).NewUpdate().Model((*grantRow)(nil)).
				Set("removed = TRUE, version = ?", version).Where("tenant_id = ? AND NOT removed", t).Exec(ctx)
		})
		if err != nil {
			return 0, err
		}
	}
	n, err := affected(s.idb(ctx).NewUpdate().Model((*grantRow)(nil)).
		Set("username = '', granted_by = ''").
		Where("tenant_id = ? AND removed AND (username <> '' OR granted_by <> '')", t).Exec(ctx))
	return int(n), err
}

// clearTable removes rows from a table.
func (s *Store) clearTable(table string) clearStep {
	return func(ctx context.Context, t tenant.ID, room int) (int, error) {
		if !s.postgres() && withoutRowID(table) {
			return s.deleteAll(ctx, table, t)
		}
		some := "rowid IN (SELECT rowid FROM ?0 WHERE tenant_id = ?1 LIMIT ?2)"
		if s.postgres() {
			some = "ctid = ANY (ARRAY(SELECT ctid FROM ?0 WHERE tenant_id = ?1 LIMIT ?2))"
		}
		n, err := affected(s.idb(ctx).NewRaw("DELETE FROM ?0 WHERE "+some, bun.Ident(table), t, room).Exec(ctx))
		if err != nil || int(n) >= room {
			return int(n), err
		}
		// Few are left, if any: those that changed at this moment, which a
		// statement does not find by their place.
		rest, err := s.deleteAll(ctx, table, t)
		return int(n) + rest, err
	}
}

// withoutRowID reports whether SQLite keeps a table by its key. Nobody logs in
// often enough to fill one.
func withoutRowID(table string) bool {
	return table == "thirdapp_login_sessions" || table == "thirdapp_login_used"
}

func (s *Store) deleteAll(ctx context.Context, table string, t tenant.ID) (int, error) {
	n, err := affected(s.idb(ctx).NewRaw("DELETE FROM ? WHERE tenant_id = ?", bun.Ident(table), t).Exec(ctx))
	return int(n), err
}
