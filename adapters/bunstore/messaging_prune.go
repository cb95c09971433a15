package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// Prune removes in transactions of at most so many messages and, unless one
// message alone has more, deliveries.
const (
	messagesPerPrune   = 100
	deliveriesPerPrune = 10_000
)

// NextTenant implements messaging.MessageStore.
func (s *Store) NextTenant(ctx context.Context, after tenant.ID) (tenant.ID, error) {
	next, err := s.nextTenant(ctx, after, "thirdapp_messages", "thirdapp_quota_uses", "thirdapp_quota_groups", "thirdapp_media")
	if err != nil {
		return "", fmt.Errorf("bunstore: next tenant: %w", err)
	}
	return next, nil
}

// Prune implements messaging.MessageStore. Messages whose people are still
// being looked up stay, too. It works in several small transactions, oldest
// messages first: when it fails some may be gone.
func (s *Store) Prune(ctx context.Context, t tenant.ID, before time.Time, limit int) (int, error) {
	list, err := s.toPrune(ctx, t, before, limit)
	pruned := 0
	for err == nil && len(list) > 0 {
		some := firstToPrune(list)
		list = list[len(some):]
		err = s.InTx(ctx, func(ctx context.Context) error {
			n, err := s.prune(ctx, t, before, some)
			pruned += n
			return err
		})
	}
	if err != nil {
		return pruned, fmt.Errorf("bunstore: prune: %w", err)
	}
	return pruned, nil
}

// prunable is the condition that a message is finished, and was created, was to
// be sent and has changed before a time, which is its argument three times. The
// first of them selects, so that hardly any batches are looked at in vain.
func prunable() string {
	return "m.created_at < ? AND (m.send_at IS NULL OR m.send_at < ?) AND " + inState(messaging.Finished) +
		" AND NOT " + anyBatch("b.updated_at >= ?")
}

// prunableMessage is a message that can be removed.
type prunableMessage struct {
	ID         string
	Deliveries int
}

func (s *Store) toPrune(ctx context.Context, t tenant.ID, before time.Time, limit int) ([]prunableMessage, error) {
	var list []prunableMessage
	since := storedUp(before)
	err := s.idb(ctx).NewRaw(`
		SELECT m.id, m.unbound + COALESCE((
			SELECT sum(b.recipients) FROM thirdapp_message_batches b
			WHERE b.tenant_id = m.tenant_id AND b.message_id = m.id
		), 0) AS deliveries
		FROM thirdapp_messages m WHERE m.tenant_id = ? AND `+prunable()+`
		ORDER BY m.id LIMIT ?`, t, since, since, since, limit).Scan(ctx, &list)
	return list, storeError(err)
}

// firstToPrune returns as many of the first messages as are removed together.
func firstToPrune(list []prunableMessage) []prunableMessage {
	deliveries := 0
	for i, m := range list {
		deliveries += m.Deliveries
		if i > 0 && (i == messagesPerPrune || deliveries > deliveriesPerPrune) {
			return list[:i]
		}
	}
	return list
}

// prune removes those of the messages that can still be removed.
func (s *Store) prune(ctx context.Context, t tenant.ID, before time.Time, list []prunableMessage) (int, error) {
	ids := make([]string, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	if err := s.lockBatches(ctx, "tenant_id = ? AND message_id IN (?)", t, bun.List(ids)); err != nil {
		return 0, err
	}
	var rows []messageRow
	since := storedUp(before)
	err := s.forUpdate(s.idb(ctx).NewSelect().Model(&rows).Column("id").
		Where("m.tenant_id = ? AND m.id IN (?)", t, bun.List(ids)).Where(prunable(), since, since, since).OrderExpr("m.id")).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return 0, storeError(err)
	}
	ids = ids[:0]
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	for _, remove := range []string{
		"DELETE FROM thirdapp_deliveries WHERE tenant_id = ? AND message_id IN (?)",
		"DELETE FROM thirdapp_message_batches WHERE tenant_id = ? AND message_id IN (?)",
		"DELETE FROM thirdapp_messages WHERE tenant_id = ? AND id IN (?)",
	} {
		if _, err := s.idb(ctx).NewRaw(remove, t, bun.List(ids)).Exec(ctx); err != nil {
			return 0, storeError(err)
		}
	}
	return len(ids), nil
}
