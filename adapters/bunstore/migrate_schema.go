package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// createSchema creates the schema that the search_path names first when there is
// none of those that it names. It asks first: creating needs a right on the
// database, even when there is nothing to create.
func createSchema(ctx context.Context, tx bun.Tx) error {
	var current sql.NullString
	var path string
	const query = "SELECT current_schema(), current_setting('search_path')"
	if err := tx.QueryRowContext(ctx, query).Scan(&current, &path); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	name := firstSchema(path)
	if current.Valid || name == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "CREATE SCHEMA ?", bun.Ident(name)); err != nil {
		return fmt.Errorf("schema %q of the search_path: create it, or grant CREATE on the database: %w", name, err)
	}
	return nil
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
