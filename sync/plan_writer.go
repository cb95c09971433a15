package sync

import (
	"context"
	"time"
)

// planWriter writes the plan of a window of people in the background, one
// window after the other.
type planWriter struct {
	*worker
	// written gets the outcome of the write under way; nil when there is none.
	written chan error
}

// wait waits for the write under way and returns its error.
func (p *planWriter) wait() error {
	if p.written == nil {
		return nil
	}
	err := <-p.written
	p.written = nil
	return err
}

// window decides what is to be done about a window, and begins to write it.
func (p *planWriter) window(ctx context.Context, found window) error {
	if found.err != nil {
		return found.err
	}
	if !p.claim.Run.Complete {
		if err := p.wait(); err != nil { // keepUnread writes, and stores where the plan is
			return err
		}
	}
	changed, err := p.keepUnread(ctx, found.changed)
	if err != nil {
		return err
	}
	step := planStep{At: planPeople, After: found.last}
	if found.last == "" {
		step = planStep{At: planLeavers}
	}
	if len(changed) == 0 {
		return p.write(step, func(c Claim, at time.Time) (bool, error) { return p.store.SaveRun(ctx, c, at) })
	}
	m, err := p.match(ctx, changed)
	if err != nil {
		return err
	}
	changes := make([]PlannedChange, len(changed))
	for i := range changed {
		changes[i] = m.plan(&changed[i])
	}
	return p.write(step, func(c Claim, at time.Time) (bool, error) {
		return p.store.AddChanges(ctx, c, StagePeople, changes, at)
	})
}

// write begins a write that ends at a step, once the one before has ended.
func (p *planWriter) write(step planStep, write func(Claim, time.Time) (cancel bool, err error)) error {
	if err := p.wait(); err != nil {
		return err
	}
	p.claim.Step = step.String()
	claim, at := p.claim, p.now() // its step changes meanwhile
	written := make(chan error, 1)
	p.written = written
	go func() {
		written <- protect(func() error { return p.wrote(write(claim, at)) })
	}()
	return nil
}
