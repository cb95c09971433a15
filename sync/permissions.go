package sync

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
)

// MissingPermission is a permission of the app that the directory needs and
// that the office app does not grant.
type MissingPermission struct {
	// Name is the one in the office app's console, Code its identifier there;
	// Code may be empty.
	Name string `json:"name"`
	Code string `json:"code,omitempty"`
	// Needed says what needs it, Remedy what an administrator does about it.
	Needed provider.Text `json:"needed"`
	Remedy provider.Text `json:"remedy"`
}

// probe asks the office app which permissions are missing, before anything is
// read or compared. What can be read without them is read all the same; the
// run tells what is missing even before it has met with a refusal. When the
// office app cannot be asked, what follows will tell why.
func (w *worker) probe(ctx context.Context) {
	run := &w.claim.Run
	verifier, err := provider.As[provider.Verifier](w.conn.Provider)
	if err != nil || run.MissingPermissions != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, w.cfg.CallTimeout)
	defer cancel()
	report, err := verifier.Verify(ctx)
	if err != nil {
		w.cfg.Logger.WarnContext(ctx, "permissions could not be checked", "tenant", run.Tenant,
			"provider", run.Provider, "op", "verify", "code", provider.CodeOf(err).String(), "error", err)
		return
	}
	run.MissingPermissions = missingOf(report)
}

// missingOf returns what the directory lacks; it is never nil.
func missingOf(report provider.VerifyReport) []MissingPermission {
	missing := []MissingPermission{}
	for _, p := range report.Permissions {
		if p.Directory && p.State == provider.PermissionMissing {
			missing = append(missing, MissingPermission{Name: p.Name, Code: p.Code, Needed: p.Needed, Remedy: p.Remedy})
		}
	}
	return missing
}
