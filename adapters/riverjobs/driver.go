package riverjobs

import (
	"database/sql"
	"io/fs"
	"time"

	"github.com/riverqueue/river/riverdriver"
)

// sqlDriver lets River work in transactions of database/sql: for inserting on
// PostgreSQL, for everything on SQLite. It is the part of riverdriver.Driver
// that River calls at run time, for jobs as this package uses them.
type sqlDriver struct {
	database string
	// inTx returns the executor of a transaction.
	inTx func(*sql.Tx) riverdriver.ExecutorTx
	// executor is the pool's; nil for a driver that only inserts.
	executor riverdriver.Executor
	// listener hears of inserted jobs; nil for a driver that only inserts.
	listener riverdriver.Listener
}

var _ riverdriver.Driver[*sql.Tx] = (*sqlDriver)(nil)

func (d *sqlDriver) DatabaseName() string { return d.database }
func (d *sqlDriver) PoolIsSet() bool      { return d.executor != nil }
func (d *sqlDriver) PoolSet(any) error    { return unsupportedError("PoolSet") }

func (d *sqlDriver) GetExecutor() riverdriver.Executor {
	if d.executor == nil {
		return unsupported{}
	}
	return d.executor
}

func (d *sqlDriver) SupportsListener() bool { return d.listener != nil }
func (d *sqlDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return d.listener
}

// SupportsListenNotify keeps River from notifying in the inserting transaction,
// which would serialise commits on PostgreSQL; the Runner does it afterwards.
func (d *sqlDriver) SupportsListenNotify() bool { return false }

func (d *sqlDriver) UnwrapExecutor(tx *sql.Tx) riverdriver.ExecutorTx { return d.inTx(tx) }

// The rest is for migrations, queries of job lists and River's own tests.

func (d *sqlDriver) UnwrapTx(riverdriver.ExecutorTx) *sql.Tx         { return nil }
func (d *sqlDriver) ArgPlaceholder() string                          { return "" }
func (d *sqlDriver) GetMigrationDefaultLines() []string              { return nil }
func (d *sqlDriver) GetMigrationFS(string) fs.FS                     { return nil }
func (d *sqlDriver) GetMigrationLines() []string                     { return nil }
func (d *sqlDriver) GetMigrationTruncateTables(string, int) []string { return nil }
func (d *sqlDriver) TimePrecision() time.Duration                    { return time.Microsecond }

func (d *sqlDriver) SQLFragmentColumnContainsAll(_, _ string, _ []string) (string, any, error) {
	return "", nil, unsupportedError("SQLFragmentColumnContainsAll")
}

func (d *sqlDriver) SQLFragmentColumnContainsAny(_, _ string, _ []string) (string, any, error) {
	return "", nil, unsupportedError("SQLFragmentColumnContainsAny")
}

func (d *sqlDriver) SQLFragmentColumnIn(string, any) (string, any, error) {
	return "", nil, unsupportedError("SQLFragmentColumnIn")
}
