package messaging

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// The pauses between looks at the store while waiting, for when the worker is
// another process: from firstLook, doubling, up to lastLook.
const (
	firstLook = 50 * time.Millisecond
	lastLook  = time.Second
)

// SendAndWait is [Service.Send] followed by a wait for the office app's answer
// to every batch, at most as long as wait says; first for the people of
// departments and roles to be looked up. The wait also ends when nothing more can
// happen within it, such as when the next attempt lies beyond. Call it outside of
// a transaction.
//
// When ctx ends first, or the store fails during the wait, the message is sent
// all the same: the error comes with a Result that has the Message as accepted.
func (s *Service) SendAndWait(ctx context.Context, t tenant.ID, r Request, wait time.Duration) (Result, error) {
	m, err := s.Send(ctx, t, r)
	if err != nil {
		return Result{}, err
	}
	batches, err := s.await(ctx, t, m, wait)
	if err != nil {
		return Result{Message: m}, fmt.Errorf("messaging: wait for answer: %w", err)
	}
	res, err := s.result(ctx, t, m.ID, batches)
	if err != nil {
		return Result{Message: m}, fmt.Errorf("messaging: result: %w", err)
	}
	return res, nil
}

// await returns the batches of a message as they stand when all are there and
// answered, or the wait is over.
func (s *Service) await(ctx context.Context, t tenant.ID, m Message, wait time.Duration) (batches []Batch, err error) {
	end := s.cfg.Now().Add(wait)
	err = s.watch(ctx, m.ID, wait, func() (over bool, err error) {
		if m.Resolving { // asked before the batches, of which there is none more afterwards
			if m, err = s.store.Message(ctx, t, m.ID); err != nil {
				return false, err
			}
		}
		batches, err = s.store.Batches(ctx, t, m.ID)
		coming := m.Resolving && !m.SendAt.After(end)
		return !coming && settledBy(batches, end), err
	})
	return batches, err
}

// watch looks at a message until look says that it is over, or the wait ends.
func (s *Service) watch(ctx context.Context, id string, wait time.Duration, look func() (over bool, err error)) error {
	wake, stop := s.waiters.add(id)
	defer stop()
	late := time.NewTimer(wait)
	defer late.Stop()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		if over, err := look(); err != nil || over {
			return err
		}
		next := time.NewTimer(pause)
		select {
		case <-wake:
		case <-next.C:
		case <-late.C:
			next.Stop()
			return nil
		case <-ctx.Done():
			next.Stop()
			return ctx.Err()
		}
		next.Stop()
	}
}

// settledBy reports whether waiting until end can change anything.
func settledBy(batches []Batch, end time.Time) bool {
	for _, b := range batches {
		if b.State == DeliverySending || b.waiting() && !b.NextAt.After(end) {
			return false
		}
	}
	return true
}

func (s *Service) result(ctx context.Context, t tenant.ID, id string, batches []Batch) (Result, error) {
	m, err := s.store.Message(ctx, t, id)
	if err != nil {
		return Result{}, err
	}
	res := Result{Message: m, Answered: !m.Resolving, Batches: batches}
	for _, b := range batches {
		res.Answered = res.Answered && b.answered()
	}
	if m.Counts[DeliveryUnbound] > 0 {
		res.Unbound, err = s.unbound(ctx, t, id)
	}
	return res, err
}

func (s *Service) unbound(ctx context.Context, t tenant.ID, id string) ([]Delivery, error) {
	var all []Delivery
	page := tenant.Page{Limit: tenant.MaxPageLimit}
	for {
		list, err := s.store.Deliveries(ctx, t, id, DeliveryFilter{States: []DeliveryState{DeliveryUnbound}}, page)
		if err != nil {
			return nil, err
		}
		all = append(all, list.Items...)
		if list.Next == "" {
			return all, nil
		}
		page.Cursor = list.Next
	}
}

// waiters are those in this process who wait for a message's batches.
type waiters struct {
	mu sync.Mutex
	by map[string][]chan struct{}
}

// add returns a channel that gets a value soon after each wake of the message.
func (w *waiters) add(id string) (wake <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = make(map[string][]chan struct{})
	}
	w.by[id] = append(w.by[id], c)
	return c, func() { w.remove(id, c) }
}

func (w *waiters) remove(id string, c chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := w.by[id][:0]
	for _, other := range w.by[id] {
		if other != c {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(w.by, id)
		return
	}
	w.by[id] = rest
}

func (w *waiters) wake(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.by[id] {
		select {
		case c <- struct{}{}:
		default: // it is awake already
		}
	}
}
