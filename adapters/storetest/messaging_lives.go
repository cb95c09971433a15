package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// filterByState has messages live at random, and compares what each filter
// finds with the states and counts that the messages tell.
func filterByState(t *testing.T, s messaging.Store) {
	const messages, steps = 40, 16
	l := newLives(1)
	for i := range messages {
		n := createMessage(t, s, l.begin(i))
		for range l.IntN(steps) {
			l.step(t, s, n)
		}
		wantCounted(t, s, n)
	}
	all := collect(t, 0, messagesOf(s, here, messaging.MessageFilter{}))
	for _, state := range messaging.States() {
		wantChosen(t, s, all, messaging.MessageFilter{State: state}, func(m messaging.Message) bool { return m.State == state })
	}
	for _, state := range messaging.DeliveryStates() {
		wantChosen(t, s, all, messaging.MessageFilter{Has: state}, func(m messaging.Message) bool { return m.Counts[state] > 0 })
	}
}

// wantChosen compares what a filter finds with what it should choose of all.
func wantChosen(
	tb testing.TB, s messaging.Store, all []messaging.Message, f messaging.MessageFilter, chosen func(messaging.Message) bool,
) {
	tb.Helper()
	var want []string
	for _, m := range all {
		if chosen(m) {
			want = append(want, m.ID)
		}
	}
	if got := messageIDs(collect(tb, 0, messagesOf(s, here, f))); !slices.Equal(got, want) {
		tb.Errorf("%+v: got %v, want %v", f, got, want)
	}
}

// countsAtOnce lets many things happen to few messages at the same time. None
// may stand in the way of another for ever, and the counts must be right in the
// end.
func countsAtOnce(t *testing.T, s messaging.Store) {
	const messages, writers, steps = 3, 6, 30
	var list []messaging.NewMessage
	for i, l := 0, newLives(2); len(list) < messages; i++ {
		if n := l.begin(i); len(n.Batches) > 1 {
			list = append(list, createMessage(t, s, n))
		}
	}
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for l := newLives(uint64(3 + i)); l.steps < steps && !t.Failed(); {
				l.step(t, s, list[l.IntN(messages)])
			}
		})
	}
	wg.Wait()
	for _, n := range list {
		wantCounted(t, s, n)
	}
}

// wantCounted compares the counts of a message with its deliveries.
func wantCounted(tb testing.TB, s messaging.Store, n messaging.NewMessage) {
	tb.Helper()
	var states []messaging.DeliveryState
	for _, d := range deliveriesOf(tb, s, n) {
		states = append(states, d.State)
	}
	wantStates(tb, s, n, states...)
}

// lives makes up messages and what happens to them, the same for each seed.
type lives struct {
	*rand.Rand

	seed  uint64
	steps int
}

func newLives(seed uint64) *lives {
	return &lives{Rand: rand.New(rand.NewPCG(seed, 0)), seed: seed} //nolint:gosec // to be repeated
}

func (l *lives) chance(percent int) bool { return l.IntN(100) < percent }

func (l *lives) begin(i int) messaging.NewMessage {
	n := newMessage(here, i)
	switch {
	case l.chance(15):
		n = everyone(here, i)
	case l.chance(85):
		for group := range 1 + l.IntN(2) {
			n.Batches = append(n.Batches, people(3*group, 1+l.IntN(3)))
		}
	}
	if l.chance(30) {
		n.Message.Parts = parts(2)
	}
	if l.chance(25) {
		n.Message.SendAt = instant(300)
	}
	if l.chance(25) && !n.Message.Everyone {
		n = selecting(n)
	}
	if l.chance(30) {
		n.Unbound = []messaging.Unbound{{Recipient: messaging.Recipient{Username: "nobody"}, Failure: *failure("")}}
	}
	return n
}

