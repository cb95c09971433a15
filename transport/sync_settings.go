package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// syncSettingsBody are a tenant's rules for an office app.
type syncSettingsBody struct {
	Provider provider.Kind `json:"provider"`
	// Version is that of the rules; a change of them names it. 0 is a tenant
	// that has changed nothing.
	Version int64 `json:"version"`
	dirsync.Rules
	// RetentionDays is how many days runs are kept.
	RetentionDays int        `json:"retentionDays"`
	UpdatedBy     string     `json:"updatedBy"`
	UpdatedAt     *time.Time `json:"updatedAt"`
}

func syncSettingsOf(s dirsync.Settings) syncSettingsBody {
	return syncSettingsBody{
		Provider: s.Provider, Version: s.Version, Rules: s.Rules,
		RetentionDays: s.RetentionDays, UpdatedBy: s.UpdatedBy, UpdatedAt: optionalTime(s.UpdatedAt),
	}
}

// decodeOneKind reads the parameter provider, which must be there.
func (a *api) decodeOneKind(r *http.Request) (provider.Kind, error) {
	kind, err := a.decodeKind(r)
	if err == nil && kind == "" {
		err = errNoProvider()
	}
	return kind, err
}

func errNoProvider() error {
	return invalid("provider", "未指定应用类型provider，例如dingtalk", "no provider is named, such as dingtalk")
}

func (a *api) syncSettings(ctx context.Context, kind provider.Kind) (syncSettingsBody, error) {
	s, err := a.services.Sync.Settings(ctx, tenantOf(ctx), kind)
	if err != nil {
		return syncSettingsBody{}, err
	}
	return syncSettingsOf(s), nil
}

// syncSettingsChange is the body of PUT /sync/settings; what it leaves out is
// unchanged.
type syncSettingsChange struct {
	Version *int64 `json:"version" schema:"required"`
	dirsync.SettingsChange

	kind provider.Kind
}

func (a *api) decodeSyncSettings(r *http.Request) (syncSettingsChange, error) {
	kind, err := a.decodeOneKind(r)
	if err != nil {
		return syncSettingsChange{}, err
	}
	body, err := decodeBody[syncSettingsChange](r)
	if err == nil && body.Version == nil {
		err = invalid("version", "缺少version：请先读取规则，并原样传回其version",
			"version is missing: read the rules first, and send the version they have")
	}
	body.kind = kind
	return body, err
}

func (a *api) saveSyncSettings(ctx context.Context, req syncSettingsChange) (syncSettingsBody, error) {
	s, err := a.services.Sync.SaveSettings(ctx, tenantOf(ctx), req.kind, *req.Version, req.SettingsChange)
	if err != nil {
		return syncSettingsBody{}, err
	}
	return syncSettingsOf(s), nil
}
