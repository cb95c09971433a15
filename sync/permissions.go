package sync

import (
	"context"
	"slices"

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
	// Writing, Finding and Hides are those of [provider.Permission].
	Writing bool     `json:"writing,omitempty"`
	Finding bool     `json:"finding,omitempty"`
	Hides   []string `json:"hides,omitempty"`
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
	run.MissingPermissions = missingOf(report, run.Direction)
}

// missingOf returns what a run of a direction lacks; it is never nil.
func missingOf(report provider.VerifyReport, d Direction) []MissingPermission {
	missing := []MissingPermission{}
	for _, p := range report.Permissions {
		needed := p.Directory || d == Push && (p.Writing || p.Finding)
		if needed && p.State == provider.PermissionMissing {
			missing = append(missing, MissingPermission{
				Name: p.Name, Code: p.Code, Needed: p.Needed, Remedy: p.Remedy,
				Writing: p.Writing, Finding: p.Finding, Hides: p.Hides,
			})
		}
	}
	return missing
}

// hides reports whether a field of people, in the spelling of
// [provider.Permission], comes empty for lack of a permission.
func (r Run) hides(field string) bool {
	return slices.ContainsFunc(r.MissingPermissions, func(p MissingPermission) bool { return slices.Contains(p.Hides, field) })
}

// hidden returns the fields that come empty for lack of a permission, as the
// rules fill them. What the office app has in them is not known: a pull leaves
// them as they are, and a push does not compare them.
func (r Run) hidden() FieldSet {
	var set FieldSet
	for _, f := range PersonFields() {
		source, mapped := r.Rules.Mapping[f]
		if !mapped {
			source = string(f)
		}
		if r.hides(contractName(source)) {
			set = set.With(f)
		}
	}
	return set
}

// unread returns those of the hidden fields that somebody has nothing in: the
// permission may have been granted meanwhile.
func (p *StagedPerson) unread(hidden FieldSet) FieldSet {
	for _, f := range valueFields() {
		if p.field(f) != "" {
			hidden = hidden.Without(f)
		}
	}
	return hidden
}

// recall puts into fields that could not be read what was last synchronised; for
// somebody who never was, what the platform has.
func (p *StagedPerson) recall(unread FieldSet, base *StagedPerson, now *CurrentPerson) {
	for _, f := range valueFields() {
		switch {
		case !unread.Has(f):
		case base != nil:
			*p.pointer(f) = base.field(f)
		default:
			*p.pointer(f) = now.field(f)
		}
	}
}

// unwritable returns the permission without which a push writes nothing, nil
// when none is known to be missing. One that was missing when the run began may
// have been granted since.
func (w *worker) unwritable(ctx context.Context) *MissingPermission {
	lacking := func() *MissingPermission {
		for i, p := range w.claim.Run.MissingPermissions {
			if p.Writing {
				return &w.claim.Run.MissingPermissions[i]
			}
		}
		return nil
	}
	if lacking() == nil {
		return nil
	}
	before := w.claim.Run.MissingPermissions
	w.claim.Run.MissingPermissions = nil
	if w.probe(ctx); w.claim.Run.MissingPermissions == nil {
		w.claim.Run.MissingPermissions = before
	}
	return lacking()
}

// unwritten ends a push that cannot write, with the permission's name.
func (w *worker) unwritten(ctx context.Context, p *MissingPermission) error {
	w.claim.Run.Error = &Failure{
		Code: provider.PermissionDenied.String(), Reason: "permission_missing",
		Message: provider.Text{
			ZH: "应用缺少权限「" + p.Name + "」，未写入任何内容",
			EN: "the app lacks the permission " + p.Name + "; nothing was written",
		},
		Remedy: p.Remedy,
	}
	return w.finish(ctx, StateFailed, nil)
}
