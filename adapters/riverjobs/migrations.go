package riverjobs

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Migrations of our own tables: <number>_<name>.up.sql and .down.sql, never
// edited once released. "{schema}" stands for the schema and a dot.
//
//go:embed migrations
var migrationFiles embed.FS

// migrations are the files of one database. Their number is the version of the
// tables, kept in table.
type migrations struct {
	dir    string // in migrationFiles
	table  string
	schema string // quoted, with a dot; "" on SQLite
}

// up brings the tables to the last version.
func (m migrations) up(ctx context.Context, tx *sql.Tx) error {
	files, err := m.files("*.up.sql")
	if err != nil {
		return err
	}
	version, err := m.version(ctx, tx)
	if err != nil {
		return err
	}
	for i := version; i < len(files); i++ {
		record := fmt.Sprintf("INSERT INTO %s (version) VALUES (%d)", m.table, i+1)
		if err := m.apply(ctx, tx, files[i], record); err != nil {
			return err
		}
	}
	return nil
}

// down removes the tables.
func (m migrations) down(ctx context.Context, tx *sql.Tx) error {
	files, err := m.files("*.down.sql")
	if err != nil {
		return err
	}
	version, err := m.version(ctx, tx)
	if err != nil {
		return err
	}
	for i := version - 1; i >= 0; i-- {
		record := fmt.Sprintf("DELETE FROM %s WHERE version = %d", m.table, i+1)
		if err := m.apply(ctx, tx, files[i], record); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "DROP TABLE "+m.table); err != nil {
		return fmt.Errorf("version table: %w", err)
	}
	return nil
}

// files lists the migration files in order; a fault here is one of the build.
func (m migrations) files(pattern string) ([]string, error) {
	return fs.Glob(migrationFiles, path.Join("migrations", m.dir, pattern))
}

// version returns the version of the tables; 0 before the first migration.
func (m migrations) version(ctx context.Context, tx *sql.Tx) (int, error) {
	if _, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+m.table+" (version INTEGER PRIMARY KEY)"); err != nil {
		return 0, fmt.Errorf("version table: %w", err)
	}
	var v int

	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM "+m.table).Scan(&v); err != nil {
		return 0, fmt.Errorf("version: %w", err)
	}
	return v, nil
}

func (m migrations) apply(ctx context.Context, tx *sql.Tx, file, record string) error {
	text, err := migrationFiles.ReadFile(file)
	if err != nil {
		return err
	}
	for _, statement := range []string{strings.ReplaceAll(string(text), "{schema}", m.schema), record} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", path.Base(file), err)
		}
	}
	return nil
}

// inTx runs fn in a transaction of db.
func inTx(ctx context.Context, db *sql.DB, fn func(context.Context, *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
