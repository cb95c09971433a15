package bunstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const whereBatch = "tenant_id = ? AND message_id = ? AND number = ?"

// workView is a batch with what is needed of its message and its people.
type workView struct {
	batchRow `bun:",extend"`

	Provider    provider.Kind
	AppID       string
	Content     provider.Content `bun:"type:json"`
	Everyone    bool
	AtLeastOnce bool
	ExpiresAt   time.Time         `bun:",nullzero"`
	Users       []provider.UserID `bun:"type:json"`
}

// Work implements messaging.Store.
func (s *Store) Work(ctx context.Context, ref messaging.BatchRef) (messaging.Work, error) {
	list := "json_group_array"
	if s.postgres() {
		list = "json_agg"
	}
	var v workView
	err := checkText(ref.MessageID)
	if err == nil {
		err = s.idb(ctx).NewRaw(`
			SELECT b.*, m.provider, m.app_id, m.content, m.everyone, m.at_least_once, m.expires_at,
				CASE WHEN b.state IN ('pending', 'sending') THEN (
					SELECT `+list+`(d.provider_user_id ORDER BY d.position)
					FROM thirdapp_deliveries d
					WHERE d.tenant_id = b.tenant_id AND d.message_id = b.message_id AND d.batch = b.number
						AND d.state IS NULL AND d.provider_user_id <> ''
				) END AS users
			FROM thirdapp_message_batches b
			JOIN thirdapp_messages m ON m.tenant_id = b.tenant_id AND m.id = b.message_id
			WHERE b.tenant_id = ? AND b.message_id = ? AND b.number = ?`,
			ref.Tenant, ref.MessageID, ref.Number).Scan(ctx, &v)
	}
	if err != nil {
		return messaging.Work{}, fmt.Errorf("bunstore: work: %w", storeError(err))
	}
	return messaging.Work{
		Batch: v.batch(), Claim: v.Claim, Provider: v.Provider, AppID: v.AppID, Content: v.Content,
		Everyone: v.Everyone, AtLeastOnce: v.AtLeastOnce, ExpiresAt: utcOrZero(v.ExpiresAt), Users: v.Users,
	}, nil
}

// Claim implements messaging.Store.
func (s *Store) Claim(ctx context.Context, ref messaging.BatchRef, c messaging.Claim) error {
	n, err := affected(s.idb(ctx).NewUpdate().Model((*batchRow)(nil)).
		Set("claim = ?, state = 'sending', attempts = attempts + 1", c.ID).
		Set("maybe_sent = (maybe_sent OR state = 'sending'), updated_at = ?", stored(c.At)).
		Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).
		Where("state = ? AND claim = ? AND state IN ('pending', 'sending')", c.SeenState, c.SeenClaim).
		Exec(ctx))
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

// Settle implements messaging.Store.
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

func (s *Store) settle(ctx context.Context, ref messaging.BatchRef, st messaging.Settlement) error {
	from := []messaging.DeliveryState{messaging.DeliveryPending, messaging.DeliverySending}
	row := batchRow{
		State: st.State, TaskID: st.TaskID, RequestID: st.RequestID, Answer: st.Answer, Failure: st.Failure,
		Tracking: st.Tracking, NextAt: stored(st.At), UpdatedAt: stored(st.At),
	}
	switch st.State { //nolint:exhaustive // the others need nothing more
	case messaging.DeliveryPending:
		row.NextAt = stored(st.NextAt)
	case messaging.DeliveryAccepted:
		row.AcceptedAt = stored(st.At)
		from = append(from, messaging.DeliveryUncertain)
	case messaging.DeliveryFailed:
		from = append(from, messaging.DeliveryUncertain)
	}
	n, err := affected(s.idb(ctx).NewUpdate().Model(&row).
		Column("state", "task_id", "request_id", "answer", "failure", "tracking", "next_at", "accepted_at", "updated_at").
		Set("maybe_sent = (maybe_sent OR ?)", st.MaybeSent).
		Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).
		Where("claim = ? AND state IN (?)", st.Claim, bun.List(from)).
		Exec(ctx))
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
	counts, err := s.countOwn(ctx, ref)
	if err != nil {
		return err
	}
	_, err = s.idb(ctx).NewUpdate().Model(&batchRow{Counts: counts}).Column("counts").
		Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).Exec(ctx)
	return storeError(err)
}

