package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func subscriptionRoundTrip(t *testing.T, s events.Store) {
	bare := createSubscription(t, s, newSubscription(here, 1))
	rotated := newSubscription(here, 2)
	rotated.Enabled = false
	rotated.Secrets.Previous, rotated.Secrets.PreviousUntil = sealedBytes("key-0", 1), instant(9)
	createSubscription(t, s, rotated)
	for _, want := range []events.Stored{bare, rotated} {
		if got := readSubscription(t, s, here, want.ID); !reflect.DeepEqual(got, want) {
			t.Errorf("Subscription:\n got %+v\nwant %+v", got, want)
		}
	}
	_, err := s.Subscription(t.Context(), here, "nobody")
	wantError(t, "Subscription of an unknown id", err, tenant.ErrNotFound)
}

func subscriptionOrder(t *testing.T, s events.Store) {
	empty, err := s.Subscriptions(t.Context(), here)
	if err != nil || len(empty) != 0 {
		t.Errorf("Subscriptions of nobody = %+v, %v; want none", empty, err)
	}
	var want []events.Stored
	for _, n := range []int{3, 1, 2} { // not in the order of the ids
		sub := newSubscription(here, n)
		sub.CreatedAt = instant(10 - n)
		want = append(want, createSubscription(t, s, sub))
	}
	slices.SortFunc(want, func(a, b events.Stored) int { return a.CreatedAt.Compare(b.CreatedAt) })
	got, err := s.Subscriptions(t.Context(), here)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Subscriptions:\n got %+v, %v\nwant %+v", got, err, want)
	}
}

// changedSubscription is the next version of one, different in every field that
// may change.
func changedSubscription(old events.Stored) events.Stored {
	next := old
	next.URL, next.Types, next.Enabled = "https://example.org/", []string{"run.finished"}, !old.Enabled
	next.Description, next.Version, next.UpdatedAt = "", old.Version+1, instant(50)
	next.Secrets = events.Secrets{
		Current: sealedBytes("key-2", 2), Previous: old.Secrets.Current, PreviousUntil: instant(99),
	}
	return next
}

func subscriptionUpdate(t *testing.T, s events.Store) {
	old := createSubscription(t, s, newSubscription(here, 1))
	bystander := createSubscription(t, s, newSubscription(here, 2))
	recordOutcome(t, s, old, 500, events.ReasonStatus, instant(20))
	next := changedSubscription(old)
	if err := s.UpdateSubscription(t.Context(), next, false); err != nil {
		t.Fatal(err)
	}
	next.Health = events.Health{
		LastStatus: 500, LastReason: events.ReasonStatus, LastAt: instant(20), FailingSince: instant(20),
	}
	if got := readSubscription(t, s, here, old.ID); !reflect.DeepEqual(got, next) {
		t.Errorf("after the update:\n got %+v\nwant %+v", got, next)
	}
	if got := readSubscription(t, s, here, bystander.ID); !reflect.DeepEqual(got, bystander) {
		t.Errorf("another subscription:\n got %+v\nwant %+v", got, bystander)
	}
	next.Version, next.Secrets.Previous, next.Secrets.PreviousUntil = 3, tenant.Sealed{}, time.Time{}
	if err := s.UpdateSubscription(t.Context(), next, false); err != nil {
		t.Fatal(err)
	}
	if got := readSubscription(t, s, here, old.ID); !reflect.DeepEqual(got.Secrets, next.Secrets) {
		t.Errorf("secrets without a previous one: got %+v, want %+v", got.Secrets, next.Secrets)
	}
}

func subscriptionReset(t *testing.T, s events.Store) {
	old := createSubscription(t, s, newSubscription(here, 1))
	recordOutcome(t, s, old, 500, events.ReasonStatus, instant(20))
	next := changedSubscription(old)
	next.Health = events.Health{LastStatus: 1, LastAt: instant(1)} // not what counts
	if err := s.UpdateSubscription(t.Context(), next, true); err != nil {
		t.Fatal(err)
	}
	if got := readSubscription(t, s, here, old.ID).Health; got != (events.Health{}) {
		t.Errorf("got health %+v, want none", got)
	}
}

func subscriptionVersion(t *testing.T, s events.Store) {
	old := createSubscription(t, s, newSubscription(here, 1))
	next := changedSubscription(old)
	if err := s.UpdateSubscription(t.Context(), next, false); err != nil {
		t.Fatal(err)
	}
	wantError(t, "the same version again", s.UpdateSubscription(t.Context(), next, false), tenant.ErrConflict)
	next.Version = 4
	wantError(t, "a version too far", s.UpdateSubscription(t.Context(), next, false), tenant.ErrConflict)
	next.ID = "nobody"
	wantError(t, "an unknown id", s.UpdateSubscription(t.Context(), next, false), tenant.ErrNotFound)

	after := readSubscription(t, s, here, old.ID)
	errs := race(func(int) error {
		mine := after
		mine.Version++
		return s.UpdateSubscription(t.Context(), mine, false)
	})
	winners := 0
	for _, err := range errs {
		if err == nil {
			winners++
			continue
		}
		wantError(t, "a loser", err, tenant.ErrConflict)
	}
	if winners != 1 {
		t.Errorf("got %d winners, want 1", winners)
	}
}

