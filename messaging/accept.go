package messaging

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// Storing a message costs a transaction, and most of a transaction is the way
// to the database and the wait for its disk. Requests that come at the same
// time therefore share one: whoever finds less than maxLeaders groups under way
// stores everybody who waits. A lone request waits for nobody.
const (
	maxLeaders   = 4
	maxGroup     = 32
	groupTimeout = 10 * time.Second
)

// accept stores a message and its jobs in one transaction, which it may share
// with other messages. What takes part in the caller's transaction, or might
// have to wait for another one, is stored alone.
func (s *Service) accept(ctx context.Context, n NewMessage) error {
	m := n.Message
	if m.Everyone || m.IdempotencyKey != "" || len(n.Batches) > 1 || s.store.Joined(ctx) {
		return s.acceptAlone(ctx, n)
	}
	return s.groups.accept(ctx, n)
}

// acceptAlone stores a message in a transaction of its own, or in the caller's.
func (s *Service) acceptAlone(ctx context.Context, n NewMessage) error {
	return s.store.InTx(ctx, func(ctx context.Context) error { return s.storeMessages(ctx, n) })
}

// storeMessages is the part of accept that is in the transaction.
func (s *Service) storeMessages(ctx context.Context, group ...NewMessage) error {
	var work []jobs.Job
	for _, n := range group {
		m := n.Message
		if err := s.store.CreateMessage(ctx, n); err != nil {
			return err
		}
		if m.Everyone {
			if err := s.recordBroadcast(ctx, m); err != nil {
				return err
			}
		}
		for i := range n.Batches {
			work = append(work, jobFor(SendKind, BatchRef{Tenant: m.Tenant, MessageID: m.ID, Number: i + 1}))
		}
	}
	if len(work) == 0 {
		return nil
	}
	return s.queue.Enqueue(ctx, work...)
}

// acceptTogether stores a group. When that fails each is tried alone, so that
// nobody suffers for another, unless the database is away for all.
func (s *Service) acceptTogether(ctx context.Context, group []*acceptance) {
	messages := make([]NewMessage, len(group))
	for i, a := range group {
		messages[i] = a.message
	}
	err := s.store.InTx(ctx, func(ctx context.Context) error { return s.storeMessages(ctx, messages...) })
	alone := err != nil && len(group) > 1 && !errors.Is(err, tenant.ErrUnavailable) && ctx.Err() == nil
	for _, a := range group {
		a.err = err
		if alone {
			a.err = s.acceptAlone(ctx, a.message)
		}
	}
}

var errNotStored = errors.New("message not stored")

// acceptance is a message on its way into the database.
type acceptance struct {
	message NewMessage
	// lead is closed to make the one who waits store the next group.
	lead chan struct{}
	// done is closed when err is the outcome.
	done chan struct{}
	err  error
}

// groups forms groups of acceptances. It is safe for concurrent use.
type groups struct {
	store func(ctx context.Context, group []*acceptance)

	mu      sync.Mutex
	leaders int
	waiting []*acceptance
}

// accept returns when the message is stored or could not be. When ctx ends
// before its turn the message is not stored.
func (g *groups) accept(ctx context.Context, n NewMessage) error {
	a := &acceptance{message: n, lead: make(chan struct{}), done: make(chan struct{})}
	g.enter(a)
	select {
	case <-a.lead:
	case <-a.done:
	case <-ctx.Done():
		if g.leave(a) {
			return ctx.Err()
		}
	}
	select {
	case <-a.lead:
		g.storeNext(ctx, a)
	case <-a.done:
	}
	return a.err
}

// enter lets an acceptance wait, or lead when there are leaders to spare.
func (g *groups) enter(a *acceptance) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, a)
	if g.leaders < maxLeaders {
		g.leaders++
		g.appoint()
	}
}

// leave takes back an acceptance that nobody has begun to store.
func (g *groups) leave(a *acceptance) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, a)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// appoint makes the first who waits the next leader; without any there is one
// leader less. g.mu is held.
func (g *groups) appoint() {
	if len(g.waiting) == 0 {
		g.leaders--
		return
	}
	a := g.waiting[0]
	g.waiting = slices.Delete(g.waiting, 0, 1)
	close(a.lead)
}

// storeNext stores a leader together with those who wait, then appoints the
// next one. The group is stored whatever becomes of the leader's request.
func (g *groups) storeNext(ctx context.Context, leader *acceptance) {
	g.mu.Lock()
	n := min(len(g.waiting), maxGroup-1)
	group := append([]*acceptance{leader}, g.waiting[:n]...)
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.mu.Unlock()
	defer func() {
		for _, a := range group {
			close(a.done)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.appoint()
	}()
	for _, a := range group {
		a.err = errNotStored // unless store returns and says otherwise
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), groupTimeout)
	defer cancel()
	g.store(ctx, group)
}
