package bunstore

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
)

// copyFrom is how many new rows are worth the round trip more that COPY needs.
const copyFrom = 20

// newRows are rows on their way into a table, named by column.
type newRows struct {
	table string
	// same are columns that have one value in all rows.
	same []sameColumn
	values
}

// sameColumn is such a column; value is a string, a bool or a time.
type sameColumn struct {
	name  string
	value any
}

// insertNew inserts rows, none of which may be there already. On PostgreSQL
// many of them go by COPY, which has no statement to parse and adds to table
// and log page by page: it takes a sixth less time, most of what is left being
// indexes and foreign keys.
func (s *Store) insertNew(ctx context.Context, r newRows) error {
	switch {
	case r.rows == 0:
		return nil
	case r.rows >= copyFrom && s.preparable():
		return s.copyNew(ctx, &r)
	}
	_, err := r.insert(s.idb(ctx), "").Exec(ctx)
	return err
}

// insert is the statement that inserts the rows.
func (r *newRows) insert(db bun.IDB, onConflict string) *bun.RawQuery {
	args := make([]any, 0, len(r.same)+2)
	args = append(args, bun.Safe(r.columns()))
	for _, c := range r.same {
		args = append(args, c.value)
	}
	return db.NewRaw("INSERT INTO "+r.table+" (?) SELECT "+strings.Repeat("?, ", len(r.same))+
		"v.* FROM ? WHERE TRUE"+onConflict, append(args, r.values)...)
}

// columns are the names of all columns.
func (r *newRows) columns() string {
	names := make([]string, 0, len(r.same)+len(r.cols))
	for _, c := range r.same {
		names = append(names, c.name)
	}
	for _, c := range r.cols {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}
