package bunstore

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// heldBatch is a batch that is to be changed under a claim, and what it looks like
// afterwards.
type heldBatch struct {
	messaging.BatchRef

	claim string
	state messaging.DeliveryState
}

// heldValues begins a table literal v of changes to batches.
func heldValues[T any](list []T, of func(*T) messaging.BatchRef) valuesBuilder[T] {
	return valuesOf("v", list).
		text("of_tenant", func(c *T) string { return string(of(c).Tenant) }).
		text("of_message", func(c *T) string { return of(c).MessageID }).
		bigint("of_number", func(c *T) int64 { return int64(of(c).Number) })
}

// A statement that changes batches by heldValues is about those of ofHeld, and
// ends with returningHeld.
const (
	ofHeld        = "b.tenant_id = v.of_tenant AND b.message_id = v.of_message AND b.number = v.of_number"
	returningHeld = " RETURNING tenant_id, message_id, number"
)

// changeHeld runs such a statement. It returns the batches that were changed
// now, and tells why others were not: those that were changed in that way
// before are in neither.
func (s *Store) changeHeld(
	ctx context.Context, list []heldBatch, query string, args ...any,
) (changed map[messaging.BatchRef]bool, lost map[messaging.BatchRef]error, err error) {
	if err := checkHeld(list); err != nil {
		return nil, nil, err
	}
	refs, err := s.batchRefs(ctx, query, args...)
	if err != nil {
		return nil, nil, err
	}
	changed = make(map[messaging.BatchRef]bool, len(refs))
	for _, ref := range refs {
		changed[ref] = true
	}
	for _, h := range list {
		if changed[h.BatchRef] {
			continue
		}
		why, err := s.superseded(ctx, h)
		if err != nil {
			return nil, nil, err
		}
		if why != nil {
			if lost == nil {
				lost = make(map[messaging.BatchRef]error)
			}
			lost[h.BatchRef] = why
		}
	}
	return changed, lost, nil
}

// checkHeld refuses to change a batch twice in one statement.
func checkHeld(list []heldBatch) error {
	named := make(map[messaging.BatchRef]bool, len(list))
	for _, h := range list {
		if named[h.BatchRef] {
			return fmt.Errorf("batch %d of message %q is named twice", h.Number, h.MessageID)
		}
		named[h.BatchRef] = true
		if err := checkText(string(h.Tenant), h.MessageID); err != nil {
			return err
		}
	}
	return nil
}

// superseded tells why a batch could not be changed under a claim: nil when it
// was changed in that way before, ErrConflict when it has moved on, ErrNotFound
// when it is gone.
func (s *Store) superseded(ctx context.Context, h heldBatch) (why, err error) {
	var rows []batchRow
	err = s.idb(ctx).NewSelect().Model(&rows).Column("claim", "state").
		Where(whereBatch, h.Tenant, h.MessageID, h.Number).Scan(ctx)
	switch {
	case err != nil:
		return nil, storeError(err)
	case len(rows) == 0:
		return tenant.ErrNotFound, nil
	case rows[0].Claim == h.claim && rows[0].State == h.state:
		return nil, nil
	}
	return tenant.ErrConflict, nil
}
