package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// QuotaStore is what [RunQuotas] proves.
type QuotaStore interface {
	messaging.QuotaStore
	tenant.Transactor
}

// RunQuotas proves a messaging.QuotaStore: that counters never exceed their
// limits, whoever else counts at the same time, that transactions hold them,
// and that tenants never see each other's.
func RunQuotas(t *testing.T, newStore func(tb testing.TB) QuotaStore) {
	t.Helper()
	runEach(t, newStore, map[string]func(*testing.T, QuotaStore){
		"spend":                  quotaSpend,
		"over":                   quotaOver,
		"limit changes":          quotaLimitChanges,
		"windows":                quotaWindows,
		"since":                  quotaSince,
		"since, refund":          quotaSinceRefund,
		"since, at once":         quotaSinceAtOnce,
		"since, neighbours":      quotaSinceNeighbours,
		"since, several":         quotaSinceSeveral,
		"twice":                  quotaTwice,
		"refund":                 quotaRefund,
		"many":                   quotaMany,
		"transaction":            quotaTransaction,
		"at once":                quotaAtOnce,
		"opposite order":         quotaOppositeOrder,
		"list":                   quotaList,
		"list has a limit":       quotaListLimit,
		"prune":                  quotaPrune,
		"groups":                 quotaGroups,
		"groups, room":           quotaGroupsRoom,
		"groups, refund":         quotaGroupsRefund,
		"groups, refund of some": quotaGroupsRefundSome,
		"groups, at once":        quotaGroupsAtOnce,
		"groups, begin":          quotaGroupsBegin,
		"groups, apart":          quotaGroupsApart,
		"tenants apart":          quotaTenantsApart,
		"text is not a name":     quotaText,
	})
}

// runEach runs every test on a store of its own.
func runEach[S any](t *testing.T, newStore func(tb testing.TB) S, tests map[string]func(*testing.T, S)) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tests[name](t, newStore(t))
		})
	}
}

// useOf returns one more of the n-th person's messages today, of at most most.
func useOf(n, most int) messaging.QuotaUse {
	return messaging.QuotaUse{
		Quota: messaging.QuotaPerson, AppID: "app-1", Subject: fmt.Sprintf("p-%d", n), Ends: instant(3600), N: 1, Most: most,
	}
}

// counted is a use as it is answered.
func counted(u messaging.QuotaUse, n int, over bool) messaging.QuotaUse {
	u.N, u.Over = n, over
	return u
}

func spend(tb testing.TB, s messaging.QuotaStore, t tenant.ID, uses ...messaging.QuotaUse) []messaging.QuotaUse {
	tb.Helper()
	got, err := s.Spend(tb.Context(), t, uses)
	if err != nil {
		tb.Fatalf("Spend: %v", err)
	}
	return got
}

func wantSpent(tb testing.TB, op string, got []messaging.QuotaUse, want ...messaging.QuotaUse) {
	tb.Helper()
	if !reflect.DeepEqual(got, want) {
		tb.Errorf("%s:\n got %+v\nwant %+v", op, got, want)
	}
}

func quotaSpend(t *testing.T, s QuotaStore) {
	a, b := useOf(1, 3), useOf(2, 3)
	b.N = 2
	wantSpent(t, "first", spend(t, s, here, b, a), counted(b, 2, false), counted(a, 1, false))
	wantSpent(t, "again", spend(t, s, here, a), counted(a, 2, false))
	wantSpent(t, "nothing", spend(t, s, here))
}

func quotaOver(t *testing.T, s QuotaStore) {
	a, b := useOf(1, 2), useOf(2, 2)
	spend(t, s, here, counted(b, 2, false))
	wantSpent(t, "one of two is full", spend(t, s, here, a, b), counted(a, 1, false), counted(b, 2, true))
	a.N = 2
	wantSpent(t, "not in part", spend(t, s, here, a), counted(a, 1, true))
	tooMany := useOf(3, 2)
	tooMany.N = 3
	wantSpent(t, "more than there is at all", spend(t, s, here, tooMany), counted(tooMany, 0, true))
	none := useOf(4, 0)
	wantSpent(t, "none allowed", spend(t, s, here, none), counted(none, 0, true))
	a.N = 1
	wantSpent(t, "the last", spend(t, s, here, a), counted(a, 2, false))
}

