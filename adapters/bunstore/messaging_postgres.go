package bunstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

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
		idempotency_key, fingerprint, created_by, created_by_name, expires_at, created_at,
		webhook, parts, template_name, template, mentions, duplicates, selection, send_at, batches, org_id)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11::text, ''), nullif($12::text, ''), $13, $14, $15, $16,
		$17, $18, $19, $20, $21, $22, $23, $24, $25, $26)`

	unlessKeyHeld = `
	ON CONFLICT (tenant_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING`

	insertOneDelivery = `
	RETURNING 1
), b AS (
	INSERT INTO thirdapp_message_batches (
		tenant_id, message_id, number, state, recipients, claim, attempts, next_at, maybe_sent,
		task_id, request_id, tracking, tracks, updated_at)
	SELECT $1, $2, 1, $27::text, 1, '', 0, $28::timestamptz, FALSE, '', '', FALSE, 0, $16 FROM m
)
INSERT INTO thirdapp_deliveries (tenant_id, message_id, batch, position, username, user_id, provider_user_id)
SELECT $1, $2, 1, 0, $29, $30, $31 FROM m`

	insertDeliveries = `
	RETURNING 1
), b AS (
	INSERT INTO thirdapp_message_batches (
		tenant_id, message_id, number, state, recipients, claim, attempts, next_at, maybe_sent,
		task_id, request_id, tracking, tracks, updated_at, part, follows)
	SELECT $1, $2, number, $27::text, recipients, '', 0, $28::timestamptz, FALSE, '', '', FALSE, 0, $16, part, part > 1
	FROM m, unnest($29::integer[], $30::integer[], $31::integer[]) AS batch (number, recipients, part)
)
INSERT INTO thirdapp_deliveries (
	tenant_id, message_id, batch, position, username, user_id, provider_user_id, state, failure, updated_at)
SELECT $1, $2, batch, position, username, user_id, provider_user_id,
	CASE WHEN batch = 0 THEN 'unbound' END, failure::json, CASE WHEN batch = 0 THEN $16 END
FROM m, unnest($32::integer[], $33::integer[], $34::text[], $35::text[], $36::text[], $37::text[])
	AS delivery (batch, position, username, user_id, provider_user_id, failure)`
)

func (s *Store) createMessagePrepared(ctx context.Context, n messaging.NewMessage) error {
	if len(n.Batches)+len(n.Unbound) == 0 { // the statement tells by its deliveries whether the key was held
		return s.createMessage(ctx, n)
	}
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
	if err == nil && inserted == 0 {
		return tenant.ErrConflict
	}
	return storeError(err)
}

// insertMessage returns the statement that stores a message, and its arguments.
func insertMessage(n messaging.NewMessage) (query string, args []any, err error) {
	args, err = messageColumns(rowOfMessage(n))
	if err != nil {
		return "", nil, err
	}
	query = insertMessageRow
	if n.Message.IdempotencyKey != "" {
		query += unlessKeyHeld
	}
	g := growthOf(n)
	state, next := g.begin()
	args = append(args, string(state), next)
	batches, deliveries := g.rows()
	if len(deliveries) == 1 && len(batches) == 1 && batches[0].Recipients == 1 && g.parts == 0 {
		d := deliveries[0]
		return query + insertOneDelivery, append(args, d.Username, d.UserID, string(d.ProviderUserID)), nil
	}
	more, err := deliveryColumns(batches, deliveries)
	return query + insertDeliveries, append(args, more...), err
}

// messageColumns returns the values of a message's row.
func messageColumns(m *messageRow) ([]any, error) {
	content, err := json.Marshal(m.Content)
	if err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	var encoded [6]*string
	for i, v := range []struct {
		value any
		null  bool
	}{
		{m.Degraded, len(m.Degraded) == 0},
		{m.Parts, len(m.Parts) == 0},
		{m.Template, m.Template == nil},
		{m.Mentions, m.Mentions == nil},
		{m.Duplicates, len(m.Duplicates) == 0},
		{m.Selection, m.Selection == nil},
	} {
		if encoded[i], err = nullableJSON(v.value, v.null); err != nil {
			return nil, err
		}
	}
	return []any{
		string(m.TenantID), m.ID, string(m.Provider), m.AppID, string(m.Channel), string(content), encoded[0],
		m.Everyone, m.Unbound, m.AtLeastOnce, m.IdempotencyKey, m.Fingerprint, m.CreatedBy, m.CreatedByName,
		nullableTime(m.ExpiresAt), m.CreatedAt,
		m.Webhook, encoded[1], m.TemplateName, encoded[2], encoded[3], encoded[4], encoded[5],
		nullableTime(m.SendAt), m.Batches, m.OrgID,
	}, nil
}

// deliveryColumns returns batches and deliveries as an array per column.
func deliveryColumns(batches []batchRow, deliveries []deliveryRow) ([]any, error) {
	numbers, sizes, parts := make([]int32, len(batches)), make([]int32, len(batches)), make([]int32, len(batches))
	for i, b := range batches {
		numbers[i], sizes[i], parts[i] = int32(b.Number), int32(b.Recipients), int32(b.Part)
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
	return []any{numbers, sizes, parts, batch, position, username, userID, personID, failure}, nil
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

func nullableTime(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }
