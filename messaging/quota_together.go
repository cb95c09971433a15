package messaging

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// useKey names the counter of a use among those of one tenant and time.
type useKey struct {
	quota          Quota
	appID, subject string
}

func (u QuotaUse) key() useKey { return useKey{u.Quota, u.AppID, u.Subject} }

// uses are counters with what is added to them, each once.
type uses struct {
	list  []QuotaUse
	index map[useKey]int
}

func (l *uses) add(u QuotaUse) {
	i, ok := l.index[u.key()]
	if ok {
		l.list[i].N += u.N
		return
	}
	if l.index == nil {
		l.index = make(map[useKey]int)
	}
	l.index[u.key()] = len(l.list)
	l.list = append(l.list, u)
}

// spendTogether counts what batches of one tenant use. Those that share a
// counter without room for all of them are crowded, and are not counted.
func (s *Service) spendTogether(ctx context.Context, t tenant.ID, list []*claiming, now time.Time) error {
	if err := s.spendGroups(ctx, t, list, now); err != nil {
		return err
	}
	var all uses
	each := make([][]QuotaUse, len(list))
	for i, c := range list {
		each[i] = c.usage.shared(now)
		if c.verdict.together == nil {
			each[i] = append(each[i], c.usage.personal(now)...)
		}
		for _, u := range each[i] {
			all.add(u)
		}
	}
	counted, err := s.count(ctx, t, all.list)
	if err != nil {
		return err
	}
	full := make(map[useKey]bool)
	for _, u := range counted {
		if u.Over {
			full[u.key()] = true
		}
	}
	var back uses
	var groups []QuotaGroup
	for i, c := range list {
		for _, u := range each[i] {
			c.crowded = c.crowded || full[u.key()]
		}
		if !c.crowded {
			c.verdict.spent = each[i]
			continue
		}
		if g := c.verdict.together; g != nil {
			groups = append(groups, *g)
		}
		for _, u := range each[i] {
			if !full[u.key()] {
				back.add(u)
			}
		}
	}
	if err := s.store.Refund(ctx, t, back.list); err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	if err := s.store.RefundGroups(ctx, t, groups); err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	return nil
}

// spendGroups counts the people of batches together where that can be done. The
// other verdicts are empty.
func (s *Service) spendGroups(ctx context.Context, t tenant.ID, list []*claiming, now time.Time) error {
	groups := make([]*QuotaGroup, len(list))
	var all []QuotaGroup
	for i, c := range list {
		c.crowded, c.verdict = false, verdict{}
		if groups[i] = c.usage.together(now); groups[i] != nil {
			all = append(all, *groups[i])
		}
	}
	if len(all) == 0 {
		return nil
	}
	counted, err := s.store.SpendGroups(ctx, t, all)
	if err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	for i, c := range list {
		if groups[i] != nil && counted[groups[i].Batch] {
			c.verdict.together = groups[i]
		}
	}
	return nil
}
