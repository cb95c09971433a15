package bunstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/uptrace/bun"
)

// Migrations are never edited once released; a change is a new one. Their
// names are <number>_<name>.tx.up.sql and .tx.down.sql; statements are
// separated by a line "--bun:split".
//
//go:embed migrations
var migrations embed.FS

// migrationLock is the key of the advisory lock that lets one process at a time
// migrate on PostgreSQL: "thirdapp" in ASCII.
const migrationLock int64 = 0x7468697264617070

// Migrate brings the tables up to this version of the module. On PostgreSQL it
// creates the schema that the search_path names first when there is none of
// them. Processes that call it at the same time wait for each other. It must not
// be called in a transaction.
func (s *Store) Migrate(ctx context.Context) error { return s.migrateBy(ctx, stepUp) }

// Rollback removes all tables of the module with everything in them.
func (s *Store) Rollback(ctx context.Context) error { return s.migrateBy(ctx, stepDown) }

// MigrationFS returns the SQL files for the store's database, for a host that
// runs migrations with tooling of its own.
func (s *Store) MigrationFS() fs.FS {
	dir := "migrations/sqlite"
	if s.postgres() {
		dir = "migrations/postgres"
	}
	sub, err := fs.Sub(migrations, dir)
	if err != nil {
		panic(err) // the path is a constant and embedded
	}
	return sub
}

// migrationStep runs the next file and records it in the same transaction. It returns
// true when there is no next one.
type migrationStep func(ctx context.Context, tx bun.Tx, files fs.FS) (done bool, err error)

// migrateBy takes steps until there are none left, each in a transaction of its
// own: one for all would hold the locks of all tables until the end.
func (s *Store) migrateBy(ctx context.Context, next migrationStep) error {
	for done := false; !done; {
		err := s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) (err error) {
			if err := s.lockMigrations(ctx, tx); err != nil {
				return err
			}
			done, err = next(ctx, tx, s.MigrationFS())
			return err
		})
		if err != nil {
			return fmt.Errorf("bunstore: migrate: %w", storeError(err))
		}
	}
	return nil
}

// lockMigrations waits for the right to migrate, which ends with the
// transaction. On SQLite the transaction itself is that right.
func (s *Store) lockMigrations(ctx context.Context, tx bun.Tx) error {
	if !s.postgres() {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", migrationLock); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return createSchema(ctx, tx)
}