func quotaLimitChanges(t *testing.T, s QuotaStore) {
	a := useOf(1, 1)
	spend(t, s, here, a)
	a.Most = 5
	wantSpent(t, "more allowed", spend(t, s, here, a), counted(a, 2, false))
	a.Most = 1
	wantSpent(t, "less allowed", spend(t, s, here, a), counted(a, 2, true))
}

func quotaWindows(t *testing.T, s QuotaStore) {
	a := useOf(1, 1)
	others := []messaging.QuotaUse{a, a, a, a}
	others[0].Ends = instant(7200)
	others[1].AppID = "app-2"
	others[2].Quota = messaging.QuotaContent
	others[3].Subject = ""
	spend(t, s, here, a)
	wantSpent(t, "other counters", spend(t, s, here, others...),
		counted(others[0], 1, false), counted(others[1], 1, false), counted(others[2], 1, false), counted(others[3], 1, false))
	wantSpent(t, "the same", spend(t, s, here, a), counted(a, 1, true))
}

func quotaTwice(t *testing.T, s QuotaStore) {
	if _, err := s.Spend(t.Context(), here, []messaging.QuotaUse{useOf(1, 5), useOf(2, 5), useOf(1, 5)}); err == nil {
		t.Error("Spend with one counter twice succeeded, want an error")
	}
	wantSpent(t, "afterwards", spend(t, s, here, useOf(1, 5)), counted(useOf(1, 5), 1, false))
}

func quotaRefund(t *testing.T, s QuotaStore) {
	a, b := useOf(1, 5), useOf(2, 5)
	a.N = 3
	spend(t, s, here, a, b)
	a.N = 2
	refund(t, s, here, b, a)
	refund(t, s, here, b, useOf(3, 5)) // never below nothing, and nothing comes of nothing
	refund(t, s, here)
	a.N = 1
	wantSpent(t, "after the refund", spend(t, s, here, a, b, useOf(3, 5)),
		counted(a, 2, false), counted(b, 1, false), counted(useOf(3, 5), 1, false))
}

func refund(tb testing.TB, s messaging.QuotaStore, t tenant.ID, uses ...messaging.QuotaUse) {
	tb.Helper()
	if err := s.Refund(tb.Context(), t, uses); err != nil {
		tb.Errorf("Refund: %v", err)
	}
}

