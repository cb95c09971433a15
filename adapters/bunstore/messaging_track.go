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
) (tracked map[messaging.BatchRef]messaging.Tracked, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	reports := make(map[messaging.BatchRef]messaging.Progress, len(list))
	for _, p := range list {
		reports[p.Batch] = p
	}
	if err = checkReports(list, reports); err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			tracked, err = s.track(ctx, list, reports)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: track: %w", err)
	}
	return tracked, nil
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
) (map[messaging.BatchRef]messaging.Tracked, error) {
	// First of all the batches' rows, whose locks keep two reports apart.
	var rows []batchRow
	err := s.idb(ctx).NewRaw(`
		UPDATE thirdapp_message_batches AS b SET tracks = b.tracks + 1
		FROM ?0 WHERE `+ofHeld+` AND b.tracking`+returningHeld+`, counts`,
		heldValues(list, func(p *messaging.Progress) messaging.BatchRef { return p.Batch }).values).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, storeError(err)
	}
	refs := make([]messaging.BatchRef, len(rows))
	before := make(map[messaging.BatchRef]map[messaging.DeliveryState]int, len(rows))
	var steps []step
	for i := range rows {
		ref := rows[i].ref()
		refs[i], before[ref] = ref, rows[i].Counts
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
	tracked := make(map[messaging.BatchRef]messaging.Tracked, len(refs))
	for i, c := range counted {
		t := newly(before[c.BatchRef], c.own)
		t.Open = !reports[c.BatchRef].Done && c.rest+c.own[messaging.DeliveryDelivered] > 0
		counted[i].open, tracked[c.BatchRef] = t.Open, t
	}
	_, err = s.idb(ctx).NewRaw(`
		UPDATE thirdapp_message_batches AS b SET counts = ?1, tracking = v.open FROM ?0 WHERE `+ofHeld,
		countValues(counted), s.jsonOf("v.counts")).Exec(ctx)
	return tracked, storeError(err)
}

// newly compares the counts of a batch before and after a report.
func newly(before, after map[messaging.DeliveryState]int) messaging.Tracked {
	more := func(states ...messaging.DeliveryState) (n int) {
		for _, state := range states {
			n += after[state] - before[state]
		}
		return max(0, n)
	}
	return messaging.Tracked{
		Delivered: more(messaging.DeliveryDelivered, messaging.DeliveryRead),
		Read:      more(messaging.DeliveryRead), Failed: more(messaging.DeliveryFailed),
	}
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
