package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/tenant"
)

// Who changes several rows of a message locks its batches first, by number, and
// then the message, so that nobody waits for each other in a circle. On SQLite
// the first write of a transaction locks everything.

// forUpdate locks the rows that a query reads.
func (s *Store) forUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if s.postgres() {
		return q.For("UPDATE")
	}
	return q
}

// lockBatches locks batches one after the other.
func (s *Store) lockBatches(ctx context.Context, where string, args ...any) error {
	if !s.postgres() {
		return nil
	}
	var rows []batchRow
	err := s.forUpdate(s.idb(ctx).NewSelect().Model(&rows).Column("number").
		Where(where, args...).OrderExpr("message_id, number")).Scan(ctx)
	return storeError(err)
}

// lockMessage locks the batches of a message and then the message. When batches
// have come in between it begins again: they must not be locked after the
// message.
func (s *Store) lockMessage(ctx context.Context, t tenant.ID, id string) (messageRow, error) {
	for {
		row, err := s.readMessage(ctx, t, id, "batches", "everyone", "parts", "send_at")
		if err != nil {
			return row, err
		}
		if err := s.lockBatches(ctx, "tenant_id = ? AND message_id = ?", t, id); err != nil {
			return row, err
		}
		n, err := affected(s.idb(ctx).NewUpdate().Model((*messageRow)(nil)).Set("batches = batches").
			Where("tenant_id = ? AND id = ? AND batches = ?", t, id, row.Batches).Exec(ctx))
		if err != nil || n > 0 {
			return row, storeError(err)
		}
	}
}

// takeNumbers reserves numbers for n new batches of a message, whose row it
// locks, and returns the number before the first.
func (s *Store) takeNumbers(ctx context.Context, t tenant.ID, id string, n int) (int, error) {
	var row messageRow
	err := s.idb(ctx).NewRaw(`
		UPDATE thirdapp_messages SET batches = batches + ? WHERE tenant_id = ? AND id = ? RETURNING batches`,
		n, t, id).Scan(ctx, &row)
	return row.Batches - n, storeError(err)
}
