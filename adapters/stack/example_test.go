package stack_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The first start: a keyset that the host keeps, an administrator of the
// platform, and a token with which they grant roles in the tenants.
func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "stack")
	check(err)
	defer func() { check(os.RemoveAll(dir)) }()

	keyset, err := tinksecrets.GenerateKeyset() // once; without it stored app secrets cannot be read
	check(err)
	ding, err := dingtalk.New(dingtalk.Options{})
	check(err)
	parts, err := stack.Open(ctx, stack.Config{
		DSN:           "sqlite:" + filepath.Join(dir, "thirdapp.db"),
		SecretsKeyset: keyset,
		JWTKey:        provider.NewSecret("at least thirty-two bytes, and secret"),
		Providers:     []provider.Factory{ding},
	})
	check(err)
	defer func() { check(parts.Close()) }()
	module, err := thirdapp.New(parts.Config)
	check(err)
	check(module.Migrate(ctx))
	check(module.Start(ctx))
	defer func() { check(module.Stop(ctx)) }()

	admin, err := parts.People.Create(ctx, bunstore.NewPerson{
		Username: "admin", Realname: "Administrator", Password: provider.NewSecret("a long password"),
	})
	check(err)
	setup := tenant.AsSystem(ctx, "setup")
	_, err = module.Tenants().Grant(setup, tenant.Platform, admin.Username, tenant.RolePlatformAdmin)
	check(err)

	token, err := parts.Tokens.Issue(ctx, jwtauth.Claims{UserID: admin.ID, Username: admin.Username}, time.Hour)
	check(err)
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/apps", http.NoBody)
	r.Header.Set("X-Access-Token", token)
	r.Header.Set("X-Tenant-Id", "1000")
	w := httptest.NewRecorder()
	module.Handler().ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output: 200
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