func quotaMany(t *testing.T, s QuotaStore) {
	const n = 500
	uses, want := make([]messaging.QuotaUse, n), make([]messaging.QuotaUse, n)
	for i := range uses {
		uses[i] = useOf(n-i, 2)
		uses[i].Subject += `:"o'neil\`
	}
	for round, over := range []bool{false, false, true} {
		for i, u := range uses {
			want[i] = counted(u, min(round+1, 2), over)
		}
		wantSpent(t, fmt.Sprintf("round %d", round), spend(t, s, here, uses...), want...)
	}
}

func quotaTransaction(t *testing.T, s QuotaStore) {
	stop := errors.New("stop")
	a := useOf(1, 1)
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		for range 2 {
			if _, err := s.Spend(ctx, here, []messaging.QuotaUse{a}); err != nil {
				return err
			}
		}
		return stop
	})
	wantError(t, "InTx", err, stop)
	wantSpent(t, "after a rollback", spend(t, s, here, a), counted(a, 1, false))
}

func quotaAtOnce(t *testing.T, s QuotaStore) {
	const writers, rounds, most = 4, 10, 25
	var mu sync.Mutex
	added := 0
	atOnce(t, writers, func(ctx context.Context, _ int) error {
		for range rounds {
			got, err := s.Spend(ctx, here, []messaging.QuotaUse{useOf(1, most)})
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
	if added != most {
		t.Errorf("%d were added, want exactly %d of %d", added, most, writers*rounds)
	}
	wantSpent(t, "in the end", spend(t, s, here, useOf(1, most)), counted(useOf(1, most), most, true))
}

// quotaOppositeOrder would end in a deadlock if counters were locked in the
// order in which they are given.
func quotaOppositeOrder(t *testing.T, s QuotaStore) {
	const writers, rounds, n = 4, 10, 30
	atOnce(t, writers, func(ctx context.Context, writer int) error {
		uses := make([]messaging.QuotaUse, n)
		for i := range uses {
			uses[i] = useOf(i, 1000)
		}
		if writer%2 == 1 {
			slices.Reverse(uses)
		}
		for round := range rounds {
			if _, err := s.Spend(ctx, here, uses); err != nil {
				return err
			}
			if round%2 == 1 {
				if err := s.Refund(ctx, here, uses); err != nil {
					return err
				}
			}
		}
		return nil
	})
	want := writers*rounds/2 + 1
	for _, u := range spend(t, s, here, useOf(0, 1000), useOf(n-1, 1000)) {
		if u.N != want {
			t.Errorf("counter of %s: got %d, want %d", u.Subject, u.N, want)
		}
	}
}

func quotaList(t *testing.T, s QuotaStore) {
	everyone := messaging.QuotaUse{Quota: messaging.QuotaEveryone, AppID: "app-1", Ends: instant(3600), N: 1, Most: 3}
	people := messaging.QuotaUse{Quota: messaging.QuotaPeople, AppID: "app-1", Ends: instant(60), N: 60, Most: 100}
	hook := messaging.QuotaUse{Quota: messaging.QuotaWebhook, Subject: "ops", Ends: instant(60), N: 1, Most: 20}
	past := people
	past.Ends = instant(10)
	half, most, few := useOf(1, 10), useOf(2, 10), useOf(3, 10)
	half.N, most.N, few.N = 5, 9, 4
	spend(t, s, here, few, half, hook, past, most, people, everyone)
	got, err := s.Quotas(t.Context(), here, instant(10), 50, 100)
	if err != nil {
		t.Fatal(err)
	}
	wantSpent(t, "Quotas", got, people, everyone, hook, most, half)
}

func quotaListLimit(t *testing.T, s QuotaStore) {
	for n := range 5 {
		spend(t, s, here, useOf(n, 1))
	}
	app := messaging.QuotaUse{Quota: messaging.QuotaEveryone, AppID: "app-1", Ends: instant(3600), N: 1, Most: 3}
	spend(t, s, here, app)
	got, err := s.Quotas(t.Context(), here, instant(0), 100, 2)
	if err != nil || len(got) != 2 || got[0] != app {
		t.Errorf("Quotas of 2 = %+v, %v; want the app's before those of people", got, err)
	}
}

func quotaPrune(t *testing.T, s QuotaStore) {
	old, kept := useOf(1, 5), useOf(1, 5)
	old.Ends = instant(10)
	spend(t, s, here, old, kept)
	spend(t, s, there, old)
	if err := s.PruneQuotas(t.Context(), here, instant(20)); err != nil {
		t.Fatal(err)
	}
	wantSpent(t, "after pruning", spend(t, s, here, old, kept), counted(old, 1, false), counted(kept, 2, false))
	wantSpent(t, "in another tenant", spend(t, s, there, old), counted(old, 2, false))
}

func quotaTenantsApart(t *testing.T, s QuotaStore) {
	a := useOf(1, 2)
	a.N = 2
	spend(t, s, here, a)
	wantSpent(t, "in another tenant", spend(t, s, there, a), counted(a, 2, false))
	refund(t, s, there, a)
	wantSpent(t, "refunded elsewhere", spend(t, s, here, a), counted(a, 2, true))
	list, err := s.Quotas(t.Context(), there, instant(0), 100, 10)
	if err != nil || len(list) != 0 {
		t.Errorf("Quotas of another tenant = %+v, %v; want none", list, err)
	}
}

func quotaText(t *testing.T, s QuotaStore) {
	bad := useOf(1, 2)
	bad.Subject = "a\x00b"
	_, err := s.Spend(t.Context(), here, []messaging.QuotaUse{bad})
	wantNowhere(t, "Spend", err)
}

// writers is about how many transactions a store says can write at the same time.
func writers[S interface{ Writers() int }](t *testing.T, s S) {
	if n := s.Writers(); n < 1 {
		t.Errorf("writers %d, want 1 or more", n)
	}
}
