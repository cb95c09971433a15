package bunstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// step is a person of a batch who gets a state of their own.
type step struct {
	messaging.BatchRef

	user    provider.UserID
	state   messaging.DeliveryState
	failure string
	at      time.Time
}

// appendSteps adds what a report says of single people. What is said twice is
// what goes further counts.
func appendSteps(steps []step, p messaging.Progress) ([]step, error) {
	for _, user := range p.Read {
		steps = append(steps, step{p.Batch, user, messaging.DeliveryRead, "", p.At})
	}
	steps, err := appendFailed(steps, p.Batch, p.Failed, p.At, p.Read)
	if err != nil {
		return nil, err
	}
	for _, user := range p.Delivered {
		if _, failed := p.Failed[user]; !failed && !slices.Contains(p.Read, user) {
			steps = append(steps, step{p.Batch, user, messaging.DeliveryDelivered, "", p.At})
		}
	}
	return steps, nil
}

// appendFailed adds people who failed, less those in but.
func appendFailed(
	steps []step, ref messaging.BatchRef, failed map[provider.UserID]messaging.Failure, at time.Time, but []provider.UserID,
) ([]step, error) {
	for user, failure := range failed {
		if slices.Contains(but, user) {
			continue
		}
		text, err := json.Marshal(failure)
		if err != nil {
			return nil, fmt.Errorf("failure: %w", err)
		}
		steps = append(steps, step{ref, user, messaging.DeliveryFailed, string(text), at})
	}
	return steps, nil
}

// fewPeople is up to how many people of a batch share a statement with those of
// others. Their ids are in no index, so that each is compared with everybody in
// the batch; more are worth a statement for each state.
const fewPeople = 4

// advance moves people forward. Nobody is in it twice.
func (s *Store) advance(ctx context.Context, steps []step) error {
	of := make(map[messaging.BatchRef]int)
	for _, p := range steps {
		of[p.BatchRef]++
	}
	var few []step
	many := make(map[step][]provider.UserID) // by all but the user
	for _, p := range steps {
		if of[p.BatchRef] <= fewPeople {
			few = append(few, p)
			continue
		}
		user := p.user
		p.user = ""
		many[p] = append(many[p], user)
	}
	for p, users := range many {
		if err := s.advanceMany(ctx, p, users); err != nil {
			return err
		}
	}
	return s.advanceFew(ctx, few)
}

// advanceMany moves people of one batch forward who take the same step.
func (s *Store) advanceMany(ctx context.Context, p step, users []provider.UserID) error {
	from := "state IS NULL"
	if p.state != messaging.DeliveryDelivered {
		from = "(state IS NULL OR state = 'delivered')"
	}
	_, err := s.deliveriesOf(ctx, p.BatchRef).
		Set("state = ?, failure = ?, updated_at = ?", p.state, bun.NullZero(p.failure), stored(p.at)).
		Where(from+" AND provider_user_id ?", anyOf[provider.UserID](users)).Exec(ctx)
	return storeError(err)
}

const updateAdvanced = `
UPDATE thirdapp_deliveries AS d SET state = v.new_state, failure = ?1, updated_at = ?2
FROM ?0
WHERE d.tenant_id = v.of_tenant AND d.message_id = v.of_message AND d.batch = v.of_number
	AND d.provider_user_id = v.of_user
	AND (d.state IS NULL OR d.state = 'delivered' AND v.new_state IN ('read', 'failed'))`

func (s *Store) advanceFew(ctx context.Context, steps []step) error {
	if len(steps) == 0 {
		return nil
	}
	rows := heldValues(steps, func(p *step) messaging.BatchRef { return p.BatchRef }).
		text("of_user", func(p *step) string { return string(p.user) }).
		text("new_state", func(p *step) string { return string(p.state) }).
		text("failure", func(p *step) string { return p.failure }).
		text("at", func(p *step) string { return timeText(p.at) }).values
	_, err := s.idb(ctx).NewRaw(updateAdvanced, rows, s.jsonOf("v.failure"), s.timeOf("v.at")).Exec(ctx)
	return storeError(err)
}
