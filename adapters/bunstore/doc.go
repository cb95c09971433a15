// Package bunstore keeps everything the module stores in PostgreSQL (15 or
// later) or SQLite, through bun. One [Store] implements the Store ports of
// packages tenant, messaging, sync, events and identity, and is the default home
// of the platform's own people and departments.
//
// # Transactions
//
// A transaction travels in the context: every method called with the context
// that [Store.InTx] hands to its function joins it. A host enlists the
// module's writes in a transaction of its own with [Store.WithTx].
//
// # Tables
//
// All names begin with thirdapp_, the migration table included. On PostgreSQL
// they are created in the first schema of the connection's search_path: put
// search_path=thirdapp into the connection string for a schema of their own,
// which [Store.Migrate] creates when it is missing.
// Everything a tenant owns has tenant_id leading its primary key. Times are UTC
// with microseconds on both databases.
//
// # Errors
//
// Methods answer tenant.ErrNotFound, tenant.ErrConflict and
// tenant.ErrUnavailable; no other package sees an error of the database
// driver unwrapped.
//
// # Concurrency
//
// A Store is safe for concurrent use. On SQLite one process works the jobs of a
// file; others may read and write it.
package bunstore
