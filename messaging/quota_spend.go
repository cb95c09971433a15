package messaging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
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

// usage is what sending a batch uses of the office app's quotas; nil is nothing.
type usage struct {
	work    Work
	limits  provider.Limits
	content string
	// delay is how long after the counting the call may be made.
	delay time.Duration
}

func usageOf(w Work, c channel, m provider.Rendered, delay time.Duration) *usage {
	return &usage{work: w, limits: c.limits, content: contentHash(m), delay: delay}
}

// shared returns what is counted for the app or the webhook.
func (u *usage) shared(now time.Time) []QuotaUse {
	if u == nil {
		return nil
	}
	switch w, limits := u.work, u.limits; {
	case w.Channel == ChannelWebhook:
		return u.one(QuotaUse{Quota: QuotaWebhook, Subject: w.Webhook, N: 1, Most: limits.WebhookPerMinute}, now)
	case w.Channel != ChannelWork:
		return nil
	case w.Everyone:
		return u.one(QuotaUse{Quota: QuotaEveryone, N: 1, Most: limits.EveryonePerDay}, now)
	default:
		return u.one(QuotaUse{Quota: QuotaPeople, N: len(w.Users), Most: limits.PeoplePerMinute}, now)
	}
}

// one completes a use, if there is a limit to it.
func (u *usage) one(use QuotaUse, now time.Time) []QuotaUse {
	if use.Most <= 0 {
		return nil
	}
	use.AppID, use.Ends = u.work.AppID, endOfDay(now, u.limits.Zone)
	if use.sliced() {
		use.Ends = now.Truncate(slice).Add(slice).UTC()
		use.Since = use.Ends.Add(-time.Minute - slice - u.delay)
	}
	return []QuotaUse{use}
}

// countsPeople reports whether there are limits for single people. Those to
// whom an earlier attempt may have got through were counted then.
func (u *usage) countsPeople() bool {
	return u != nil && u.work.Channel == ChannelWork && !u.work.Everyone &&
		!u.work.Batch.MaybeSent && u.work.Batch.State != DeliverySending &&
		(u.limits.SendsPerPersonPerDay > 0 || u.limits.SameContentPerDay > 0)
}

// personal returns what is counted for each person.
func (u *usage) personal(now time.Time) []QuotaUse {
	if !u.countsPeople() {
		return nil
	}
	uses := make([]QuotaUse, 0, 2*len(u.work.Users))
	day := endOfDay(now, u.limits.Zone)
	for _, user := range u.work.Users {
		if most := u.limits.SendsPerPersonPerDay; most > 0 {
			uses = append(uses, QuotaUse{Quota: QuotaPerson, AppID: u.work.AppID, Subject: string(user), Ends: day, N: 1, Most: most})
		}
		if most := u.limits.SameContentPerDay; most > 0 {
			uses = append(uses, QuotaUse{
				Quota: QuotaContent, AppID: u.work.AppID, Subject: ContentSubject(user, u.content), Ends: day, N: 1, Most: most,
			})
		}
	}
	return uses
}

// fewestTogether is how many people are worth counting together.
const fewestTogether = 10

// together returns the group in which the people can be counted instead, nil
// when each has to be: people who have been in another batch of the message may
// have been counted there.
func (u *usage) together(now time.Time) *QuotaGroup {
	if !u.countsPeople() || u.work.Moved || len(u.work.Users) < fewestTogether {
		return nil
	}
	return &QuotaGroup{
		Batch: u.work.Batch.BatchRef, AppID: u.work.AppID, Content: u.content, Ends: endOfDay(now, u.limits.Zone),
		Users: u.work.Users, Most: u.limits.SendsPerPersonPerDay, MostSame: u.limits.SameContentPerDay,
	}
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
	// spent is what was counted and has to be refunded if nothing is sent, and
	// together the group that the people were counted in, if so.
	spent    []QuotaUse
	together *QuotaGroup
	// wait is set when nobody of the batch can be sent to before until, which the
	// quota says.
	wait  *Failure
	quota Quota
	until time.Time
	// held are the people who can not, until heldUntil, which heldBy says.
	held      []provider.UserID
	heldBy    Quota
	heldFor   *Failure
	heldUntil time.Time
}

