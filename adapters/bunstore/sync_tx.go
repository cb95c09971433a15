package bunstore

import (
	"context"
	"errors"

	"github.com/thirdapp/thirdapp/tenant"
)

// inLazyTx runs fn in a transaction whose commit PostgreSQL does not wait to
// have on disk. A crash of the database may lose the last of them, as it loses
// the staging rows: the run notices, and reads and plans anew. A transaction
// that is under way stays as it is.
func (s *Store) inLazyTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if !s.postgres() || s.txOf(ctx) != nil {
		return s.InTx(ctx, fn)
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.idb(ctx).ExecContext(ctx, "SET LOCAL synchronous_commit = off"); err != nil {
			return storeError(err)
		}
		return fn(ctx)
	})
}

// attempt runs fn within a transaction so that nothing is left of it, and the
// transaction is still good, when it ends with tenant.ErrConflict; ok is false
// then.
func (s *Store) attempt(ctx context.Context, fn func(ctx context.Context) error) (ok bool, err error) {
	if _, err := s.idb(ctx).ExecContext(ctx, "SAVEPOINT attempt"); err != nil {
		return false, storeError(err)
	}
	err = storeError(fn(ctx))
	if err != nil && !errors.Is(err, tenant.ErrConflict) {
		return false, err
	}
	if err != nil {
		if _, err := s.idb(ctx).ExecContext(ctx, "ROLLBACK TO SAVEPOINT attempt"); err != nil {
			return false, storeError(err)
		}
	}
	_, released := s.idb(ctx).ExecContext(ctx, "RELEASE SAVEPOINT attempt")
	return err == nil, storeError(released)
}
