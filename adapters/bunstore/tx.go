package bunstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/tenant"
)

var _ tenant.Transactor = (*Store)(nil)

// txKey finds the transaction of one database in a context.
type txKey struct{ db *bun.DB }

// txState is a transaction under way.
type txState struct {
	tx *sql.Tx
	// idb is the same to bun.
	idb bun.IDB
	// owned is true when InTx began it, and so knows when it has committed.
	owned bool
	after []func()
}

// InTx implements tenant.Transactor.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if s.txOf(ctx) != nil {
		return fn(ctx)
	}
	s.statements.prepareWanted(ctx, s.db.DB)
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("bunstore: begin: %w", storeError(err))
	}
	st := &txState{tx: tx.Tx, idb: tx, owned: true}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := fn(context.WithValue(ctx, txKey{s.db}, st)); err != nil {
		return outage(err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("bunstore: commit: %w", storeError(err))
	}
	for _, f := range st.after {
		f()
	}
	return nil
}

// WithTx returns a context in which the Store works in the host's transaction,
// and with it the services and the jobs. The host commits or rolls back. It may
// have begun it on a pool of its own, of the same database, the same search_path
// on PostgreSQL, and through the same driver; of a bun.Tx it hands over the field
// Tx.
func (s *Store) WithTx(ctx context.Context, tx *sql.Tx) context.Context {
	return context.WithValue(ctx, txKey{s.db}, &txState{tx: tx, idb: hostTx{s.db, tx}})
}

// Joined reports whether the context carries a transaction of this store.
func (s *Store) Joined(ctx context.Context) bool { return s.txOf(ctx) != nil }

// SQLTx returns the transaction of the context, for adapters that take part in
// it, such as the job queue.
func (s *Store) SQLTx(ctx context.Context) (*sql.Tx, bool) {
	if st := s.txOf(ctx); st != nil {
		return st.tx, true
	}
	return nil, false
}

// AfterCommit has f called once the transaction of the context has committed.
// It answers false, and never calls f, when there is none or the host owns it.
// f must be quick and must not call the Store.
func (s *Store) AfterCommit(ctx context.Context, f func()) bool {
	st := s.txOf(ctx)
	if st == nil || !st.owned {
		return false
	}
	st.after = append(st.after, f)
	return true
}

func (s *Store) txOf(ctx context.Context) *txState {
	st, _ := ctx.Value(txKey{s.db}).(*txState)
	return st
}

// idb returns what statements run on: the transaction of the context, else the
// database.
func (s *Store) idb(ctx context.Context) bun.IDB {
	if st := s.txOf(ctx); st != nil {
		return st.idb
	}
	return s.db
}
