package bunstoretest

import (
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/tenant"
)

// Recipients returns the harness of storetest.RunMessagingAccounts and
// storetest.RunAudiences.
func Recipients(s *bunstore.Store) storetest.MessagingAccountsHarness {
	people, departments := bunstore.NewPeople(s), 0
	return storetest.MessagingAccountsHarness{
		Accounts: s, Audiences: s, Bind: s.Bind,
		CreateAccount: func(tb testing.TB, username string, tenants ...tenant.ID) string {
			tb.Helper()
			p, err := people.Create(tb.Context(), bunstore.NewPerson{Username: username, Realname: username, Tenants: tenants})
			if err != nil {
				tb.Fatal(err)
			}
			return p.ID
		},
		SetState: func(tb testing.TB, t tenant.ID, userID, state string) {
			tb.Helper()
			exec(tb, s, "UPDATE thirdapp_memberships SET state = ? WHERE tenant_id = ? AND person_id = ?", state, t, userID)
		},
		CreateDepartment: func(tb testing.TB, t tenant.ID, parentID string) string {
			tb.Helper()
			departments++
			id, now := fmt.Sprint("department-", departments), time.Now().UTC()
			exec(tb, s, `INSERT INTO thirdapp_departments
				(tenant_id, id, parent_id, name, sort_order, provider, org_id, remote_id, created_at, updated_at)
				VALUES (?, ?, ?, ?, 0, '', '', '', ?, ?)`, t, id, parentID, id, now, now)
			return id
		},
		Place: func(tb testing.TB, t tenant.ID, departmentID, userID string) {
			tb.Helper()
			exec(tb, s, `INSERT INTO thirdapp_department_members
				(tenant_id, department_id, person_id, leader, sort_order) VALUES (?, ?, ?, FALSE, 0)`, t, departmentID, userID)
		},
	}
}
