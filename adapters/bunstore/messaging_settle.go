package bunstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

const updateClaimed = `
UPDATE thirdapp_message_batches
SET claim = ?, state = 'sending', attempts = attempts + 1,
	maybe_sent = (maybe_sent OR state = 'sending'), updated_at = ?
WHERE ` + whereBatch + ` AND state = ? AND claim = ? AND state IN ('pending', 'scheduled', 'sending')`

// Claim implements messaging.BatchStore.
func (s *Store) Claim(ctx context.Context, ref messaging.BatchRef, c messaging.Claim) error {
	n, err := affected(s.idb(ctx).ExecContext(ctx, updateClaimed, c.ID, stored(c.At),
		ref.Tenant, ref.MessageID, ref.Number, c.SeenState, c.SeenClaim))
	err = storeError(err)
	if err == nil && n == 0 {
		err = s.superseded(ctx, ref, c.ID, messaging.DeliverySending)
	}
	if err != nil {
		return fmt.Errorf("bunstore: claim: %w", err)
	}
	return nil
}

// superseded tells why a batch could not be changed under a claim: nil when it
// was changed in that way before, ErrConflict when it has moved on.
func (s *Store) superseded(ctx context.Context, ref messaging.BatchRef, claim string, state messaging.DeliveryState) error {
	var row batchRow
	err := s.idb(ctx).NewSelect().Model(&row).Column("claim", "state").
		Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).Scan(ctx)
	switch {
	case err != nil:
		return storeError(err)
	case row.Claim == claim && row.State == state:
		return nil
	}
	return tenant.ErrConflict
}

// Settle implements messaging.BatchStore. An Unclaimed settlement takes back
// the attempt that the claim has counted; a batch that is not Sending has no
// such attempt, and keeps its number.
func (s *Store) Settle(ctx context.Context, ref messaging.BatchRef, st messaging.Settlement) error {
	settle := func(ctx context.Context) error { return s.settle(ctx, ref, st) }
	var err error
	if len(st.Refused) == 0 {
		err = settle(ctx)
	} else {
		err = s.InTx(ctx, settle)
	}
	if err != nil {
		return fmt.Errorf("bunstore: settle: %w", err)
	}
	return nil
}

const updateSettled = `
UPDATE thirdapp_message_batches
SET state = ?, task_id = ?, request_id = ?, answer = ?, failure = ?, tracking = ?,
	next_at = ?, accepted_at = ?, updated_at = ?, maybe_sent = (maybe_sent OR ?),
	attempts = attempts - CASE WHEN ? AND state = 'sending' THEN 1 ELSE 0 END
WHERE ` + whereBatch + ` AND claim = ? AND (state IN ('pending', 'scheduled', 'sending') OR ? AND state = 'uncertain')`

func (s *Store) settle(ctx context.Context, ref messaging.BatchRef, st messaging.Settlement) error {
	failure, err := nullableJSON(st.Failure, st.Failure == nil)
	if err != nil {
		return err
	}
	answer := sql.NullString{String: string(st.Answer), Valid: len(st.Answer) > 0}
	next, accepted, endsDoubt := stored(st.At), nullableTime(stored(st.At)), false
	switch st.State { //nolint:exhaustive // the others need nothing more
	case messaging.DeliveryPending, messaging.DeliveryScheduled:
		next = stored(st.NextAt)
	case messaging.DeliveryAccepted, messaging.DeliveryFailed:
		endsDoubt = true
	}
	accepted.Valid = st.State == messaging.DeliveryAccepted
	n, err := affected(s.idb(ctx).ExecContext(ctx, updateSettled, st.State, st.TaskID, st.RequestID, answer, failure, st.Tracking,
		next, accepted, stored(st.At), st.MaybeSent, st.Unclaimed,
		ref.Tenant, ref.MessageID, ref.Number, st.Claim, endsDoubt))
	switch {
	case err != nil:
		return storeError(err)
	case n == 0:
		return s.superseded(ctx, ref, st.Claim, st.State)
	case len(st.Refused) == 0:
		return nil
	}
	if err := s.failPeople(ctx, ref, st.Refused, st.At); err != nil {
		return err
	}
	return s.recount(ctx, ref)
}
