package bunstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// errRehearsed has a transaction rolled back that went well.
var errRehearsed = errors.New("rehearsed")

// Rehearse implements dirsync.PreviewStore. While it lasts the row of its run
// names an office app of its own, so that it waits for no other run and no other
// run for it.
func (s *Store) Rehearse(
	ctx context.Context, r dirsync.Run, fn func(ctx context.Context, c dirsync.Claim) error,
) error {
	if s.Joined(ctx) {
		return errors.New("bunstore: rehearse: within a transaction, which it would roll back")
	}
	err := s.InTx(ctx, func(ctx context.Context) error {
		apart := r
		apart.Provider = provider.Kind("#" + r.ID)
		if err := s.CreateRun(ctx, apart); err != nil {
			return err
		}
		claim, err := s.ClaimRun(ctx, r.Tenant, r.ID, r.CreatedAt)
		if err != nil {
			return err
		}
		claim.Run = r
		if err := fn(ctx, claim); err != nil {
			return err
		}
		return errRehearsed
	})
	if err != nil && !errors.Is(err, errRehearsed) {
		return fmt.Errorf("bunstore: rehearse: %w", err)
	}
	return nil
}
