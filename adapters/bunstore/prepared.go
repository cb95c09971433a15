package bunstore

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// preparable reports whether a statement whose text never changes can be
// prepared once per connection. That saves half of its time; bun, which writes
// values into the text, cannot have it.
func (s *Store) preparable() bool {
	_, ok := s.db.Driver().(*stdlib.Driver)
	return ok && s.postgres()
}

// sqlHandle is met by *sql.DB and *sql.Tx.
type sqlHandle interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// handle returns what prepared statements run on: the transaction of the
// context, else the database.
func (s *Store) handle(ctx context.Context) sqlHandle {
	if st := s.txOf(ctx); st != nil {
		return st.tx
	}
	return s.db.DB
}

// prepared returns the arguments of such a statement, with PostgreSQL's own
// placeholders $1, $2 and so on.
func prepared(args ...any) []any {
	return append([]any{pgx.QueryExecModeCacheStatement}, args...)
}
