package bunstore

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// Selection implements messaging.MessageStore.
func (s *Store) Selection(ctx context.Context, t tenant.ID, id string) (messaging.Selection, error) {
	row, err := s.readMessage(ctx, t, id, "selection")
	if err != nil {
		return messaging.Selection{}, fmt.Errorf("bunstore: selection: %w", err)
	}
	if row.Selection == nil {
		return messaging.Selection{Done: true}, nil
	}
	return *row.Selection, nil
}

// readMessage reads columns of a message.
func (s *Store) readMessage(ctx context.Context, t tenant.ID, id string, columns ...string) (messageRow, error) {
	var row messageRow
	if err := checkText(id); err != nil {
		return row, err
	}
	err := s.idb(ctx).NewSelect().Model(&row).Column(columns...).Where("tenant_id = ? AND id = ?", t, id).Scan(ctx)
	return row, storeError(err)
}

// Extend implements messaging.MessageStore. Batches are Scheduled when the
// message is to be sent later than e.At.
func (s *Store) Extend(
	ctx context.Context, t tenant.ID, id string, e messaging.Extension,
) (refs []messaging.BatchRef, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		refs, err = s.extend(ctx, t, id, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("bunstore: extend: %w", err)
	}
	return refs, nil
}

func (s *Store) extend(
	ctx context.Context, t tenant.ID, id string, e messaging.Extension,
) ([]messaging.BatchRef, error) {
	moved, err := s.moveSelection(ctx, t, id, e)
	if err != nil {
		return nil, err
	}
	g := growth{
		tenant: t, message: id, parts: len(moved.Parts), batch: moved.Batches, unbound: moved.Unbound,
		groups: e.Batches, lost: e.Unbound, at: e.At,
	}
	if moved.SendAt.After(e.At) {
		g.sendAt = moved.SendAt
	}
	batches, deliveries := g.rows()
	_, err = s.idb(ctx).NewUpdate().Model((*messageRow)(nil)).
		Set("batches = batches + ?, unbound = unbound + ?", len(batches), len(e.Unbound)).
		Where("tenant_id = ? AND id = ?", t, id).Exec(ctx)
	if err != nil {
		return nil, storeError(err)
	}
	return firstParts(batches), s.insertPeople(ctx, nil, batches, deliveries)
}

// moveSelection takes a message's selection a step on, unless another one was
// faster, and returns what else is in the row, which it has locked.
func (s *Store) moveSelection(
	ctx context.Context, t tenant.ID, id string, e messaging.Extension,
) (row messageRow, err error) {
	of, err := s.readMessage(ctx, t, id, "selection")
	if err != nil {
		return row, err
	}
	if of.Selection == nil || of.Selection.After != e.Seen {
		return row, tenant.ErrConflict
	}
	of.Selection.After = e.After
	next, err := nullableJSON(of.Selection, e.Done)
	if err != nil {
		return row, err
	}
	n, err := affected(s.idb(ctx).NewUpdate().Model((*messageRow)(nil)).Set("selection = ?", next).
		Where("tenant_id = ? AND id = ?", t, id).
		Where("selection IS NOT NULL AND COALESCE(selection ->> 'after', '') = ?", e.Seen).Exec(ctx))
	if err != nil {
		return row, storeError(err)
	}
	if n == 0 {
		return row, tenant.ErrConflict
	}
	return s.readMessage(ctx, t, id, "parts", "send_at", "batches", "unbound")
}

// firstParts returns the batches that follow no other.
func firstParts(batches []batchRow) []messaging.BatchRef {
	var refs []messaging.BatchRef
	for _, b := range batches {
		if !b.Follows {
			refs = append(refs, b.ref())
		}
	}
	return refs
}
