// Command minimal embeds the module with the standard set on SQLite.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

func main() {
	ctx := context.Background()
	ding, err := dingtalk.New(dingtalk.Options{})
	check(err)
	parts, err := stack.Open(ctx, stack.Config{
		DSN:           "sqlite:thirdapp.db",
		SecretsKeyset: provider.NewSecret(os.Getenv("SECRETS_KEYSET")), // go run ./examples/keyset, once
		JWTKey:        provider.NewSecret(os.Getenv("JWT_KEY")),
		Providers:     []provider.Factory{ding},
	})
	check(err)
	module, err := thirdapp.New(parts.Config)
	check(err)
	check(module.Migrate(ctx))
	check(module.Start(ctx))
	check(http.ListenAndServe("127.0.0.1:8080", module.Handler())) //nolint:gosec // the shortest host; examples/host has timeouts and drains
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
