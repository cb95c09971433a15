package identity_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// Somebody who opens a page inside of the office app comes in: their code says
// who they are there, a binding which account that is here, and the ticket is
// exchanged for a session of the host.
func ExampleService_Exchange() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	must(err)
	defer func() { must(os.RemoveAll(dir)) }()
	store, err := bunstore.Open(ctx, "sqlite:"+filepath.Join(dir, "example.db"), bunstore.Options{})
	must(err)
	defer func() { must(store.Close()) }()
	must(store.Migrate(ctx))
	people := bunstore.NewPeople(store)
	keyset, err := tinksecrets.GenerateKeyset() // a host makes one, and keeps it
	must(err)
	sealer, err := tinksecrets.New(keyset)
	must(err)
	office := providertest.NewFake(providertest.FakeConfig{Kind: provider.DingTalk, Company: providertest.SmallCompany()})
	opened, err := office.Open(ctx, office.ValidSettings(), provider.Environment{})
	must(err)

	service, err := identity.New(identity.Ports{
		Store: store, Connector: connector{opened}, Accounts: people, Sessions: &sessions{}, // the host's
		Queue: &queue{}, Sealer: sealer, Authorizer: everybody{},
	}, identity.Config{})
	must(err)
	employee := providertest.SmallCompany().People[0]
	ann, err := people.Create(ctx, bunstore.NewPerson{Username: "ann", Realname: employee.Name, Tenants: []tenant.ID{"1000"}})
	must(err)
	must(store.Bind(ctx, identity.Binding{ // a pull of the directory does it
		Tenant: "1000", UserID: ann.ID, Active: true, Source: identity.SourceDirectory,
		Key: identity.Key{Provider: provider.DingTalk, OrgID: providertest.OrgID, ProviderUserID: employee.UserID},
	}))

	browser := identity.NewBrowser() // a cookie keeps it
	admission, err := service.LoginInApp(ctx, identity.InAppLogin{
		Tenant: "1000", Provider: provider.DingTalk, Browser: browser,
		Code: provider.NewSecret(office.InAppCode(employee.UserID)), // what the page got from the office app
	})
	must(err)
	login, err := service.Exchange(ctx, identity.Exchange{Ticket: admission.Ticket, Browser: browser})
	must(err)
	fmt.Println(login.Account.Username, "is in, in", login.Tenants)

	_, err = service.Exchange(ctx, identity.Exchange{Ticket: admission.Ticket, Browser: browser})
	fmt.Println(provider.CodeOf(err))
	// Output:
	// ann is in, in [1000]
	// unauthenticated
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
