package bunstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ messaging.Store = (*Store)(nil)

// rowsPerInsert bounds the rows of one INSERT: more are hardly faster.
const rowsPerInsert = 1000

// CreateMessage implements messaging.Store.
func (s *Store) CreateMessage(ctx context.Context, n messaging.NewMessage) error {
	create := s.createMessage
	if s.preparable() {
		create = s.createMessagePrepared
	}
	err := s.InTx(ctx, func(ctx context.Context) error { return create(ctx, n) })
	if err != nil {
		return fmt.Errorf("bunstore: create message: %w", err)
	}
	return nil
}

// createMessage sends what fits into one round trip in one: the statements have
// their values in them, and both databases take several at a time.
func (s *Store) createMessage(ctx context.Context, n messaging.NewMessage) error {
	batches, deliveries := rowsOfBatches(n)
	var statements []string
	if n.Message.IdempotencyKey == "" {
		statements = append(statements, s.db.NewInsert().Model(rowOfMessage(n)).String())
	} else if err := s.insertKeyed(ctx, n); err != nil {
		return err
	}
	if len(batches) > 0 {
		statements = append(statements, s.db.NewInsert().Model(&batches).String())
	}
	for rows := range slices.Chunk(deliveries, rowsPerInsert) {
		statements = append(statements, s.db.NewInsert().Model(&rows).String())
		if len(rows) == rowsPerInsert { // enough for one round trip
			if err := s.execAll(ctx, statements); err != nil {
				return err
			}
			statements = nil
		}
	}
	return s.execAll(ctx, statements)
}

func (s *Store) execAll(ctx context.Context, statements []string) error {
	if len(statements) == 0 {
		return nil
	}
	_, err := s.idb(ctx).ExecContext(ctx, strings.Join(statements, ";\n"))
	return storeError(err)
}

// insertKeyed stores a message unless its idempotency key is held.
func (s *Store) insertKeyed(ctx context.Context, n messaging.NewMessage) error {
	if err := s.releaseKey(ctx, n); err != nil {
		return err
	}
	inserted, err := affected(s.idb(ctx).NewInsert().Model(rowOfMessage(n)).
		On("CONFLICT (tenant_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING").
		Exec(ctx))
	if err == nil && inserted == 0 {
		return tenant.ErrConflict
	}
	return storeError(err)
}

// releaseKey takes the key of a new message from an older one for which it has
// run out.
func (s *Store) releaseKey(ctx context.Context, n messaging.NewMessage) error {
	m := n.Message
	_, err := s.idb(ctx).NewUpdate().Model((*messageRow)(nil)).Set("idempotency_key = NULL").
		Where("tenant_id = ? AND idempotency_key = ? AND created_at <= ?", m.Tenant, m.IdempotencyKey, stored(n.KeysSince)).
		Exec(ctx)
	return storeError(err)
}

// MessageByKey implements messaging.Store.
func (s *Store) MessageByKey(
	ctx context.Context, t tenant.ID, key string, since time.Time,
) (messaging.Message, string, error) {
	rows, err := s.messageRows(ctx, 1, "tenant_id = ? AND idempotency_key = ? AND created_at > ?", t, key, stored(since))
	if err == nil && len(rows) == 0 {
		err = tenant.ErrNotFound
	}
	var list []messaging.Message
	if err == nil {
		list, err = s.summed(ctx, t, rows)
	}
	if err != nil {
		return messaging.Message{}, "", fmt.Errorf("bunstore: message by key: %w", err)
	}
	return list[0], rows[0].Fingerprint, nil
}

// Message implements messaging.Store.
func (s *Store) Message(ctx context.Context, t tenant.ID, id string) (messaging.Message, error) {
	m, err := s.message(ctx, t, id)
	if err != nil {
		return messaging.Message{}, fmt.Errorf("bunstore: message: %w", err)
	}
	return m, nil
}

func (s *Store) message(ctx context.Context, t tenant.ID, id string) (messaging.Message, error) {
	if err := checkText(id); err != nil {
		return messaging.Message{}, err
	}
	rows, err := s.messageRows(ctx, 1, "tenant_id = ? AND id = ?", t, id)
	if err != nil {
		return messaging.Message{}, err
	}
	if len(rows) == 0 {
		return messaging.Message{}, tenant.ErrNotFound
	}
	list, err := s.summed(ctx, t, rows)
	if err != nil {
		return messaging.Message{}, err
	}
	return list[0], nil
}

