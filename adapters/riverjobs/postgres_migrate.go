package riverjobs

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

func (p *postgres) migrate(ctx context.Context) error {
	return p.migrating(ctx, func(ctx context.Context, pool *pgxpool.Pool, db *sql.DB) error {
		if err := p.createSchema(ctx, pool); err != nil {
			return err
		}
		if err := p.migrateRiver(ctx, pool, rivermigrate.DirectionUp, nil); err != nil {
			return err
		}
		return inTx(ctx, db, p.migrations().up)
	})
}

// rollback leaves the schema; it may be the host's.
func (p *postgres) rollback(ctx context.Context) error {
	return p.migrating(ctx, func(ctx context.Context, pool *pgxpool.Pool, db *sql.DB) error {
		if err := inTx(ctx, db, p.migrations().down); err != nil {
			return err
		}
		return p.migrateRiver(ctx, pool, rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{TargetVersion: -1})
	})
}

func (p *postgres) migrations() migrations {
	return migrations{dir: "postgres", table: p.prefix() + "thirdapp_migration", schema: p.prefix()}
}

// migrating calls fn while no other process migrates the same schema, with a
// pool of pgx and the same pool for database/sql.
func (p *postgres) migrating(ctx context.Context, fn func(context.Context, *pgxpool.Pool, *sql.DB) error) error {
	const conns = 2 // one holds the lock
	pool, closePool, err := p.pool(ctx, conns)
	if err != nil {
		return err
	}
	defer closePool()
	lock, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer lock.Release()
	if _, err := lock.Exec(ctx, "SELECT pg_advisory_lock($1)", p.lockKey()); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	defer func() {
		_, _ = lock.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", p.lockKey())
	}()
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }() // does not close the pool
	return fn(ctx, pool, db)
}

// lockKey is the advisory lock of this schema's migrations.
func (p *postgres) lockKey() int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("riverjobs:" + p.schema))
	return int64(h.Sum64())
}

// createSchema asks first: creating needs a right on the database, even when
// there is nothing to create.
func (p *postgres) createSchema(ctx context.Context, pool *pgxpool.Pool) error {
	var exists bool
	const query = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)"
	if err := pool.QueryRow(ctx, query, p.schema).Scan(&exists); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	if exists {
		return nil
	}
	if _, err := pool.Exec(ctx, "CREATE SCHEMA "+p.prefix()[:len(p.prefix())-1]); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	return nil
}

func (p *postgres) migrateRiver(ctx context.Context, pool *pgxpool.Pool, to rivermigrate.Direction, opts *rivermigrate.MigrateOpts) error {
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: riverLogger(p.log), Schema: p.schema})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, to, opts); err != nil {
		return fmt.Errorf("river's tables: %w", err)
	}
	return nil
}
