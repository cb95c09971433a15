package events_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestManagement(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		ctx := as(t, tenant.RoleAdmin)
		created, secret, err := b.Create(ctx, here, events.Input{
			URL: " https://example.com/hook ", Types: []string{left, finished, left}, Enabled: true, Description: " 考勤 ",
		})
		check(t, err)
		want := events.Subscription{
			ID: created.ID, Tenant: here, URL: "https://example.com/hook", Types: []string{finished, left}, Enabled: true,
			Description: "考勤", Version: 1, CreatedAt: b.clock.Now(), UpdatedAt: b.clock.Now(),
		}
		if !reflect.DeepEqual(created, want) || !strings.HasPrefix(secret.Reveal(), "whsec_") {
			t.Errorf("created:\n got %+v\nwant %+v", created, want)
		}
		b.clock.Pass(time.Minute)
		url := "https://example.org/"
		updated, err := b.Update(ctx, here, created.ID, events.Change{URL: &url})
		want.URL, want.Version, want.UpdatedAt = url, 2, b.clock.Now()
		if err != nil || !reflect.DeepEqual(updated, want) {
			t.Errorf("updated:\n got %+v, %v\nwant %+v", updated, err, want)
		}
		list, err := b.Subscriptions(ctx, here)
		if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], want) {
			t.Errorf("list: %+v, %v", list, err)
		}
		if got := b.subscription(t, created); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v", got)
		}
		_, _, err = b.Rotate(ctx, here, created.ID)
		check(t, err)
		check(t, b.Delete(ctx, here, created.ID))
		_, err = b.Subscription(ctx, here, created.ID)
		wantRefusal(t, "deleted", err, events.ErrNotFound)

		var trail []string
		for _, row := range b.audit(t, here) {
			trail = append(trail, row.Action+" "+row.Outcome+" by "+row.ActorName)
			if row.Target != created.ID {
				t.Errorf("%s: target %q", row.Action, row.Target)
			}
			for _, record := range []string{string(row.Before), string(row.After)} {
				if strings.Contains(record, secret.Reveal()[6:]) {
					t.Errorf("%s shows the secret: %s", row.Action, record)
				}
			}
		}
		wanted := []string{
			"subscription.create ok by admin", "subscription.update ok by admin", "subscription.rotate ok by admin",
			"subscription.delete ok by admin",
		}
		if !reflect.DeepEqual(trail, wanted) {
			t.Errorf("audit trail:\n got %q\nwant %q", trail, wanted)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	strict := b.another(t, b.store, func(c *events.Config) { c.AllowHTTP, c.AllowPrivate = false, false })
	good := events.Input{URL: "https://example.com/", Types: []string{events.All}, Enabled: true}
	for name, tt := range map[string]struct {
		change func(*events.Input)
		want   *tenant.Error
	}{
		"http":                 {func(in *events.Input) { in.URL = "http://example.com/" }, events.ErrInvalidURL},
		"private":              {func(in *events.Input) { in.URL = "https://10.0.0.1/" }, events.ErrInvalidURL},
		"no types":             {func(in *events.Input) { in.Types = nil }, events.ErrUnknownType},
		"unknown type":         {func(in *events.Input) { in.Types = []string{finished, "x"} }, events.ErrUnknownType},
		"ping":                 {func(in *events.Input) { in.Types = []string{events.Ping} }, events.ErrUnknownType},
		"long description":     {func(in *events.Input) { in.Description = strings.Repeat("长", 201) }, events.ErrInvalidDescription},
		"control characters":   {func(in *events.Input) { in.Description = "a\x00b" }, events.ErrInvalidDescription},
		"description of bytes": {func(in *events.Input) { in.Description = "\xff" }, events.ErrInvalidDescription},
	} {
		in := good
		tt.change(&in)
		_, secret, err := strict.Create(system(t), here, in)
		wantRefusal(t, name, err, tt.want)
		if !secret.IsZero() {
			t.Errorf("%s: a secret all the same", name)
		}
	}
	var refusal *tenant.Error
	_, _, err := strict.Create(system(t), here, events.Input{URL: good.URL, Types: []string{"x"}})
	if !errors.As(err, &refusal) || !reflect.DeepEqual(refusal.Details, events.KnownTypes{Known: []string{finished, left}}) {
		t.Errorf("unknown type: got %+v, want the known ones", refusal)
	}
	_, _, err = strict.Create(system(t), tenant.Platform, good)
	wantCode(t, "no tenant", err, provider.InvalidArgument)
	in := good
	in.Description = strings.Repeat("长", 200)
	_, _, err = strict.Create(system(t), here, in)
	check(t, err)

	// Of the tests above, each reason left a row in the audit trail, once.
	var refused []string
	for _, row := range b.audit(t, here) {
		if row.Outcome != "ok" {
			refused = append(refused, row.Outcome)
		}
	}
	slices.Sort(refused)
	if want := []string{"invalid_description", "invalid_url", "unknown_event_type"}; !slices.Equal(refused, want) {
		t.Errorf("refusals in the audit trail: %v, want %v", refused, want)
	}
}

