package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// storeError translates an error of the database into the words of the ports.
// Errors that have none are returned as they are.
func storeError(err error) error {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	var netErr net.Error
	var connect *pgconn.ConnectError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return tenant.ErrNotFound
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &pg):
		return postgresError(pg)
	case errors.As(err, &lite):
		return sqliteError(lite)
	case errors.As(err, &connect), errors.As(err, &netErr),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		pgconn.SafeToRetry(err): // such as on a connection found closed
		return tenant.ErrUnavailable.WithCause(err)
	}
	return err
}

// outage translates an error of what ran in a transaction when it says that the
// database is away: others who take part, such as the job queue, return the
// database's own errors. Every other error is returned as it is.
func outage(err error) error {
	if provider.CodeOf(err) != provider.Unknown {
		return err
	}
	if translated := storeError(err); errors.Is(translated, tenant.ErrUnavailable) {
		return translated
	}
	return err
}

// postgresError goes by SQLSTATE classes (PostgreSQL documentation, appendix A).
func postgresError(err *pgconn.PgError) error {
	if err.Code == "23505" { // unique_violation
		return errors.Join(tenant.ErrConflict, err)
	}
	if len(err.Code) < 2 {
		return err
	}
	switch err.Code[:2] {
	case "08", // connection exception
		"40", // serialisation failure, deadlock
		"53", // insufficient resources
		"57": // operator intervention: shutting down, cannot connect now
		return tenant.ErrUnavailable.WithCause(err)
	}
	return err
}

func sqliteError(err *sqlite.Error) error {
	switch code := err.Code(); {
	case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE, code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return errors.Join(tenant.ErrConflict, err)
	case code&0xff == sqlite3.SQLITE_BUSY, code&0xff == sqlite3.SQLITE_LOCKED:
		return tenant.ErrUnavailable.WithCause(err)
	}
	return err
}

// constraintOf returns what identifies the violated constraint: its name on
// PostgreSQL; on SQLite, which does not name unique indexes, the message that
// lists their columns.
func constraintOf(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.ConstraintName
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Error()
	}
	return ""
}
