package bunstore_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/internal/bunstoretest"
)

func TestMessagingAccounts(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newHarness := func(tb testing.TB) storetest.MessagingAccountsHarness { return bunstoretest.Recipients(open(tb)) }
			t.Run("accounts", func(t *testing.T) { storetest.RunMessagingAccounts(t, newHarness) })
			t.Run("audiences", func(t *testing.T) { storetest.RunAudiences(t, newHarness) })
		})
	}
}