// Track implements messaging.Store.
func (s *Store) Track(ctx context.Context, ref messaging.BatchRef, p messaging.Progress) (open bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		open, err = s.track(ctx, ref, p)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: track: %w", err)
	}
	return open, nil
}

func (s *Store) track(ctx context.Context, ref messaging.BatchRef, p messaging.Progress) (open bool, err error) {
	// First of all the batch's row, whose lock keeps two reports apart.
	var batch batchRow
	err = s.idb(ctx).NewRaw(`
		UPDATE thirdapp_message_batches SET tracks = tracks + 1
		WHERE `+whereBatch+` AND tracking RETURNING recipients`,
		ref.Tenant, ref.MessageID, ref.Number).Scan(ctx, &batch)
	switch err = storeError(err); {
	case errors.Is(err, tenant.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	if err := s.advance(ctx, ref, p); err != nil {
		return false, err
	}
	counts, err := s.countOwn(ctx, ref)
	if err != nil {
		return false, err
	}
	final := counts[messaging.DeliveryRead] + counts[messaging.DeliveryFailed]
	open = !p.Done && final < max(batch.Recipients, 1)
	_, err = s.idb(ctx).NewUpdate().Model(&batchRow{Counts: counts, Tracking: open}).Column("counts", "tracking").
		Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).Exec(ctx)
	return open, storeError(err)
}

// advance moves the deliveries of a batch forward.
func (s *Store) advance(ctx context.Context, ref messaging.BatchRef, p messaging.Progress) error {
	if p.AllDelivered {
		_, err := s.ofBatch(ctx, ref).Set("state = 'delivered', updated_at = ?", stored(p.At)).
			Where("state IS NULL").Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	if len(p.Delivered) > 0 {
		_, err := s.ofBatch(ctx, ref).Set("state = 'delivered', updated_at = ?", stored(p.At)).
			Where("state IS NULL AND provider_user_id IN (?)", bun.List(p.Delivered)).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	if len(p.Read) > 0 {
		_, err := s.ofBatch(ctx, ref).Set("state = 'read', updated_at = ?", stored(p.At)).
			Where("(state IS NULL OR state = 'delivered') AND provider_user_id IN (?)", bun.List(p.Read)).
			Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return s.failPeople(ctx, ref, p.Failed, p.At)
}

// ofBatch begins an UPDATE of the deliveries of a batch.
func (s *Store) ofBatch(ctx context.Context, ref messaging.BatchRef) *bun.UpdateQuery {
	return s.idb(ctx).NewUpdate().Model((*deliveryRow)(nil)).
		Where("tenant_id = ? AND message_id = ? AND batch = ?", ref.Tenant, ref.MessageID, ref.Number)
}

// failPeople marks people of a batch as failed, with one statement for each
// reason.
func (s *Store) failPeople(
	ctx context.Context, ref messaging.BatchRef, failed map[provider.UserID]messaging.Failure, at time.Time,
) error {
	groups := make(map[messaging.Failure][]provider.UserID)
	for user, failure := range failed {
		groups[failure] = append(groups[failure], user)
	}
	for failure, users := range groups {
		text, err := json.Marshal(failure)
		if err != nil {
			return fmt.Errorf("failure: %w", err)
		}
		_, err = s.ofBatch(ctx, ref).Set("state = 'failed', failure = ?, updated_at = ?", string(text), stored(at)).
			Where("(state IS NULL OR state = 'delivered') AND provider_user_id IN (?)", bun.List(users)).
			Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

// countOwn counts the deliveries of a batch that have a state of their own.
func (s *Store) countOwn(ctx context.Context, ref messaging.BatchRef) (map[messaging.DeliveryState]int, error) {
	var rows []struct {
		State messaging.DeliveryState
		N     int
	}
	err := s.idb(ctx).NewRaw(`
		SELECT state, count(*) AS n FROM thirdapp_deliveries
		WHERE tenant_id = ? AND message_id = ? AND batch = ? AND state IS NOT NULL GROUP BY state`,
		ref.Tenant, ref.MessageID, ref.Number).Scan(ctx, &rows)
	if err != nil {
		return nil, storeError(err)
	}
	counts := make(map[messaging.DeliveryState]int, len(rows))
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, nil
}
