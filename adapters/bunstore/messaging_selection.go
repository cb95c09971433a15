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
	of, err := s.readMessage(ctx, t, id, "selection", "parts")
	if err != nil {
		return nil, err
	}
	if of.Selection == nil || of.Selection.After != e.Seen {
		return nil, tenant.ErrConflict
	}
	of.Selection.After = e.After
	g := growth{tenant: t, message: id, parts: len(of.Parts), groups: e.Batches, lost: e.Unbound, at: e.At}
	row, err := s.moveSelection(ctx, g, of.Selection, e)
	if err != nil {
		return nil, err
	}
	g.batch, g.unbound = row.Batches-g.size(), row.Unbound-len(g.lost)
	if row.SendAt.After(e.At) {
		g.sendAt = row.SendAt
	}
	batches, deliveries := g.rows()
	return firstParts(batches), s.insertPeople(ctx, nil, batches, deliveries)
}

// moveSelection takes a message's selection a step on and makes room for what
// comes to it, unless another one was faster. It returns what the row, which it
// has locked, says of the batches.
func (s *Store) moveSelection(
	ctx context.Context, g growth, to *messaging.Selection, e messaging.Extension,
) (messageRow, error) {
	next, err := nullableJSON(to, e.Done)
	if err != nil {
		return messageRow{}, err
	}
	var rows []messageRow
	err = s.idb(ctx).NewRaw(`
		UPDATE thirdapp_messages SET selection = ?, batches = batches + ?, unbound = unbound + ?
		WHERE tenant_id = ? AND id = ? AND selection IS NOT NULL AND COALESCE(selection ->> 'after', '') = ?
		RETURNING send_at, batches, unbound`,
		next, g.size(), len(g.lost), g.tenant, g.message, e.Seen).Scan(ctx, &rows)
	if err != nil {
		return messageRow{}, storeError(err)
	}
	if len(rows) == 0 {
		return messageRow{}, tenant.ErrConflict
	}
	return rows[0], nil
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
