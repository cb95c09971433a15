package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// groupOf returns the people from one number to another, of whom each gets a
// message today: one of 10, and one of this content.
func groupOf(message, from, to int) messaging.QuotaGroup {
	g := messaging.QuotaGroup{
		Batch: messaging.BatchRef{Tenant: here, MessageID: fmt.Sprintf("m-%d", message), Number: from + 1},
		AppID: "app-1", Content: "c0ffee", Ends: instant(3600), Most: 10, MostSame: 1,
	}
	for n := from; n <= to; n++ {
		g.Users = append(g.Users, provider.UserID(fmt.Sprintf("p-%d", n)))
	}
	return g
}

// sameOf returns one more of the content of groupOf for the n-th person.
func sameOf(n int) messaging.QuotaUse {
	u := useOf(n, 1)
	u.Quota, u.Subject = messaging.QuotaContent, u.Subject+":c0ffee"
	return u
}

func spendGroups(tb testing.TB, s messaging.QuotaStore, op string, groups []messaging.QuotaGroup, want ...bool) {
	tb.Helper()
	counted, err := s.SpendGroups(tb.Context(), here, groups)
	if err != nil {
		tb.Fatalf("%s: SpendGroups: %v", op, err)
	}
	for i, g := range groups {
		if counted[g.Batch] != want[i] {
			tb.Errorf("%s: group %d was counted: %t, want %t", op, i, counted[g.Batch], want[i])
		}
	}
}

func one(g messaging.QuotaGroup) []messaging.QuotaGroup { return []messaging.QuotaGroup{g} }

// quotaGroups: who was counted in a group has no room for the same content, and
// one message less; others are as they were.
func quotaGroups(t *testing.T, s QuotaStore) {
	spendGroups(t, s, "nothing", nil)
	spendGroups(t, s, "two of a message", []messaging.QuotaGroup{groupOf(1, 0, 4), groupOf(1, 5, 9)}, true, true)
	spendGroups(t, s, "a third", one(groupOf(1, 10, 14)), true)
	wantSpent(t, "the same content", spend(t, s, here, sameOf(3), sameOf(20)),
		counted(sameOf(3), 1, true), counted(sameOf(20), 1, false))
	nine := useOf(4, 10)
	nine.N = 9
	wantSpent(t, "up to the limit", spend(t, s, here, nine), counted(nine, 10, false))
	wantSpent(t, "beyond", spend(t, s, here, useOf(4, 10)), counted(useOf(4, 10), 10, true))
	nine = useOf(21, 10)
	nine.N = 9
	wantSpent(t, "in no group", spend(t, s, here, nine), counted(nine, 9, false))
	ten := useOf(12, 10)
	ten.N = 10
	wantSpent(t, "too many", spend(t, s, here, ten), counted(ten, 1, true))
}

// quotaGroupsRoom: a group is only counted where everybody has room, whatever
// they were counted with.
func quotaGroupsRoom(t *testing.T, s QuotaStore) {
	full := useOf(8, 10)
	full.N = 10
	spend(t, s, here, sameOf(3), full)
	spendGroups(t, s, "of three, two with somebody full",
		[]messaging.QuotaGroup{groupOf(1, 0, 4), groupOf(1, 5, 9), groupOf(1, 10, 14)}, false, false, true)
	spendGroups(t, s, "another message of the content", one(groupOf(2, 20, 24)), false)
	otherContent, otherDay, otherApp := groupOf(2, 10, 14), groupOf(2, 10, 14), groupOf(2, 10, 14)
	otherContent.Content, otherDay.Ends, otherApp.AppID = "beef", instant(7200), "app-2"
	for name, g := range map[string]messaging.QuotaGroup{"content": otherContent, "day": otherDay, "app": otherApp} {
		spendGroups(t, s, "another "+name, one(g), true)
	}
	unlimited := groupOf(3, 0, 14)
	unlimited.Most, unlimited.MostSame = 0, 0
	spendGroups(t, s, "without limits", one(unlimited), true)
}

// quotaGroupsRefund: what is taken back is free again, also where single people
// were counted in between.
func quotaGroupsRefund(t *testing.T, s QuotaStore) {
	apart, whole := groupOf(1, 0, 4), groupOf(1, 5, 9)
	spendGroups(t, s, "first", []messaging.QuotaGroup{apart, whole}, true, true)
	wantSpent(t, "before", spend(t, s, here, sameOf(0)), counted(sameOf(0), 1, true))
	if err := s.RefundGroups(t.Context(), here, []messaging.QuotaGroup{apart, whole}); err != nil {
		t.Fatal(err)
	}
	wantSpent(t, "afterwards", spend(t, s, here, sameOf(0), sameOf(1), sameOf(9)),
		counted(sameOf(0), 1, false), counted(sameOf(1), 1, false), counted(sameOf(9), 1, false))
	wantSpent(t, "messages", spend(t, s, here, useOf(2, 10)), counted(useOf(2, 10), 1, false))
	spendGroups(t, s, "of another message", one(groupOf(2, 2, 3)), true)
}

