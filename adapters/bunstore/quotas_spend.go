package bunstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// Spend implements messaging.QuotaStore. One call cannot spend in several
// windows of a counter when one of the uses has Since.
func (s *Store) Spend(
	ctx context.Context, t tenant.ID, uses []messaging.QuotaUse,
) (spent []messaging.QuotaUse, err error) {
	rows, err := inLockOrder(uses)
	if err == nil {
		err = checkWindows(rows)
	}
	if err == nil && len(rows) > 0 {
		spend := func(ctx context.Context) error {
			spent, err = s.spendSingly(ctx, t, uses, rows)
			return err
		}
		err = s.InTx(ctx, spend)
		if errors.Is(err, errGrouped) && !s.Joined(ctx) {
			err = s.InTx(ctx, spend)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: spend: %w", err)
	}
	return spent, nil
}

func (s *Store) spendSingly(
	ctx context.Context, t tenant.ID, uses, rows []messaging.QuotaUse,
) ([]messaging.QuotaUse, error) {
	if err := s.takeApart(ctx, t, rows); err != nil {
		return nil, err
	}
	if err := s.lockWindows(ctx, t, rows); err != nil {
		return nil, err
	}
	return s.spend(ctx, t, uses, slices.Clone(rows))
}

// lockWindows has transactions that spend in neighbouring windows of a counter
// wait for each other: what one adds in its window the other must see. It comes
// before any counter is locked. SQLite has one writer.
func (s *Store) lockWindows(ctx context.Context, t tenant.ID, rows []messaging.QuotaUse) error {
	if !s.postgres() {
		return nil
	}
	for _, u := range rows { // in lock order
		if u.Since.IsZero() {
			continue
		}
		key := strings.Join([]string{"thirdapp_quota_uses", string(t), u.AppID, string(u.Quota), u.Subject}, "/")
		_, err := s.idb(ctx).NewRaw("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", key).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

func (s *Store) spend(
	ctx context.Context, t tenant.ID, uses, rows []messaging.QuotaUse,
) ([]messaging.QuotaUse, error) {
	within := make([]messaging.QuotaUse, 0, len(rows))
	for _, u := range rows {
		if u.Most > 0 && u.N <= u.Most { // the first row of a counter is under no condition
			within = append(within, u)
		}
	}
	counts := make(map[quotaKey]int, len(rows))
	if err := s.addUses(ctx, t, within, counts); err != nil {
		return nil, err
	}
	over := slices.DeleteFunc(rows, func(u messaging.QuotaUse) bool {
		_, added := counts[keyOfUse(u)]
		return added
	})
	full := make(map[quotaKey]int, len(over))
	if err := s.readUses(ctx, t, over, full); err != nil {
		return nil, err
	}
	spent := slices.Clone(uses)
	for i, u := range spent {
		n, added := counts[keyOfUse(u)]
		if !added {
			n = full[keyOfUse(u)]
		}
		spent[i].N, spent[i].Over = n, !added
	}
	return spent, nil
}

// inLockOrder returns the uses in the one order in which every statement locks
// counters, so that two never wait for each other.
func inLockOrder(uses []messaging.QuotaUse) ([]messaging.QuotaUse, error) {
	rows := make([]messaging.QuotaUse, len(uses))
	for i, u := range uses {
		if err := checkText(u.AppID, u.Subject, string(u.Quota)); err != nil {
			return nil, err
		}
		u.Ends, u.Since = stored(u.Ends), storedOrZero(u.Since)
		rows[i] = u
	}
	slices.SortFunc(rows, compareUses)
	for i := 1; i < len(rows); i++ {
		if compareUses(rows[i-1], rows[i]) == 0 {
			return nil, fmt.Errorf("counter %s of %q is named twice", rows[i].Quota, rows[i].Subject)
		}
	}
	return rows, nil
}

func compareUses(a, b messaging.QuotaUse) int {
	return cmp.Or(compareCounted(a, b), a.Ends.Compare(b.Ends))
}

// compareCounted compares what is counted, in whatever window.
func compareCounted(a, b messaging.QuotaUse) int {
	return cmp.Or(strings.Compare(a.AppID, b.AppID), cmp.Compare(a.Quota, b.Quota), strings.Compare(a.Subject, b.Subject))
}

// checkWindows refuses uses in lock order of which one counts what another one
// adds: a statement does not see what it adds itself.
func checkWindows(rows []messaging.QuotaUse) error {
	for i := 1; i < len(rows); i++ {
		a, b := rows[i-1], rows[i]
		alone := a.Since.IsZero() && b.Since.IsZero()
		if compareCounted(a, b) == 0 && !alone {
			return fmt.Errorf("counter %s of %q counts another window that is named", b.Quota, b.Subject)
		}
	}
	return nil
}

// addUses adds to the counters that have room and notes where those stand.
func (s *Store) addUses(
	ctx context.Context, t tenant.ID, uses []messaging.QuotaUse, counts map[quotaKey]int,
) error {
	if len(uses) == 0 {
		return nil
	}
	since := slices.DeleteFunc(slices.Clone(uses), func(u messaging.QuotaUse) bool { return u.Since.IsZero() })
	if len(since) == 0 {
		return s.scanUses(ctx, counts, insertUses("", func(string) string { return "0" }),
			t, useValues("v", uses), s.timeOf("v.ends"))
	}
	return s.scanUses(ctx, counts, insertUses(withOthers, countedIn),
		t, useValues("v", uses), s.timeOf("v.ends"), useValues("w", since), s.timeOf("w.ends"), s.timeOf("w.since"))
}

// insertUses is the statement of addUses. Others gives what counts besides for
// the counter that columns with a prefix name.
func insertUses(with string, others func(prefix string) string) string {
	return with + `
		INSERT INTO thirdapp_quota_uses AS q (tenant_id, app_id, quota, subject, ends, used, most)
		SELECT ?0, v.app_id, v.quota, v.subject, ?2, v.n, v.most FROM ?1 WHERE v.n + ` + others("v.") + ` <= v.most
		ON CONFLICT (tenant_id, app_id, quota, subject, ends) DO UPDATE
			SET used = q.used + EXCLUDED.used, most = EXCLUDED.most
			WHERE q.used + EXCLUDED.used + ` + others("EXCLUDED.") + ` <= EXCLUDED.most
		RETURNING app_id, quota, subject, ends, used + ` + others("") + ` AS used`
}

// withOthers has what the other windows of the uses with Since stand at. It
// reads what was there when the statement began, so a use's own window, which
// may change until its row is locked, is left out.
const withOthers = `
		WITH others AS (
			SELECT w.app_id AS app, w.quota AS what, w.subject AS whom, (
				SELECT sum(c.used) FROM thirdapp_quota_uses AS c
				WHERE c.tenant_id = ?0 AND c.app_id = w.app_id AND c.quota = w.quota AND c.subject = w.subject
					AND c.ends > ?5 AND c.ends <> ?4
			) AS counted FROM ?3
		)`

// countedIn finds a counter in withOthers.
func countedIn(prefix string) string {
	return fmt.Sprintf("COALESCE((SELECT o.counted FROM others AS o"+
		" WHERE o.app = %[1]sapp_id AND o.what = %[1]squota AND o.whom = %[1]ssubject), 0)", prefix)
}

// readUses notes where counters stand.
func (s *Store) readUses(
	ctx context.Context, t tenant.ID, uses []messaging.QuotaUse, counts map[quotaKey]int,
) error {
	if len(uses) == 0 {
		return nil
	}
	return s.scanUses(ctx, counts, `
		SELECT v.app_id, v.quota, v.subject, ?2 AS ends, (
			SELECT COALESCE(sum(c.used), 0) FROM thirdapp_quota_uses AS c
			WHERE c.tenant_id = ?0 AND c.app_id = v.app_id AND c.quota = v.quota AND c.subject = v.subject
				AND (c.ends = ?2 OR c.ends > ?3)
		) AS used
		FROM ?1`, t, useValues("v", uses), s.timeOf("v.ends"), s.timeOf("v.since"))
}

func (s *Store) scanUses(ctx context.Context, counts map[quotaKey]int, query string, args ...any) error {
	var found []quotaRow
	if err := s.idb(ctx).NewRaw(query, args...).Scan(ctx, &found); err != nil {
		return storeError(err)
	}
	for _, r := range found {
		counts[keyOfUse(r.use())] = r.Used
	}
	return nil
}