// Messages implements messaging.Store.
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
	if err := checkText(string(f.Provider)); err != nil {
		return list, err
	}
	where, args := "tenant_id = ? AND ? IN ('', provider)", []any{t, f.Provider}
	if p.Cursor != "" {
		var id string
		if err := decodeCursor(p.Cursor, name, &id); err != nil {
			return list, err
		}
		where, args = where+" AND id < ?", append(args, id)
	}
	rows, err := s.messageRows(ctx, p.Size()+1, where, args...)
	if err != nil {
		return list, err
	}
	page := pageOf(rows, p.Size(), func(r messageRow) string { return encodeCursor(name, r.ID) })
	list.Next = page.Next
	list.Items, err = s.summed(ctx, t, page.Items)
	return list, err
}

// messageRows returns messages, newest first: ids sort by time.
func (s *Store) messageRows(ctx context.Context, limit int, where string, args ...any) ([]messageRow, error) {
	var rows []messageRow
	err := s.idb(ctx).NewSelect().Model(&rows).Where(where, args...).
		OrderExpr("id DESC").Limit(int64(limit)).Scan(ctx)
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

// Batches implements messaging.Store.
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

// Deliveries implements messaging.Store.
func (s *Store) Deliveries(
	ctx context.Context, t tenant.ID, messageID string, f messaging.DeliveryFilter, p tenant.Page,
) (tenant.List[messaging.Delivery], error) {
	list, err := s.deliveries(ctx, t, messageID, f, p)
	if err != nil {
		return tenant.List[messaging.Delivery]{}, fmt.Errorf("bunstore: deliveries: %w", err)
	}
	return list, nil
}

func (s *Store) deliveries(
	ctx context.Context, t tenant.ID, messageID string, f messaging.DeliveryFilter, p tenant.Page,
) (list tenant.List[messaging.Delivery], err error) {
	const name = "deliveries"
	if err := checkText(messageID); err != nil {
		return list, err
	}
	q := s.idb(ctx).NewSelect().TableExpr("thirdapp_deliveries AS d").
		Join("LEFT JOIN thirdapp_message_batches AS b").
		JoinOn("b.tenant_id = d.tenant_id AND b.message_id = d.message_id AND b.number = d.batch").
		ColumnExpr("d.message_id, d.batch, d.position, d.username, d.user_id, d.provider_user_id").
		ColumnExpr("COALESCE(d.state, b.state) AS state").
		ColumnExpr("CASE WHEN d.state IS NULL THEN b.failure ELSE d.failure END AS failure").
		ColumnExpr("COALESCE(d.updated_at, b.updated_at) AS updated_at").
		ColumnExpr("COALESCE(b.task_id, '') AS task_id, COALESCE(b.attempts, 0) AS attempts").
		Where("d.tenant_id = ? AND d.message_id = ?", t, messageID).
		OrderExpr("d.batch, d.position").Limit(int64(p.Size()) + 1)
	if len(f.States) > 0 {
		q = q.Where("COALESCE(d.state, b.state) IN (?)", bun.List(f.States))
	}
	if p.Cursor != "" {
		batch, position, err := decodePosition(p.Cursor, name)
		if err != nil {
			return list, err
		}
		q = q.Where("(d.batch, d.position) > (?, ?)", batch, position)
	}
	var rows []deliveryView
	if err := q.Scan(ctx, &rows); err != nil {
		return list, storeError(err)
	}
	page := pageOf(rows, p.Size(), func(v deliveryView) string {
		return encodeCursor(name, strconv.Itoa(v.Batch), strconv.Itoa(v.Position))
	})
	list.Next = page.Next
	for _, v := range page.Items {
		list.Items = append(list.Items, v.delivery())
	}
	return list, nil
}

func decodePosition(cursor, list string) (batch, position int, err error) {
	var keys [2]string
	if err := decodeCursor(cursor, list, &keys[0], &keys[1]); err != nil {
		return 0, 0, err
	}
	batch, err1 := strconv.Atoi(keys[0])
	position, err2 := strconv.Atoi(keys[1])
	if err1 != nil || err2 != nil {
		return 0, 0, errCursor()
	}
	return batch, position, nil
}
