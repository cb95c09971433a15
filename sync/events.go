package sync

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// RunEvent is the data of the events about a run: how it stands now. There are
// no names in it, and nothing of what the office app said in words.
type RunEvent struct {
	RunID     string        `json:"runId"`
	Provider  provider.Kind `json:"provider"`
	Direction Direction     `json:"direction"`
	Mode      Mode          `json:"mode"`
	DryRun    bool          `json:"dryRun"`
	// Undoes is the run that this one takes back, in mode undo.
	Undoes   string `json:"undoes,omitempty"`
	State    State  `json:"state"`
	Complete bool   `json:"complete"`
	// Counts are those of the plan, empty before there is one. Applied and
	// Failed say how many of these changes were applied, and could not be.
	Counts  Counts `json:"counts"`
	Applied int    `json:"applied"`
	Failed  int    `json:"failed"`
	// Reason is a stable name for why the run waits, or did not succeed: one of
	// the Because constants, or the reason or code of what failed it. It is ""
	// when all is well, or somebody ended the run.
	Reason string `json:"reason,omitempty"`
	// Error is what went wrong, nil when nothing did.
	Error *RunError `json:"error,omitempty"`
	// Changes is where the changes are listed, below the prefix of the module's
	// routes.
	Changes    string     `json:"changes"`
	CreatedAt  time.Time  `json:"createdAt"`
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
}

// RunError is a [Failure] without what the office app said in words.
type RunError struct {
	Code     string `json:"code"`
	Upstream string `json:"upstream,omitempty"`
	// Remedy tells an administrator what to do; may be empty.
	Remedy provider.Text `json:"remedy"`
}

// Why a run waits for approval, or is partial, as RunEvent.Reason says it.
const (
	// BecauseRemovals: the plan removes more than the guard lets pass.
	BecauseRemovals = "too_many_removals"
	// BecauseUndo: every undo waits for approval.
	BecauseUndo = "undo"
	// BecauseUnread: some of the directory could not be read.
	BecauseUnread = "not_read"
	// BecauseFailedChanges: some of the changes could not be applied.
	BecauseFailedChanges = "changes_failed"
)

// describeRun returns the data of an event about a run by its subject.
func (s *Service) describeRun(ctx context.Context, t tenant.ID, subject string) (any, error) {
	run, err := s.store.Run(ctx, t, subject)
	if err != nil {
		return nil, fmt.Errorf("sync: describe: %w", err)
	}
	e := RunEvent{
		RunID: run.ID, Provider: run.Provider, Direction: run.Direction, Mode: run.Mode, DryRun: run.DryRun,
		Undoes: run.Undoes, State: run.State, Complete: run.Complete, Counts: run.Counts,
		Applied: run.Progress.ChangesApplied, Failed: run.Progress.ChangesFailed, Reason: run.because(),
		Changes: changesPath(run.ID), CreatedAt: run.CreatedAt,
	}
	if run.Error != nil {
		e.Error = &RunError{run.Error.Code, run.Error.Upstream, run.Error.Remedy}
	}
	if !run.FinishedAt.IsZero() {
		e.FinishedAt = &run.FinishedAt
	}
	return e, nil
}

// because is RunEvent.Reason.
func (r Run) because() string {
	switch {
	case r.State == StateNeedsApproval && r.Mode == Undo:
		return BecauseUndo
	case r.State == StateNeedsApproval:
		return BecauseRemovals
	case r.State == StatePartial && !r.Complete:
		return BecauseUnread
	case r.State == StatePartial:
		return BecauseFailedChanges
	case r.State == StateFailed && r.Error != nil && r.Error.Reason != "":
		return r.Error.Reason
	case r.State == StateFailed && r.Error != nil:
		return r.Error.Code
	}
	return ""
}

func changesPath(run string) string { return "/sync/runs/" + run + "/changes" }

// ChangeEvent is the data of an event about a person or a department: what a
// run has done. It has the names of fields, never their values.
type ChangeEvent struct {
	RunID    string        `json:"runId"`
	ChangeID string        `json:"changeId"`
	Provider provider.Kind `json:"provider"`
	OrgID    string        `json:"orgId"`
	Entity   Entity        `json:"entity"`
	Kind     Kind          `json:"kind"`
	// RemoteID is the office app's id, LocalID the platform's.
	RemoteID string `json:"remoteId"`
	LocalID  string `json:"localId"`
	// Existing is true for somebody created whose account was there before.
	Existing bool `json:"existing,omitempty"`
	// Fields are those that changed at the office app, as [Field] names them,
	// without those that are in conflict; empty when the tenant's rules keep all
	// of them as they are on the platform.
	Fields []string `json:"fields"`
}

// describeChange returns the data of an event about a person or a department by
// its subject.
func (s *Service) describeChange(ctx context.Context, t tenant.ID, subject string) (any, error) {
	e, err := s.changeEvent(ctx, t, subject)
	if err != nil {
		return nil, fmt.Errorf("sync: describe: %w", err)
	}
	return e, nil
}

func (s *Service) changeEvent(ctx context.Context, t tenant.ID, subject string) (ChangeEvent, error) {
	runID, id, err := changeOf(subject)
	if err != nil {
		return ChangeEvent{}, err
	}
	run, err := s.store.Run(ctx, t, runID)
	if err != nil {
		return ChangeEvent{}, err
	}
	c, err := s.store.Change(ctx, t, runID, id)
	if err != nil {
		return ChangeEvent{}, err
	}
	e := ChangeEvent{
		RunID: runID, ChangeID: c.ID, Provider: run.Provider, OrgID: run.OrgID, Entity: c.Entity, Kind: c.Kind,
		RemoteID: c.RemoteID, LocalID: c.LocalID, Existing: c.Existing, Fields: []string{},
	}
	for _, f := range c.Fields {
		e.Fields = append(e.Fields, f.Field)
	}
	if c.Entity == EntityDepartment {
		return e, nil
	}
	user := provider.UserID(c.RemoteID)
	disputed, err := s.store.Disputed(ctx, run.Directory(), []provider.UserID{user})
	if err != nil {
		return ChangeEvent{}, err
	}
	e.Fields = slices.DeleteFunc(e.Fields, func(f string) bool { return disputed[user].Has(PersonField(f)) })
	return e, nil
}

// ChangesEvent is the data of an EventDirectoryChanged.
type ChangesEvent struct {
	RunID    string        `json:"runId"`
	Provider provider.Kind `json:"provider"`
	OrgID    string        `json:"orgId"`
	Mode     Mode          `json:"mode"`
	State    State         `json:"state"`
	// Applied are the changes that were applied, by kind.
	Applied Counts `json:"applied"`
	// Changes is where they are listed, below the prefix of the module's routes.
	Changes string `json:"changes"`
}

// describeChanges returns the data of an EventDirectoryChanged by its subject.
func (s *Service) describeChanges(ctx context.Context, t tenant.ID, subject string) (any, error) {
	run, err := s.store.Run(ctx, t, subject)
	if err != nil {
		return nil, fmt.Errorf("sync: describe: %w", err)
	}
	applied, err := s.store.AppliedCounts(ctx, t, run.ID)
	if err != nil {
		return nil, fmt.Errorf("sync: describe: %w", err)
	}
	return ChangesEvent{
		RunID: run.ID, Provider: run.Provider, OrgID: run.OrgID, Mode: run.Mode, State: run.State,
		Applied: applied, Changes: changesPath(run.ID) + "?state=" + string(ChangeApplied),
	}, nil
}
