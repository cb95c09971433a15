package providertest

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// counter names what is counted: a limit of the Fake, for one subject, in the
// minute or on the day that begins at from.
type counter struct {
	limit   string
	subject string
	from    time.Time
}

// spend counts one more and reports whether that is still within the limit; 0
// is no limit. The lock is held.
func (f *Fake) spend(c counter, most int) bool {
	if most <= 0 {
		return true
	}
	f.counted[c]++
	return f.counted[c] <= most
}

// beyond counts a work notification and says for whom it is one too many. The
// lock is held.
func (f *Fake) beyond(to provider.Audience, body string, now time.Time) []Beyond {
	limits := f.cfg.Limits
	day, minute := startOfDay(now, limits.Zone), now.Truncate(time.Minute)
	if to.Everyone {
		if !f.spend(counter{"EveryonePerDay", "", day}, limits.EveryonePerDay) {
			return []Beyond{{Limit: "EveryonePerDay"}}
		}
		return nil
	}
	var list []Beyond
	for _, u := range to.Users {
		for _, c := range []struct {
			limit   string
			most    int
			subject string
			from    time.Time
		}{
			{"PeoplePerMinute", limits.PeoplePerMinute, "", minute},
			{"SendsPerPersonPerDay", limits.SendsPerPersonPerDay, string(u), day},
			{"SameContentPerDay", limits.SameContentPerDay, string(u) + "\x00" + body, day},
		} {
			if c.subject != "" && f.refused[u] != nil {
				break // it does not get there, so it is none of theirs
			}
			if !f.spend(counter{c.limit, c.subject, c.from}, c.most) {
				list = append(list, Beyond{Limit: c.limit, User: u})
				break
			}
		}
	}
	return list
}

func startOfDay(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
}
