package bunstore

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
)

// Track implements messaging.BatchStore. It makes at most five statements,
// however many reports there are.
func (s *Store) Track(
	ctx context.Context, list ...messaging.Progress,
) (open map[messaging.BatchRef]bool, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	reports := make(map[messaging.BatchRef]messaging.Progress, len(list))
	for _, p := range list {
		reports[p.Batch] = p
	}
	if err = checkReports(list, reports); err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			open, err = s.track(ctx, list, reports)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: track: %w", err)
	}
	return open, nil
}

func checkReports(list []messaging.Progress, reports map[messaging.BatchRef]messaging.Progress) error {
	if len(reports) < len(list) {
		return fmt.Errorf("a batch is named twice among %d", len(list))
	}
	for ref := range reports {
		if err := checkText(string(ref.Tenant), ref.MessageID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) track(
	ctx context.Context, list []messaging.Progress, reports map[messaging.BatchRef]messaging.Progress,
) (map[messaging.BatchRef]bool, error) {
	// First of all the batches' rows, whose locks keep two reports apart.
	refs, err := s.batchRefs(ctx, `
		UPDATE thirdapp_message_batches AS b SET tracks = b.tracks + 1
		FROM ?0 WHERE `+ofHeld+` AND b.tracking`+returningHeld,
		heldValues(list, func(p *messaging.Progress) messaging.BatchRef { return p.Batch }).values)
	if err != nil || len(refs) == 0 {
		return nil, err
	}
	var steps []step
	for _, ref := range refs {
		p := reports[ref]
		if p.AllDelivered {
			if err := s.deliverAll(ctx, ref, p); err != nil {
				return nil, err
			}
		}
		steps, err = appendSteps(steps, p)
		if err != nil {
			return nil, err
		}
	}
	if err := s.advance(ctx, steps); err != nil {
		return nil, err
	}
	counted, err := s.countOwn(ctx, refs)
	if err != nil {
		return nil, err
	}
	open := make(map[messaging.BatchRef]bool, len(refs))
	for i, c := range counted {
		open[c.BatchRef] = !reports[c.BatchRef].Done && c.rest+c.own[messaging.DeliveryDelivered] > 0
		counted[i].open = open[c.BatchRef]
	}
	_, err = s.idb(ctx).NewRaw(`
		UPDATE thirdapp_message_batches AS b SET counts = ?1, tracking = v.open FROM ?0 WHERE `+ofHeld,
		countValues(counted), s.jsonOf("v.counts")).Exec(ctx)
	return open, storeError(err)
}

// deliverAll moves everybody in a batch who has no state to delivered.
func (s *Store) deliverAll(ctx context.Context, ref messaging.BatchRef, p messaging.Progress) error {
	_, err := s.deliveriesOf(ctx, ref).Set("state = 'delivered', updated_at = ?", stored(p.At)).
		Where("state IS NULL").Exec(ctx)
	return storeError(err)
}

// ofBatch begins an UPDATE of a batch.
func (s *Store) ofBatch(ctx context.Context, ref messaging.BatchRef) *bun.UpdateQuery {
	return s.idb(ctx).NewUpdate().Model((*batchRow)(nil)).Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number)
}

// deliveriesOf begins an UPDATE of the deliveries of a batch.
func (s *Store) deliveriesOf(ctx context.Context, ref messaging.BatchRef) *bun.UpdateQuery {
	return s.idb(ctx).NewUpdate().Model((*deliveryRow)(nil)).
		Where("tenant_id = ? AND message_id = ? AND batch = ?", ref.Tenant, ref.MessageID, ref.Number)
}
