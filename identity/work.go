package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// The kinds of jobs.
const (
	kindRevoke = "identity.revoke"
	kindPrune  = "identity.prune"

	queueName  = "identity"
	jobTimeout = 30 * time.Second
	// pruneEvery is how often what has run out is removed, pruneBatch how much
	// in one statement.
	pruneEvery = 10 * time.Minute
	pruneBatch = 1000
)

// revocation is the payload of a job.
type revocation struct {
	UserID string `json:"userId"`
	// Before is in microseconds since 1970.
	Before int64 `json:"before"`
}

// EndSessions ends the sessions that users got by logging in to a tenant, by a
// job in the transaction of the context. Unbind calls it, and so do runs of the
// directory for the people they suspend; a host that suspends somebody by itself
// calls it, too.
func (s *Service) EndSessions(ctx context.Context, t tenant.ID, userIDs ...string) error {
	if len(userIDs) == 0 {
		return nil
	}
	// Sessions that are being issued at this moment end, too.
	if err := s.store.HoldBindingsOf(ctx, t, userIDs...); err != nil {
		return fmt.Errorf("identity: end sessions: %w", err)
	}
	list := make([]jobs.Job, len(userIDs))
	for i, id := range userIDs {
		list[i] = jobs.Job{Kind: kindRevoke, Tenant: string(t), Payload: mustJSON(revocation{id, s.cfg.Now().UnixMicro()})}
	}
	if err := s.queue.Enqueue(ctx, list...); err != nil {
		return fmt.Errorf("identity: end sessions: %w", err)
	}
	return nil
}

// Handlers work the jobs of this package.
func (s *Service) Handlers() []jobs.Handler {
	return []jobs.Handler{
		{Kind: kindRevoke, Queue: queueName, Timeout: jobTimeout, Work: s.revoke},
		{Kind: kindPrune, Queue: queueName, Timeout: jobTimeout, Work: s.prune},
	}
}

func (s *Service) revoke(ctx context.Context, run jobs.Run) error {
	var r revocation
	if err := json.Unmarshal(run.Payload, &r); err != nil {
		return jobs.Drop(err)
	}
	return s.sessions.Revoke(ctx, Revocation{
		Tenant: tenant.ID(run.Tenant), UserID: r.UserID, Before: time.UnixMicro(r.Before),
	})
}

// StartPruning makes sure that there is a job that forgets what has run out.
func (s *Service) StartPruning(ctx context.Context) error {
	err := s.queue.Enqueue(ctx, jobs.Job{Kind: kindPrune, Tenant: string(tenant.Platform), Key: "prune"})
	if err != nil {
		return fmt.Errorf("identity: start pruning: %w", err)
	}
	return nil
}

func (s *Service) prune(ctx context.Context, _ jobs.Run) error {
	n, err := s.store.PruneLogins(ctx, s.cfg.Now(), pruneBatch)
	switch {
	case err != nil:
		return err
	case n == pruneBatch:
		return jobs.Again(time.Second)
	}
	return jobs.Again(pruneEvery)
}

// cutFragment returns an address without what follows '#'.
func cutFragment(s string) (string, bool) {
	before, _, found := strings.Cut(s, "#")
	return before, found
}