func subscriptionDelete(t *testing.T, s events.Store) {
	sub := createSubscription(t, s, newSubscription(here, 1))
	createSubscription(t, s, newSubscription(here, 2))
	if err := s.DeleteSubscription(t.Context(), here, sub.ID); err != nil {
		t.Fatal(err)
	}
	wantError(t, "deleted again", s.DeleteSubscription(t.Context(), here, sub.ID), tenant.ErrNotFound)
	left, err := s.Subscriptions(t.Context(), here)
	if err != nil || len(left) != 1 {
		t.Errorf("left: %+v, %v; want one", left, err)
	}
}

func subscriptionLimit(t *testing.T, s events.Store) {
	const most = 2
	for n := range most {
		if err := s.CreateSubscription(t.Context(), newSubscription(here, n), most); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, "one too many", s.CreateSubscription(t.Context(), newSubscription(here, 9), most), events.ErrTooMany)
	if err := s.CreateSubscription(t.Context(), newSubscription(there, 9), most); err != nil {
		t.Errorf("in another tenant: %v", err)
	}
	if err := s.DeleteSubscription(t.Context(), here, newSubscription(here, 0).ID); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateSubscription(t.Context(), newSubscription(here, 9), most); err != nil {
		t.Errorf("after one was deleted: %v", err)
	}
}

func subscriptionLimitRace(t *testing.T, s events.Store) {
	const most = 2
	created := 0
	for n, err := range race(func(n int) error {
		return s.CreateSubscription(t.Context(), newSubscription(here, n), most)
	}) {
		switch {
		case err == nil:
			created++
		case !errors.Is(err, events.ErrTooMany):
			t.Errorf("creator %d: %v", n, err)
		}
	}
	if created != most {
		t.Errorf("created %d at the same time, want %d", created, most)
	}
}

func subscriptionSameID(t *testing.T, s events.Store) {
	sub := createSubscription(t, s, newSubscription(here, 1))
	again := sub
	again.URL = "https://example.org/"
	wantError(t, "the same id", s.CreateSubscription(t.Context(), again, roomy), tenant.ErrConflict)
	if got := readSubscription(t, s, here, sub.ID); !reflect.DeepEqual(got, sub) {
		t.Errorf("after it:\n got %+v\nwant %+v", got, sub)
	}
}

func subscriptionText(t *testing.T, s events.Store) {
	for name, spoil := range map[string]func(*events.Stored){
		"url":         func(sub *events.Stored) { sub.URL += "\x00" },
		"type":        func(sub *events.Stored) { sub.Types = []string{"\x00"} },
		"description": func(sub *events.Stored) { sub.Description = "\x00" },
	} {
		sub := newSubscription(here, 1)
		spoil(&sub)
		if err := s.CreateSubscription(t.Context(), sub, roomy); provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("%s with a NUL: got %v, want it refused", name, err)
		}
	}
	_, err := s.Subscription(t.Context(), here, "\x00")
	if err == nil {
		t.Error("an id with a NUL was found")
	}
}

func subscriptionsApart(t *testing.T, s events.Store) {
	mine := createSubscription(t, s, newSubscription(here, 1))
	theirs := mine
	theirs.Tenant, theirs.URL = there, "https://example.org/theirs"
	createSubscription(t, s, theirs) // the same id
	foreign := createSubscription(t, s, newSubscription(there, 2))

	_, err := s.Subscription(t.Context(), here, foreign.ID)
	wantError(t, "Subscription of another tenant", err, tenant.ErrNotFound)
	wantError(t, "delete in another tenant", s.DeleteSubscription(t.Context(), here, foreign.ID), tenant.ErrNotFound)
	stolen := changedSubscription(foreign)
	stolen.Tenant = here
	wantError(t, "update in another tenant", s.UpdateSubscription(t.Context(), stolen, true), tenant.ErrNotFound)
	list, err := s.Subscriptions(t.Context(), here)
	if err != nil || len(list) != 1 {
		t.Errorf("Subscriptions = %+v, %v; want the tenant's own", list, err)
	}
	recordOutcome(t, s, mine, 0, events.ReasonTimeout, instant(5))
	if err := s.DeleteSubscription(t.Context(), here, mine.ID); err != nil {
		t.Fatal(err)
	}
	for _, want := range []events.Stored{theirs, foreign} {
		if got := readSubscription(t, s, there, want.ID); !reflect.DeepEqual(got, want) {
			t.Errorf("of the other tenant:\n got %+v\nwant %+v", got, want)
		}
	}
}

// subscriptionRollback tries every method that writes inside a transaction that
// fails.
func subscriptionRollback(t *testing.T, s events.Store) {
	kept := createSubscription(t, s, newSubscription(here, 1))
	gone := createSubscription(t, s, newSubscription(here, 2))
	failed := errors.New("failed on purpose")
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		err := errors.Join(
			s.CreateSubscription(ctx, newSubscription(here, 3), roomy),
			s.RecordOutcome(ctx, here, kept.ID, kept.Version, events.Outcome{Status: 200, At: instant(1)}),
			s.UpdateSubscription(ctx, changedSubscription(kept), false),
			s.DeleteSubscription(ctx, here, gone.ID),
			s.AppendAudit(ctx, newAudit(here, 1)))
		if err != nil {
			return err
		}
		if list, err := s.Subscriptions(ctx, here); err != nil || len(list) != 2 || list[0].Version != 2 {
			t.Errorf("inside: got %+v, %v; want what was written", list, err)
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatalf("InTx = %v, want what the function returned", err)
	}
	list, err := s.Subscriptions(t.Context(), here)
	if want := []events.Stored{kept, gone}; err != nil || !reflect.DeepEqual(list, want) {
		t.Errorf("after it:\n got %+v, %v\nwant %+v", list, err, want)
	}
}
