package storetest

import (
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// stateCase is a message and what its batches make of it.
type stateCase struct {
	resolving bool
	// at is true for a message with a time to be sent at.
	at bool
	// batches are the states that its batches come to. Tracking stands for one
	// that is accepted and tracked.
	batches []messaging.DeliveryState
	want    messaging.State
}

// tracked stands for accepted in a batch that is tracked; plain accepted is one
// that is not.
const tracked messaging.DeliveryState = "tracked"

func stateTests() map[string]func(*testing.T, messaging.Store) {
	const (
		pending   = messaging.DeliveryPending
		scheduled = messaging.DeliveryScheduled
		sending   = messaging.DeliverySending
		accepted  = messaging.DeliveryAccepted
		dead      = messaging.DeliveryDead
		cancelled = messaging.DeliveryCancelled
	)
	type states = []messaging.DeliveryState
	cases := map[string]stateCase{
		"waits":                          {batches: states{pending, pending}, want: messaging.Queued},
		"waits for its time":             {at: true, batches: states{scheduled, scheduled}, want: messaging.Scheduled},
		"waits for a quota":              {batches: states{scheduled}, want: messaging.Scheduled},
		"waits for different things":     {batches: states{pending, scheduled}, want: messaging.Queued},
		"begun":                          {batches: states{sending, pending}, want: messaging.Sending},
		"part is over":                   {batches: states{dead, pending}, want: messaging.Sending},
		"part is tracked":                {batches: states{tracked, scheduled}, want: messaging.Sending},
		"all sent":                       {batches: states{tracked, dead}, want: messaging.Tracking},
		"over":                           {batches: states{accepted, dead}, want: messaging.Finished},
		"cancelled":                      {at: true, batches: states{cancelled, cancelled}, want: messaging.Finished},
		"nobody yet":                     {resolving: true, want: messaging.Queued},
		"nobody yet, at a time":          {resolving: true, at: true, want: messaging.Scheduled},
		"looked up, waits":               {resolving: true, batches: states{pending}, want: messaging.Queued},
		"looked up, waits for its time":  {resolving: true, at: true, batches: states{scheduled}, want: messaging.Scheduled},
		"looked up, waits past its time": {resolving: true, at: true, batches: states{pending}, want: messaging.Queued},
		"looked up, sent so far":         {resolving: true, batches: states{tracked}, want: messaging.Sending},
		"looked up, over so far":         {resolving: true, batches: states{dead}, want: messaging.Sending},
		"nobody":                         {want: messaging.Finished},
	}
	return map[string]func(*testing.T, messaging.Store){
		"what the batches make of it": func(t *testing.T, s messaging.Store) {
			for name, c := range cases {
				c.check(t, s, name)
			}
		},
	}
}

// check makes the message, in a tenant of that name, and asks for its state, on
// its own and by filter.
func (c stateCase) check(t *testing.T, s messaging.Store, name string) {
	t.Helper()
	n := newMessage(tenant.ID(name), 1)
	for i := range c.batches {
		n.Batches = append(n.Batches, people(i, 1))
	}
	if c.resolving {
		n = selecting(n)
	}
	if c.at {
		n.Message.SendAt = instant(300)
	}
	createMessage(t, s, n)
	for i, state := range c.batches {
		c.bring(t, s, batchOf(n, i+1), state)
	}
	if got := readMessage(t, s, n).State; got != c.want {
		t.Errorf("%s: got state %s, want %s", name, got, c.want)
	}
	for _, state := range messaging.States() {
		list := collect(t, 0, messagesOf(s, n.Message.Tenant, messaging.MessageFilter{State: state}))
		if found := len(list) == 1; found != (state == c.want) {
			t.Errorf("%s: found as %s: got %t", name, state, found)
		}
	}
}

// bring brings a batch into a state.
func (c stateCase) bring(t *testing.T, s messaging.Store, ref messaging.BatchRef, state messaging.DeliveryState) {
	t.Helper()
	switch state {
	case readWork(t, s, ref).Batch.State:
	case messaging.DeliverySending:
		claimBatch(t, s, ref, "c")
	case messaging.DeliveryAccepted:
		claimBatch(t, s, ref, "c")
		st := accepted("c")
		st.Tracking = false
		settleBatch(t, s, ref, st)
	case tracked:
		sendBatch(t, s, ref, messaging.DeliveryAccepted)
	case messaging.DeliveryCancelled:
		if _, err := s.Cancel(t.Context(), ref.Tenant, ref.MessageID, *failure("c"), instant(90), false); err != nil {
			t.Fatalf("Cancel: %v", err)
		}
	default:
		sendBatch(t, s, ref, state)
	}
}
