package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// scheduleBody is a tenant's schedule for an office app.
type scheduleBody struct {
	Provider provider.Kind `json:"provider"`
	// Version is that of the schedule; a change of it names it. 0 is a tenant
	// that has saved none and is shown a suggestion.
	Version int64 `json:"version"`
	dirsync.Timing
	// NextRunAt is null while the schedule is paused.
	NextRunAt *time.Time `json:"nextRunAt"`
	LastRunAt *time.Time `json:"lastRunAt"`
	// LastOutcome is started, skipped or failed; "" when it never came.
	LastOutcome dirsync.ScheduleOutcome `json:"lastOutcome" schema:"empty"`
	LastRunID   string                  `json:"lastRunId"`
	LastError   *storedError            `json:"lastError"`
	UpdatedBy   string                  `json:"updatedBy"`
	UpdatedAt   *time.Time              `json:"updatedAt"`
}

func scheduleOf(c *call, s dirsync.Schedule) scheduleBody {
	return scheduleBody{
		Provider: s.Provider, Version: s.Version, Timing: s.Timing,
		NextRunAt: optionalTime(s.NextAt), LastRunAt: optionalTime(s.LastAt), LastOutcome: s.LastOutcome,
		LastRunID: s.LastRunID, LastError: runError(c, s.LastFailure),
		UpdatedBy: s.UpdatedBy, UpdatedAt: optionalTime(s.UpdatedAt),
	}
}

func (a *api) schedule(ctx context.Context, kind provider.Kind) (scheduleBody, error) {
	s, err := a.services.Sync.Schedule(ctx, tenantOf(ctx), kind)
	if err != nil {
		return scheduleBody{}, err
	}
	return scheduleOf(callFrom(ctx), s), nil
}

// scheduleChange is the body of PUT /sync/schedule; what it leaves out is
// unchanged.
type scheduleChange struct {
	Version *int64 `json:"version" schema:"required"`
	dirsync.TimingChange

	kind provider.Kind
}

func (a *api) decodeScheduleChange(r *http.Request) (scheduleChange, error) {
	kind, err := a.decodeOneKind(r)
	if err != nil {
		return scheduleChange{}, err
	}
	body, err := decodeBody[scheduleChange](r)
	if err == nil && body.Version == nil {
		err = invalid("version", "缺少version：请先读取同步计划，并原样传回其version",
			"version is missing: read the schedule first, and send the version it has")
	}
	body.kind = kind
	return body, err
}

func (a *api) saveSchedule(ctx context.Context, req scheduleChange) (scheduleBody, error) {
	s, err := a.services.Sync.SaveSchedule(ctx, tenantOf(ctx), req.kind, *req.Version, req.TimingChange)
	if err != nil {
		return scheduleBody{}, err
	}
	return scheduleOf(callFrom(ctx), s), nil
}
