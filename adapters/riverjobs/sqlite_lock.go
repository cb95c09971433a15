package riverjobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/gofrs/flock"
)

// ErrFileInUse is found by errors.Is in what Start answers when the jobs of its
// SQLite file are being worked already; errors.As finds the [FileInUseError]
// that names the file.
var ErrFileInUse = errors.New("jobs of this SQLite file are being worked already")

// FileInUseError is a Start that was refused because another process, or
// another Runner of this one, works the jobs of the same SQLite file.
type FileInUseError struct {
	// File is the path of the database, Lock that of the file beside it whose
	// lock the other one holds.
	File, Lock string
}

// Error implements error. It says what to do.
func (e *FileInUseError) Error() string {
	return fmt.Sprintf("another process, or another Runner of this one, works the jobs of %s (it holds the lock of %s): "+
		"stop that one first, or use PostgreSQL, which any number of processes may share", e.File, e.Lock)
}

// Is reports whether target is ErrFileInUse.
func (e *FileInUseError) Is(target error) bool { return target == ErrFileInUse }

// lockSuffix makes the name of the lock of the name of the database.
const lockSuffix = "-lock"

// lockMode lets a lock that one user has made be held by another later on, such
// as by a service after its administrator's first try.
const lockMode = 0o644

// lockFile holds the jobs of the database's file for this process, until it is
// unlocked or the process ends, however it ends: the operating system takes the
// lock away. A database in memory is nobody else's, and has no lock: nil.
//
// The guard is here and not where the database is opened. Whatever else two
// processes do to one file SQLite itself keeps apart; only a process that takes
// up running jobs must be alone. So tools, backups and processes that only
// enqueue go on as they did, and a host that opens the file itself is guarded
// as well.
//
// The file of the lock stays when it is unlocked: whoever removed it could take
// it from one who has just opened it.
func lockFile(ctx context.Context, db *sql.DB) (*flock.Flock, error) {
	var file string // with symbolic links followed, by SQLite
	err := db.QueryRowContext(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file)
	if err != nil || file == "" {
		return nil, err
	}
	lock := flock.New(file+lockSuffix, flock.SetPermissions(lockMode))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	if !held {
		return nil, &FileInUseError{File: file, Lock: lock.Path()}
	}
	return lock, nil
}
