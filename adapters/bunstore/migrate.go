package bunstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// Migrations are never edited once released; a change is a new one. Their
// names are <number>_<name>.tx.up.sql and .tx.down.sql; statements are
// separated by a line "--bun:split".
//
//go:embed migrations
var migrations embed.FS

const (
	migrationTable     = "thirdapp_migrations"
	migrationLockTable = "thirdapp_migration_locks"
	// migrationLock is the key of the advisory lock that lets one process at a
	// time migrate on PostgreSQL: "thirdapp" in ASCII.
	migrationLock int64 = 0x7468697264617070
)

// Migrate brings the tables up to this version of the module. Processes that
// call it at the same time wait for each other on PostgreSQL. It must not be
// called in a transaction.
func (s *Store) Migrate(ctx context.Context) error {
	return s.withMigrator(ctx, func(m *migrate.Migrator) error {
		_, err := m.Migrate(ctx)
		return err
	})
}

// Rollback removes all tables of the module with everything in them.
func (s *Store) Rollback(ctx context.Context) error {
	return s.withMigrator(ctx, func(m *migrate.Migrator) error {
		for {
			group, err := m.Rollback(ctx)
			if err != nil || group.IsZero() {
				return err
			}
		}
	})
}

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

func (s *Store) withMigrator(ctx context.Context, run func(*migrate.Migrator) error) error {
	unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	list := migrate.NewMigrations()
	if err := list.Discover(s.MigrationFS()); err != nil {
		return fmt.Errorf("bunstore: migrations: %w", err)
	}
	m := migrate.NewMigrator(s.db, list,
		migrate.WithTableName(migrationTable),
		migrate.WithLocksTableName(migrationLockTable),
		migrate.WithMarkAppliedOnSuccess(true))
	if err := m.Init(ctx); err != nil {
		return fmt.Errorf("bunstore: migrate: %w", storeError(err))
	}
	if err := run(m); err != nil {
		return fmt.Errorf("bunstore: migrate: %w", storeError(err))
	}
	return nil
}

// lockMigrations waits for the right to migrate. bun's own lock is not used: it
// does not wait, and stays for ever when its holder dies. On SQLite one process
// owns the file, and there is nothing to wait for.
func (s *Store) lockMigrations(ctx context.Context) (unlock func(), err error) {
	if !s.postgres() {
		return func() {}, nil
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("bunstore: migrate: %w", storeError(err))
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(?)", migrationLock); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("bunstore: migrate: lock: %w", storeError(err))
	}
	return func() { releaseMigrationLock(context.WithoutCancel(ctx), conn) }, nil
}

func releaseMigrationLock(ctx context.Context, conn bun.Conn) {
	_, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock(?)", migrationLock)
	_ = conn.Close()
}
