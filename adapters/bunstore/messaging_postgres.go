package bunstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// The statements that store a message with everything that belongs to it at
// once, of four parts. A key is only looked at where there is one, since looking
// costs as much as a row; people come as arrays only where there are several,
// since for arrays of unknown length PostgreSQL would not keep a plan.
const (
	insertMessageRow = `
WITH m AS (
	INSERT INTO thirdapp_messages (
		tenant_id, id, provider, app_id, channel, content, degraded, everyone, unbound, at_least_once,
		idempotency_key, fingerprint, created_by, created_by_name, expires_at, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11::text, ''), nullif($12::text, ''), $13, $14, $15, $16)`

	unlessKeyHeld = `
	ON CONFLICT (tenant_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING`

	insertOneDelivery = `
	RETURNING 1
), b AS (
	INSERT INTO thirdapp_message_batches (
		tenant_id, message_id, number, state, recipients, claim, attempts, next_at, maybe_sent,
		task_id, request_id, tracking, tracks, updated_at)
	SELECT $1, $2, 1, 'pending', 1, '', 0, $16, FALSE, '', '', FALSE, 0, $16 FROM m
)
INSERT INTO thirdapp_deliveries (tenant_id, message_id, batch, position, username, user_id, provider_user_id)
SELECT $1, $2, 1, 0, $17, $18, $19 FROM m`

	insertDeliveries = `
	RETURNING 1
), b AS (
	INSERT INTO thirdapp_message_batches (
		tenant_id, message_id, number, state, recipients, claim, attempts, next_at, maybe_sent,
		task_id, request_id, tracking, tracks, updated_at)
	SELECT $1, $2, number, 'pending', recipients, '', 0, $16, FALSE, '', '', FALSE, 0, $16
	FROM m, unnest($17::integer[], $18::integer[]) AS batch (number, recipients)
)
INSERT INTO thirdapp_deliveries (
	tenant_id, message_id, batch, position, username, user_id, provider_user_id, state, failure, updated_at)
SELECT $1, $2, batch, position, username, user_id, provider_user_id,
	CASE WHEN batch = 0 THEN 'unbound' END, failure::json, CASE WHEN batch = 0 THEN $16 END
FROM m, unnest($19::integer[], $20::integer[], $21::text[], $22::text[], $23::text[], $24::text[])
	AS delivery (batch, position, username, user_id, provider_user_id, failure)`
)

func (s *Store) createMessagePrepared(ctx context.Context, n messaging.NewMessage) error {
	if n.Message.IdempotencyKey != "" {
		if err := s.releaseKey(ctx, n); err != nil {
			return err
		}
	}
	query, args, err := insertMessage(n)
	if err != nil {
		return err
	}
	inserted, err := affected(s.handle(ctx).ExecContext(ctx, query, prepared(args...)...))
	if err == nil && inserted == 0 { // every message has a delivery
		return tenant.ErrConflict
	}
	return storeError(err)
}

// insertMessage returns the statement that stores a message, and its arguments.
func insertMessage(n messaging.NewMessage) (query string, args []any, err error) {
	m := rowOfMessage(n)
	content, err := json.Marshal(m.Content)
	if err != nil {
		return "", nil, fmt.Errorf("content: %w", err)
	}
	degraded, err := nullableJSON(m.Degraded, len(m.Degraded) == 0)
	if err != nil {
		return "", nil, err
	}
	args = []any{
		string(m.TenantID), m.ID, string(m.Provider), m.AppID, string(m.Channel), string(content), degraded,
		m.Everyone, m.Unbound, m.AtLeastOnce, m.IdempotencyKey, m.Fingerprint, m.CreatedBy, m.CreatedByName,
		sql.NullTime{Time: m.ExpiresAt, Valid: !m.ExpiresAt.IsZero()},
		m.CreatedAt,
	}
	query = insertMessageRow
	if m.IdempotencyKey != "" {
		query += unlessKeyHeld
	}
	batches, deliveries := rowsOfBatches(n)
	if len(deliveries) == 1 && len(batches) == 1 && batches[0].Recipients == 1 {
		d := deliveries[0]
		return query + insertOneDelivery, append(args, d.Username, d.UserID, string(d.ProviderUserID)), nil
	}
	more, err := deliveryColumns(batches, deliveries)
	return query + insertDeliveries, append(args, more...), err
}

// deliveryColumns returns batches and deliveries as an array per column.
func deliveryColumns(batches []batchRow, deliveries []deliveryRow) ([]any, error) {
	numbers, sizes := make([]int32, len(batches)), make([]int32, len(batches))
	for i, b := range batches {
		numbers[i], sizes[i] = int32(b.Number), int32(b.Recipients)
	}
	n := len(deliveries)
	batch, position := make([]int32, n), make([]int32, n)
	username, userID, personID := make([]string, n), make([]string, n), make([]string, n)
	failure := make([]*string, n)
	for i, d := range deliveries {
		batch[i], position[i] = int32(d.Batch), int32(d.Position)
		username[i], userID[i], personID[i] = d.Username, d.UserID, string(d.ProviderUserID)
		f, err := nullableJSON(d.Failure, d.Failure == nil)
		if err != nil {
			return nil, err
		}
		failure[i] = f
	}
	return []any{numbers, sizes, batch, position, username, userID, personID, failure}, nil
}

func nullableJSON(v any, null bool) (*string, error) {
	if null {
		return nil, nil //nolint:nilnil // nil is NULL
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("json: %w", err)
	}
	s := string(b)
	return &s, nil
}
