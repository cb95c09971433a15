package identity_test

import (
	"context"
	"testing"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestNobodyComesIn: an office app that says of somebody that they are nobody has
// said nothing. All who are not of the company would be one account.
func TestNobodyComesIn(t *testing.T) {
	t.Parallel()
	nobody := provider.Person{Name: "外部联系人", Mobile: "13800000099"}
	company := providertest.Company{Departments: []provider.Department{{ID: "1", Name: "晨光科技"}}, People: []provider.Person{nobody}}
	fake := providertest.NewFake(providertest.FakeConfig{Kind: provider.DingTalk, Company: company})
	opened, err := fake.Open(t.Context(), fake.ValidSettings(), provider.Environment{})
	check(t, err)
	w := newWorld(t, func(p *identity.Ports) { p.Connector = connector{opened} })
	w.fake = fake
	create := identity.UnboundCreate
	w.allow(t, identity.SettingsChange{Unbound: &create})
	a, err := w.LoginInApp(t.Context(), identity.InAppLogin{
		Tenant: here, Provider: provider.DingTalk, Browser: identity.NewBrowser(), Code: provider.NewSecret(fake.InAppCode("")),
	})
	if got := provider.CodeOf(err); got != provider.PermissionDenied {
		t.Errorf("login: %+v, %v; want code %s", a, err, provider.PermissionDenied)
	}
	page, err := w.Bindings(tenant.AsSystem(t.Context(), "test"), here, identity.BindingFilter{}, tenant.Page{})
	check(t, err)
	if len(page.Items) > 0 {
		t.Errorf("bound: %+v, want nobody", page.Items)
	}
}

// nameless logs people in without a name, as WeCom does.
type nameless struct {
	provider.Provider
	provider.LoginFlow
	provider.PersonFinder
}

func (n nameless) InAppIdentity(ctx context.Context, code provider.Secret) (provider.LoginIdentity, error) {
	who, err := n.LoginFlow.InAppIdentity(ctx, code)
	who.Name = ""
	return who, err
}

func TestNameThatALoginDoesNotTell(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(p *identity.Ports) {
		conn, err := p.Connector.Connect(t.Context(), here, provider.DingTalk)
		check(t, err)
		opened := conn.Provider
		flow, err := provider.As[provider.LoginFlow](opened)
		check(t, err)
		finder, err := provider.As[provider.PersonFinder](opened)
		check(t, err)
		p.Connector = connector{nameless{opened, flow, finder}}
	})
	create := identity.UnboundCreate
	w.allow(t, identity.SettingsChange{Unbound: &create})
	a, err := w.inApp(t, here, identity.NewBrowser())
	if want := providertest.SmallCompany().People[0].Name; err != nil || a.Account.Name != want {
		t.Errorf("account %+v, %v; want the name %s", a.Account, err, want)
	}
}
