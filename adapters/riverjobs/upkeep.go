package riverjobs

import (
	"context"
	"time"
)

const (
	beatInterval  = 5 * time.Second
	routeInterval = time.Second
	cleanInterval = time.Minute
	// upkeepTimeout bounds one statement; it leaves room for two more beats
	// before others take this process for dead.
	upkeepTimeout = 4 * time.Second
	// keptFor is how long dropped jobs stay for whoever asks what became of
	// them, and cleanBatch how many go at a time.
	keptFor    = 7 * 24 * time.Hour
	cleanBatch = 10_000
)

// startUpkeep starts what a process at work does beside the work, until
// endUpkeep.
func (e *engine) startUpkeep(ctx context.Context) {
	ctx, e.endUpkeep = context.WithCancel(ctx)
	e.every(ctx, beatInterval, "beat", e.beat)
	e.every(ctx, routeInterval, "route", func(ctx context.Context) error { return e.place.route(ctx, e.routes) })
	e.every(ctx, cleanInterval, "adopt", func(ctx context.Context) error { return e.place.adopt(ctx, e.routes) })
	e.every(ctx, cleanInterval, "clean", e.place.clean)
}

// every calls fn now and at intervals, in a goroutine that upkeep waits for.
func (e *engine) every(ctx context.Context, interval time.Duration, op string, fn func(context.Context) error) {
	e.upkeep.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			e.once(ctx, op, fn)
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
}

func (e *engine) once(ctx context.Context, op string, fn func(context.Context) error) {
	limited, cancel := context.WithTimeout(ctx, upkeepTimeout)
	defer cancel()
	if err := fn(limited); err != nil && ctx.Err() == nil {
		e.log.WarnContext(ctx, "job upkeep failed", "op", op, "error", err)
	}
}

// beat says that this process lives, and takes up the jobs of those that do
// not.
func (e *engine) beat(ctx context.Context) error {
	if err := e.place.beat(ctx, e.id); err != nil {
		return err
	}
	lost, err := e.place.rescue(ctx, e.id, e.held.ids())
	if err != nil {
		return err
	}
	e.report(ctx, lost)
	return nil
}

func (e *engine) report(ctx context.Context, lost []lostJob) {
	for _, j := range lost {
		e.log.WarnContext(ctx, "job taken up again", "kind", j.kind, "tenant", j.tenant, "attempt", j.attempt,
			"error", lostFailure)
	}
}
