package messaging

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// SettingsChange is a change of a tenant's settings; nil means unchanged.
type SettingsChange struct {
	// RetentionDays is 1 to 3650; 0 goes back to Config.RetentionDays.
	RetentionDays *int
	// Paused true holds back everything that has not been sent yet; false lets
	// it go on.
	Paused *bool
}

// Settings returns the tenant's settings, RetentionDays with its default. It
// needs ActionRead on ObjectMessage.
func (s *Service) Settings(ctx context.Context, t tenant.ID) (Settings, error) {
	err := s.mayRead(ctx, t)
	var settings Settings
	if err == nil {
		settings, err = s.store.Settings(ctx, t)
	}
	if err != nil {
		return Settings{}, fmt.Errorf("messaging: settings: %w", err)
	}
	return s.effective(settings), nil
}

// effective fills in the defaults.
func (s *Service) effective(settings Settings) Settings {
	if settings.RetentionDays == 0 {
		settings.RetentionDays = s.cfg.RetentionDays
	}
	return settings
}

// SaveSettings changes the tenant's settings and returns all of them as
// Settings does. What was waiting while Paused is sent after the pause, unless
// it has expired. It needs ActionWrite on ObjectMessage and leaves a row in the
// audit trail. Refusals: ErrInvalidRequest; an invalid tenant id.
func (s *Service) SaveSettings(ctx context.Context, t tenant.ID, in SettingsChange) (Settings, error) {
	var saved Settings
	err := s.trail.Do(ctx, tenant.Operation{
		Tenant: t, Action: "message.settings",
		Need: tenant.Permission{Object: tenant.ObjectMessage, Action: tenant.ActionWrite},
	}, func(ctx context.Context, row *tenant.AuditEntry) error {
		if err := in.validate(t); err != nil {
			return err
		}
		return s.trail.Commit(ctx, row, func(ctx context.Context) error {
			var err error
			saved, err = s.saveSettings(ctx, t, in, row)
			return err
		})
	})
	if err != nil {
		return Settings{}, fmt.Errorf("messaging: save settings: %w", err)
	}
	return s.effective(saved), nil
}

func (in SettingsChange) validate(t tenant.ID) error {
	if _, err := tenant.ParseID(string(t)); err != nil {
		return err
	}
	if d := in.RetentionDays; d != nil && (*d < 0 || *d > maxRetentionDays) {
		return errInvalidRequest("retentionDays",
			fmt.Sprintf("保留天数%d无效，须为1到%d，或0表示默认值", *d, maxRetentionDays),
			fmt.Sprintf("%d; want 1 to %d, or 0 for the default", *d, maxRetentionDays))
	}
	return nil
}

// saveSettings is the part of SaveSettings that is in the transaction.
func (s *Service) saveSettings(
	ctx context.Context, t tenant.ID, in SettingsChange, row *tenant.AuditEntry,
) (Settings, error) {
	if err := s.store.LockSettings(ctx, t); err != nil {
		return Settings{}, err
	}
	old, err := s.store.Settings(ctx, t)
	if err != nil {
		return Settings{}, err
	}
	next := old
	if in.RetentionDays != nil {
		next.RetentionDays = *in.RetentionDays
	}
	if in.Paused != nil {
		next.Paused = *in.Paused
	}
	next.UpdatedBy, next.UpdatedAt = row.ActorName, row.At
	if row.Before, err = recordOfSettings(old); err != nil {
		return Settings{}, err
	}
	if row.After, err = recordOfSettings(next); err != nil {
		return Settings{}, err
	}
	if err := s.store.SaveSettings(ctx, next); err != nil {
		return Settings{}, err
	}
	if !old.Paused || next.Paused {
		return next, nil // everything has its job, or waits for the end of the pause
	}
	return next, s.queue.Enqueue(ctx, jobFor(ResumeKind, BatchRef{Tenant: t}))
}

// settingsRecord is how settings look in the audit trail.
type settingsRecord struct {
	RetentionDays int  `json:"retentionDays"`
	Paused        bool `json:"paused"`
}

func recordOfSettings(s Settings) (json.RawMessage, error) {
	return record(settingsRecord{RetentionDays: s.RetentionDays, Paused: s.Paused})
}

// ResumeKind gives the batches that were held back their jobs again.
const ResumeKind = "messaging.resume"

const (
	resumeQueue = "resuming"
	// resumeStep is how many batches one run gives their jobs.
	resumeStep = 500
)

// resume is the handler of ResumeKind: its payload is the batch after which it
// goes on. The next step is a job of its own, in the same transaction.
func (s *Service) resume(ctx context.Context, run jobs.Run) error {
	ctx = tenant.AsSystem(ctx, "messaging")
	after, err := refOf(run)
	if err != nil {
		return jobs.Drop(err)
	}
	err = s.store.InTx(ctx, func(ctx context.Context) error { return s.resumeAfter(ctx, after) })
	if err != nil {
		return fmt.Errorf("messaging: resume: %w", err)
	}
	return nil
}

func (s *Service) resumeAfter(ctx context.Context, after BatchRef) error {
	settings, err := s.store.Settings(ctx, after.Tenant)
	if err != nil || settings.Paused {
		return err
	}
	refs, err := s.store.Waiting(ctx, after.Tenant, after, resumeStep)
	if err != nil || len(refs) == 0 {
		return err
	}
	work := make([]jobs.Job, 0, len(refs)+1)
	for _, ref := range refs {
		work = append(work, jobFor(sendKind(len(refs)), ref))
	}
	if len(refs) == resumeStep {
		work = append(work, jobFor(ResumeKind, refs[len(refs)-1]))
	}
	return s.queue.Enqueue(ctx, work...)
}
