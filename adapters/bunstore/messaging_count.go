package bunstore

import (
	"context"
	"encoding/json"

	"github.com/thirdapp/thirdapp/messaging"
)

// count is how many deliveries of a batch have a state of their own, by that,
// and how many have none.
type count struct {
	messaging.BatchRef

	own  map[messaging.DeliveryState]int
	rest int
	open bool // its tracking
}

// countOwn counts the deliveries of batches.
func (s *Store) countOwn(ctx context.Context, refs []messaging.BatchRef) ([]count, error) {
	var rows []struct {
		batchRow `bun:",extend"`

		N int
	}
	err := s.idb(ctx).NewRaw(`
		SELECT d.tenant_id, d.message_id, d.batch AS number, COALESCE(d.state, '') AS state, count(*) AS n
		FROM ?0 JOIN thirdapp_deliveries AS d
			ON d.tenant_id = v.of_tenant AND d.message_id = v.of_message AND d.batch = v.of_number
		GROUP BY d.tenant_id, d.message_id, d.batch, d.state`,
		heldValues(refs, func(r *messaging.BatchRef) messaging.BatchRef { return *r }).values).Scan(ctx, &rows)
	if err != nil {
		return nil, storeError(err)
	}
	counts := make([]count, len(refs))
	at := make(map[messaging.BatchRef]*count, len(refs))
	for i, ref := range refs {
		counts[i] = count{BatchRef: ref, own: make(map[messaging.DeliveryState]int)}
		at[ref] = &counts[i]
	}
	for _, r := range rows {
		if c := at[r.ref()]; r.State == "" {
			c.rest = r.N
		} else {
			c.own[r.State] = r.N
		}
	}
	return counts, nil
}

// countValues is a table literal of counts.
func countValues(counts []count) values {
	return heldValues(counts, func(c *count) messaging.BatchRef { return c.BatchRef }).
		text("counts", func(c *count) string { return encodedCounts(c.own) }).
		boolean("open", func(c *count) bool { return c.open }).values
}

// recount stores how many deliveries of batches have a state of their own.
func (s *Store) recount(ctx context.Context, refs ...messaging.BatchRef) error {
	counts, err := s.countOwn(ctx, refs)
	if err != nil {
		return err
	}
	_, err = s.idb(ctx).NewRaw(`
		UPDATE thirdapp_message_batches AS b SET counts = ?1 FROM ?0 WHERE `+ofHeld,
		countValues(counts), s.jsonOf("v.counts")).Exec(ctx)
	return storeError(err)
}

// encodedCounts returns what stands in the column counts, "" for NULL.
func encodedCounts(counts map[messaging.DeliveryState]int) string {
	if len(counts) == 0 {
		return ""
	}
	text, err := json.Marshal(counts)
	if err != nil {
		panic(err) // words and numbers
	}
	return string(text)
}
