// Package jobs is the port to durable background work. The services of this
// module enqueue jobs in the transaction of the rows they work on and handle
// them here; adapters/riverjobs is the implementation on River.
//
// # Promise
//
// A job that was enqueued in a committed transaction is worked at least once,
// on any process that runs the same kinds, soon after its time has come. A job
// whose process died is worked again: on PostgreSQL by another process within
// 30 seconds, on SQLite at the next start. A handler must therefore be safe to
// repeat; what it has already done stands in its own rows.
//
// # Concurrency
//
// Everything here is safe for concurrent use.
package jobs
