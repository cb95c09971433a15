package transport

import (
	"context"
	"net/http"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// personPreviewRequest is the body of POST /sync/preview.
type personPreviewRequest struct {
	Provider provider.Kind   `json:"provider" schema:"required"`
	UserID   provider.UserID `json:"userId" schema:"required"`
	Settings triedSettings   `json:"settings"`
}

// triedSettings are what PUT /sync/settings takes, to be tried without saving
// them; their version may be left out here.
type triedSettings struct {
	Version *int64 `json:"version"`
	dirsync.SettingsChange
}

func decodePersonPreview(r *http.Request) (personPreviewRequest, error) {
	body, err := decodeBody[personPreviewRequest](r)
	if err == nil && body.Provider == "" {
		err = errNoProvider()
	}
	return body, err
}

// personPreview is what the next full run would do about a person.
type personPreview struct {
	Provider provider.Kind   `json:"provider"`
	UserID   provider.UserID `json:"userId"`
	Name     string          `json:"name"`
	// Found is whether the organisation has them, InScope whether they come.
	Found   bool         `json:"found"`
	InScope bool         `json:"inScope"`
	Kind    dirsync.Kind `json:"kind"`
	// Reasons are in both languages.
	Reasons []provider.Text `json:"reasons"`
	// Refusal is why the platform would not take the change; null if it would.
	Refusal     *provider.Text      `json:"refusal"`
	Departments []previewDepartment `json:"departments"`
	Account     previewAccount      `json:"account"`
	Fields      []previewField      `json:"fields"`
	// SettingsVersion is that of the saved settings; Draft is true when a
	// change of them was tried.
	SettingsVersion int64 `json:"settingsVersion"`
	Draft           bool  `json:"draft"`
}

type previewDepartment struct {
	DepartmentID provider.DepartmentID `json:"departmentId"`
	Name         string                `json:"name"`
	InScope      bool                  `json:"inScope"`
	Rule         dirsync.ScopeRule     `json:"rule"`
	DecidedBy    provider.DepartmentID `json:"decidedBy"`
	Reason       provider.Text         `json:"reason"`
	// LocalID is "" for a department that is still to be created.
	LocalID string `json:"localId"`
}

type previewAccount struct {
	LocalID   string                 `json:"localId"`
	Username  string                 `json:"username"`
	MatchedBy dirsync.MatchBy        `json:"matchedBy" schema:"empty"`
	Join      dirsync.JoinState      `json:"join" schema:"empty"`
	Password  dirsync.PasswordPolicy `json:"password" schema:"empty"`
}

type previewField struct {
	Field    dirsync.PersonField `json:"field"`
	Before   string              `json:"before"`
	After    string              `json:"after"`
	Provider string              `json:"provider"`
	Owner    dirsync.Owner       `json:"owner"`
	Effect   dirsync.FieldEffect `json:"effect"`
}

func (a *api) previewPerson(ctx context.Context, req personPreviewRequest) (personPreview, error) {
	p, err := a.services.Sync.Preview(ctx, tenantOf(ctx), dirsync.PreviewRequest{
		Provider: req.Provider, UserID: req.UserID,
		Change: req.Settings.SettingsChange, Version: req.Settings.Version,
	})
	if err != nil {
		return personPreview{}, err
	}
	b := personPreview{
		Provider: p.Provider, UserID: p.UserID, Name: p.Name, Found: p.Found, InScope: p.InScope, Kind: p.Kind,
		Reasons: p.Reasons, Departments: []previewDepartment{}, Account: previewAccount(p.Account),
		Fields: []previewField{}, SettingsVersion: p.Version, Draft: p.Draft,
	}
	if !p.Refusal.IsZero() {
		b.Refusal = &p.Refusal
	}
	for _, d := range p.Departments {
		b.Departments = append(b.Departments, previewDepartment{
			DepartmentID: d.ID, Name: d.Name, InScope: d.InScope, Rule: d.Rule, DecidedBy: d.DecidedBy,
			Reason: d.Reason, LocalID: d.LocalID,
		})
	}
	for _, f := range p.Fields {
		b.Fields = append(b.Fields, previewField(f))
	}
	return b, nil
}
