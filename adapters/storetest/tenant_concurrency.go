package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func concurrencyTests() map[string]func(*testing.T, tenant.Store) {
	return map[string]func(*testing.T, tenant.Store){
		"two creators":         twoCreators,
		"two updaters":         twoUpdaters,
		"grants wait in line":  grantsWaitInLine,
		"poller misses nobody": pollerMissesNobody,
	}
}

const racers = 4

// race runs f on several goroutines at once and returns what each returned.
func race(f func(n int) error) []error {
	errs := make([]error, racers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for n := range racers {
		wg.Go(func() {
			<-start
			errs[n] = f(n)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// wantOneWinner fails the test unless one racer succeeded and each of the
// others met a conflict of the key.
func wantOneWinner(tb testing.TB, errs []error, key string) {
	tb.Helper()
	winners := 0
	for _, err := range errs {
		if err == nil {
			winners++
			continue
		}
		wantConflict(tb, "a loser", err, key)
	}
	if winners != 1 {
		tb.Errorf("got %d winners, want 1", winners)
	}
}

func twoCreators(t *testing.T, s tenant.Store) {
	wantOneWinner(t, race(func(n int) error {
		return s.CreateApp(t.Context(), newApp(here, provider.DingTalk, fmt.Sprintf("a%d", n)))
	}), "enabled")
	apps, err := s.Apps(t.Context(), here, "")
	if err != nil || len(apps) != 1 {
		t.Errorf("Apps = %d apps, %v; want 1", len(apps), err)
	}
}

func twoUpdaters(t *testing.T, s tenant.Store) {
	a := createApp(t, s, newApp(here, provider.DingTalk, "a1"))
	wantOneWinner(t, race(func(n int) error {
		return s.UpdateApp(t.Context(), next(a, func(a *tenant.App) {
			a.Values = map[string]string{"winner": fmt.Sprint(n)}
			a.Secrets = map[string]tenant.Sealed{"winner": {KeyID: fmt.Sprint(n), Ciphertext: []byte("x")}}
		}))
	}), "version")
	got, err := s.App(t.Context(), here, "a1")
	if err != nil {
		t.Fatal(err)
	}
	if got.Values["winner"] != got.Secrets["winner"].KeyID {
		t.Errorf("values of updater %s stand beside secrets of updater %s",
			got.Values["winner"], got.Secrets["winner"].KeyID)
	}
}

// grantsWaitInLine has a transaction with a grant stay open while another wants
// to commit: whoever looks in between must find both afterwards.
func grantsWaitInLine(t *testing.T, s tenant.Store) {
	slow, fast := newGrant(here, 1, tenant.RoleAdmin), newGrant(there, 2, tenant.RoleAdmin)
	added1, release := make(chan struct{}), make(chan struct{})
	errs := make(chan error, 2)
	go func() {
		errs <- s.InTx(t.Context(), func(ctx context.Context) error {
			_, err := s.AddGrant(ctx, slow)
			close(added1)
			<-release
			return err
		})
	}()
	<-added1
	go func() {
		_, err := s.AddGrant(t.Context(), fast)
		errs <- err
	}()
	// A store that does not make them wait is given the time to show it; one
	// that does passes however long this takes.
	var failed error
	pending := 2
	select {
	case failed = <-errs:
		pending--
	case <-time.After(100 * time.Millisecond):
	}
	version, seen := grantChangesAfter(t, s, 0)
	close(release)
	for range pending {
		failed = errors.Join(failed, <-errs)
	}
	if failed != nil {
		t.Fatal(failed)
	}
	_, later := grantChangesAfter(t, s, version)
	if got := len(seen) + len(later); got != 2 {
		t.Errorf("a poller saw %v and then %v, want both grants", seen, later)
	}
}

// pollerMissesNobody lets several grant and revoke while one follows the
// changes: what the follower has at the end is what is stored.
func pollerMissesNobody(t *testing.T, s tenant.Store) {
	const each = 20
	done := make(chan []error, 1)
	go func() {
		done <- race(func(n int) error {
			var errs []error
			for i := range each {
				errs = append(errs, grantAndRevoke(t.Context(), s, n*each+i))
			}
			return errors.Join(errs...)
		})
	}()
	followed := map[tenant.GrantChange]bool{}
	var version int64
	follow := func() {
		newest, changes := grantChangesAfter(t, s, version)
		for _, c := range changes {
			gone := c.Removed
			c.Removed = false
			if delete(followed, c); !gone {
				followed[c] = true
			}
		}
		version = newest
	}
	for working := true; working; {
		select {
		case errs := <-done:
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			working = false
		default:
		}
		follow()
	}
	stored := map[tenant.GrantChange]bool{}
	_, changes := grantChangesAfter(t, s, 0)
	for _, c := range changes {
		stored[c] = true
	}
	if !maps.Equal(followed, stored) {
		t.Errorf("the follower has %d grants, the store %d, and they differ", len(followed), len(stored))
	}
	if want := racers * each * 2 / 3; len(stored) < want {
		t.Errorf("got %d grants stored, want at least %d", len(stored), want)
	}
}

// grantAndRevoke adds a grant in a transaction with another write; every third
// one it takes away again.
func grantAndRevoke(ctx context.Context, s tenant.Store, n int) error {
	g := newGrant(here, n, tenant.RoleViewer)
	err := s.InTx(ctx, func(ctx context.Context) error {
		_, err := s.AddGrant(ctx, g)
		return errors.Join(err, s.AppendAudit(ctx, newAudit(here, n)))
	})
	if err == nil && n%3 == 0 {
		_, err = s.RemoveGrant(ctx, here, g.UserID, g.Role)
	}
	return err
}
