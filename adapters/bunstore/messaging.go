package bunstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ messaging.Store = (*Store)(nil)

// rowsPerInsert bounds the rows of one INSERT: more are hardly faster.
const rowsPerInsert = 1000

// CreateMessages implements messaging.MessageStore.
func (s *Store) CreateMessages(ctx context.Context, list ...messaging.NewMessage) error {
	err := s.InTx(ctx, func(ctx context.Context) error { return s.createMessages(ctx, list) })
	if err != nil {
		return fmt.Errorf("bunstore: create messages: %w", err)
	}
	return nil
}

func (s *Store) createMessages(ctx context.Context, list []messaging.NewMessage) error {
	create := s.createMessage
	if s.preparable() {
		create = s.createMessagePrepared
		if len(list) > 1 && !slices.ContainsFunc(list, isNotPlain) {
			return s.createPlain(ctx, list)
		}
	}
	for _, n := range list {
		if err := create(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// createMessage sends what fits into one round trip in one: the statements have
// their values in them, and both databases take several at a time.
func (s *Store) createMessage(ctx context.Context, n messaging.NewMessage) error {
	var first []string
	if n.Message.IdempotencyKey == "" {
		first = []string{s.db.NewInsert().Model(rowOfMessage(n)).String()}
	} else if err := s.insertKeyed(ctx, n); err != nil {
		return err
	}
	batches, deliveries := growthOf(n).rows()
	return s.insertPeople(ctx, first, batches, deliveries)
}

// insertPeople stores batches and deliveries after other statements.
func (s *Store) insertPeople(ctx context.Context, statements []string, batches []batchRow, deliveries []deliveryRow) error {
	for rows := range slices.Chunk(batches, rowsPerInsert) {
		statements = append(statements, s.db.NewInsert().Model(&rows).String())
	}
	if len(deliveries) >= copyFrom && s.preparable() {
		bound, others := withoutState(deliveries)
		if err := s.insertNew(ctx, newDeliveries(bound)); err != nil {
			return storeError(err)
		}
		deliveries = others
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

// withoutState sorts deliveries by whether they have a state of their own.
func withoutState(deliveries []deliveryRow) (without, with []deliveryRow) {
	without = make([]deliveryRow, 0, len(deliveries))
	for _, d := range deliveries {
		if d.State == "" {
			without = append(without, d)
		} else {
			with = append(with, d)
		}
	}
	return without, with
}

// newDeliveries are rows of deliveries without a state of their own.
func newDeliveries(deliveries []deliveryRow) newRows {
	return newRows{
		"thirdapp_deliveries", nil,
		valuesOf("v", deliveries).
			text("tenant_id", func(d *deliveryRow) string { return string(d.TenantID) }).
			text("message_id", func(d *deliveryRow) string { return d.MessageID }).
			integer("batch", func(d *deliveryRow) int32 { return int32(d.Batch) }).
			integer("position", func(d *deliveryRow) int32 { return int32(d.Position) }).
			text("username", func(d *deliveryRow) string { return d.Username }).
			text("user_id", func(d *deliveryRow) string { return d.UserID }).
			text("provider_user_id", func(d *deliveryRow) string { return string(d.ProviderUserID) }).values,
	}
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
