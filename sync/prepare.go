package sync

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
)

// prepare completes the changes of a batch before its transaction begins.
func (w *worker) prepare(ctx context.Context, list []PendingPerson) error {
	var prefix *string
	for i := range list {
		p := &list[i]
		p.Join = w.cfg.JoinExisting
		if p.Kind == KindLeave || p.LocalID != "" {
			continue
		}
		p.Owned, p.Join = true, JoinActive
		if w.cfg.InitialPassword != HouseNumberMobile {
			continue
		}
		if prefix == nil {
			number, err := w.cfg.HouseNumbers(ctx, w.claim.Run.Tenant)
			if err != nil {
				return fmt.Errorf("house number: %w", err)
			}
			prefix = &number
		}
		hash, err := w.hash(provider.NewSecret(*prefix + p.Mobile))
		if err != nil {
			return err
		}
		p.PasswordHash = hash
	}
	return nil
}
