package messaging

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
	for end := s.cfg.Now().Add(resolveFor); s.cfg.Now().Before(end); {
		done, err := s.resolveUntil(ctx, m, end)
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

// resolveUntil looks up and stores pages from where the message stands, until
// all are stored or the time is over. The next page is looked up while one is
// being stored.
func (s *Service) resolveUntil(ctx context.Context, m Message, end time.Time) (done bool, err error) {
	of, err := s.store.Selection(ctx, m.Tenant, m.ID)
	if err != nil || of.Done {
		return of.Done, err
	}
	if of.Streamed {
		err := s.watchStream(ctx, m, of)
		return err == nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan foundPage)
	var owned sync.WaitGroup
	defer owned.Wait()
	defer cancel()
	owned.Go(func() {
		defer close(pages)
		s.lookUpPages(ctx, m, of, pages)
	})
	for page := range pages {
		if page.err != nil {
			return false, page.err
		}
		if err := s.extend(ctx, m, page.Extension); err != nil {
			return false, err
		}
		if page.Done || !s.cfg.Now().Before(end) {
			return page.Done, nil
		}
	}
	return false, ctx.Err()
}

// foundPage is a page of people who were looked up, or why that failed.
type foundPage struct {
	Extension

	err error
}

// lookUpPages looks up page after page until the last one, a failure, or the end
// of ctx.
func (s *Service) lookUpPages(ctx context.Context, m Message, of Selection, pages chan<- foundPage) {
	for {
		e, err := s.lookUp(ctx, m, of)
		select {
		case pages <- foundPage{e, err}:
		case <-ctx.Done():
			return
		}
		if err != nil || e.Done {
			return
		}
		of.After = e.After
	}
}

// lookUp finds the next people.
func (s *Service) lookUp(ctx context.Context, m Message, of Selection) (Extension, error) {
	e := Extension{Seen: of.After, At: stamp(s.cfg.Now())}
	ro, at, err := s.membersOf(ctx, m, of, &e)
	if f, ok := unreachable(err); ok {
		e.Done = true
		e.Unbound = []Unbound{{Failure: f}}
		return e, nil
	}
	if err != nil {
		return e, err
	}
	e.Batches, e.Unbound = ro.batches(at.perSend), ro.unbound
	return e, nil
}

// membersOf finds the next people and notes in e how far that is.
func (s *Service) membersOf(ctx context.Context, m Message, of Selection, e *Extension) (*roster, channel, error) {
	at, err := s.openAgain(ctx, Work{Batch: Batch{BatchRef: BatchRef{Tenant: m.Tenant}}, AppID: m.AppID, OrgID: m.OrgID, Channel: m.Channel})
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
