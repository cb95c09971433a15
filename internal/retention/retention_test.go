package retention_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/internal/retention"
	"github.com/thirdapp/thirdapp/jobs/jobstest"
	"github.com/thirdapp/thirdapp/tenant"
)

var errBroken = errors.New("a row that nobody understands")

// TestTenantThatCannotBePruned: those after it are, and it is tried again in the
// next pass; a database that is away is waited for.
func TestTenantThatCannotBePruned(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err         error
		first, last int
	}{
		"its rows":     {errBroken, 1, 2},
		"the time":     {fmt.Errorf("delete: %w", context.DeadlineExceeded), 1, 2},
		"the database": {tenant.ErrUnavailable, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := jobstest.NewClock(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
			queue := jobstest.New(clock, nil)
			pruned := make(map[tenant.ID]int)
			r := retention.Rounds{
				PassKind: "test.pass", StepKind: "test.step", Queue: "test", Jobs: queue, Now: clock.Now,
				Next: func(_ context.Context, after tenant.ID) (tenant.ID, error) {
					return map[tenant.ID]tenant.ID{"": "a", "a": "b", "b": "c"}[after], nil
				},
				Prune: func(_ context.Context, of tenant.ID, _ time.Time) (bool, error) {
					if of == "b" {
						return false, tt.err
					}
					pruned[of]++
					return true, nil
				},
			}
			if err := r.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			queue.Run(t.Context(), r.Handlers(), 0)
			if pruned["a"] != 1 || pruned["c"] != tt.first {
				t.Errorf("the first pass removed %v", pruned)
			}
			queue.Run(t.Context(), r.Handlers(), time.Hour)
			if pruned["c"] != tt.last {
				t.Errorf("after the second pass: %v", pruned)
			}
		})
	}
}