// quotaGroupsRefundSome: those who are not named stay counted, be it in the
// group or singly.
func quotaGroupsRefundSome(t *testing.T, s QuotaStore) {
	for i, apart := range []bool{false, true} {
		g := groupOf(i, 10*i, 10*i+4)
		spendGroups(t, s, "first", one(g), true)
		first, last := sameOf(10*i), sameOf(10*i+4)
		if apart {
			wantSpent(t, "before", spend(t, s, here, last), counted(last, 1, true))
		}
		g.Users = g.Users[:2]
		if err := s.RefundGroups(t.Context(), here, one(g)); err != nil {
			t.Fatal(err)
		}
		wantSpent(t, "afterwards", spend(t, s, here, first, last), counted(first, 1, false), counted(last, 1, true))
		one, three := useOf(10*i+1, 10), useOf(10*i+3, 10)
		one.N, three.N = 10, 10
		wantSpent(t, "messages", spend(t, s, here, one, three), counted(one, 10, false), counted(three, 1, true))
	}
}

// quotaGroupsAtOnce has several messages of one content go to the same people,
// in groups and singly: everybody is counted once.
func quotaGroupsAtOnce(t *testing.T, s QuotaStore) {
	const writers, batches, size = 4, 5, 6
	var mu sync.Mutex
	had := make(map[string]int)
	note := func(subject string) {
		mu.Lock()
		defer mu.Unlock()
		had[subject]++
	}
	atOnce(t, writers, func(ctx context.Context, writer int) error {
		for i := range batches {
			batch := (i + writer) % batches
			g := groupOf(writer, batch*size, batch*size+size-1)
			err := s.InTx(ctx, func(ctx context.Context) error {
				counted, err := s.SpendGroups(ctx, here, one(g))
				if err != nil {
					return err
				}
				for n := batch * size; n < batch*size+size; n++ {
					got := []messaging.QuotaUse{{}}
					if !counted[g.Batch] {
						if got, err = s.Spend(ctx, here, []messaging.QuotaUse{sameOf(n)}); err != nil {
							return err
						}
					}
					if !got[0].Over {
						note(sameOf(n).Subject)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for n := range batches * size {
		if had[sameOf(n).Subject] != 1 {
			t.Errorf("person %d was counted %d times, want once", n, had[sameOf(n).Subject])
		}
	}
}

// quotaGroupsBegin has a group come up while single people are being counted by
// others.
func quotaGroupsBegin(t *testing.T, s QuotaStore) {
	const writers, people = 4, 12
	var mu sync.Mutex
	had := 0
	atOnce(t, writers, func(ctx context.Context, writer int) error {
		if writer == 0 {
			counted, err := s.SpendGroups(ctx, here, one(groupOf(1, 0, people-1)))
			mu.Lock()
			defer mu.Unlock()
			had += people * len(counted)
			return err
		}
		for n := writer - 1; n < people; n += writers - 1 {
			got, err := s.Spend(ctx, here, []messaging.QuotaUse{sameOf(n)})
			if err != nil {
				return err
			}
			mu.Lock()
			if !got[0].Over {
				had++
			}
			mu.Unlock()
		}
		return nil
	})
	if had != people {
		t.Errorf("%d were counted, want each of %d once", had, people)
	}
}

// quotaGroupsApart: tenants do not see each other's groups, old ones go, and
// what is nearly used up is listed with what groups have counted.
func quotaGroupsApart(t *testing.T, s QuotaStore) {
	old := groupOf(1, 0, 4)
	old.Ends = instant(10)
	spendGroups(t, s, "here", []messaging.QuotaGroup{old, groupOf(2, 0, 4)}, true, true)
	wantSpent(t, "there", spend(t, s, there, sameOf(0)), counted(sameOf(0), 1, false))
	if err := s.RefundGroups(t.Context(), there, one(groupOf(2, 0, 4))); err != nil {
		t.Fatal(err)
	}
	if err := s.PruneQuotas(t.Context(), here, instant(20)); err != nil {
		t.Fatal(err)
	}
	spendGroups(t, s, "after pruning", one(old), true)
	seven := useOf(4, 10)
	seven.N = 7
	spend(t, s, here, seven)
	got, err := s.Quotas(t.Context(), here, instant(10), 80, 10)
	if err != nil {
		t.Fatal(err)
	}
	wantSpent(t, "Quotas", got, counted(seven, 8, false))
	bad := groupOf(3, 0, 4)
	bad.Users[2] = "a\x00b"
	_, err = s.SpendGroups(t.Context(), here, one(bad))
	wantNowhere(t, "SpendGroups", err)
}
