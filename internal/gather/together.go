package gather

import (
	"cmp"
	"context"
	"errors"

	"github.com/thirdapp/thirdapp/tenant"
)

// Together does a group at once: do returns what became of single pieces, nil
// when all went well, or why nothing was done. Then each is tried alone, so that
// nobody suffers for another, unless the database is away for all.
func Together[T any](ctx context.Context, group []*Share[T], do func(ctx context.Context, pieces []T) ([]error, error)) {
	pieces := make([]T, len(group))
	for i, s := range group {
		pieces[i] = s.Piece
	}
	errs, err := do(ctx, pieces)
	alone := err != nil && len(group) > 1 && !errors.Is(err, tenant.ErrUnavailable) && ctx.Err() == nil
	for i, s := range group {
		switch {
		case alone:
			s.Err = aloneIn(ctx, s.Piece, do)
		case err != nil:
			s.Err = err
		default:
			s.Err = errorAt(errs, i)
		}
	}
}

func aloneIn[T any](ctx context.Context, piece T, do func(ctx context.Context, pieces []T) ([]error, error)) error {
	errs, err := do(ctx, []T{piece})
	return cmp.Or(err, errorAt(errs, 0))
}

func errorAt(errs []error, i int) error {
	if errs == nil {
		return nil
	}
	return errs[i]
}
