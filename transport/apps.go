package transport

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// appBody is an app connection; its settings are as GET /providers describes
// them, with secrets masked.
type appBody struct {
	ID        string            `json:"id"`
	Provider  provider.Kind     `json:"provider"`
	Enabled   bool              `json:"enabled"`
	Version   int64             `json:"version"`
	Settings  map[string]string `json:"settings"`
	CreatedAt time.Time         `json:"createdAt"`
	UpdatedAt time.Time         `json:"updatedAt"`
}

func appOf(v tenant.AppView) appBody {
	return appBody{
		ID: v.ID, Provider: v.Provider, Enabled: v.Enabled, Version: v.Version, Settings: v.Settings,
		CreatedAt: v.CreatedAt.UTC(), UpdatedAt: v.UpdatedAt.UTC(),
	}
}

// newApp is the body of POST /apps. An absent enabled means true.
type newApp struct {
	Provider provider.Kind `json:"provider" schema:"required"`
	Enabled  *bool         `json:"enabled"`
	Settings settingsBody  `json:"settings"`
}

// settingsBody are settings by name. It is decoded in a second step, since
// package json does not tell which entry of a map is wrong.
type settingsBody map[string]json.RawMessage

// values returns the settings; null is like absent.
func (s settingsBody) values() (map[string]string, error) {
	values := make(map[string]string, len(s))
	for name, raw := range s {
		var value *string
		if err := json.Unmarshal(raw, &value); err != nil {
			return nil, typeError("settings."+name, reflect.String)
		}
		if value != nil {
			values[name] = *value
		}
	}
	return values, nil
}

func decodeNewApp(r *http.Request) (tenant.AppInput, error) {
	body, err := decodeBody[newApp](r)
	if err != nil {
		return tenant.AppInput{}, err
	}
	if body.Provider == "" {
		return tenant.AppInput{}, errNoProvider()
	}
	values, err := body.Settings.values()
	return tenant.AppInput{
		Provider: body.Provider, Enabled: body.Enabled == nil || *body.Enabled, Settings: values,
	}, err
}

// appUpdate is PUT /apps/{id}; what the body leaves out is unchanged.
type appUpdate struct {
	id     string
	change tenant.AppChange
}

type appChange struct {
	Enabled  *bool        `json:"enabled"`
	Settings settingsBody `json:"settings"`
}

func decodeAppUpdate(r *http.Request) (appUpdate, error) {
	id, err := decodeID(r)
	if err != nil {
		return appUpdate{}, err
	}
	body, err := decodeBody[appChange](r)
	if err != nil {
		return appUpdate{}, err
	}
	expected, err := ifMatch(r)
	if err != nil {
		return appUpdate{}, err
	}
	values, err := body.Settings.values()
	return appUpdate{id, tenant.AppChange{Expected: expected, Enabled: body.Enabled, Settings: values}}, err
}

// decodeKind reads the optional parameter provider.
func (a *api) decodeKind(r *http.Request) (provider.Kind, error) {
	return oneOf(r.URL.Query(), "provider", a.kinds()...)
}

// kinds are the office apps that the host offers.
func (a *api) kinds() []provider.Kind {
	var known []provider.Kind
	for _, f := range a.services.Registry.Factories() {
		known = append(known, f.Kind())
	}
	return known
}

func (a *api) apps(ctx context.Context, kind provider.Kind) (items[appBody], error) {
	views, err := a.services.Tenants.Apps(ctx, tenantOf(ctx), kind)
	if err != nil {
		return items[appBody]{}, err
	}
	return listOf(tenant.List[tenant.AppView]{Items: views}, appOf), nil
}

func (a *api) app(ctx context.Context, id string) (appBody, error) {
	v, err := a.services.Tenants.App(ctx, tenantOf(ctx), id)
	return appOf(v), err
}

func (a *api) createApp(ctx context.Context, in tenant.AppInput) (appBody, error) {
	v, err := a.services.Tenants.CreateApp(ctx, tenantOf(ctx), in)
	return appOf(v), err
}

func (a *api) updateApp(ctx context.Context, req appUpdate) (appBody, error) {
	v, err := a.services.Tenants.UpdateApp(ctx, tenantOf(ctx), req.id, req.change)
	return appOf(v), preconditionFailed(err)
}

func (a *api) deleteApp(ctx context.Context, id string) (any, error) {
	return nil, a.services.Tenants.DeleteApp(ctx, tenantOf(ctx), id)
}

// verifyBody is what a permission probe found.
type verifyBody struct {
	// OK is true when no permission is missing.
	OK          bool             `json:"ok"`
	Permissions []permissionBody `json:"permissions"`
	Scope       scopeBody        `json:"scope"`
}

type permissionBody struct {
	Name   string                   `json:"name"`
	Code   string                   `json:"code"`
	State  provider.PermissionState `json:"state"`
	Needed string                   `json:"needed"`
	Remedy string                   `json:"remedy"`
}

// scopeBody is what of the directory the app may see.
type scopeBody struct {
	Departments []departmentBody  `json:"departments"`
	People      []provider.UserID `json:"people"`
}

type departmentBody struct {
	ID   provider.DepartmentID `json:"id"`
	Name string                `json:"name"`
}

func (a *api) verifyApp(ctx context.Context, id string) (verifyBody, error) {
	report, err := a.services.Tenants.Verify(ctx, tenantOf(ctx), id)
	if err != nil {
		return verifyBody{}, err
	}
	c := callFrom(ctx)
	out := verifyBody{
		OK: true, Permissions: []permissionBody{},
		Scope: scopeBody{Departments: []departmentBody{}, People: append([]provider.UserID{}, report.Scope.People...)},
	}
	for _, p := range report.Permissions {
		out.OK = out.OK && p.State != provider.PermissionMissing
		out.Permissions = append(out.Permissions, permissionBody{
			Name: p.Name, Code: p.Code, State: p.State, Needed: c.text(p.Needed), Remedy: c.text(p.Remedy),
		})
	}
	for _, d := range report.Scope.Departments {
		out.Scope.Departments = append(out.Scope.Departments, departmentBody{d.ID, d.Name})
	}
	return out, nil
}
