package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/tenant"
)

// deleteOne deletes one row; ErrNotFound says that it is not there.
func deleteOne(ctx context.Context, row *bun.DeleteQuery) error {
	n, err := affected(row.Exec(ctx))
	if err == nil && n == 0 {
		err = tenant.ErrNotFound
	}
	return storeError(err)
}

// updateOne updates one row that is to have the version its query asks for;
// ErrNotFound says that it is not there, in any version, and ErrConflict that it
// has another one.
func updateOne(ctx context.Context, row *bun.UpdateQuery, anyVersion *bun.SelectQuery) error {
	n, err := affected(row.Exec(ctx))
	if err != nil || n > 0 {
		return err
	}
	there, err := anyVersion.Exists(ctx)
	switch {
	case err != nil:
		return err
	case there:
		return tenant.ErrConflict
	}
	return tenant.ErrNotFound
}
