package bunstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
)

const updateSettled = `
UPDATE thirdapp_message_batches AS b
SET state = v.new_state, task_id = v.new_task, request_id = v.new_request, answer = ?1, failure = ?2,
	tracking = v.new_tracking, app_identity = v.new_identity, next_at = ?3, accepted_at = ?4, updated_at = ?5,
	maybe_sent = (b.maybe_sent OR v.new_doubt),
	attempts = b.attempts - CASE WHEN v.unclaimed AND b.state = 'sending' THEN 1 ELSE 0 END
FROM ?0
WHERE ` + ofHeld + ` AND b.claim = v.held_claim
	AND (b.state IN ('pending', 'scheduled', 'sending') OR v.ends_doubt AND b.state = 'uncertain')` + returningHeld

// settledRow is a settlement as its row has it.
type settledRow struct {
	messaging.Settlement

	failure  string
	next     time.Time
	accepted time.Time
	// endsDoubt is true when it may follow Uncertain.
	endsDoubt bool
}

func rowOfSettlement(st messaging.Settlement) (settledRow, error) {
	r := settledRow{Settlement: st, next: st.At}
	switch st.State { //nolint:exhaustive // the others need nothing more
	case messaging.DeliveryPending, messaging.DeliveryScheduled:
		r.next = st.NextAt
	case messaging.DeliveryAccepted:
		r.endsDoubt, r.accepted = true, st.At
	case messaging.DeliveryFailed:
		r.endsDoubt = true
	}
	if st.Failure == nil {
		return r, nil
	}
	failure, err := json.Marshal(st.Failure)
	if err != nil {
		return r, fmt.Errorf("failure: %w", err)
	}
	r.failure = string(failure)
	return r, nil
}

// Settle implements messaging.BatchStore. An Unclaimed settlement takes back
// the attempt that the claim has counted; a batch that is not Sending has no
// such attempt, and keeps its number.
func (s *Store) Settle(
	ctx context.Context, list ...messaging.Settlement,
) (lost map[messaging.BatchRef]error, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	settle := func(ctx context.Context) error {
		lost, err = s.settle(ctx, list)
		return err
	}
	if refusesNobody(list) {
		err = settle(ctx)
	} else {
		err = s.InTx(ctx, settle)
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: settle: %w", err)
	}
	return lost, nil
}

func refusesNobody(list []messaging.Settlement) bool {
	for _, st := range list {
		if len(st.Refused) > 0 {
			return false
		}
	}
	return true
}

func (s *Store) settle(
	ctx context.Context, list []messaging.Settlement,
) (lost map[messaging.BatchRef]error, err error) {
	rows, settled := make([]settledRow, len(list)), make([]heldBatch, len(list))
	for i, st := range list {
		if rows[i], err = rowOfSettlement(st); err != nil {
			return nil, err
		}
		settled[i] = heldBatch{st.Batch, st.Claim, st.State}
	}
	changed, lost, err := s.changeHeld(ctx, settled, updateSettled, settledValues(rows),
		s.jsonOf("v.answer"), s.jsonOf("v.failure"), s.timeOf("v.next_at"), s.timeOf("v.accepted_at"), s.timeOf("v.at"))
	if err != nil {
		return nil, err
	}
	return lost, s.failRefused(ctx, list, changed)
}

// failRefused fails the people who were refused in the batches that were
// settled just now.
func (s *Store) failRefused(
	ctx context.Context, list []messaging.Settlement, settled map[messaging.BatchRef]bool,
) (err error) {
	var steps []step
	var refs []messaging.BatchRef
	for _, st := range list {
		if len(st.Refused) == 0 || !settled[st.Batch] {
			continue
		}
		refs = append(refs, st.Batch)
		if steps, err = appendFailed(steps, st.Batch, st.Refused, st.At, nil); err != nil {
			return err
		}
	}
	if len(refs) == 0 {
		return nil
	}
	if err := s.advance(ctx, steps); err != nil {
		return err
	}
	return s.recount(ctx, refs...)
}

// settledValues is a table literal of settlements.
func settledValues(rows []settledRow) values {
	return heldValues(rows, func(r *settledRow) messaging.BatchRef { return r.Batch }).
		text("held_claim", func(r *settledRow) string { return r.Claim }).
		text("new_state", func(r *settledRow) string { return string(r.State) }).
		text("new_task", func(r *settledRow) string { return r.TaskID }).
		text("new_request", func(r *settledRow) string { return r.RequestID }).
		text("answer", func(r *settledRow) string { return string(r.Answer) }).
		text("failure", func(r *settledRow) string { return r.failure }).
		text("new_identity", func(r *settledRow) string { return r.AppIdentity }).
		boolean("new_tracking", func(r *settledRow) bool { return r.Tracking }).
		text("next_at", func(r *settledRow) string { return timeText(r.next) }).
		text("accepted_at", func(r *settledRow) string { return timeText(r.accepted) }).
		text("at", func(r *settledRow) string { return timeText(r.At) }).
		boolean("new_doubt", func(r *settledRow) bool { return r.MaybeSent }).
		boolean("unclaimed", func(r *settledRow) bool { return r.Unclaimed }).
		boolean("ends_doubt", func(r *settledRow) bool { return r.endsDoubt }).values
}
