package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
)

// sinceUse returns n messages to a webhook in the window of ten seconds that
// ends at a moment, of at most most in that and the five before.
func sinceUse(ends, n, most int) messaging.QuotaUse {
	return messaging.QuotaUse{
		Quota: messaging.QuotaWebhook, Subject: "ops", Ends: instant(ends), Since: instant(ends).Add(-time.Minute), N: n, Most: most,
	}
}

func quotaSince(t *testing.T, s QuotaStore) {
	first, second := sinceUse(100, 3, 5), sinceUse(110, 2, 5)
	wantSpent(t, "first window", spend(t, s, here, first), counted(first, 3, false))
	tooMany := sinceUse(110, 3, 5)
	wantSpent(t, "new window without room", spend(t, s, here, tooMany), counted(tooMany, 3, true))
	wantSpent(t, "what is left", spend(t, s, here, second), counted(second, 5, false))
	one := sinceUse(110, 1, 5)
	wantSpent(t, "known window without room", spend(t, s, here, one), counted(one, 5, true))
	wantSpent(t, "earlier window without room", spend(t, s, here, sinceUse(100, 1, 5)), counted(sinceUse(100, 1, 5), 5, true))
	wantSpent(t, "the oldest counts", spend(t, s, here, sinceUse(159, 1, 5)), counted(sinceUse(159, 1, 5), 5, true))
	late := sinceUse(160, 3, 5)
	wantSpent(t, "the oldest has ended", spend(t, s, here, late), counted(late, 5, false))

	alone := sinceUse(110, 1, 5)
	alone.Since = time.Time{}
	wantSpent(t, "without Since", spend(t, s, here, alone), counted(alone, 3, false))
	own := sinceUse(100, 1, 3)
	own.Since = instant(1000)
	wantSpent(t, "its own window counts anyway", spend(t, s, here, own), counted(own, 3, true))
	own.Most = 4
	wantSpent(t, "only its own window", spend(t, s, here, own), counted(own, 4, false))

	otherApp, otherQuota, otherSubject := sinceUse(110, 4, 5), sinceUse(110, 4, 5), sinceUse(110, 4, 5)
	otherApp.AppID, otherQuota.Quota, otherSubject.Subject = "app-1", messaging.QuotaPeople, "dev"
	wantSpent(t, "other counters", spend(t, s, here, useOf(1, 5), otherApp, otherQuota, otherSubject),
		counted(useOf(1, 5), 1, false), counted(otherApp, 4, false), counted(otherQuota, 4, false), counted(otherSubject, 4, false))
	wantSpent(t, "another tenant", spend(t, s, there, second), counted(second, 2, false))
}

func quotaSinceRefund(t *testing.T, s QuotaStore) {
	first, second := sinceUse(100, 3, 5), sinceUse(110, 3, 5)
	spend(t, s, here, first)
	wantSpent(t, "no room", spend(t, s, here, second), counted(second, 3, true))
	refund(t, s, here, sinceUse(100, 1, 5))
	wantSpent(t, "after the refund", spend(t, s, here, second), counted(second, 5, false))
	refund(t, s, here, second)
	wantSpent(t, "after another refund", spend(t, s, here, sinceUse(110, 1, 5)), counted(sinceUse(110, 1, 5), 3, false))
}

func quotaSinceAtOnce(t *testing.T, s QuotaStore) {
	const writers, rounds, most, before = 4, 10, 25, 7
	spend(t, s, here, sinceUse(100, before, most))
	var mu sync.Mutex
	added := 0
	atOnce(t, writers, func(ctx context.Context, _ int) error {
		for range rounds {
			got, err := s.Spend(ctx, here, []messaging.QuotaUse{sinceUse(110, 1, most)})
			if err != nil {
				return err
			}
			mu.Lock()
			if !got[0].Over {
				added++
			}
			mu.Unlock()
		}
		return nil
	})
	if added != most-before {
		t.Errorf("%d were added, want exactly %d of %d", added, most-before, writers*rounds)
	}
	wantSpent(t, "in the end", spend(t, s, here, sinceUse(110, 1, most)), counted(sinceUse(110, 1, most), most, true))
}

// quotaSinceNeighbours has transactions that are open for a while spend in two
// windows that count each other.
func quotaSinceNeighbours(t *testing.T, s QuotaStore) {
	const writers, rounds, most = 6, 12, 25
	var mu sync.Mutex
	added := 0
	atOnce(t, writers, func(ctx context.Context, writer int) error {
		for round := range rounds {
			err := s.InTx(ctx, func(ctx context.Context) error {
				got, err := s.Spend(ctx, here, []messaging.QuotaUse{sinceUse(100+10*((writer+round)%2), 1, most)})
				if err != nil {
					return err
				}
				time.Sleep(2 * time.Millisecond) // what it added is not to be seen yet
				mu.Lock()
				defer mu.Unlock()
				if !got[0].Over {
					added++
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if added != most {
		t.Errorf("%d were added in both windows, want exactly %d", added, most)
	}
}

// quotaSinceSeveral spends in two windows of one counter in one call, of which
// one counts the other.
func quotaSinceSeveral(t *testing.T, s QuotaStore) {
	alone := sinceUse(100, 1, 5)
	alone.Since = time.Time{}
	for _, other := range []messaging.QuotaUse{sinceUse(100, 1, 5), alone} {
		if _, err := s.Spend(t.Context(), here, []messaging.QuotaUse{sinceUse(110, 1, 5), other}); err == nil {
			t.Errorf("Spend with the window of %s succeeded, want an error", other.Ends)
		}
	}
	wantSpent(t, "afterwards", spend(t, s, here, sinceUse(110, 1, 5)), counted(sinceUse(110, 1, 5), 1, false))
}
