package transport

import (
	"context"
	"net/http"
	"strings"
	"time"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// appEventsBody is how the events of an app come in, and what is to be done to
// have them come.
type appEventsBody struct {
	// CallbackPath is where the office app is to send events, below the
	// platform's own address.
	CallbackPath string `json:"callbackPath"`
	// Mode is how the app's settings have events come: none, callback or stream.
	Mode     string       `json:"mode"`
	Callback callbackBody `json:"callback"`
	Stream   streamBody   `json:"stream"`
	Received int          `json:"received"`
	LastType string       `json:"lastType"`
	LastAt   *time.Time   `json:"lastAt"`
	Failure  string       `json:"failure"`
	FailedAt *time.Time   `json:"failedAt"`
	Steps    []string     `json:"steps"`
}

type callbackBody struct {
	Supported   bool `json:"supported"`
	Registrable bool `json:"registrable"`
	// URL is what is registered; empty when nothing is or nobody can tell.
	URL      string       `json:"url"`
	Complete bool         `json:"complete"`
	Error    *storedError `json:"error"`
}

// streamBody is how the connection of an app in Stream mode is doing.
type streamBody struct {
	Supported bool `json:"supported"`
	Connected bool `json:"connected"`
	// ConnectedAt is null and Node empty while it is not connected, or held by
	// no process.
	ConnectedAt *time.Time `json:"connectedAt"`
	Node        string     `json:"node"`
	// Error is why it was cut or could not be opened last.
	Error    *storedError `json:"error"`
	FailedAt *time.Time   `json:"failedAt"`
}

func streamOf(c *call, supported bool, s dirsync.StreamState) streamBody {
	return streamBody{
		Supported: supported, Connected: !s.ConnectedAt.IsZero(), ConnectedAt: optionalTime(s.ConnectedAt),
		Node: s.Holder, Error: runError(c, s.Failure), FailedAt: optionalTime(s.FailedAt),
	}
}

// appEventsRequest names an app and the address of the platform: its public one
// or, without, that by which it was reached.
type appEventsRequest struct{ id, origin string }

func (a *api) decodeAppEvents(r *http.Request) (appEventsRequest, error) {
	id, err := decodeID(r)
	if a.cfg.PublicURL != "" {
		return appEventsRequest{id, a.cfg.PublicURL}, err
	}
	scheme := "https"
	if r.TLS == nil && r.Header.Get("X-Forwarded-Proto") != "https" {
		scheme = "http"
	}
	return appEventsRequest{id, scheme + "://" + r.Host}, err
}

func (a *api) appEvents(ctx context.Context, req appEventsRequest) (appEventsBody, error) {
	app, err := a.services.Tenants.App(ctx, tenantOf(ctx), req.id)
	if err != nil {
		return appEventsBody{}, err
	}
	path := a.cfg.Prefix + strings.NewReplacer("{provider}", string(app.Provider), "{id}", app.ID).Replace(callbackPath)
	setup, err := a.services.Sync.EventSetup(ctx, tenantOf(ctx), req.id, req.origin+path)
	if err != nil {
		return appEventsBody{}, err
	}
	return appEventsOf(callFrom(ctx), path, setup), nil
}

func appEventsOf(c *call, path string, s dirsync.EventSetup) appEventsBody {
	b := appEventsBody{
		CallbackPath: path, Mode: s.Mode,
		Callback: callbackBody{
			Supported: s.Callback, Registrable: s.Registrable,
			URL: s.Registration.URL, Complete: s.Registration.Complete, Error: runError(c, s.RegistrationFailure),
		},
		Stream:   streamOf(c, s.Stream, s.StreamState),
		Received: s.State.Events, LastType: s.State.LastType, LastAt: optionalTime(s.State.LastAt),
		Failure: s.State.Failure, FailedAt: optionalTime(s.State.FailedAt),
		Steps: []string{},
	}
	for _, step := range s.Guide {
		b.Steps = append(b.Steps, c.text(step))
	}
	return b
}

// callbackChange is POST /apps/{id}/events/callback.
type callbackChange struct {
	id  string
	url string
}

// callbackAddress is its body.
type callbackAddress struct {
	URL string `json:"url" schema:"required"`
}

func (a *api) decodeCallbackChange(r *http.Request) (callbackChange, error) {
	id, err := decodeID(r)
	if err != nil {
		return callbackChange{}, err
	}
	body, err := decodeBody[callbackAddress](r)
	return callbackChange{id, body.URL}, err
}

func (a *api) registerCallback(ctx context.Context, req callbackChange) (any, error) {
	return nil, a.services.Sync.RegisterCallback(ctx, tenantOf(ctx), req.id, req.url)
}

func (a *api) unregisterCallback(ctx context.Context, id string) (any, error) {
	return nil, a.services.Sync.UnregisterCallback(ctx, tenantOf(ctx), id)
}
