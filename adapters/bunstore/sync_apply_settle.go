package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// changeResult is what became of a change.
type changeResult struct {
	seq int
	dirsync.Outcome
}

func (r changeResult) failed() bool { return !r.Failure.IsZero() }

// settleBatch ends the record of a batch, or of a part of it.
func (s *Store) settleBatch(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, results []changeResult, last bool, at time.Time,
) (cancel bool, err error) {
	var special []settledChange
	progress := dirsync.Progress{}
	for _, r := range results {
		row := settledChange{seq: int64(r.seq), reason: r.Note}
		if r.failed() {
			row.state, row.reason = dirsync.ChangeFailed, r.Failure
			progress.ChangesFailed++
		} else {
			progress.ChangesApplied++
			if !last {
				row.state = dirsync.ChangeApplied
			}
		}
		if row.state != "" || !row.reason.IsZero() {
			special = append(special, row)
		}
	}
	if err := s.settleChanges(ctx, c, special); err != nil {
		return false, err
	}
	if last {
		n, err := affected(s.idb(ctx).NewRaw("UPDATE thirdapp_sync_batches SET done = TRUE"+
			" WHERE tenant_id = ? AND run_id = ? AND number = ? AND NOT done",
			c.Run.Tenant, c.Run.ID, b.Number).Exec(ctx))
		if err != nil {
			return false, storeError(err)
		}
		if n == 0 {
			return false, errors.Join(dirsync.ErrLost, tenant.ErrConflict)
		}
	}
	return s.advanceRun(ctx, c, progress, at)
}

// settledChange is a change whose row says more than that of its batch.
type settledChange struct {
	seq    int64
	state  dirsync.ChangeState
	reason provider.Text
}

func (s *Store) settleChanges(ctx context.Context, c dirsync.Claim, rows []settledChange) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := s.idb(ctx).NewRaw(`UPDATE thirdapp_sync_changes AS c SET state = v.state,
			reason_zh = CASE v.reason_zh WHEN '' THEN c.reason_zh ELSE v.reason_zh END,
			reason_en = CASE v.reason_zh WHEN '' THEN c.reason_en ELSE v.reason_en END
		FROM ? WHERE c.tenant_id = ? AND c.run_id = ? AND c.seq = v.seq`,
		valuesOf("v", rows).
			bigint("seq", func(r *settledChange) int64 { return r.seq }).
			text("state", func(r *settledChange) string { return string(r.state) }).
			text("reason_zh", func(r *settledChange) string { return r.reason.ZH }).
			text("reason_en", func(r *settledChange) string { return r.reason.EN }).values,
		c.Run.Tenant, c.Run.ID).Exec(ctx)
	return storeError(err)
}
