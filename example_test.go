package thirdapp_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// A company comes in, and one of its people gets a message: over the emulator,
// where a host would leave the addresses of DingTalk as they are.
func ExampleNew() {
	office := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{{
		CorpID: "ding-acme", Name: "Acme",
		People: []dingtalktest.Person{{UserID: "zhangsan", Name: "张三", Mobile: "13800000001"}},
		Apps:   []dingtalktest.App{{ClientID: "key", ClientSecret: "secret", AgentID: 1}},
	}}})
	defer office.Close()
	server := httptest.NewServer(office)
	defer server.Close()
	ding, err := dingtalk.New(dingtalk.Options{APIBaseURL: server.URL, OAPIBaseURL: server.URL})
	must(err)

	dir, err := os.MkdirTemp("", "example")
	must(err)
	defer func() { must(os.RemoveAll(dir)) }()
	keyset, err := tinksecrets.GenerateKeyset() // a host makes one, and keeps it
	must(err)
	ctx := context.Background()
	parts, err := stack.Open(ctx, stack.Config{
		DSN: "sqlite:" + filepath.Join(dir, "thirdapp.db"), Providers: []provider.Factory{ding},
		SecretsKeyset: keyset, JWTKey: provider.NewSecret(strings.Repeat("k", 32)),
	})
	must(err)
	defer func() { must(parts.Close()) }()
	module, err := thirdapp.New(parts.Config)
	must(err)
	must(module.Migrate(ctx))
	must(module.Start(ctx))
	defer func() { must(module.Stop(ctx)) }()

	const acme tenant.ID = "1000"
	ctx = tenant.AsSystem(ctx, "example") // over HTTP an administrator with the role for it
	_, err = module.Tenants().CreateApp(ctx, acme, tenant.AppInput{
		Provider: provider.DingTalk, Enabled: true,
		Settings: map[string]string{"corpId": "ding-acme", "agentId": "1", "clientId": "key", "clientSecret": "secret"},
	})
	must(err)
	run, err := module.Directory().StartRun(ctx, acme, dirsync.RunRequest{Provider: provider.DingTalk})
	must(err)
	run, err = module.Directory().Wait(ctx, acme, run.ID, time.Minute)
	must(err)
	fmt.Println("directory:", run.State)

	sent, err := module.Messages().SendAndWait(ctx, acme, messaging.Request{
		Provider: provider.DingTalk, Content: provider.NewText("Welcome."),
		Recipients: messaging.Recipients{ProviderUserIDs: []provider.UserID{"zhangsan"}},
	}, time.Minute)
	must(err)
	fmt.Println("answered:", sent.Answered)
	for _, m := range office.Sent() {
		fmt.Println("DingTalk has a", m.Type, "for", m.Recipients)
	}
	// Output:
	// directory: succeeded
	// answered: true
	// DingTalk has a text for [zhangsan]
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
