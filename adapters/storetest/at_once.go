package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/thirdapp/thirdapp/tenant"
)

// atOnce runs n writers at the same time and waits for them.
func atOnce(tb testing.TB, n int, write func(ctx context.Context, writer int) error) {
	tb.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := write(tb.Context(), i); err != nil {
				tb.Errorf("writer %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

// oneWins runs n writers at the same time, of whom one is to succeed and all
// others are to be refused with ErrConflict.
func oneWins(tb testing.TB, n int, write func(ctx context.Context, writer int) error) {
	tb.Helper()
	var won atomic.Int32
	atOnce(tb, n, func(ctx context.Context, writer int) error {
		err := write(ctx, writer)
		if err == nil {
			won.Add(1)
		}
		if errors.Is(err, tenant.ErrConflict) {
			return nil
		}
		return err
	})
	if won.Load() != 1 {
		tb.Errorf("%d of %d writers succeeded, want 1", won.Load(), n)
	}
}
