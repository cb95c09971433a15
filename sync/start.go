package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// StartRun stores a run and the job that works it, and returns it in
// StateQueued. It needs sync.run. It refuses with [ErrRunActive] while another
// run of the tenant and provider is not finished, with what the Connector says
// when the office app is not connected, and with code Unsupported when it has
// no directory.
func (s *Service) StartRun(ctx context.Context, t tenant.ID, req RunRequest) (Run, error) {
	run, err := s.start(ctx, t, req)
	if err != nil {
		s.trail.Refused(ctx, tenant.Operation{Tenant: t, Action: auditStart}, err)
		return Run{}, err
	}
	return run, nil
}

func (s *Service) start(ctx context.Context, t tenant.ID, req RunRequest) (Run, error) {
	run, actor, err := s.requested(ctx, t, req)
	if err != nil {
		return Run{}, err
	}
	return run, s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.create(ctx, run, actor); err != nil {
			return err
		}
		if run.Mode == Incremental {
			return s.store.AddTargets(ctx, run, req.targets(), s.now())
		}
		return nil
	})
}

// requested returns the run that is asked for, before it is stored, or why it
// may or can not be.
func (s *Service) requested(ctx context.Context, t tenant.ID, req RunRequest) (Run, tenant.Actor, error) {
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectSync, tenant.ActionRun)
	if err != nil {
		return Run{}, actor, err
	}
	if req, err = req.normalised(); err != nil {
		return Run{}, actor, err
	}
	conn, err := s.conns.Connect(ctx, t, req.Provider)
	if err != nil {
		return Run{}, actor, fmt.Errorf("sync: start: %w", err)
	}
	if _, err := provider.As[provider.DirectoryReader](conn.Provider); err != nil {
		return Run{}, actor, errNoDirectory().WithCause(err)
	}
	run, err := s.newRun(t, req, conn.App, actor)
	if err != nil {
		return Run{}, actor, err
	}
	settings, err := s.settings(ctx, t, req.Provider)
	if err != nil {
		return Run{}, actor, fmt.Errorf("sync: start: %w", err)
	}
	run.Rules = settings.Rules
	switch {
	case req.Direction == Push:
		err = s.mayPush(conn)
	case req.Mode == Incremental:
		err = s.mayLookUp(ctx, run, conn)
	}
	if err != nil {
		return Run{}, actor, err
	}
	return run, actor, nil
}

// mayLookUp refuses an incremental run where it would have nothing to go by.
func (s *Service) mayLookUp(ctx context.Context, run Run, conn tenant.Connection) error {
	if _, err := provider.As[provider.PersonFinder](conn.Provider); err != nil {
		return errNoFinder().WithCause(err)
	}
	return s.wasPulled(ctx, run)
}

func (s *Service) wasPulled(ctx context.Context, run Run) error {
	known, err := s.store.MirrorDepartments(ctx, run.Directory())
	if err != nil {
		return fmt.Errorf("sync: start: %w", err)
	}
	if len(known) == 0 {
		return ErrNeverPulled
	}
	return nil
}

// create stores a run with everything that belongs to its start.
func (s *Service) create(ctx context.Context, run Run, actor tenant.Actor) error {
	if err := s.createRun(ctx, run); err != nil {
		var active *ActiveRunError
		if errors.As(err, &active) {
			return ErrRunActive.WithDetails(active.Run)
		}
		return fmt.Errorf("sync: start: %w", err)
	}
	if err := s.record(ctx, actor, auditStart, run); err != nil {
		return err
	}
	return s.enqueue(ctx, run, run.ID)
}

// createRun stores a run and tells of it; both are part of the transaction of
// ctx.
func (s *Service) createRun(ctx context.Context, run Run) error {
	if err := s.store.CreateRun(ctx, run); err != nil {
		return err
	}
	return s.publishRun(ctx, EventRunStarted, run)
}

func (s *Service) newRun(t tenant.ID, req RunRequest, app tenant.App, actor tenant.Actor) (Run, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Run{}, fmt.Errorf("sync: start: %w", err)
	}
	now := s.now()
	return Run{
		ID: id.String(), Tenant: t, Provider: req.Provider, AppID: app.ID, OrgID: app.OrgID(),
		Direction: req.Direction, Mode: req.Mode, DryRun: req.DryRun, Only: req.Only, Deletes: req.Deletes,
		State: StateQueued, Phase: PhaseRead,
		StartedBy: actor.Username, CreatedAt: now, UpdatedAt: now,
	}, nil
}

// normalised returns the request with its defaults, or what is wrong with it.
func (r RunRequest) normalised() (RunRequest, error) {
	def(&r.Direction, Pull)
	def(&r.Mode, Full)
	if r.Direction != Pull && r.Direction != Push {
		return r, errUnknown("direction", string(r.Direction), string(Pull)+", "+string(Push))
	}
	if r.Only != "" && r.Only != EntityDepartment && r.Only != EntityPerson {
		return r, errUnknown("only", string(r.Only), string(EntityDepartment)+", "+string(EntityPerson))
	}
	if r.Direction == Pull && (r.Only != "" || r.Deletes) {
		return r, errPushOnly()
	}
	if r.Mode != Full && r.Mode != Incremental {
		return r, errUnknown("mode", string(r.Mode), string(Full)+", "+string(Incremental))
	}
	n := len(r.People) + len(r.Departments)
	switch {
	case r.Mode == Full && n > 0:
		return r, errIDsOfFull()
	case r.Mode == Incremental && (n == 0 || n > maxTargets):
		return r, errIDCount(n)
	}
	for _, t := range r.targets() {
		if !usableID(t.ID) {
			return r, errBadID(t)
		}
	}
	return r, nil
}

// targets returns whom the request is about, each once.
func (r RunRequest) targets() []Target {
	all := make([]Target, 0, len(r.People)+len(r.Departments))
	for _, id := range r.People {
		all = append(all, Target{EntityPerson, string(id), r.Deletes})
	}
	for _, id := range r.Departments {
		all = append(all, Target{EntityDepartment, string(id), r.Deletes})
	}
	slices.SortFunc(all, func(a, b Target) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.ID, b.ID))
	})
	return slices.Compact(all)
}

// enqueue adds a job that works a run. The key tells it from one that is about
// to end because the run came to rest.
func (s *Service) enqueue(ctx context.Context, run Run, key string) error {
	payload, err := json.Marshal(jobPayload{Run: run.ID})
	if err != nil {
		return fmt.Errorf("sync: enqueue: %w", err)
	}
	job := jobs.Job{Kind: jobKind, Tenant: string(run.Tenant), Key: key, Payload: payload}
	if err := s.queue.Enqueue(ctx, job); err != nil {
		return fmt.Errorf("sync: enqueue: %w", err)
	}
	return nil
}