// step lets something happen to a message, or to one of its batches.
func (l *lives) step(tb testing.TB, s messaging.Store, n messaging.NewMessage) {
	tb.Helper()
	l.steps++
	ctx, id := tb.Context(), n.Message.ID
	var err error
	switch l.IntN(25) {
	case 0:
		_, err = s.Cancel(ctx, here, id, *failure("c"), instant(90), l.chance(50))
	case 1, 2:
		states := []messaging.DeliveryState{messaging.DeliveryFailed, messaging.DeliveryDead, messaging.DeliveryCancelled}
		_, err = s.Replay(ctx, here, id, states[:1+l.IntN(3)], 1+l.IntN(2), instant(400))
	case 3:
		e := messaging.Extension{Batches: [][]messaging.Recipient{people(20, 1+l.IntN(2))}, Done: l.chance(50), At: instant(100)}
		_, err = s.Extend(ctx, here, id, e)
	default:
		err = l.stepOf(ctx, s, n)
	}
	if err != nil && !errors.Is(err, tenant.ErrConflict) && !errors.Is(err, tenant.ErrNotFound) {
		tb.Errorf("step %d of %d: %v", l.steps, l.seed, err)
	}
}

func (l *lives) stepOf(ctx context.Context, s messaging.Store, n messaging.NewMessage) error {
	batches, err := s.Batches(ctx, here, n.Message.ID)
	if err != nil || len(batches) == 0 {
		return err
	}
	w, err := workOne(ctx, s, batches[l.IntN(len(batches))].BatchRef)
	if err != nil {
		return err
	}
	user, ref := person(l.IntN(6)).ProviderUserID, w.Batch.BatchRef
	switch {
	case w.Batch.State == messaging.DeliveryPending, w.Batch.State == messaging.DeliveryScheduled:
		return l.take(ctx, s, w, user)
	case w.Batch.State == messaging.DeliverySending:
		return settleOne(ctx, s, ref, l.outcome(w, user))
	case w.Batch.Tracking && l.chance(80):
		p := messaging.Progress{Done: l.chance(15), AllDelivered: w.Everyone && l.chance(50), At: instant(200)}
		if l.chance(50) {
			p.Read = []provider.UserID{user}
		} else {
			p.Delivered = []provider.UserID{user}
		}
		_, err = trackOne(ctx, s, ref, p)
	default:
		err = s.Recalled(ctx, ref, nil, instant(300))
	}
	return err
}

// take claims a batch, or diverts a person, or does both.
func (l *lives) take(ctx context.Context, s messaging.Store, w messaging.Work, user provider.UserID) error {
	ref := w.Batch.BatchRef
	claim, divert := l.chance(85), l.chance(25)
	return s.InTx(ctx, func(ctx context.Context) error {
		if claim {
			id := messageID(int(l.seed)*1000 + l.steps)
			c := messaging.Claim{ID: id, SeenState: w.Batch.State, SeenClaim: w.Claim, At: instant(50)}
			if err := claimOne(ctx, s, ref, c); err != nil {
				return err
			}
		}
		if !divert && claim {
			return nil
		}
		_, err := s.Divert(ctx, ref, messaging.Diversion{
			Users: []provider.UserID{user}, State: messaging.DeliveryScheduled, NextAt: instant(500), At: instant(70),
		})
		return err
	})
}

// outcome is what comes of an attempt.
func (l *lives) outcome(w messaging.Work, user provider.UserID) messaging.Settlement {
	states := []messaging.DeliveryState{
		messaging.DeliveryPending, messaging.DeliveryScheduled, messaging.DeliveryFailed, messaging.DeliveryDead,
		messaging.DeliveryUncertain, messaging.DeliveryExpired,
	}
	if l.chance(40) {
		return notAccepted(w.Claim, states[l.IntN(len(states))])
	}
	st := accepted(w.Claim)
	st.Tracking = l.chance(80)
	if l.chance(40) {
		st.Refused = map[provider.UserID]messaging.Failure{user: *failure("1")}
	}
	return st
}
