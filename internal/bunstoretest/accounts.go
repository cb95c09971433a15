package bunstoretest

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

// Accounts returns the harness of storetest.RunAccounts.
func Accounts(s *bunstore.Store) storetest.AccountsHarness {
	people := bunstore.NewPeople(s)
	return storetest.AccountsHarness{
		Accounts: people, Transactor: s,
		CreateUser: func(tb testing.TB, username, mobile string) string {
			tb.Helper()
			p, err := people.Create(tb.Context(), bunstore.NewPerson{Username: username, Realname: "老" + username, Phone: mobile})
			if err != nil {
				tb.Fatal(err)
			}
			return p.ID
		},
		SetStatus: func(tb testing.TB, t tenant.ID, userID string, status identity.AccountStatus) {
			tb.Helper()
			if err := people.Join(tb.Context(), t, userID); err != nil {
				tb.Fatal(err)
			}
			if status == identity.AccountDisabled {
				exec(tb, s, "UPDATE thirdapp_people SET disabled = TRUE WHERE id = ?", userID)
				return
			}
			exec(tb, s, "UPDATE thirdapp_memberships SET state = ? WHERE tenant_id = ? AND person_id = ?", string(status), t, userID)
		},
	}
}

func exec(tb testing.TB, s *bunstore.Store, query string, args ...any) {
	tb.Helper()
	if _, err := s.DB().NewRaw(query, args...).Exec(tb.Context()); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}
