package bunstoretest

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/tenant"
)

// Members returns the harness of storetest.RunMembers and storetest.RunRoster.
func Members(s *bunstore.Store) storetest.MembersHarness {
	people := bunstore.NewPeople(s)
	return storetest.MembersHarness{
		Members: people, Transactor: s,
		CreateAccount: func(tb testing.TB, username, mobile, email string, tenants ...tenant.ID) string {
			tb.Helper()
			p, err := people.Create(tb.Context(), bunstore.NewPerson{
				Username: username, Realname: "老" + username, Phone: mobile, Email: email, Tenants: tenants,
			})
			if err != nil {
				tb.Fatal(err)
			}
			return p.ID
		},
		Member: func(tb testing.TB, t tenant.ID, id string) (storetest.PlatformMember, bool) {
			tb.Helper()
			members, _, err := people.Members(tb.Context(), t, 1, tenant.MaxPageLimit)
			if err != nil {
				tb.Fatal(err)
			}
			for _, m := range members {
				if m.ID == id {
					return storetest.PlatformMember{
						Account: m.Username, Name: m.Realname, Mobile: m.Phone, Email: m.Email, State: m.State, Departments: m.DepartmentIDs,
					}, true
				}
			}
			return storetest.PlatformMember{}, false
		},
		Departments: func(tb testing.TB, t tenant.ID) map[string]storetest.PlatformDepartment {
			tb.Helper()
			list, err := people.Departments(tb.Context(), t)
			if err != nil {
				tb.Fatal(err)
			}
			byID := make(map[string]storetest.PlatformDepartment, len(list))
			for _, d := range list {
				byID[d.ID] = storetest.PlatformDepartment{Parent: d.ParentID, Name: d.Name, Order: d.Order}
			}
			return byID
		},
	}
}
