package tenant_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/casbinauthz"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func ExampleNew() {
	if err := connectTenant(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// clientSecret: ******
	// connected to ding-corp
}

func connectTenant(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := bunstore.Open(ctx, "sqlite:"+filepath.Join(dir, "example.db"), bunstore.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	keyset, err := tinksecrets.GenerateKeyset() // a host keeps it
	if err != nil {
		return err
	}
	sealer, err := tinksecrets.New(keyset)
	if err != nil {
		return err
	}
	authz, err := casbinauthz.New(store, casbinauthz.Config{})
	if err != nil {
		return err
	}
	registry, err := provider.NewRegistry(newOffice(provider.DingTalk, "钉钉", "DingTalk"))
	if err != nil {
		return err
	}
	service, err := tenant.New(store, registry, sealer, authz, store, tenant.Config{})
	if err != nil {
		return err
	}
	defer func() { _ = service.Close() }()

	app, err := service.CreateApp(tenant.AsSystem(ctx, "example"), "1000", tenant.AppInput{
		Provider: provider.DingTalk,
		Enabled:  true,
		Settings: map[string]string{"corpId": "ding-corp", "clientId": "key", "clientSecret": "secret"},
	})
	if err != nil {
		return err
	}
	fmt.Println("clientSecret:", app.Settings["clientSecret"])

	conn, err := service.Connect(ctx, "1000", provider.DingTalk)
	if err != nil {
		return err
	}
	fmt.Println("connected to", conn.App.OrgID())
	return nil
}

func ExampleParseID() {
	_, err := tenant.ParseID("")
	fmt.Println(err)
	// Output: X-Tenant-Id: invalid_tenant: invalid tenant id: want 1 to 64 letters, digits, '_' or '-'
}
