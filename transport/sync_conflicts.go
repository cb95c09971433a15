package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// conflictBody is something that a pull could not decide.
type conflictBody struct {
	ID       string          `json:"id"`
	Provider provider.Kind   `json:"provider"`
	RemoteID provider.UserID `json:"remoteId"`
	Name     string          `json:"name"`
	LocalID  string          `json:"localId"`
	Account  string          `json:"account"`
	// Field is "" for somebody who cannot be matched; Reason says why then.
	Field         dirsync.PersonField `json:"field" schema:"empty"`
	PlatformValue string              `json:"platformValue"`
	ProviderValue string              `json:"providerValue"`
	Reason        string              `json:"reason"`
	RunID         string              `json:"runId"`
	CreatedAt     time.Time           `json:"createdAt"`
}

type conflictList struct {
	kind provider.Kind
	page tenant.Page
}

// decodeConflictList reads the optional parameter provider besides.
func (a *api) decodeConflictList(r *http.Request) (req conflictList, err error) {
	if req.kind, err = a.decodeKind(r); err != nil {
		return req, err
	}
	req.page, err = page(r.URL.Query())
	return req, err
}

func (a *api) conflicts(ctx context.Context, req conflictList) (items[conflictBody], error) {
	list, err := a.services.Sync.Conflicts(ctx, tenantOf(ctx), req.kind, req.page)
	c := callFrom(ctx)
	return listOf(list, func(x dirsync.Conflict) conflictBody {
		return conflictBody{
			ID: x.ID, Provider: x.Provider, RemoteID: x.RemoteID, Name: x.Name, LocalID: x.LocalID, Account: x.Account,
			Field: x.Field, PlatformValue: x.Platform, ProviderValue: x.FieldConflict.Provider,
			Reason: c.text(x.Reason), RunID: x.RunID, CreatedAt: x.CreatedAt.UTC(),
		}
	}), err
}

// conflictResolution is the body of POST /sync/conflicts/{id}/resolve.
type conflictResolution struct {
	Resolution dirsync.Resolution `json:"resolution" schema:"required"`
	// LocalID is the account for the resolution bind.
	LocalID string `json:"localId"`

	id string
}

func decodeResolution(r *http.Request) (conflictResolution, error) {
	id, err := decodeID(r)
	if err != nil {
		return conflictResolution{}, err
	}
	body, err := decodeBody[conflictResolution](r)
	body.id = id
	return body, err
}

func (a *api) resolveConflict(ctx context.Context, req conflictResolution) (none, error) {
	return none{}, a.services.Sync.Resolve(ctx, tenantOf(ctx), req.id, req.Resolution, req.LocalID)
}
