package bunstore

import (
	"context"
	"math"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
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

// fullPeople looks for them in groups of one message with the same limits. What
// it looks for are constants, so that PostgreSQL goes by the index whatever it
// knows about a table that fills within hours.
func (s *Store) fullPeople(
	ctx context.Context, t tenant.ID, groups []messaging.QuotaGroup, known groupedMessages,
) (fullPeople, error) {
	of, first := messageOf(groups[0]), groups[0]
	var users, contents []string
	for _, g := range groups {
		for _, user := range g.Users {
			users = append(users, string(user))
			contents = append(contents, messaging.ContentSubject(user, of.content))
		}
	}
	if len(users) == 0 {
		return nil, nil
	}
	all, same := known.count(of.app, of.ends, of.content, of)
	const counters = `
		SELECT quota, subject FROM thirdapp_quota_uses
		WHERE tenant_id = ?0 AND app_id = ?1 AND ends = ?2`
	var found []quotaRow
	err := s.idb(ctx).NewRaw(
		counters+" AND quota = ?3 AND subject ?4 AND used >= ?5 UNION ALL"+counters+" AND quota = ?6 AND subject ?7 AND used >= ?8",
		t, of.app, stored(first.Ends),
		messaging.QuotaPerson, anyOf[string](users), roomOf(first.Most, all),
		messaging.QuotaContent, anyOf[string](contents), roomOf(first.MostSame, same)).Scan(ctx, &found)
	full := make(fullPeople, len(found))
	for _, r := range found {
		user, _ := r.use().Person()
		full[string(user)] = true
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
