package providertest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

func runCancellation(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"before the call", func(t *testing.T, s subject) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for _, o := range s.ops(t, s.Provider) {
				wantError(t, o.name, s.Kind(), o.call(ctx), provider.Canceled)
			}
		}},
		{"during the call", func(t *testing.T, s subject) {
			for _, name := range opNames(t, newHarness) {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					s := newSubject(t, newHarness)
					defer s.breakDown(t, FaultHang)()
					wantEndsWithContext(t, s.opNamed(t, name))
				})
			}
		}},
	})
}

// wantEndsWithContext cancels a call that hangs.
func wantEndsWithContext(t *testing.T, o op) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- o.call(ctx) }()
	select {
	case err := <-result:
		t.Errorf("%s ended before it was cancelled: %v", o.name, err)
		return
	case <-time.After(20 * time.Millisecond): // if it has not begun yet, that is no harm
	}
	cancel()
	select {
	case err := <-result:
		if got := provider.CodeOf(err); got != provider.Canceled {
			t.Errorf("%s: got code %s (%v), want %s", o.name, got, err, provider.Canceled)
		}
	case <-time.After(patience):
		t.Errorf("%s goes on after its context has ended", o.name)
	}
}

func runConcurrency(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"many at once", func(t *testing.T, s subject) {
			const callers = 8
			var wg sync.WaitGroup
			for range callers {
				for _, o := range s.ops(t, s.Provider) {
					wg.Go(func() {
						if err := o.call(t.Context()); !o.fine(err) {
							t.Errorf("%s: %v", o.name, err)
						}
					})
				}
			}
			wg.Wait()
			if _, err := provider.As[provider.MessageSender](s.Provider); err == nil && s.Received != nil {
				if got := s.received(); got != callers {
					t.Errorf("received %d messages, want %d", got, callers)
				}
			}
		}},
		{"two Providers of one app", func(t *testing.T, s subject) {
			other := open(t, s.Harness, s.Settings)
			for _, o := range s.ops(t, s.Provider) {
				if err := o.call(t.Context()); !o.fine(err) {
					t.Errorf("first, %s: %v", o.name, err)
				}
			}
			for _, o := range s.ops(t, other) {
				if err := o.call(t.Context()); !o.fine(err) {
					t.Errorf("second, %s: %v", o.name, err)
				}
			}
		}},
	})
}

func runClose(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"twice", func(t *testing.T, s subject) {
			for range 2 {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
		}},
		{"unused", func(t *testing.T, s subject) {
			if err := open(t, s.Harness, s.Settings).Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}},
		{"during use", func(t *testing.T, s subject) {
			var wg sync.WaitGroup
			for _, o := range s.ops(t, s.Provider) {
				wg.Go(func() { _ = o.call(t.Context()) })
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			wg.Wait()
		}},
	})
}
