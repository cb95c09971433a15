package storetest_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// membersHarness is the people of a store with members that may have a fault.
func membersHarness(s *bunstore.Store, members dirsync.Members) storetest.MembersHarness {
	people := bunstore.NewPeople(s)
	h := storetest.MembersHarness{Members: members, Transactor: s}
	h.CreateAccount = func(tb testing.TB, username, mobile, email string, tenants ...tenant.ID) string {
		tb.Helper()
		p, err := people.Create(tb.Context(), bunstore.NewPerson{
			Username: username, Realname: username, Phone: mobile, Email: email, Tenants: tenants,
		})
		if err != nil {
			tb.Fatal(err)
		}
		return p.ID
	}
	h.Member = func(tb testing.TB, t tenant.ID, id string) (storetest.PlatformMember, bool) {
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
	}
	h.Departments = func(tb testing.TB, t tenant.ID) map[string]storetest.PlatformDepartment {
		tb.Helper()
		list, err := people.Departments(tb.Context(), t)
		if err != nil {
			tb.Fatal(err)
		}
		byID := map[string]storetest.PlatformDepartment{}
		for _, d := range list {
			byID[d.ID] = storetest.PlatformDepartment{Parent: d.ParentID, Name: d.Name, Order: d.Order}
		}
		return byID
	}
	return h
}
