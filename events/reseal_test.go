package events_test

import (
	"context"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// resealsBetween has a Reseal come between reading and writing a subscription.
type resealsBetween struct {
	*bunstore.Store
	reseal func()
}

func (s resealsBetween) Subscription(ctx context.Context, t tenant.ID, id string) (events.Stored, error) {
	sub, err := s.Store.Subscription(ctx, t, id)
	s.reseal()
	return sub, err
}

// TestChangeDoesNotUndoReseal: a change of the same moment leaves no secret
// behind that only the old key opens, and deliveries stay signed.
func TestChangeDoesNotUndoReseal(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		e := newEndpoint(t)
		first := newKeyset(t)
		b.useKeyset(t, first)
		sub, secret := b.subscribe(t, here, e.URL)
		b.useKeyset(t, rotated(t, first))
		var done []tenant.Resealed
		b.Service = b.another(t, resealsBetween{b.store, func() {
			r := tenant.NewResealer(b.sealer)
			check(t, b.Reseal(t.Context(), r))
			done = append(done, r.Done())
		}}, nil)
		text := "changed"
		check(t, update(t, b, sub, events.Change{Description: &text}))
		if len(done) == 0 || done[0].Secrets != 1 {
			t.Fatalf("resealed: %+v, want one secret", done)
		}
		if left, err := b.store.SigningSecretTenants(t.Context(), b.sealer.CurrentKey(), "", 9); err != nil || len(left) > 0 {
			t.Errorf("tenants with the old key: %q, %v; want none", left, err)
		}
		b.publish(t, here, finished, "m-1")
		b.run(t, 0)
		d := e.want(t, "after it", 1)[0]
		if err := events.VerifyAt(b.clock.Now(), d.header, d.body, secret); err != nil {
			t.Error(err)
		}
	})
}

func newKeyset(tb testing.TB) provider.Secret {
	tb.Helper()
	keyset, err := tinksecrets.GenerateKeyset()
	check(tb, err)
	return keyset
}

func rotated(tb testing.TB, keyset provider.Secret) provider.Secret {
	tb.Helper()
	keyset, err := tinksecrets.Rotate(keyset)
	check(tb, err)
	return keyset
}

// useKeyset gives the service other keys.
func (b *bundle) useKeyset(tb testing.TB, keyset provider.Secret) {
	tb.Helper()
	var err error
	b.sealer, err = tinksecrets.New(keyset)
	check(tb, err)
	b.Service = b.another(tb, b.store, nil)
}

// TestRotateAndReseal: both secrets of a rotation are sealed anew.
func TestRotateAndReseal(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	first := newKeyset(t)
	b.useKeyset(t, first)
	sub, _ := b.subscribe(t, here, "https://example.com/")
	_, _, err := b.Rotate(system(t), here, sub.ID)
	check(t, err)
	b.useKeyset(t, rotated(t, first))
	r := tenant.NewResealer(b.sealer)
	check(t, b.Reseal(t.Context(), r))
	stored, err := b.store.Subscription(t.Context(), here, sub.ID)
	check(t, err)
	keys := []string{stored.Secrets.Current.KeyID, stored.Secrets.Previous.KeyID}
	if want := b.sealer.CurrentKey(); r.Done().Secrets != 2 || !slices.Equal(keys, []string{want, want}) {
		t.Errorf("%+v, keys %q; want both of %s", r.Done(), keys, want)
	}
}
