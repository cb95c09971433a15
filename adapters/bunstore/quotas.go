package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ messaging.QuotaStore = (*Store)(nil)

// quotaKey names a counter of a tenant.
type quotaKey struct {
	app, subject string
	quota        messaging.Quota
	ends         string
}

func keyOfUse(u messaging.QuotaUse) quotaKey {
	return quotaKey{u.AppID, u.Subject, u.Quota, u.Ends.UTC().Format(timeLiteral)}
}

// useValues is a table literal of counters.
func useValues(alias string, uses []messaging.QuotaUse) values {
	return valuesOf(alias, uses).
		text("app_id", func(u *messaging.QuotaUse) string { return u.AppID }).
		text("quota", func(u *messaging.QuotaUse) string { return string(u.Quota) }).
		text("subject", func(u *messaging.QuotaUse) string { return u.Subject }).
		text("ends", func(u *messaging.QuotaUse) string { return timeText(u.Ends) }).
		text("since", func(u *messaging.QuotaUse) string { return timeText(u.Since) }).
		bigint("n", func(u *messaging.QuotaUse) int64 { return int64(u.N) }).
		bigint("most", func(u *messaging.QuotaUse) int64 { return int64(u.Most) }).values
}

// Refund implements messaging.QuotaStore.
func (s *Store) Refund(ctx context.Context, t tenant.ID, uses []messaging.QuotaUse) error {
	rows, err := inLockOrder(uses)
	if err == nil && len(rows) > 0 {
		_, err = s.idb(ctx).NewRaw(`
			UPDATE thirdapp_quota_uses AS q
			SET used = CASE WHEN q.used > v.n THEN q.used - v.n ELSE 0 END
			FROM (
				SELECT c.app_id, c.quota, c.subject, c.ends, v.n
				FROM ?1 JOIN thirdapp_quota_uses AS c ON c.tenant_id = ?0 AND c.app_id = v.app_id
					AND c.quota = v.quota AND c.subject = v.subject AND c.ends = ?2
				?3
			) AS v
			WHERE q.tenant_id = ?0 AND q.app_id = v.app_id AND q.quota = v.quota
				AND q.subject = v.subject AND q.ends = v.ends`,
			t, useValues("v", rows), s.timeOf("v.ends"), s.lockUses()).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("bunstore: refund: %w", storeError(err))
	}
	return nil
}

// lockUses locks counters in the order of inLockOrder. SQLite has one writer.
func (s *Store) lockUses() bun.Safe {
	if !s.postgres() {
		return ""
	}
	return `ORDER BY c.app_id COLLATE "C", c.quota COLLATE "C", c.subject COLLATE "C", c.ends FOR UPDATE OF c`
}

// quotaRow is a row of thirdapp_quota_uses.
type quotaRow struct {
	bun.BaseModel `bun:"table:thirdapp_quota_uses"`

	AppID   string
	Quota   messaging.Quota
	Subject string
	Ends    time.Time
	Used    int
	Most    int
}

func (r quotaRow) use() messaging.QuotaUse {
	return messaging.QuotaUse{
		Quota: r.Quota, AppID: r.AppID, Subject: r.Subject, Ends: r.Ends.UTC(), N: r.Used, Most: r.Most,
	}
}

// Quotas implements messaging.QuotaStore. The counters of apps and webhooks
// come before those of single people.
func (s *Store) Quotas(
	ctx context.Context, t tenant.ID, now time.Time, share, limit int,
) ([]messaging.QuotaUse, error) {
	const single = "(subject <> '' AND quota <> ?3)"
	var rows []quotaRow
	err := s.idb(ctx).NewRaw(`
		SELECT app_id, quota, subject, ends, used, most FROM (`+s.countedWithGroups()+`) AS q
		WHERE NOT `+single+` OR used * 100.0 >= most * ?2
		ORDER BY CASE WHEN `+single+` THEN 1 ELSE 0 END, used * 1.0 / most DESC,
			app_id, quota, subject, ends
		LIMIT ?4`, t, stored(now), share, messaging.QuotaWebhook, limit, messaging.QuotaContent,
		messaging.QuotaPerson, 100/largestShare).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: quotas: %w", storeError(err))
	}
	uses := make([]messaging.QuotaUse, len(rows))
	for i, r := range rows {
		uses[i] = r.use()
	}
	return uses, nil
}

// countedWithGroups is a query of counters, in which those of people have what
// was counted in groups where that can make a difference.
func (s *Store) countedWithGroups() string {
	return `
		SELECT c.app_id, c.quota, c.subject, c.ends, c.most,
			c.used + CASE WHEN c.quota = ?6 AND c.used * 100.0 >= c.most * (?2 - ?7) THEN (
				SELECT count(*) FROM thirdapp_quota_groups AS g
				WHERE g.tenant_id = ?0 AND g.app_id = c.app_id AND g.ends = c.ends
					AND EXISTS (SELECT 1 FROM ` + s.usersOfGroup() + ` WHERE u.value = c.subject)
			) ELSE 0 END AS used
		FROM thirdapp_quota_uses AS c WHERE c.tenant_id = ?0 AND c.ends > ?1 AND c.quota <> ?5`
}

// PruneQuotas implements messaging.QuotaStore.
func (s *Store) PruneQuotas(ctx context.Context, t tenant.ID, before time.Time) error {
	for _, model := range []any{(*quotaRow)(nil), (*groupRow)(nil)} {
		_, err := s.idb(ctx).NewDelete().Model(model).
			Where("tenant_id = ? AND ends < ?", t, stored(before)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("bunstore: prune quotas: %w", storeError(err))
		}
	}
	return nil
}
