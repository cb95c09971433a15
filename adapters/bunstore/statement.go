package bunstore

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"
)

// statements are those whose text never changes. They are prepared once per
// connection, which saves more than half of what a row by its key costs: on
// PostgreSQL by pgx, on SQLite here. It is safe for concurrent use.
type statements struct {
	mu       sync.Mutex
	prepared map[string]*sql.Stmt
	// wanted came up in a transaction first. To prepare them there would take
	// another connection, of which there may be none.
	wanted []string
}

// statement is met by *sql.Stmt. Its text has the placeholders $1, $2 and so on,
// which both databases know; times among its arguments are those of timeArg.
type statement interface {
	ExecContext(ctx context.Context, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, args ...any) (*sql.Rows, error)
}

// statement returns a statement that runs in the transaction of the context, if
// there is one.
func (s *Store) statement(ctx context.Context, text string) (statement, error) {
	st := s.txOf(ctx)
	switch {
	case s.postgres():
		return plainStatement{s.handle(ctx), text, s.preparable()}, nil
	case st == nil:
		return s.statements.prepare(ctx, s.db.DB, text)
	case st.owned:
		if stmt := s.statements.inTx(text); stmt != nil {
			return st.tx.StmtContext(ctx, stmt), nil
		}
	}
	return plainStatement{handle: s.handle(ctx), text: text}, nil // the host's transaction may be of another pool
}

// timeArg is a time as an argument of a statement: SQLite keeps text.
func (s *Store) timeArg(t time.Time) any {
	if s.postgres() {
		return stored(t)
	}
	return timeText(t)
}

// prepare returns a statement outside of a transaction. It does not hold the
// lock meanwhile: transactions that need it have the connections.
func (s *statements) prepare(ctx context.Context, db *sql.DB, text string) (*sql.Stmt, error) {
	if stmt := s.find(text); stmt != nil {
		return stmt, nil
	}
	stmt, err := db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, ok := s.prepared[text]; ok { // two at once
		return first, stmt.Close() //nolint:sqlclosecheck // there is nothing to do with it before
	}
	if s.prepared == nil {
		s.prepared = make(map[string]*sql.Stmt)
	}
	s.prepared[text] = stmt
	return stmt, nil
}

func (s *statements) find(text string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.prepared[text]
}

// inTx returns a prepared statement, nil in the transaction that is the first to
// ask for it.
func (s *statements) inTx(text string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	stmt, ok := s.prepared[text]
	if !ok && !slices.Contains(s.wanted, text) {
		s.wanted = append(s.wanted, text)
	}
	return stmt
}

// prepareWanted prepares what transactions have asked for. It is called before
// one begins. What fails will be asked for again.
func (s *statements) prepareWanted(ctx context.Context, db *sql.DB) {
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = nil
	s.mu.Unlock()
	for _, text := range wanted {
		_, _ = s.prepare(ctx, db, text) //nolint:sqlclosecheck // it is kept
	}
}

// plainStatement is a text that runs as it is.
type plainStatement struct {
	handle sqlHandle
	text   string
	// cached has pgx prepare it.
	cached bool
}

func (p plainStatement) args(args []any) []any {
	if p.cached {
		return prepared(args...)
	}
	return args
}

// ExecContext implements statement.
func (p plainStatement) ExecContext(ctx context.Context, args ...any) (sql.Result, error) {
	return p.handle.ExecContext(ctx, p.text, p.args(args)...)
}

// QueryContext implements statement.
func (p plainStatement) QueryContext(ctx context.Context, args ...any) (*sql.Rows, error) {
	return p.handle.QueryContext(ctx, p.text, p.args(args)...)
}

// exec runs a statement that returns no rows.
func (s *Store) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	stmt, err := s.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(s.unwatched(ctx), args...)
}

// rows runs a statement and has its rows scanned.
func (s *Store) rows(ctx context.Context, text string, args []any, scan func(*sql.Rows) error) error {
	stmt, err := s.statement(ctx, text)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(s.unwatched(ctx), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// unwatched returns the context that a statement of a transaction runs in.
// SQLite's driver starts a goroutine for each one whose context can end, which
// takes longer than a row by its key. The transaction ends with its context all
// the same, once the statement under way is done.
func (s *Store) unwatched(ctx context.Context) context.Context {
	if s.postgres() || !s.Joined(ctx) {
		return ctx
	}
	return context.WithoutCancel(ctx)
}
