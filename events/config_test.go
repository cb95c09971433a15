package events_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestNewRefusals(t *testing.T) {
	t.Parallel()
	_, err := events.New(nil, nil, nil, nil, events.Config{
		Backoff: []time.Duration{-1}, Timeout: time.Hour, CacheFor: 1, DisableAfter: time.Second,
	})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		"store", "queue", "sealer", "authorizer", "Backoff[0]", "Timeout", "CacheFor", "DisableAfter",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

func TestConfigWithDefaults(t *testing.T) {
	t.Parallel()
	given := events.Config{Backoff: []time.Duration{time.Second}}
	c := given.WithDefaults()
	c.Backoff[0] = time.Hour
	if given.Backoff[0] != time.Second || given.Timeout != 0 {
		t.Errorf("WithDefaults changed what it was given: %+v", given)
	}
	if c.Timeout != 15*time.Second || c.CacheFor != 3*time.Second || c.DisableAfter != 120*time.Hour || c.Now == nil ||
		c.Logger == nil || c.AllowHTTP || c.AllowPrivate {
		t.Errorf("defaults: got %+v", c)
	}
	if n := len(events.Config{}.WithDefaults().Backoff); n != attempts-1 {
		t.Errorf("got %d pauses, want %d", n, attempts-1)
	}
	if err := (events.Config{}).Validate(); err != nil {
		t.Errorf("Validate of the zero value: %v", err)
	}
}

// The ports of the example; hosts use adapters/bunstore, adapters/riverjobs,
// adapters/tinksecrets and adapters/casbinauthz.
var (
	store  events.Store
	queue  jobs.Queue
	sealer tenant.Sealer
	authz  tenant.Authorizer
)

func ExampleNew() {
	svc, err := events.New(store, queue, sealer, authz, events.Config{})
	if err != nil {
		fmt.Println("ports are missing")
		return
	}
	paid := provider.Text{ZH: "账单已付清", EN: "an invoice was paid"}
	err = svc.Describe("invoice.paid", paid, func(_ context.Context, _ tenant.ID, subject string) (any, error) {
		return map[string]string{"id": subject}, nil // look the invoice up
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = svc.On("invoice.paid", func(_ context.Context, e events.Event) error {
		fmt.Println(e.Tenant, e.Type, string(e.Data))
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// start the jobs.Runner with svc.Handlers(), then:
	err = svc.Publish(context.Background(), "1000", "invoice.paid", "invoice-7")
	fmt.Println(err)
	// Output: ports are missing
}
