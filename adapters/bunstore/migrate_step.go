package bunstore

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// migrationRow records a migration that was run. The table is that of bun's
// migrator, which ran the files in earlier versions: it committed a file before
// it recorded it, and a process that died between the two left a database that
// could not be migrated any more.
type migrationRow struct {
	bun.BaseModel `bun:"table:thirdapp_migrations"`

	ID         int64 `bun:",pk,autoincrement"`
	Name       string
	GroupID    int64
	MigratedAt time.Time `bun:",notnull,nullzero,default:current_timestamp"`
}

func stepUp(ctx context.Context, tx bun.Tx, files fs.FS) (done bool, err error) {
	run, err := migrationsRun(ctx, tx)
	if err != nil {
		return false, err
	}
	names, err := fs.Glob(files, "*.up.sql") // in order
	if err != nil {
		return false, err
	}
	for _, name := range names {
		number := migrationNumber(name)
		if slices.ContainsFunc(run, func(r migrationRow) bool { return r.Name == number }) {
			continue
		}
		if err := runFile(ctx, tx, files, name); err != nil {
			return false, err
		}
		_, err := tx.NewInsert().Model(&migrationRow{Name: number, GroupID: nextGroup(run)}).Exec(ctx)
		return false, err
	}
	return true, nil
}

func stepDown(ctx context.Context, tx bun.Tx, files fs.FS) (done bool, err error) {
	run, err := migrationsRun(ctx, tx)
	if err != nil {
		return false, err
	}
	names, err := fs.Glob(files, "*.down.sql")
	if err != nil {
		return false, err
	}
	for _, name := range slices.Backward(names) {
		number := migrationNumber(name)
		if !slices.ContainsFunc(run, func(r migrationRow) bool { return r.Name == number }) {
			continue
		}
		if err := runFile(ctx, tx, files, name); err != nil {
			return false, err
		}
		_, err := tx.NewDelete().Model((*migrationRow)(nil)).Where("name = ?", number).Exec(ctx)
		return false, err
	}
	return true, nil
}

// migrationsRun lists what was run, from a table that it makes when it is
// missing.
func migrationsRun(ctx context.Context, tx bun.Tx) ([]migrationRow, error) {
	if _, err := tx.NewCreateTable().Model((*migrationRow)(nil)).IfNotExists().Exec(ctx); err != nil {
		return nil, err
	}
	var run []migrationRow
	err := tx.NewSelect().Model(&run).Column("name", "group_id").Scan(ctx)
	return run, err
}

// nextGroup numbers the runs as bun's migrator does.
func nextGroup(run []migrationRow) int64 {
	var last int64
	for _, r := range run {
		last = max(last, r.GroupID)
	}
	return last + 1
}

// migrationNumber is what a file is recorded by.
func migrationNumber(file string) string {
	number, _, _ := strings.Cut(file, "_")
	return number
}

func runFile(ctx context.Context, tx bun.Tx, files fs.FS, name string) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(text), "--bun:split\n") {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
