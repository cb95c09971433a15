package messaging

import (
	"context"
	"errors"

	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// loading is a batch that a worker wants to read.
type loading struct {
	ref  BatchRef
	work Work
}

// load returns the work of a job. A job without any is dropped.
func (s *Service) load(ctx context.Context, run jobs.Run) (Work, error) {
	p, err := payloadOf(run)
	if err != nil {
		return Work{}, jobs.Drop(err)
	}
	l := &loading{ref: p.ref(run)}
	err = s.loads.Do(ctx, l)
	if errors.Is(err, tenant.ErrNotFound) {
		return Work{}, jobs.Drop(err)
	}
	l.work.kind, l.work.job = run.Kind, p.Job
	return l.work, err
}

// loadTogether reads the batches of a group.
func (s *Service) loadTogether(ctx context.Context, group []*gather.Share[*loading]) {
	gather.Together(ctx, group, func(ctx context.Context, list []*loading) ([]error, error) {
		refs := make([]BatchRef, len(list))
		for i, l := range list {
			refs[i] = l.ref
		}
		found, err := s.store.Work(ctx, refs...)
		if err != nil {
			return nil, err
		}
		errs := make([]error, len(list))
		for i, l := range list {
			w, ok := found[l.ref]
			if !ok {
				errs[i] = tenant.ErrNotFound
			}
			l.work = w
		}
		return errs, nil
	})
}
