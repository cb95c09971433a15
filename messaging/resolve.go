package messaging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// ResolveKind looks up the people of a message's departments and roles.
const ResolveKind = "messaging.resolve"

const (
	resolveQueue = "resolving"
	// resolvePage is how many people are looked up and stored at a time.
	resolvePage = 1000
	// resolveFor is how long one run goes on before it makes room for others.
	resolveFor = 20 * time.Second
)

// resolveMessage is the handler of ResolveKind. Each page of people is stored
// with its batches and jobs in one transaction, so that a run that dies is
// taken up where it was.
func (s *Service) resolveMessage(ctx context.Context, run jobs.Run) error {
	ctx = tenant.AsSystem(ctx, "messaging")
	ref, err := refOf(run)
	if err != nil {
		return jobs.Drop(err)
	}
	m, err := s.store.Message(ctx, ref.Tenant, ref.MessageID)
	if errors.Is(err, tenant.ErrNotFound) {
		return jobs.Drop(err)
	}
	if err != nil {
		return fmt.Errorf("messaging: resolve: %w", err)
	}
	for began := s.cfg.Now(); s.cfg.Now().Sub(began) < resolveFor; {
		done, err := s.resolveNext(ctx, m)
		if errors.Is(err, tenant.ErrConflict) {
			continue // another run, or somebody cancelled
		}
		if err != nil {
			return fmt.Errorf("messaging: resolve: %w", err)
		}
		if done {
			return nil
		}
	}
	return jobs.Again(0)
}

// resolveNext looks up and stores one page.
func (s *Service) resolveNext(ctx context.Context, m Message) (done bool, err error) {
	of, err := s.store.Selection(ctx, m.Tenant, m.ID)
	if err != nil || of.Done {
		return of.Done, err
	}
	e := Extension{Seen: of.After, At: stamp(s.cfg.Now())}
	ro, at, err := s.lookUp(ctx, m, of, &e)
	if f, ok := unreachable(err); ok {
		e.Done = true
		e.Unbound = []Unbound{{Failure: f}}
	} else if err != nil {
		return false, err
	} else {
		e.Batches, e.Unbound = ro.batches(at.perSend), ro.unbound
	}
	return e.Done, s.extend(ctx, m, e)
}

// lookUp finds the next people and notes in e how far that is.
func (s *Service) lookUp(ctx context.Context, m Message, of Selection, e *Extension) (*roster, channel, error) {
	at, err := s.openAgain(ctx, Work{Batch: Batch{BatchRef: BatchRef{Tenant: m.Tenant}}, AppID: m.AppID, Channel: m.Channel})
	if err != nil {
		return nil, at, err
	}
	list, next, err := s.audiences.Members(ctx, m.Tenant, at.kind, at.orgID, of, of.After, resolvePage)
	if err != nil {
		return nil, at, err
	}
	ro := newRoster(len(list))
	for _, a := range list {
		ro.addAccount(a, a.Username)
	}
	ro.without(of.Known)
	e.After, e.Done = next, next == ""
	return ro, at, nil
}

// unreachable tells what stands in the message for the people who cannot be
// looked up any more, if err says so.
func unreachable(err error) (Failure, bool) {
	if err == nil || !lasting(err) {
		return Failure{}, false
	}
	f := *failureOf(err)
	if provider.CodeOf(err) == provider.NotFound {
		f.Reason = ReasonUnknownGroup
	}
	return f, true
}

// extend stores people with the jobs that send to them.
func (s *Service) extend(ctx context.Context, m Message, e Extension) error {
	return s.store.InTx(ctx, func(ctx context.Context) error {
		refs, err := s.store.Extend(ctx, m.Tenant, m.ID, e)
		if err != nil {
			return err
		}
		return s.enqueueSends(ctx, refs, m.SendAt)
	})
}

// sendKind returns the kind of the jobs for so many batches.
func sendKind(batches int) string {
	if batches > 1 {
		return BulkKind
	}
	return SendKind
}

// enqueueSends enqueues the jobs of batches.
func (s *Service) enqueueSends(ctx context.Context, refs []BatchRef, at time.Time) error {
	if len(refs) == 0 {
		return nil
	}
	work := make([]jobs.Job, len(refs))
	for i, ref := range refs {
		work[i] = jobFor(sendKind(len(refs)), ref)
		work[i].RunAt = at
	}
	return s.queue.Enqueue(ctx, work...)
}
