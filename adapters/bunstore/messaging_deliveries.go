package bunstore

import (
	"context"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// Deliveries implements messaging.MessageStore.
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
		ColumnExpr("CASE WHEN d.state IS NULL AND b.state IN ('pending', 'scheduled') THEN b.next_at END AS next_at").
		ColumnExpr("COALESCE(d.updated_at, b.updated_at) AS updated_at").
		ColumnExpr("COALESCE(b.part, 0) AS part, COALESCE(b.task_id, '') AS task_id, COALESCE(b.attempts, 0) AS attempts").
		Where("d.tenant_id = ? AND d.message_id = ?", t, messageID).
		OrderExpr("d.batch, d.position").Limit(int64(p.Size()) + 1)
	if len(f.States) > 0 { // of the batches first: there are far fewer of them
		q = q.Where("(d.state IN (?0) OR d.state IS NULL AND d.batch IN ("+
			"SELECT number FROM thirdapp_message_batches WHERE tenant_id = ?1 AND message_id = ?2 AND state IN (?0)))",
			bun.List(f.States), t, messageID)
	}
	if f.Batch > 0 {
		q = q.Where("d.batch = ?", f.Batch)
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
