package bunstore

import (
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// growth is people that come to a message, new or not.
type growth struct {
	tenant  tenant.ID
	message string
	// parts is the number of parts of a split message, else 0.
	parts    int
	everyone bool
	// batch and unbound are the numbers of batches and unbound recipients that
	// are there already.
	batch, unbound int
	groups         [][]messaging.Recipient
	lost           []messaging.Unbound
	// sendAt is zero for at once.
	sendAt, at time.Time
}

func growthOf(n messaging.NewMessage) growth {
	m := n.Message
	return growth{
		tenant: m.Tenant, message: m.ID, parts: len(m.Parts), everyone: m.Everyone,
		groups: n.Batches, lost: n.Unbound, sendAt: m.SendAt, at: m.CreatedAt,
	}
}

// size is the number of batches, one for each part of each group.
func (g growth) size() int { return len(g.groups) * max(1, g.parts) }

// rows returns batches and deliveries.
func (g growth) rows() ([]batchRow, []deliveryRow) {
	batches := make([]batchRow, 0, g.size())
	deliveries := make([]deliveryRow, 0, len(g.lost))
	for i, u := range g.lost {
		d := g.delivery(0, g.unbound+i, u.Recipient)
		d.State, d.Failure, d.UpdatedAt = messaging.DeliveryUnbound, &u.Failure, stored(g.at)
		deliveries = append(deliveries, d)
	}
	for _, people := range g.groups {
		for part := min(1, g.parts); part <= g.parts; part++ {
			b := g.newBatch(g.batch+len(batches)+1, part, people)
			batches = append(batches, b)
			for j, r := range people {
				deliveries = append(deliveries, g.delivery(b.Number, j, r))
			}
		}
	}
	return batches, deliveries
}

func (g growth) newBatch(number, part int, people []messaging.Recipient) batchRow {
	state, next := g.begin()
	b := batchRow{
		TenantID: g.tenant, MessageID: g.message, Number: number, Part: part, Follows: part > 1,
		State: state, Recipients: len(people), NextAt: next, UpdatedAt: stored(g.at),
	}
	if g.everyone {
		b.Recipients = 0
	}
	return b
}

// begin returns the state that batches begin in, and the time of their first
// attempt.
func (g growth) begin() (messaging.DeliveryState, time.Time) {
	if g.sendAt.IsZero() {
		return messaging.DeliveryPending, stored(g.at)
	}
	return messaging.DeliveryScheduled, stored(g.sendAt)
}

func (g growth) delivery(batch, position int, r messaging.Recipient) deliveryRow {
	return deliveryRow{
		TenantID: g.tenant, MessageID: g.message, Batch: batch, Position: position,
		Username: r.Username, UserID: r.UserID, ProviderUserID: r.ProviderUserID,
	}
}
