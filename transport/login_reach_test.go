package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestTenantsOfASession: where the person has proved who they are, a session
// holds in all of their tenants; otherwise in the one of the login, whatever
// roles they have, and whatever other tenants say of them.
func TestTenantsOfASession(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	b := p.browser(t)
	login := func() loggedIn { return b.exchange(t, b.ticket(t, "dingAAAA", "p-alice", here)) }
	p.addPerson(t, "id-x", "x", "3000")
	p.exec(t, `INSERT INTO thirdapp_memberships (tenant_id, person_id, state, work_no, title, created_at, updated_at)
		VALUES ('3000', 'id-alice', 'active', '', '', ?, ?)`, now(), now())
	if in := login(); strings.Join(in.Tenants, ",") != "1000" {
		t.Errorf("a member of three tenants, bound by the directory of one: session in %v, want that one", in.Tenants)
	}
	p.bind(t, "3000", "dingAAAA", "p-alice", "id-alice") // another tenant of the same company
	one := login()
	if strings.Join(one.Tenants, ",") != "1000" {
		t.Errorf("bound in two tenants of one company: session in %v, want that of the login", one.Tenants)
	}
	choose := func(in loggedIn, id string) int {
		user := strings.TrimPrefix(in.Token, "token-")
		return p.do(t, request{method: http.MethodPut, path: "/login/tenants", user: user, tenant: here, body: `{"chosenTenantId":"` + id + `"}`}).status
	}
	if choose(one, "1000") != http.StatusOK { // which is no choice
		t.Error("want one's own tenant accepted")
	}
	p.exec(t, "UPDATE thirdapp_bindings SET proved_by = 'id-alice' WHERE tenant_id = '1000' AND person_id = 'id-alice'")
	in := login()
	if strings.Join(in.Tenants, ",") != "1000,2000,3000" || in.ChosenTenantID != "" {
		t.Fatalf("proved: session in %v, chosen %q; want all three and none", in.Tenants, in.ChosenTenantID)
	}
	if choose(in, "4000") != http.StatusForbidden || choose(in, "3000") != http.StatusOK {
		t.Error("want a choice among one's own tenants only")
	}
	if in := login(); in.ChosenTenantID != "3000" {
		t.Errorf("chosen %q, want it remembered", in.ChosenTenantID)
	}
	user := strings.TrimPrefix(in.Token, "token-")
	for _, c := range []struct {
		tenant tenant.ID
		status int
	}{{"1000", 200}, {"2000", 200}, {"3000", 200}, {"4000", 403}, {"", 403}} {
		if a := p.do(t, request{path: "/bindings/own", user: user, tenant: c.tenant}); a.status != c.status {
			t.Errorf("tenant %q: HTTP %d, want %d", c.tenant, a.status, c.status)
		}
	}
}

// TestClaimedCompany: nothing proves that an app is of the company whose corp id
// its administrator has entered. Who enters that of another tenant's gets into
// no tenant but their own.
func TestClaimedCompany(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database func(*setup)) {
		p := newPlatform(t, database)
		for _, r := range []request{
			{method: http.MethodPut, path: "/apps/" + p.apps[here], body: `{"settings":{"corpId":"dingBBBB"}}`},
			{method: http.MethodPost, path: "/bindings", body: `{"provider":"dingtalk","providerUserId":"p-alice","username":"alice"}`},
		} {
			r.user, r.tenant = owner, here
			if a := p.do(t, r); a.status >= http.StatusBadRequest {
				t.Fatalf("%s: HTTP %d %s", r.path, a.status, a.body)
			}
		}
		b := p.browser(t)
		in := b.exchange(t, b.ticket(t, "dingAAAA", "p-alice", here))
		if strings.Join(in.Tenants, ",") != "1000" {
			t.Errorf("session in %v, want 1000 alone", in.Tenants)
		}
		user := strings.TrimPrefix(in.Token, "token-")
		if a := p.do(t, request{path: "/bindings/own", user: user, tenant: there}); a.status != http.StatusForbidden {
			t.Errorf("in the other tenant: HTTP %d %s, want 403", a.status, a.body)
		}
	})
}

// TestProofIsOfOnePerson: a company can give the user id of somebody who left to
// another person. What the first has proved does not let the second into other
// tenants, before and after a pull.
func TestProofIsOfOnePerson(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database func(*setup)) {
		p := newPlatform(t, database)
		was, err := p.emulator.Person("dingAAAA", "p-alice")
		check(t, err)
		p.exec(t, "UPDATE thirdapp_bindings SET proved_by = 'id-alice', union_id = ? WHERE tenant_id = '1000' AND person_id = 'id-alice'", was.UnionID)
		b := p.browser(t)
		wantTenants := func(when, want string) {
			t.Helper()
			if in := b.exchange(t, b.ticket(t, "dingAAAA", "p-alice", here)); strings.Join(in.Tenants, ",") != want {
				t.Errorf("%s: session in %v, want %s", when, in.Tenants, want)
			}
		}
		wantTenants("the person themselves", "1000,2000")
		p.pull(t)
		wantTenants("after a pull", "1000,2000")
		check(t, p.emulator.RemovePerson("dingAAAA", "p-alice"))
		check(t, p.emulator.AddPerson("dingAAAA", dingtalktest.Person{
			UserID: was.UserID, UnionID: "another", Name: was.Name, Mobile: was.Mobile, Memberships: was.Memberships,
		}))
		wantTenants("another person", "1000")
		p.pull(t)
		wantTenants("another person, after a pull", "1000")
	})
}
