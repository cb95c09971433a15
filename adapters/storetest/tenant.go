package storetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/tenant"
)

// RunTenant proves a tenant.Store: what it keeps, which keys are unique,
// versions, transactions, that tenants never see each other's rows, paging, and
// what happens when several write at the same time.
//
// Where the store has a method AfterCommit(ctx, func()) bool that is proved,
// too.
func RunTenant(t *testing.T, newStore func(tb testing.TB) tenant.Store) {
	t.Helper()
	groups := map[string]map[string]func(*testing.T, tenant.Store){
		"apps":         appTests(),
		"grants":       grantTests(),
		"audit":        auditTests(),
		"clear":        clearTests(),
		"transactions": transactionTests(),
		"concurrency":  concurrencyTests(),
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
