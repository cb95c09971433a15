package bunstore

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Batches implements messaging.BatchStore.
func (s *Store) Batches(ctx context.Context, t tenant.ID, messageID string) ([]messaging.Batch, error) {
	var rows []batchRow
	err := checkText(messageID)
	if err == nil {
		err = s.idb(ctx).NewSelect().Model(&rows).
			Where("tenant_id = ? AND message_id = ?", t, messageID).OrderExpr("number").Scan(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: batches: %w", storeError(err))
	}
	batches := make([]messaging.Batch, len(rows))
	for i, r := range rows {
		batches[i] = r.batch()
	}
	return batches, nil
}

// BatchByTask implements messaging.BatchStore. The newest batch is the one that
// was accepted last.
func (s *Store) BatchByTask(
	ctx context.Context, t tenant.ID, kind provider.Kind, taskID string,
) (messaging.BatchRef, error) {
	var row batchRow
	err := checkText(taskID, string(kind))
	if err == nil {
		err = s.idb(ctx).NewRaw(`
			SELECT b.tenant_id, b.message_id, b.number FROM thirdapp_message_batches b
			JOIN thirdapp_messages m ON m.tenant_id = b.tenant_id AND m.id = b.message_id
			WHERE b.tenant_id = ? AND b.task_id = ? AND b.task_id <> '' AND m.provider = ?
			ORDER BY b.accepted_at DESC, b.message_id DESC, b.number DESC LIMIT 1`, t, taskID, kind).Scan(ctx, &row)
	}
	if err != nil {
		return messaging.BatchRef{}, fmt.Errorf("bunstore: batch by task: %w", storeError(err))
	}
	return row.ref(), nil
}

// Waiting implements messaging.BatchStore.
func (s *Store) Waiting(
	ctx context.Context, t tenant.ID, after messaging.BatchRef, limit int,
) ([]messaging.BatchRef, error) {
	err := checkText(after.MessageID)
	var refs []messaging.BatchRef
	if err == nil {
		refs, err = s.batchRefs(ctx, `
			SELECT b.tenant_id, b.message_id, b.number FROM thirdapp_message_batches b
			WHERE b.tenant_id = ? AND b.state IN ('pending', 'scheduled') AND (b.message_id, b.number) > (?, ?)
			ORDER BY b.message_id, b.number LIMIT ?`, t, after.MessageID, after.Number, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: waiting: %w", err)
	}
	return refs, nil
}

func (s *Store) batchRefs(ctx context.Context, query string, args ...any) ([]messaging.BatchRef, error) {
	var rows []batchRow
	if err := s.idb(ctx).NewRaw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, storeError(err)
	}
	refs := make([]messaging.BatchRef, len(rows))
	for i, r := range rows {
		refs[i] = r.ref()
	}
	return refs, nil
}
