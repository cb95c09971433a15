package bunstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// groupRow is a row of thirdapp_quota_groups.
type groupRow struct {
	bun.BaseModel `bun:"table:thirdapp_quota_groups"`

	TenantID  tenant.ID
	AppID     string
	Ends      time.Time
	Content   string
	MessageID string
	Batch     int
	Users     []string `bun:"type:json"`
	Most      int
	MostSame  int
}

func rowOfGroup(t tenant.ID, g messaging.QuotaGroup) groupRow {
	r := groupRow{
		TenantID: t, AppID: g.AppID, Ends: stored(g.Ends), Content: g.Content,
		MessageID: g.Batch.MessageID, Batch: g.Batch.Number,
		Users: make([]string, len(g.Users)), Most: g.Most, MostSame: g.MostSame,
	}
	for i, user := range g.Users {
		r.Users[i] = string(user)
	}
	return r
}

// usersOfGroup is a table u of the people in a group g.
func (s *Store) usersOfGroup() string {
	if s.postgres() {
		return "json_array_elements_text(g.users) AS u (value)"
	}
	return "json_each(g.users) AS u"
}

// largestShare is the part of QuotaPerson, one in so many, that is counted in
// groups at most. Quotas relies on it.
const largestShare = 5

// SpendGroups implements messaging.QuotaStore. Groups of one tenant are counted
// one transaction after the other, and no counters of people meanwhile.
func (s *Store) SpendGroups(
	ctx context.Context, t tenant.ID, groups []messaging.QuotaGroup,
) (counted map[messaging.BatchRef]bool, err error) {
	if len(groups) == 0 {
		return nil, nil
	}
	if err = checkGroups(groups); err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			counted, err = s.spendGroups(ctx, t, groups)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: spend groups: %w", err)
	}
	return counted, nil
}

func checkGroups(groups []messaging.QuotaGroup) error {
	for _, g := range groups {
		if err := checkText(g.AppID, g.Content, g.Batch.MessageID); err != nil {
			return err
		}
		for _, user := range g.Users {
			if err := checkText(string(user)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) spendGroups(
	ctx context.Context, t tenant.ID, groups []messaging.QuotaGroup,
) (map[messaging.BatchRef]bool, error) {
	if err := s.lockGroups(ctx, t); err != nil {
		return nil, err
	}
	first := stored(groups[0].Ends)
	for _, g := range groups {
		first = earlier(first, stored(g.Ends))
	}
	known, err := s.groupedMessages(ctx, t, first)
	if err != nil {
		return nil, err
	}
	var rows []groupRow
	counted := make(map[messaging.BatchRef]bool, len(groups))
	for _, alike := range byMessage(groups) {
		of := messageOf(alike[0])
		if !known.room(of, alike[0]) {
			continue
		}
		full, err := s.fullPeople(ctx, t, alike, known)
		if err != nil {
			return nil, err
		}
		for _, g := range alike {
			if !full.any(g) {
				rows = append(rows, rowOfGroup(t, g))
				counted[g.Batch], known[of] = true, true
			}
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	_, err = s.idb(ctx).NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx)
	return counted, storeError(err)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// RefundGroups implements messaging.QuotaStore. Of a group that was taken apart
// the single counters are refunded.
func (s *Store) RefundGroups(ctx context.Context, t tenant.ID, groups []messaging.QuotaGroup) error {
	if len(groups) == 0 {
		return nil
	}
	err := checkGroups(groups)
	if err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			for _, g := range groups {
				if err := s.refundGroup(ctx, rowOfGroup(t, g)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("bunstore: refund groups: %w", err)
	}
	return nil
}

// refundGroup takes the people of back out of the group of its key.
func (s *Store) refundGroup(ctx context.Context, back groupRow) error {
	const key = "tenant_id = ? AND app_id = ? AND ends = ? AND content = ? AND message_id = ? AND batch = ?"
	of := []any{back.TenantID, back.AppID, back.Ends, back.Content, back.MessageID, back.Batch}
	var rows []groupRow
	err := s.forUpdate(s.idb(ctx).NewSelect().Model(&rows).Column("users").Where(key, of...)).Scan(ctx)
	if err != nil {
		return storeError(err)
	}
	if len(rows) == 0 {
		single := make(singleUses)
		single.add(back)
		return s.Refund(ctx, back.TenantID, single.list())
	}
	left := rows[0]
	left.Users = slices.DeleteFunc(left.Users, func(user string) bool { return slices.Contains(back.Users, user) })
	if len(left.Users) == 0 {
		_, err = s.idb(ctx).NewDelete().Model((*groupRow)(nil)).Where(key, of...).Exec(ctx)
	} else {
		_, err = s.idb(ctx).NewUpdate().Model(&left).Column("users").Where(key, of...).Exec(ctx)
	}
	return storeError(err)
}
