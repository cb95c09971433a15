package bunstore

import (
	"context"
	"math"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// groupedMessage is a message, or a part of one, that groups were counted for.
// Nobody is in two groups of it.
type groupedMessage struct {
	app, ends, content, message string
}

func messageOf(g messaging.QuotaGroup) groupedMessage {
	return groupedMessage{g.AppID, timeText(g.Ends), g.Content, g.Batch.MessageID}
}

// groupedMessages tells the most that anybody can have been counted in groups.
type groupedMessages map[groupedMessage]bool

// groupedMessages returns those of the windows that end at a time or later.
func (s *Store) groupedMessages(ctx context.Context, t tenant.ID, ends time.Time) (groupedMessages, error) {
	var rows []groupRow
	err := s.idb(ctx).NewRaw(`
		SELECT DISTINCT app_id, ends, content, message_id FROM thirdapp_quota_groups
		WHERE tenant_id = ? AND ends >= ?`, t, stored(ends)).Scan(ctx, &rows)
	if err != nil {
		return nil, storeError(err)
	}
	known := make(groupedMessages, len(rows))
	for _, r := range rows {
		known[groupedMessage{r.AppID, timeText(r.Ends), r.Content, r.MessageID}] = true
	}
	return known, nil
}

// count counts the messages of a window, and those of them with a content,
// without one of them.
func (m groupedMessages) count(app, ends, content string, but groupedMessage) (all, same int) {
	for g := range m {
		if g == but || g.app != app || g.ends != ends {
			continue
		}
		all++
		if g.content == content {
			same++
		}
	}
	return all, same
}

// room reports whether one more message can be counted in groups, as far as
// groups go.
func (m groupedMessages) room(of groupedMessage, g messaging.QuotaGroup) bool {
	all, same := m.count(of.app, of.ends, of.content, of)
	return (g.Most <= 0 || (all+1)*largestShare <= g.Most) && (g.MostSame <= 0 || same < g.MostSame)
}

// byMessage sorts groups by their message and limits.
func byMessage(groups []messaging.QuotaGroup) [][]messaging.QuotaGroup {
	type key struct {
		groupedMessage

		most, mostSame int
	}
	var list [][]messaging.QuotaGroup
	at := make(map[key]int)
	for _, g := range groups {
		k := key{messageOf(g), g.Most, g.MostSame}
		i, ok := at[k]
		if !ok {
			i = len(list)
			at[k] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], g)
	}
	return list
}

// fullPeople are people whose own counters may leave no room for a message.
type fullPeople map[string]bool

func (f fullPeople) any(g messaging.QuotaGroup) bool {
	for _, user := range g.Users {
		if f[string(user)] {
			return true
		}
	}
	return false
}

// fullPeople looks for them in groups of one message with the same limits.
func (s *Store) fullPeople(
	ctx context.Context, t tenant.ID, groups []messaging.QuotaGroup, known groupedMessages,
) (fullPeople, error) {
	var users []provider.UserID
	for _, g := range groups {
		users = append(users, g.Users...)
	}
	if len(users) == 0 {
		return nil, nil
	}
	of, g := messageOf(groups[0]), groups[0]
	all, same := known.count(of.app, of.ends, of.content, of)
	var found []string
	err := s.idb(ctx).NewRaw(`
		SELECT v.id FROM ?0 WHERE EXISTS (
			SELECT 1 FROM thirdapp_quota_uses AS c WHERE c.tenant_id = ?1 AND c.app_id = ?2 AND c.quota = ?3
				AND c.subject = v.id AND c.ends = ?4 AND c.used >= ?5
		) OR EXISTS (
			SELECT 1 FROM thirdapp_quota_uses AS c WHERE c.tenant_id = ?1 AND c.app_id = ?2 AND c.quota = ?6
				AND c.subject = v.id || ?7 AND c.ends = ?4 AND c.used >= ?8
		)`,
		valuesOf("v", users).text("id", func(u *provider.UserID) string { return string(*u) }).values,
		t, of.app, messaging.QuotaPerson, stored(g.Ends), roomOf(g.Most, all),
		messaging.QuotaContent, messaging.ContentSubject("", of.content), roomOf(g.MostSame, same)).Scan(ctx, &found)
	full := make(fullPeople, len(found))
	for _, id := range found {
		full[id] = true
	}
	return full, storeError(err)
}

// roomOf is how many of most are left, where 0 is no limit.
func roomOf(most, taken int) int {
	if most <= 0 {
		return math.MaxInt32
	}
	return most - taken
}
