package messaging

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

const (
	// shownShare is how full a single person's counter must be to be shown, in
	// percent.
	shownShare = 80
	// shownQuotas is how many counters are read to be shown.
	shownQuotas = 1000
)

// Quotas returns how far the quotas of the office apps are used up at present:
// those of apps and webhooks that have been used at all, then those of single
// people of which little is left, at most 1000. Ends is when all of it is there
// again. It needs ActionRead on ObjectMessage.
func (s *Service) Quotas(ctx context.Context, t tenant.ID) ([]QuotaUse, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return nil, fmt.Errorf("messaging: quotas: %w", err)
	}
	now := stamp(s.cfg.Now())
	uses, err := s.store.Quotas(ctx, t, now.Add(-time.Minute), shownShare, shownQuotas)
	if err != nil {
		return nil, fmt.Errorf("messaging: quotas: %w", err)
	}
	return summed(uses, now), nil
}

// summed puts the slices of a minute together and leaves out days that are
// over.
func summed(uses []QuotaUse, now time.Time) []QuotaUse {
	list := make([]QuotaUse, 0, len(uses))
	at := make(map[QuotaUse]int)
	for _, u := range uses {
		if !u.sliced() {
			if u.Ends.After(now) {
				list = append(list, u)
			}
			continue
		}
		u.Ends = u.Ends.Add(time.Minute)
		key := QuotaUse{Quota: u.Quota, AppID: u.AppID, Subject: u.Subject}
		i, seen := at[key]
		if !seen {
			at[key] = len(list)
			list = append(list, u)
			continue
		}
		list[i].N += u.N
		list[i].Ends = later(list[i].Ends, u.Ends)
	}
	return list
}

// sliced reports whether the quota is one of a minute, which is counted in
// slices.
func (u QuotaUse) sliced() bool { return u.Quota == QuotaPeople || u.Quota == QuotaWebhook }
