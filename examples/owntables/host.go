package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// theTenant is the only one in this example.
const theTenant tenant.ID = "1001"

// host is a platform with the module embedded.
type host struct {
	parts  *stack.Stack
	module *thirdapp.Module
}

// newHost makes the tables, the module's and the host's, and starts the module.
func newHost(ctx context.Context, dsn, office string) (h *host, err error) {
	ding, err := dingtalk.New(dingtalk.Options{APIBaseURL: office, OAPIBaseURL: office})
	if err != nil {
		return nil, err
	}
	keyset, err := tinksecrets.GenerateKeyset() // a real host keeps it
	if err != nil {
		return nil, err
	}
	parts, err := stack.Open(ctx, stack.Config{
		DSN: dsn, SecretsKeyset: keyset, JWTKey: provider.NewSecret(rand.Text() + rand.Text()),
		Providers: []provider.Factory{ding},
	})
	if err != nil {
		return nil, err
	}
	h = &host{parts: parts}
	if err := h.start(ctx); err != nil {
		return nil, errors.Join(err, h.close(ctx))
	}
	return h, nil
}

func (h *host) start(ctx context.Context) (err error) {
	config := h.parts.Config
	members := NewMembers(h.parts.Store) // instead of the module's own
	config.Members, config.Users = members, members
	config.Accounts, config.Audiences = members, members
	if h.module, err = thirdapp.New(config); err != nil {
		return err
	}
	if err := h.module.Migrate(ctx); err != nil {
		return err
	}
	if err := createTables(ctx, h.parts.Store); err != nil {
		return err
	}
	return h.module.Start(ctx)
}

// drainTime is how long work under way has to end.
const drainTime = 20 * time.Second

func (h *host) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	var err error
	if h.module != nil {
		err = h.module.Stop(ctx)
	}
	return errors.Join(err, h.parts.Close())
}

// connect stores the app that the tenant has at the office app.
func (h *host) connect(ctx context.Context, corpID string, app dingtalktest.App) error {
	_, err := h.module.Tenants().CreateApp(tenant.AsSystem(ctx, "setup"), theTenant, tenant.AppInput{
		Provider: provider.DingTalk, Enabled: true,
		Settings: map[string]string{
			"corpId": corpID, "clientId": app.ClientID, "clientSecret": app.ClientSecret,
			"agentId": strconv.FormatInt(app.AgentID, 10),
		},
	})
	return err
}

// longestRun is how long a pull or push of a small company may take.
const longestRun = 2 * time.Minute

// pull brings the company over.
func (h *host) pull(ctx context.Context) error {
	_, err := h.sync(ctx, dirsync.RunRequest{Provider: provider.DingTalk})
	return err
}

// sync pulls or pushes, and waits for the end.
func (h *host) sync(ctx context.Context, req dirsync.RunRequest) (dirsync.Run, error) {
	ctx = tenant.AsSystem(ctx, "setup")
	r, err := h.module.Directory().StartRun(ctx, theTenant, req)
	if err != nil {
		return r, err
	}
	r, err = h.module.Directory().Wait(ctx, theTenant, r.ID, longestRun)
	if err == nil && r.State != dirsync.StateSucceeded {
		err = fmt.Errorf("the %s is %s: %+v", r.Direction, r.State, r.Error)
	}
	return r, err
}
