package storetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
)

// RunMessaging proves a messaging.Store: what it keeps, idempotency keys,
// claims and their fences, outcomes, that deliveries only go forward, messages
// in parts, people who are looked up later, cancelling, recalling, diverting,
// replaying and pruning, that tenants never see each other's rows, paging, and
// what happens when several write at the same time. RunQuotas, RunMedia,
// RunWebhooks, RunMessageSettings and RunTemplates prove the rest of it.
func RunMessaging(t *testing.T, newStore func(tb testing.TB) messaging.Store) {
	t.Helper()
	groups := map[string]map[string]func(*testing.T, messaging.Store){
		"messages":   messageTests(),
		"keys":       keyTests(),
		"deliveries": deliveryTests(),
		"claim":      claimTests(),
		"settle":     settleTests(),
		"together":   togetherTests(),
		"track":      trackTests(),
		"split":      splitTests(),
		"selection":  selectionTests(),
		"states":     stateTests(),
		"filter":     filterTests(),
		"cancel":     cancelTests(),
		"recall":     recallTests(),
		"divert":     divertTests(),
		"replay":     replayTests(),
		"prune":      pruneTests(),
		"waiting":    waitingTests(),
		"isolation":  {"every method": messagingIsolation},
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			tests := groups[group]
			for _, name := range slices.Sorted(maps.Keys(tests)) {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					tests[name](t, newStore(t))
				})
			}
		})
	}
}
