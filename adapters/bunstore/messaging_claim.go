package bunstore

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/messaging"
)

const updateClaimed = `
UPDATE thirdapp_message_batches AS b
SET claim = v.new_claim, state = 'sending', attempts = b.attempts + 1,
	maybe_sent = (b.maybe_sent OR b.state = 'sending'), updated_at = ?1
FROM ?0
WHERE ` + ofHeld + ` AND b.state = v.seen_state AND b.claim = v.seen_claim
	AND b.state IN ('pending', 'scheduled', 'sending')` + returningHeld

// Claim implements messaging.BatchStore.
func (s *Store) Claim(
	ctx context.Context, list ...messaging.Claim,
) (lost map[messaging.BatchRef]error, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	claimed := make([]heldBatch, len(list))
	for i, c := range list {
		claimed[i] = heldBatch{c.Batch, c.ID, messaging.DeliverySending}
	}
	rows := heldValues(list, func(c *messaging.Claim) messaging.BatchRef { return c.Batch }).
		text("new_claim", func(c *messaging.Claim) string { return c.ID }).
		text("seen_state", func(c *messaging.Claim) string { return string(c.SeenState) }).
		text("seen_claim", func(c *messaging.Claim) string { return c.SeenClaim }).
		text("at", func(c *messaging.Claim) string { return timeText(c.At) }).values
	_, lost, err = s.changeHeld(ctx, claimed, updateClaimed, rows, s.timeOf("v.at"))
	if err != nil {
		return nil, fmt.Errorf("bunstore: claim: %w", err)
	}
	return lost, nil
}
