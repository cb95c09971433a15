// Package riverjobs implements jobs.Runner on River, for PostgreSQL and SQLite.
//
//	runner, err := riverjobs.New(riverjobs.Config{
//		DB:          db,
//		Dialect:     riverjobs.Postgres,
//		PostgresDSN: dsn,
//		Tx:          store.SQLTx,
//		AfterCommit: store.AfterCommit,
//	})
//	…
//	if err := runner.Migrate(ctx); err != nil { … }
//	if err := runner.Start(ctx, handlers); err != nil { … }
//	defer runner.Stop(ctx)
//
// # What is River's part, and what is ours
//
// River claims jobs, runs them side by side, ends them at their timeout and
// records the outcome. Ours is the rest of the promise of package jobs:
//
//   - A job is inserted by one statement, in the store's transaction, and its
//     workers are told of it once that has committed (by NOTIFY on PostgreSQL,
//     in the process on SQLite). When a notice is lost, workers look by
//     themselves every [Config.PollInterval].
//   - A job that must wait (RunAt, Again, a retry) stays available with a later
//     time, so that it needs no leader to come back: River's leader election
//     and the maintenance it brings are off.
//   - A finished job is deleted. A dropped one is kept for seven days.
//   - A process that works jobs says every five seconds that it lives. Jobs of
//     a process that has not for 15 seconds are taken up by any other, within
//     30 seconds of its end. On SQLite one process owns the file: what it finds
//     running when it starts is taken up at once. It holds the lock of a file
//     beside the database, named as that and "-lock", from Start to the end of
//     its last job; a second process that would work its jobs is refused with
//     [ErrFileInUse].
//   - A process that was taken for dead while it was frozen or cut off has no
//     say in what becomes of jobs that others work now. One that it claims anew
//     while it still works it is not worked twice at a time.
//   - Enqueueing names a kind, working names a queue. A process that has not
//     started knows no queues; jobs it enqueues are sorted into theirs by one
//     that has, within about a second. One that shall work none is started
//     with [Config.MaxWorkers] -1: what it enqueues is worked at once by others.
//
// # Unique keys
//
// A key is free again once the outcome of its job is recorded, up to a third of
// a second after the handler has returned. What was enqueued under a taken key
// is not added; when it was enqueued after the handler last looked for work,
// the next job of that key has to find it.
//
// # Fairness
//
// A queue works at most [Config.MaxWorkers] jobs at a time in each process, and
// at most [Config.TenantShare] of one tenant, so that a broadcast leaves room
// for everybody else. Jobs over the share stay in the database. The oldest jobs
// come first; while more wait than have a place, the queue looks behind them as
// well, every twentieth of a second, and takes those of tenants that have less
// than half of their share: now at the newest 500, then at the 500 before those
// that it has looked at last, down to the oldest and from the newest again.
// Nobody's message waits for the end of another's backlog, wherever it stands.
//
// # Limits
//
// A job that has failed 50 times keeps the record of its first 50 failures
// only, and one that has failed 30,000 times counts no further; both are tried
// for ever. Wall clocks of processes and database should agree to a fraction of
// a second: the end of a pause is computed by the process and awaited by the
// database.
//
// # Tables
//
// On PostgreSQL River's own tables and thirdapp_client in a schema of their own
// ([Config.Schema]), on SQLite thirdapp_river_job; nobody else should write to
// them.
//
// # Errors
//
// A malformed configuration, handler or job is reported whole, all faults
// joined. What the database says is wrapped.
//
// # Concurrency
//
// A Runner is safe for concurrent use.
package riverjobs
