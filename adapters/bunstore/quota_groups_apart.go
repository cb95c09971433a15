package bunstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// takeApart gives people counters of their own in place of the groups they are
// in, where what is to be spent may depend on these: for a content that groups
// have had, and for somebody close to a limit. uses is about one tenant.
func (s *Store) takeApart(ctx context.Context, t tenant.ID, uses []messaging.QuotaUse) error {
	var personal []messaging.QuotaUse
	for _, u := range uses {
		if u.Quota == messaging.QuotaPerson || u.Quota == messaging.QuotaContent {
			personal = append(personal, u)
		}
	}
	if len(personal) == 0 {
		return nil
	}
	first := personal[0].Ends
	for _, u := range personal {
		first = earlier(first, u.Ends)
	}
	grouped, err := s.lockCounters(ctx, t, first)
	if err != nil || !grouped {
		return err
	}
	known, err := s.groupedMessages(ctx, t, first)
	if err != nil {
		return err
	}
	touched, err := s.touched(ctx, t, personal, known)
	if err != nil {
		return err
	}
	for of, users := range touched {
		if err := s.takeGroupsApart(ctx, t, of, users); err != nil {
			return err
		}
	}
	return nil
}

// windowOfGroups names groups; without content those of every content.
type windowOfGroups struct {
	app, content string
	ends         time.Time
}

// touched returns the people whose groups are to be taken apart.
func (s *Store) touched(
	ctx context.Context, t tenant.ID, personal []messaging.QuotaUse, known groupedMessages,
) (map[windowOfGroups][]string, error) {
	touched := make(map[windowOfGroups][]string)
	var counted []messaging.QuotaUse
	for _, u := range personal {
		user, content := u.Person()
		all, same := known.count(u.AppID, timeText(u.Ends), content, groupedMessage{})
		switch {
		case u.Quota == messaging.QuotaPerson && all > 0:
			u.Most -= all
			counted = append(counted, u)
		case u.Quota == messaging.QuotaContent && same > 0:
			of := windowOfGroups{u.AppID, content, u.Ends}
			touched[of] = append(touched[of], string(user))
		}
	}
	if len(counted) == 0 {
		return touched, nil
	}
	counts := make(map[quotaKey]int, len(counted))
	if err := s.readUses(ctx, t, counted, counts); err != nil {
		return nil, err
	}
	for _, u := range counted {
		if counts[keyOfUse(u)]+u.N > u.Most {
			of := windowOfGroups{u.AppID, "", u.Ends}
			touched[of] = append(touched[of], u.Subject)
		}
	}
	return touched, nil
}

// takeGroupsApart replaces the groups in which one of the people is by counters
// of everybody in them.
func (s *Store) takeGroupsApart(ctx context.Context, t tenant.ID, of windowOfGroups, users []string) error {
	var rows []groupRow
	err := s.idb(ctx).NewRaw(`
		DELETE FROM thirdapp_quota_groups AS g
		WHERE g.tenant_id = ?0 AND g.app_id = ?1 AND g.ends = ?2 AND (?3 = '' OR g.content = ?3)
			AND EXISTS (SELECT 1 FROM `+s.usersOfGroup()+` WHERE u.value ?4)
		RETURNING app_id, ends, content, message_id, batch, users, most, most_same`,
		t, of.app, of.ends, of.content, anyOf[string](users)).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return storeError(err)
	}
	single := make(singleUses)
	for _, r := range rows {
		single.add(r)
	}
	list, err := inLockOrder(single.list())
	if err != nil {
		return err
	}
	for some := range slices.Chunk(list, rowsPerInsert) {
		_, err := s.idb(ctx).NewRaw(`
			INSERT INTO thirdapp_quota_uses AS q (tenant_id, app_id, quota, subject, ends, used, most)
			SELECT ?0, v.app_id, v.quota, v.subject, ?2, v.n, v.most FROM ?1 WHERE TRUE
			ON CONFLICT (tenant_id, app_id, quota, subject, ends) DO UPDATE SET used = q.used + EXCLUDED.used`,
			t, useValues("v", some), s.timeOf("v.ends")).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

// singleUses are the counters that people in groups would have.
type singleUses map[quotaKey]messaging.QuotaUse

func (m singleUses) add(r groupRow) {
	for _, user := range r.Users {
		same := messaging.ContentSubject(provider.UserID(user), r.Content)
		m.count(messaging.QuotaUse{Quota: messaging.QuotaPerson, Subject: user, Most: r.Most}, r)
		m.count(messaging.QuotaUse{Quota: messaging.QuotaContent, Subject: same, Most: r.MostSame}, r)
	}
}

func (m singleUses) count(u messaging.QuotaUse, r groupRow) {
	if u.Most <= 0 {
		return
	}
	u.AppID, u.Ends = r.AppID, r.Ends.UTC()
	key := keyOfUse(u)
	u.N = m[key].N + 1
	m[key] = u
}

func (m singleUses) list() []messaging.QuotaUse {
	list := make([]messaging.QuotaUse, 0, len(m))
	for _, u := range m {
		list = append(list, u)
	}
	return list
}

// errGrouped says that groups have come up while a transaction waited to count
// without them. It has to begin again.
var errGrouped = errors.New("people are being counted in groups now")