// judge sorts out what Spend has answered.
func judge(w Work, uses []QuotaUse) verdict {
	var v verdict
	held := make(map[provider.UserID]bool)
	for _, u := range uses {
		user, _ := u.Person()
		switch {
		case !u.Over:
		case u.personal():
			if !held[user] {
				held[user] = true
				v.held = append(v.held, user)
			}
			v.heldFor, v.heldBy = quotaFailure(u, w), u.Quota
			v.heldUntil = later(v.heldUntil, u.Ends)
		default:
			u.Ends = w.turn(u)
			v.wait, v.quota, v.until = quotaFailure(u, w), u.Quota, later(v.until, u.Ends)
		}
	}
	if len(v.held) > 0 && len(v.held) >= len(w.Users) {
		v.wait, v.quota, v.until = v.heldFor, v.heldBy, later(v.until, v.heldUntil)
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
	held := make(map[provider.UserID]bool, len(v.held))
	for _, user := range v.held {
		held[user] = true
	}
	var back []QuotaUse
	for _, u := range v.spent {
		user, _ := u.Person()
		switch {
		case u.personal() && held[user]:
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

// quotaFailure says which quota is used up, and what becomes of the message.
func quotaFailure(u QuotaUse, w Work) *Failure {
	text, ok := quotaTexts[u.Quota]
	if !ok {
		text = provider.Text{ZH: string(u.Quota), EN: string(u.Quota)}
	}
	then := provider.Text{ZH: "届时自动发送", EN: "it is sent when it may be"}
	if w.expired(u.Ends) {
		then = provider.Text{ZH: "消息在此之前过期，不再发送", EN: "it expires before it may be sent"}
	}
	return &Failure{
		Code: provider.ResourceExhausted, Reason: ReasonQuota,
		Message: provider.Text{
			ZH: fmt.Sprintf("%s（上限%d）已用完，%s", text.ZH, u.Most, then.ZH),
			EN: fmt.Sprintf("%s (at most %d) is used up; %s", text.EN, u.Most, then.EN),
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
func (s *Service) spend(ctx context.Context, w Work, u *usage, now time.Time) (verdict, error) {
	group, err := s.spendGroup(ctx, w.Batch.Tenant, u.together(now))
	if err != nil {
		return verdict{}, err
	}
	uses := u.shared(now)
	if group == nil {
		uses = append(uses, u.personal(now)...)
	}
	counted, err := s.count(ctx, w.Batch.Tenant, uses)
	v := judge(w, counted)
	v.together = group
	return v, err
}

// spendGroup returns the group if its people were counted together.
func (s *Service) spendGroup(ctx context.Context, t tenant.ID, g *QuotaGroup) (*QuotaGroup, error) {
	if g == nil {
		return nil, nil //nolint:nilnil // nil is no group
	}
	counted, err := s.store.SpendGroups(ctx, t, []QuotaGroup{*g})
	if err != nil {
		return nil, fmt.Errorf("quotas: %w", err)
	}
	if !counted[g.Batch] {
		return nil, nil //nolint:nilnil // nil is no group
	}
	return g, nil
}

// spentOn returns what of the attempt's uses was counted for some of its people.
func (w Work) spentOn(users []provider.UserID) (spent []QuotaUse, together *QuotaGroup) {
	if len(users) == 0 {
		return nil, nil
	}
	for _, u := range w.spent {
		if user, _ := u.Person(); u.personal() && slices.Contains(users, user) {
			spent = append(spent, u)
		}
	}
	if w.together != nil {
		some := *w.together
		some.Users = users
		together = &some
	}
	return spent, together
}

// refund takes back what was counted.
func (s *Service) refund(ctx context.Context, t tenant.ID, spent []QuotaUse, together *QuotaGroup) error {
	if len(spent) > 0 {
		if err := s.store.Refund(ctx, t, spent); err != nil {
			return fmt.Errorf("quotas: %w", err)
		}
	}
	if together == nil {
		return nil
	}
	if err := s.store.RefundGroups(ctx, t, []QuotaGroup{*together}); err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	return nil
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