func TestAtMostTwenty(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for range events.MaxSubscriptions {
		b.subscribe(t, here, "https://example.com/")
	}
	_, _, err := b.Create(system(t), here, events.Input{URL: "https://example.com/", Types: []string{events.All}})
	wantRefusal(t, "one more", err, events.ErrTooMany)
	b.subscribe(t, there, "https://example.com/")
}

// A type that this release no longer knows may stay where it is.
func TestFormerTypesMayStay(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	check(t, b.Describe("former.type", about, b.describe))
	sub, _ := b.subscribe(t, here, "https://example.com/", "former.type")
	later := b.another(t, b.store, nil)
	text := "changed"
	_, err := later.Update(system(t), here, sub.ID, events.Change{Description: &text, Types: []string{"former.type", left}})
	check(t, err)
	other, _ := b.subscribe(t, here, "https://example.com/", left)
	_, err = later.Update(system(t), here, other.ID, events.Change{Types: []string{"former.type"}})
	wantRefusal(t, "a new one", err, events.ErrUnknownType)
}

// Changes at the same time are made one after the other.
func TestChangesAtTheSameTime(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		sub, _ := b.subscribe(t, here, "https://example.com/")
		var wg sync.WaitGroup
		for n := range 3 {
			wg.Go(func() {
				text := fmt.Sprint(n)
				if err := update(t, b, sub, events.Change{Description: &text}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := b.subscription(t, sub).Version; got != 4 {
			t.Errorf("got version %d, want 4", got)
		}
	})
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	sub, _ := b.subscribe(t, here, e.URL)
	text := "x"
	operations := map[string]struct {
		action tenant.Action
		do     func(ctx context.Context, t tenant.ID) error
	}{
		"types": {tenant.ActionRead, func(ctx context.Context, t tenant.ID) error { _, err := b.Types(ctx, t); return err }},
		"list":  {tenant.ActionRead, func(ctx context.Context, t tenant.ID) error { _, err := b.Subscriptions(ctx, t); return err }},
		"get": {tenant.ActionRead, func(ctx context.Context, t tenant.ID) error {
			_, err := b.Subscription(ctx, t, sub.ID)
			return err
		}},
		"create": {tenant.ActionWrite, func(ctx context.Context, t tenant.ID) error {
			_, _, err := b.Create(ctx, t, events.Input{URL: e.URL, Types: []string{events.All}})
			return err
		}},
		"update": {tenant.ActionWrite, func(ctx context.Context, t tenant.ID) error {
			_, err := b.Update(ctx, t, sub.ID, events.Change{Description: &text})
			return err
		}},
		"rotate": {tenant.ActionWrite, func(ctx context.Context, t tenant.ID) error { _, _, err := b.Rotate(ctx, t, sub.ID); return err }},
		"test":   {tenant.ActionWrite, func(ctx context.Context, t tenant.ID) error { _, err := b.Test(ctx, t, sub.ID); return err }},
		"delete": {tenant.ActionWrite, func(ctx context.Context, t tenant.ID) error { return b.Delete(ctx, t, "nobody") }},
	}
	for name, op := range operations {
		if err := op.do(t.Context(), here); !errors.Is(err, tenant.ErrNoActor) {
			t.Errorf("%s by nobody: %v", name, err)
		}
		for role, permissions := range tenant.Roles() {
			allowed := false
			for _, p := range permissions {
				allowed = allowed || p == tenant.Permission{Object: tenant.ObjectEvent, Action: op.action}
			}
			if err := op.do(as(t, role), here); errors.Is(err, tenant.ErrForbidden) == allowed {
				t.Errorf("%s by %s: %v, want it allowed: %t", name, role, err, allowed)
			}
			if err := op.do(as(t, role), there); !errors.Is(err, tenant.ErrForbidden) {
				t.Errorf("%s by %s in another tenant: %v", name, role, err)
			}
		}
	}
	// The system may act there, but not on what is here.
	for name, do := range map[string]func(ctx context.Context) error{
		"get":    func(ctx context.Context) error { _, err := b.Subscription(ctx, there, sub.ID); return err },
		"update": func(ctx context.Context) error { _, err := b.Update(ctx, there, sub.ID, events.Change{}); return err },
		"rotate": func(ctx context.Context) error { _, _, err := b.Rotate(ctx, there, sub.ID); return err },
		"test":   func(ctx context.Context) error { _, err := b.Test(ctx, there, sub.ID); return err },
		"delete": func(ctx context.Context) error { return b.Delete(ctx, there, sub.ID) },
	} {
		wantRefusal(t, name+" from another tenant", do(system(t)), events.ErrNotFound)
	}
}

// TestSecretsStayHidden looks for the signing secrets in everything that was
// answered, logged and stored.
func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	sub, first := b.subscribe(t, here, e.URL+"/?token=hush-hush")
	_, second, err := b.Rotate(system(t), here, sub.ID)
	check(t, err)
	e.status(http500)
	b.publish(t, here, finished, "m-1")
	b.run(t, 30*time.Hour)
	_, err = b.Test(system(t), here, sub.ID)
	check(t, err)
	other := setupOn(t, b.dsn, nil) // has another key
	report, err := other.Test(system(t), here, sub.ID)
	if err != nil || report.Reason != events.ReasonSecret {
		t.Errorf("with another key: %+v, %v", report, err)
	}
	// A rotation makes it work again.
	e.status(http200)
	_, _, err = other.Rotate(system(t), here, sub.ID)
	check(t, err)
	if report, err := other.Test(system(t), here, sub.ID); err != nil || !report.OK() {
		t.Errorf("after a rotation: %+v, %v", report, err)
	}
	stored, err := b.store.Subscription(t.Context(), here, sub.ID)
	check(t, err)
	seen := map[string]string{
		"log":     b.logs.String() + other.logs.String(),
		"answers": fmt.Sprintf("%+v %+v %#v %v", b.subscription(t, sub), stored, stored, second),
	}
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(strings.TrimPrefix(b.dsn, "sqlite:") + suffix)
		check(t, err)
		seen["database"+suffix] = string(content)
	}
	for where, text := range seen {
		for _, secret := range []string{first, second.Reveal()} {
			if strings.Contains(text, secret[len("whsec_"):]) {
				t.Errorf("the %s shows a signing secret", where)
			}
		}
	}
	if strings.Contains(seen["log"], "hush-hush") {
		t.Error("the log shows the query of a URL")
	}
}

const (
	http200 = 200
	http500 = 500
)

// A secret is of no use in another place.
func TestSecretsAreSealedForTheirPlace(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	mine, _ := b.subscribe(t, here, e.URL)
	theirs, _ := b.subscribe(t, there, e.URL)
	stored, err := b.store.Subscription(t.Context(), there, theirs.ID)
	check(t, err)
	moved, err := b.store.Subscription(t.Context(), here, mine.ID)
	check(t, err)
	moved.Secrets, moved.Version = stored.Secrets, moved.Version+1
	check(t, b.store.UpdateSubscription(t.Context(), moved, false))
	report, err := b.Test(system(t), here, mine.ID)
	if err != nil || report.Reason != events.ReasonSecret {
		t.Errorf("got %+v, %v; want the secret unreadable", report, err)
	}
	e.want(t, "the endpoint", 0)
}
