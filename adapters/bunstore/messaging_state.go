package bunstore

import (
	"slices"

	"github.com/thirdapp/thirdapp/messaging"
)

// stateOf sums up the batches of a message. Waiting batches are pending or
// scheduled ones. It is Scheduled while all batches are scheduled, or there is
// none yet and it has a time to be sent at; otherwise Queued while all wait. A
// batch whose people have all been moved into others has no say in that.
// While people are being looked up it is never further than Sending. The
// conditions of inState say the same in SQL.
func (r messageRow) stateOf(batches []batchRow) messaging.State {
	pending, scheduled, sending, tracking := 0, 0, 0, 0
	for _, b := range batches {
		switch {
		case b.State == messaging.DeliveryPending:
			pending++
		case b.State == messaging.DeliveryScheduled:
			scheduled++
		case b.State == messaging.DeliverySending:
			sending++
		case b.Tracking:
			tracking++
		}
	}
	waiting := pending + scheduled
	begun := slices.ContainsFunc(batches, func(b batchRow) bool { return !b.waiting() && (b.Recipients > 0 || r.Everyone) })
	switch {
	case !r.Resolving && waiting+sending+tracking == 0:
		return messaging.Finished
	case !begun && pending == 0 && (scheduled > 0 || !r.SendAt.IsZero()):
		return messaging.Scheduled
	case !begun:
		return messaging.Queued
	case r.Resolving || waiting+sending > 0:
		return messaging.Sending
	}
	return messaging.Tracking
}

// countsOf counts the deliveries that are in batches, by state.
func (r messageRow) countsOf(batches []batchRow) map[messaging.DeliveryState]int {
	counts := make(map[messaging.DeliveryState]int)
	for _, b := range batches {
		rest := b.Recipients
		if r.Everyone { // that is one delivery
			rest = 1
		}
		for state, n := range b.Counts {
			counts[state] += n
			rest -= n
		}
		if rest > 0 {
			counts[b.State] += rest
		}
	}
	return counts
}
