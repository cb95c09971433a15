package bunstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// hostTx is a transaction that database/sql has begun, perhaps on another pool
// than the store's: bun makes transactions of its own only. It writes down every
// method of [bun.IDB], for one that came from the database would leave the
// transaction.
type hostTx struct {
	db *bun.DB
	tx *sql.Tx
}

var _ bun.IDB = hostTx{}

func (h hostTx) Dialect() schema.Dialect { return h.db.Dialect() }

func (h hostTx) format(query string, args []any) string {
	return h.db.QueryGen().FormatQuery(query, args...)
}

func (h hostTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return h.tx.ExecContext(ctx, h.format(query, args))
}

func (h hostTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return h.tx.QueryContext(ctx, h.format(query, args))
}

func (h hostTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return h.tx.QueryRowContext(ctx, h.format(query, args))
}

func (h hostTx) NewValues(model any) *bun.ValuesQuery      { return h.db.NewValues(model).Conn(h.tx) }
func (h hostTx) NewSelect() *bun.SelectQuery               { return h.db.NewSelect().Conn(h.tx) }
func (h hostTx) NewInsert() *bun.InsertQuery               { return h.db.NewInsert().Conn(h.tx) }
func (h hostTx) NewUpdate() *bun.UpdateQuery               { return h.db.NewUpdate().Conn(h.tx) }
func (h hostTx) NewDelete() *bun.DeleteQuery               { return h.db.NewDelete().Conn(h.tx) }
func (h hostTx) NewMerge() *bun.MergeQuery                 { return h.db.NewMerge().Conn(h.tx) }
func (h hostTx) NewCreateTable() *bun.CreateTableQuery     { return h.db.NewCreateTable().Conn(h.tx) }
func (h hostTx) NewDropTable() *bun.DropTableQuery         { return h.db.NewDropTable().Conn(h.tx) }
func (h hostTx) NewCreateIndex() *bun.CreateIndexQuery     { return h.db.NewCreateIndex().Conn(h.tx) }
func (h hostTx) NewDropIndex() *bun.DropIndexQuery         { return h.db.NewDropIndex().Conn(h.tx) }
func (h hostTx) NewTruncateTable() *bun.TruncateTableQuery { return h.db.NewTruncateTable().Conn(h.tx) }
func (h hostTx) NewAddColumn() *bun.AddColumnQuery         { return h.db.NewAddColumn().Conn(h.tx) }
func (h hostTx) NewDropColumn() *bun.DropColumnQuery       { return h.db.NewDropColumn().Conn(h.tx) }

func (h hostTx) NewRaw(query string, args ...any) *bun.RawQuery {
	return h.db.NewRaw(query, args...).Conn(h.tx)
}

var errHostTx = errors.New("bunstore: the transaction is the host's, which begins no other within it")

func (hostTx) BeginTx(context.Context, *sql.TxOptions) (bun.Tx, error) { return bun.Tx{}, errHostTx }

func (hostTx) RunInTx(context.Context, *sql.TxOptions, func(context.Context, bun.Tx) error) error {
	return errHostTx
}
