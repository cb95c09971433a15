package messaging_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestNewRefusals(t *testing.T) {
	t.Parallel()
	_, err := messaging.New(messaging.Ports{}, messaging.Config{
		MaxRecipients: -1, KeyTTL: time.Second, Backoff: []time.Duration{-1}, TrackBackoff: []time.Duration{1},
		TrackFor: -1, SendTimeout: time.Hour,
	})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		"store", "connector", "accounts", "audiences", "queue", "authorizer", "sealer",
		"MaxRecipients", "KeyTTL", "Backoff[0]", "TrackBackoff[0]", "TrackFor", "SendTimeout",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

func TestConfigWithDefaults(t *testing.T) {
	t.Parallel()
	given := messaging.Config{Backoff: []time.Duration{0, time.Second}}
	c := given.WithDefaults()
	c.Backoff[1] = time.Hour
	if given.Backoff[1] != time.Second || given.MaxRecipients != 0 {
		t.Errorf("WithDefaults changed what it was given: %+v", given)
	}
	if c.MaxRecipients != 10_000 || c.KeyTTL != 24*time.Hour || c.Now == nil || c.Logger == nil || len(c.TrackBackoff) == 0 {
		t.Errorf("defaults: got %+v", c)
	}
	if err := (messaging.Config{}).Validate(); err != nil {
		t.Errorf("Validate of the zero value: %v", err)
	}
}

func TestDeliveryStates(t *testing.T) {
	t.Parallel()
	want := "pending scheduled sending accepted delivered read failed dead recalled unbound uncertain expired cancelled"
	if got := strings.Trim(fmt.Sprint(messaging.DeliveryStates()), "[]"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The ports of the example; hosts use adapters/bunstore, *tenant.Service,
// adapters/riverjobs and adapters/casbinauthz.
var (
	store     messaging.Store
	connector messaging.Connector
	accounts  messaging.Accounts
	audiences messaging.Audiences
	queue     jobs.Queue
	authz     tenant.Authorizer
	sealer    tenant.Sealer
)

func ExampleNew() {
	svc, err := messaging.New(messaging.Ports{
		Store: store, Connector: connector, Accounts: accounts, Audiences: audiences, Queue: queue,
		Authorizer: authz, Sealer: sealer,
	}, messaging.Config{})
	if err != nil {
		fmt.Println("ports are missing")
		return
	}
	ctx := tenant.AsSystem(context.Background(), "reports")
	msg, err := svc.Send(ctx, "t1", messaging.Request{
		Provider:       provider.DingTalk,
		Recipients:     messaging.Recipients{Usernames: []string{"alice", "bob"}},
		Content:        provider.NewText("The report is ready."),
		IdempotencyKey: "report-2026-03",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(msg.ID, msg.State, msg.Counts)
	// Output: ports are missing
}
