package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// MessageByKey implements messaging.MessageStore.
func (s *Store) MessageByKey(
	ctx context.Context, t tenant.ID, key string, since time.Time,
) (messaging.Message, string, error) {
	m, row, err := s.oneMessage(ctx, t, newConditions(t).
		and("m.idempotency_key = ?", key).and("m.created_at > ?", stored(since)))
	if err != nil {
		return messaging.Message{}, "", fmt.Errorf("bunstore: message by key: %w", err)
	}
	return m, row.Fingerprint, nil
}

// Message implements messaging.MessageStore.
func (s *Store) Message(ctx context.Context, t tenant.ID, id string) (messaging.Message, error) {
	m, _, err := s.oneMessage(ctx, t, newConditions(t).and("m.id = ?", id))
	if err != nil {
		return messaging.Message{}, fmt.Errorf("bunstore: message: %w", err)
	}
	return m, nil
}

func (s *Store) oneMessage(ctx context.Context, t tenant.ID, c *conditions) (m messaging.Message, row messageRow, err error) {
	rows, err := s.messageRows(ctx, 1, c)
	if err != nil {
		return m, row, err
	}
	if len(rows) == 0 {
		return m, row, tenant.ErrNotFound
	}
	list, err := s.summed(ctx, t, rows)
	if err != nil {
		return m, row, err
	}
	return list[0], rows[0], nil
}

// Messages implements messaging.MessageStore.
func (s *Store) Messages(
	ctx context.Context, t tenant.ID, f messaging.MessageFilter, p tenant.Page,
) (tenant.List[messaging.Message], error) {
	list, err := s.messages(ctx, t, f, p)
	if err != nil {
		return tenant.List[messaging.Message]{}, fmt.Errorf("bunstore: messages: %w", err)
	}
	return list, nil
}

func (s *Store) messages(
	ctx context.Context, t tenant.ID, f messaging.MessageFilter, p tenant.Page,
) (list tenant.List[messaging.Message], err error) {
	const name = "messages"
	c := s.conditionsOf(t, f)
	if p.Cursor != "" {
		var id string
		if err := decodeCursor(p.Cursor, name, &id); err != nil {
			return list, err
		}
		c.and("m.id < ?", id)
	}
	rows, err := s.messageRows(ctx, p.Size()+1, c)
	if err != nil {
		return list, err
	}
	page := pageOf(rows, p.Size(), func(r messageRow) string { return encodeCursor(name, r.ID) })
	list.Next = page.Next
	list.Items, err = s.summed(ctx, t, page.Items)
	return list, err
}

// messageRows returns messages without their selection, newest first: ids sort
// by time.
func (s *Store) messageRows(ctx context.Context, limit int, c *conditions) ([]messageRow, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	var rows []messageRow
	err := s.idb(ctx).NewSelect().Model(&rows).ExcludeColumn("selection").
		ColumnExpr("m.selection IS NOT NULL AS resolving").
		Where(c.text(), c.args...).OrderExpr("m.id DESC").Limit(int64(limit)).Scan(ctx)
	return rows, storeError(err)
}

// summed returns the messages of rows with the sum of their batches.
func (s *Store) summed(ctx context.Context, t tenant.ID, rows []messageRow) ([]messaging.Message, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var batches []batchRow
	err := s.idb(ctx).NewSelect().Model(&batches).
		Column("message_id", "state", "recipients", "tracking", "counts").
		Where("tenant_id = ? AND message_id IN (?)", t, bun.List(ids)).Scan(ctx)
	if err != nil {
		return nil, storeError(err)
	}
	by := make(map[string][]batchRow, len(rows))
	for _, b := range batches {
		by[b.MessageID] = append(by[b.MessageID], b)
	}
	list := make([]messaging.Message, len(rows))
	for i, r := range rows {
		list[i] = r.message(by[r.ID])
	}
	return list, nil
}
