package sync

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// The kinds of the jobs that remove what is kept no longer.
const (
	// RetentionKind begins a pass over all tenants every hour.
	RetentionKind = "sync.retention"
	// PruneKind is a step of such a pass.
	PruneKind = "sync.prune"
)

const (
	retentionQueue = "sync.retention"
	retentionEvery = time.Hour
	// pruneFor is how long one step goes on before it makes room for others.
	pruneFor = 20 * time.Second
	// pruneStep is how many runs are asked for at a time.
	pruneStep = 20
)

// StartRetention makes sure that there is a job that removes runs, with their
// changes, after Config.RetentionDays. One is enough for all processes; calling
// it again is harmless.
func (s *Service) StartRetention(ctx context.Context) error {
	err := s.queue.Enqueue(ctx, jobs.Job{Kind: RetentionKind, Tenant: string(tenant.Platform), Key: "retention"})
	if err != nil {
		return fmt.Errorf("sync: start retention: %w", err)
	}
	return nil
}

// prunePosition is the payload of PruneKind: the tenant after which a step
// begins.
type prunePosition struct {
	After tenant.ID `json:"after"`
}

// pruneJob returns the job of a step. Its key keeps two passes from doing the
// same step at the same time.
func pruneJob(after tenant.ID) jobs.Job {
	b, err := json.Marshal(prunePosition{after})
	if err != nil {
		panic(err) // a text
	}
	return jobs.Job{Kind: PruneKind, Tenant: string(tenant.Platform), Key: "after:" + string(after), Payload: b}
}

// retain is the handler of RetentionKind.
func (s *Service) retain(ctx context.Context, _ jobs.Run) error {
	if err := s.queue.Enqueue(ctx, pruneJob("")); err != nil {
		return fmt.Errorf("sync: retention: %w", err)
	}
	return jobs.Again(retentionEvery)
}

// prune is the handler of PruneKind. It goes from tenant to tenant until its
// time is up; then the next step is a job of its own, except where the first
// tenant has still more to remove.
func (s *Service) prune(ctx context.Context, job jobs.Run) error {
	var at prunePosition
	if err := json.Unmarshal(job.Payload, &at); err != nil {
		return jobs.Drop(fmt.Errorf("sync: payload: %w", err))
	}
	ends, begin := s.cfg.Now().Add(pruneFor), at.After
	for {
		t, err := s.store.NextRunTenant(ctx, at.After)
		if err != nil || t == "" {
			return prunedUntil(at.After, err)
		}
		done, err := s.pruneTenant(ctx, t, ends)
		if err != nil {
			return prunedUntil(at.After, err)
		}
		if done {
			at.After = t
		}
		if s.cfg.Now().Before(ends) {
			continue
		}
		if at.After == begin {
			return jobs.Again(0)
		}
		return prunedUntil(at.After, s.queue.Enqueue(ctx, pruneJob(at.After)))
	}
}

// prunedUntil says how far a step came when it failed.
func prunedUntil(t tenant.ID, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sync: prune after tenant %q: %w", t, err)
}

// pruneTenant removes what a tenant keeps no longer. It is not done when the
// time is up before that.
func (s *Service) pruneTenant(ctx context.Context, t tenant.ID, ends time.Time) (done bool, err error) {
	if err := s.store.PruneEvents(ctx, t, s.now().Add(-keepEvents)); err != nil {
		return false, err
	}
	before := s.now().AddDate(0, 0, -s.cfg.RetentionDays)
	for s.cfg.Now().Before(ends) {
		n, err := s.store.PruneRuns(ctx, t, before, pruneStep)
		if err != nil || n < pruneStep {
			return err == nil, err
		}
	}
	return false, nil
}
