package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// Schema returns the PostgreSQL schema of the tables: the first one of the
// search_path that there is, else the one that Migrate creates. It is "" on
// SQLite.
func (s *Store) Schema(ctx context.Context) (string, error) {
	if !s.postgres() {
		return "", nil
	}
	name, _, err := schemaOn(ctx, s.idb(ctx))
	if err != nil {
		return "", fmt.Errorf("bunstore: %w", storeError(err))
	}
	return name, nil
}

// createSchema creates the schema of the tables when it is missing. It asks
// first: creating needs a right on the database, even when there is nothing to
// create.
func createSchema(ctx context.Context, tx bun.Tx) error {
	name, exists, err := schemaOn(ctx, tx)
	if exists || err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "CREATE SCHEMA ?", bun.Ident(name)); err != nil {
		return fmt.Errorf("schema %q of the search_path: create it, or grant CREATE on the database: %w", name, err)
	}
	return nil
}

func schemaOn(ctx context.Context, db bun.IDB) (name string, exists bool, err error) {
	var current sql.NullString
	var path string
	const query = "SELECT current_schema(), current_setting('search_path')"
	if err := db.QueryRowContext(ctx, query).Scan(&current, &path); err != nil {
		return "", false, fmt.Errorf("schema: %w", err)
	}
	if current.Valid {
		return current.String, true, nil
	}
	if name = firstSchema(path); name == "" {
		return "", false, errors.New(`schema: the search_path of the connection names none: set it, such as to "public"`)
	}
	return name, false, nil
}

// firstSchema returns the first name in a search_path, without the one that
// stands for the user's own schema.
func firstSchema(path string) string {
	for name := range strings.SplitSeq(path, ",") {
		name = strings.TrimSpace(name)
		quoted, isQuoted := strings.CutPrefix(name, `"`)
		if isQuoted {
			name = strings.ReplaceAll(strings.TrimSuffix(quoted, `"`), `""`, `"`)
		} else {
			name = strings.ToLower(name)
		}
		if name != "" && name != "$user" {
			return name
		}
	}
	return ""
}
