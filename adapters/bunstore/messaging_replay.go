package bunstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// Replay implements messaging.MessageStore. A size of 0 is no limit. Deliveries
// that are being sent stay where they are, and a part that is counts as
// accepted. Batches that have lost all their people remain, except for those
// that were waiting and for that of everyone. A message of which nothing is
// moved stays cancelled.
func (s *Store) Replay(
	ctx context.Context, t tenant.ID, id string, states []messaging.DeliveryState, size int, at time.Time,
) (refs []messaging.BatchRef, err error) {
	err = checkText(id)
	if err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			refs, err = s.replay(ctx, t, id, states, size, at)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: replay: %w", err)
	}
	return refs, nil
}

func (s *Store) replay(
	ctx context.Context, t tenant.ID, id string, states []messaging.DeliveryState, size int, at time.Time,
) ([]messaging.BatchRef, error) {
	message, err := s.lockMessage(ctx, t, id)
	if err != nil {
		return nil, err
	}
	deliveries, err := s.replayable(ctx, t, id, states, len(message.Parts) > 0)
	if err != nil || len(deliveries) == 0 {
		return nil, err
	}
	state, next := messaging.DeliveryPending, stored(at)
	if message.SendAt.After(at) {
		state, next = messaging.DeliveryScheduled, stored(message.SendAt)
	}
	var batches []batchRow
	var moves []move
	for _, g := range regroup(deliveries, states, size) {
		b := batchRow{
			TenantID: t, MessageID: id, Number: message.Batches + len(batches) + 1, Part: g.part, Follows: g.follows,
			State: state, Recipients: len(g.from), Moved: true, NextAt: next, UpdatedAt: stored(at),
		}
		if message.Everyone {
			b.Recipients = 0
		}
		batches = append(batches, b)
		for i, d := range g.from {
			moves = append(moves, move{d, b.Number, i})
		}
	}
	if _, err := s.takeNumbers(ctx, t, id, len(batches)); err != nil {
		return nil, err
	}
	if err := s.forgetCancelled(ctx, t, id); err != nil {
		return nil, err
	}
	if err := s.moveDeliveries(ctx, t, id, moves); err != nil {
		return nil, err
	}
	if err := s.shrinkAll(ctx, t, id, message.Everyone, moves); err != nil {
		return nil, err
	}
	return firstParts(batches), s.insertPeople(ctx, nil, batches, nil)
}

func (s *Store) forgetCancelled(ctx context.Context, t tenant.ID, id string) error {
	_, err := s.idb(ctx).NewUpdate().Model((*messageRow)(nil)).Set("cancelled_at = NULL, recall_at = NULL").
		Where("tenant_id = ? AND id = ?", t, id).Exec(ctx)
	return storeError(err)
}

// replayed is a delivery that may be replayed.
type replayed struct {
	Batch    int
	Position int
	Person   string
	Part     int
	State    messaging.DeliveryState
	// Own is the state if it is the delivery's own.
	Own messaging.DeliveryState
}

// replayable returns the deliveries in one of the states; of a split message
// also the other parts for the same people.
func (s *Store) replayable(
	ctx context.Context, t tenant.ID, id string, states []messaging.DeliveryState, split bool,
) ([]replayed, error) {
	if len(states) == 0 {
		return nil, nil
	}
	const effective = "COALESCE(d.state, b.state)"
	from := func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.TableExpr("thirdapp_deliveries AS d").
			Join("JOIN thirdapp_message_batches AS b").
			JoinOn("b.tenant_id = d.tenant_id AND b.message_id = d.message_id AND b.number = d.batch").
			Where("d.tenant_id = ? AND d.message_id = ?", t, id)
	}
	q := from(s.idb(ctx).NewSelect()).
		ColumnExpr("d.batch, d.position, d.provider_user_id AS person, b.part").
		ColumnExpr(effective + " AS state, COALESCE(d.state, '') AS own").
		OrderExpr("d.batch, d.position")
	in := effective + " IN (?) AND b.state <> 'sending'"
	if split {
		q = q.Where("d.provider_user_id IN (?)", from(s.db.NewSelect()).ColumnExpr("d.provider_user_id").Where(in, bun.List(states)))
	} else {
		q = q.Where(in, bun.List(states))
	}
	var rows []replayed
	err := q.Scan(ctx, &rows)
	return rows, storeError(err)
}

// regrouped is a batch to be made of deliveries from others.
type regrouped struct {
	part    int
	follows bool
	from    []replayed
}

// regroup makes batches for at most size people. Whoever has got no part of a
// message gets all of them again, one after the other; others only the parts
// that are missing.
func regroup(deliveries []replayed, states []messaging.DeliveryState, size int) []regrouped {
	if size <= 0 {
		size = len(deliveries)
	}
	whole, single := sortOut(deliveries, states)
	var batches []regrouped
	for people := range slices.Chunk(whole, size) {
		var chain []regrouped
		for _, part := range byPart(slices.Concat(people...)) {
			part.follows = len(chain) > 0
			chain = append(chain, part)
		}
		batches = append(batches, chain...)
	}
	for _, part := range byPart(single) {
		for some := range slices.Chunk(part.from, size) {
			batches = append(batches, regrouped{part: part.part, from: some})
		}
	}
	return batches
}

// sortOut returns the people of whom all parts are replayed, with these, and
// the single parts of others.
func sortOut(deliveries []replayed, states []messaging.DeliveryState) (whole [][]replayed, single []replayed) {
	of := make(map[string][]replayed)
	var people []string
	for i, d := range deliveries {
		if d.Part == 0 { // not split
			whole = append(whole, deliveries[i:i+1])
			continue
		}
		if of[d.Person] == nil {
			people = append(people, d.Person)
		}
		of[d.Person] = append(of[d.Person], d)
	}
	for _, person := range people {
		if !slices.ContainsFunc(of[person], replayed.taken) {
			whole = append(whole, of[person])
			continue
		}
		for _, d := range of[person] {
			if slices.Contains(states, d.State) {
				single = append(single, d)
			}
		}
	}
	return whole, single
}

// taken reports whether the office app has taken the delivery, or may be about
// to.
func (d replayed) taken() bool {
	switch d.State {
	case messaging.DeliverySending, messaging.DeliveryAccepted, messaging.DeliveryDelivered, messaging.DeliveryRead:
		return true
	default:
		return false
	}
}

// byPart sorts deliveries into a batch for each part, in order.
func byPart(deliveries []replayed) []regrouped {
	var parts []regrouped
	slices.SortStableFunc(deliveries, func(a, b replayed) int { return a.Part - b.Part })
	for _, d := range deliveries {
		if n := len(parts); n == 0 || parts[n-1].part != d.Part {
			parts = append(parts, regrouped{part: d.Part})
		}
		last := &parts[len(parts)-1]
		last.from = append(last.from, d)
	}
	return parts
}
