// Package jobstest has a queue for tests of whoever enqueues and handles jobs:
// it keeps the promise of package jobs within the process, one job at a time
// and by a clock that only the test moves.
//
//	clock := jobstest.NewClock(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
//	queue := jobstest.New(clock, store.AfterCommit)
//	// A service that enqueues on queue and goes by clock.Now, then an hour:
//	queue.Run(ctx, service.Handlers(), time.Hour)
package jobstest
