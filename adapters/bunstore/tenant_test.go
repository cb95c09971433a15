package bunstore_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestTenantStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunTenant(t, func(tb testing.TB) tenant.Store { return open(tb) })
		})
	}
}
