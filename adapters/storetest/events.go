package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/tenant"
)

// RunEvents proves an events.Store: what it keeps, versions, the limit, the
// outcomes of deliveries, transactions, that tenants never see each other's
// rows, and what happens when several write at the same time.
func RunEvents(t *testing.T, newStore func(tb testing.TB) events.Store) {
	t.Helper()
	tests := map[string]func(*testing.T, events.Store){
		"round trip":             subscriptionRoundTrip,
		"order":                  subscriptionOrder,
		"update":                 subscriptionUpdate,
		"update resets health":   subscriptionReset,
		"version moved on":       subscriptionVersion,
		"delete":                 subscriptionDelete,
		"limit":                  subscriptionLimit,
		"limit at the same time": subscriptionLimitRace,
		"same id":                subscriptionSameID,
		"outcomes":               subscriptionOutcomes,
		"outcome of a former":    subscriptionFormerOutcome,
		"tenants apart":          subscriptionsApart,
		"rollback":               subscriptionRollback,
		"unstorable text":        subscriptionText,
		"tenants of secrets":     signingSecretTenants,
		"secrets replaced":       signingSecretsReplaced,
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tests[name](t, newStore(t))
		})
	}
}

// roomy is a limit that is no matter.
const roomy = 100

func newSubscription(t tenant.ID, n int) events.Stored {
	return events.Stored{
		Subscription: events.Subscription{
			ID: fmt.Sprintf("sub-%03d", n), Tenant: t, URL: "https://example.com/hook?token='\"\\$1&名=值",
			Types: []string{"*", "message.finished"}, Enabled: true, Description: `事件 "引号" 'quote' ? \ $1`,
			Version: 1, CreatedAt: instant(n), UpdatedAt: instant(n),
		},
		Secrets: events.Secrets{Current: sealedBytes("key-1", 0)},
	}
}

func sealedBytes(key string, n byte) tenant.Sealed {
	return tenant.Sealed{KeyID: key, Ciphertext: []byte{0, 1, 0xfe, 0xff, '\'', '\\', n}}
}

func createSubscription(tb testing.TB, s events.Store, sub events.Stored) events.Stored {
	tb.Helper()
	if err := s.CreateSubscription(tb.Context(), sub, roomy); err != nil {
		tb.Fatalf("CreateSubscription(%s): %v", sub.ID, err)
	}
	return sub
}

func readSubscription(tb testing.TB, s events.Store, t tenant.ID, id string) events.Stored {
	tb.Helper()
	sub, err := s.Subscription(tb.Context(), t, id)
	if err != nil {
		tb.Fatalf("Subscription(%s): %v", id, err)
	}
	return sub
}

func recordOutcome(tb testing.TB, s events.Store, sub events.Stored, status int, reason events.Reason, at time.Time) {
	tb.Helper()
	err := s.RecordOutcome(tb.Context(), sub.Tenant, sub.ID, sub.Version, events.Outcome{Status: status, Reason: reason, At: at})
	if err != nil {
		tb.Fatalf("RecordOutcome(%s): %v", sub.ID, err)
	}
}
