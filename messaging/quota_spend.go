package messaging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// slice is how finely the quotas of a minute are counted. Nobody knows where
// the office app's minutes begin: what counts is every slice that a minute
// ending now has a part in.
const slice = 10 * time.Second

// hashBytes is how much of a content's hash stands in a counter's subject.
const hashBytes = 8

// usesOf returns what sending a batch uses of the office app's quotas. People
// to whom an earlier attempt may have got through were counted then. delay is
// how long after the counting the call may be made.
func usesOf(w Work, c channel, m provider.Rendered, now time.Time, delay time.Duration) []QuotaUse {
	limits := c.limits
	repeat := w.Batch.MaybeSent || w.Batch.State == DeliverySending
	day := endOfDay(now, limits.Zone)
	var uses []QuotaUse
	add := func(q Quota, subject string, n, most int) {
		u := QuotaUse{Quota: q, AppID: w.AppID, Subject: subject, Ends: day, N: n, Most: most}
		if u.sliced() {
			u.Ends = now.Truncate(slice).Add(slice).UTC()
			u.Since = u.Ends.Add(-time.Minute - slice - delay)
		}
		if most > 0 && (!repeat || !u.personal()) {
			uses = append(uses, u)
		}
	}
	switch {
	case w.Channel == ChannelWebhook:
		add(QuotaWebhook, w.Webhook, 1, limits.WebhookPerMinute)
	case w.Channel != ChannelWork:
	case w.Everyone:
		add(QuotaEveryone, "", 1, limits.EveryonePerDay)
	default:
		hash := contentHash(m)
		add(QuotaPeople, "", len(w.Users), limits.PeoplePerMinute)
		for _, user := range w.Users {
			add(QuotaPerson, string(user), 1, limits.SendsPerPersonPerDay)
			add(QuotaContent, string(user)+":"+hash, 1, limits.SameContentPerDay)
		}
	}
	return uses
}

func contentHash(m provider.Rendered) string {
	sum := sha256.Sum256(m.Body)
	return hex.EncodeToString(sum[:hashBytes])
}

func endOfDay(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone).UTC()
}

// verdict is what the quotas say about a batch.
type verdict struct {
	// spent is what was counted and has to be refunded if nothing is sent.
	spent []QuotaUse
	// wait is set when nobody of the batch can be sent to before until.
	wait  *Failure
	until time.Time
	// held are the people who can not, until heldUntil.
	held      []provider.UserID
	heldFor   *Failure
	heldUntil time.Time
}

// judge sorts out what Spend has answered.
func judge(w Work, uses []QuotaUse) verdict {
	var v verdict
	held := make(map[string]bool)
	for _, u := range uses {
		switch {
		case !u.Over:
		case u.personal():
			if !held[u.person()] {
				held[u.person()] = true
				v.held = append(v.held, provider.UserID(u.person()))
			}
			v.heldFor = quotaFailure(u)
			v.heldUntil = later(v.heldUntil, u.Ends)
		default:
			v.wait, v.until = quotaFailure(u), later(v.until, u.Ends)
		}
	}
	if len(v.held) > 0 && len(v.held) >= len(w.Users) {
		v.wait, v.until = v.heldFor, later(v.until, v.heldUntil)
	}
	for _, u := range uses {
		if !u.Over {
			v.spent = append(v.spent, u)
		}
	}
	return v
}

// over returns what was counted for people who are held back.
func (v verdict) over() []QuotaUse {
	held := make(map[string]bool, len(v.held))
	for _, user := range v.held {
		held[string(user)] = true
	}
	var back []QuotaUse
	for _, u := range v.spent {
		switch {
		case u.personal() && held[u.person()]:
			back = append(back, u)
		case u.Quota == QuotaPeople:
			u.N = len(v.held)
			back = append(back, u)
		}
	}
	return back
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// personal reports whether the counter is about a single person.
func (u QuotaUse) personal() bool { return u.Quota == QuotaPerson || u.Quota == QuotaContent }

// person returns whom a personal counter is about.
func (u QuotaUse) person() string {
	if u.Quota == QuotaContent {
		return u.Subject[:len(u.Subject)-2*hashBytes-1]
	}
	return u.Subject
}

// without returns uses less those that stand in back.
func without(uses, back []QuotaUse) []QuotaUse {
	type counter struct {
		quota   Quota
		subject string
	}
	gone := make(map[counter]int, len(back))
	for _, u := range back {
		gone[counter{u.Quota, u.Subject}] += u.N
	}
	var left []QuotaUse
	for _, u := range uses {
		if u.N -= gone[counter{u.Quota, u.Subject}]; u.N > 0 {
			left = append(left, u)
		}
	}
	return left
}

// quotaFailure says which quota is used up.
func quotaFailure(u QuotaUse) *Failure {
	text, ok := quotaTexts[u.Quota]
	if !ok {
		text = provider.Text{ZH: string(u.Quota), EN: string(u.Quota)}
	}
	return &Failure{
		Code: provider.ResourceExhausted, Reason: ReasonQuota,
		Message: provider.Text{
			ZH: fmt.Sprintf("%s（上限%d）已用完，届时自动发送", text.ZH, u.Most),
			EN: fmt.Sprintf("%s (at most %d) is used up; it is sent when it may be", text.EN, u.Most),
		},
	}
}

var quotaTexts = map[Quota]provider.Text{ //nolint:gochecknoglobals // constant table
	QuotaEveryone: {ZH: "每日全员消息次数", EN: "the number of messages to everyone in a day"},
	QuotaPerson:   {ZH: "每人每日消息次数", EN: "the number of messages to one person in a day"},
	QuotaContent:  {ZH: "相同内容每人每日次数", EN: "the number of times one person may get the same message in a day"},
	QuotaPeople:   {ZH: "每分钟发送人数", EN: "the number of people reached in a minute"},
	QuotaWebhook:  {ZH: "该Webhook每分钟消息次数", EN: "the number of messages to the webhook in a minute"},
}

// spend counts what a batch uses. It belongs to the transaction of the claim.
func (s *Service) spend(ctx context.Context, w Work, uses []QuotaUse) (verdict, error) {
	counted, err := s.count(ctx, w.Batch.Tenant, uses)
	return judge(w, counted), err
}

// count spends, tells the platform of counters that are nearly full, and returns
// the uses with Over set where there was no room.
func (s *Service) count(ctx context.Context, t tenant.ID, uses []QuotaUse) ([]QuotaUse, error) {
	if len(uses) == 0 {
		return nil, nil
	}
	counted, err := s.store.Spend(ctx, t, uses)
	if err != nil {
		return nil, fmt.Errorf("quotas: %w", err)
	}
	for i, u := range counted {
		added := uses[i].N
		if err := s.warn(ctx, t, u, added); err != nil {
			return nil, err
		}
		counted[i].N = added
	}
	return counted, nil
}

// warnAt is the part of a quota, in percent, from which on the platform is told.
const warnAt = 80

// warn tells the platform when a counter of the app has just passed warnAt.
func (s *Service) warn(ctx context.Context, t tenant.ID, u QuotaUse, added int) error {
	line := (u.Most*warnAt + 99) / 100
	if u.Over || u.personal() || u.N < line || u.N-added >= line {
		return nil
	}
	return s.publishQuota(ctx, t, u)
}
