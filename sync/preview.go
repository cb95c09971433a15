package sync

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// PreviewRequest asks what a pull would do about one person.
type PreviewRequest struct {
	Provider provider.Kind
	// UserID is the person's id at the office app.
	UserID provider.UserID
	// Change is what an administrator wants to try before saving it; with the
	// zero value the rules are those of the tenant.
	Change SettingsChange
	// Version is that of the settings the change is for; nil is whichever they
	// have.
	Version *int64
}

// Preview is what the next full run would do about one person, and why, as far
// as it can be told without reading the whole company.
type Preview struct {
	Provider provider.Kind
	UserID   provider.UserID
	// Name is theirs at the office app, else what it was when they were last
	// seen.
	Name string
	// Found is false for somebody who is not in the organisation any more.
	Found bool
	// InScope is whether they come to the platform.
	InScope bool
	// Kind is that of the change, KindNone for none.
	Kind Kind
	// Reasons say why, one sentence each; never empty.
	Reasons []provider.Text
	// Refusal says why the platform would not take the change; usually zero.
	Refusal provider.Text
	// Departments are all they are in at the office app.
	Departments []PreviewDepartment
	Account     PreviewAccount
	// Fields has every field of somebody in scope who is no conflict, but for the
	// manager, whom the platform gets when both have an account.
	Fields []PreviewField
	// Version is that of the settings, Draft whether a change of them was tried.
	Version int64
	Draft   bool
}

// KindNone is the kind of a [Preview] without change.
const KindNone Kind = "none"

// PreviewDepartment is a department of somebody at the office app.
type PreviewDepartment struct {
	ID   provider.DepartmentID
	Name string
	// InScope is whether the person is in it on the platform, by Rule, which
	// DecidedBy fell under: the department itself or one above it.
	InScope   bool
	Rule      ScopeRule
	DecidedBy provider.DepartmentID
	Reason    provider.Text
	// LocalID is the platform's, "" for one that is still to be created.
	LocalID string
}

// PreviewAccount is somebody's account on the platform.
type PreviewAccount struct {
	// LocalID is the platform's id, "" for an account to be created.
	LocalID string
	// Username is theirs, or what an account to be created is called; a mobile
	// number in the latter is masked.
	Username string
	// MatchedBy is what they were recognised by, "" for nothing.
	MatchedBy MatchBy
	// Join is how they become a member of the tenant, "" when they are one.
	Join JoinState
	// Password is that of an account to be created, else "".
	Password PasswordPolicy
}

// PreviewField is a field of somebody. Mobile numbers are shown masked.
type PreviewField struct {
	Field PersonField
	// Before and After are on the platform, Provider is at the office app, as
	// the mapping fills it.
	Before, After, Provider string
	Owner                   Owner
	Effect                  FieldEffect
}

// FieldEffect says what becomes of a field.
type FieldEffect string

// The effects.
const (
	// EffectSame: both sides have it.
	EffectSame FieldEffect = "same"
	// EffectSet: the platform gets the office app's value.
	EffectSet FieldEffect = "set"
	// EffectKeep: the platform's value stays although the office app has
	// another.
	EffectKeep FieldEffect = "keep"
	// EffectConflict: it stays, and is listed as a [Conflict].
	EffectConflict FieldEffect = "conflict"
)

// Preview tells what a pull would do about a person, and why, by the tenant's
// rules or by a change of them. It reads the person and what the decision
// depends on from the office app and changes nothing, here or there. It needs
// sync.run, and refuses with [ErrInvalidRules], [ErrSettingsChanged],
// [ErrNoPerson], with what the Connector says when the office app is not
// connected, and with the *provider.Error of what cannot be read.
//
// The decision is made by the code of a run, in a transaction that is rolled
// back; see [RehearsableMembers] for how far that goes.
func (s *Service) Preview(ctx context.Context, t tenant.ID, req PreviewRequest) (Preview, error) {
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectSync, tenant.ActionRun)
	if err != nil {
		return Preview{}, err
	}
	p, err := s.newPreviewing(ctx, t, req, actor)
	if err != nil {
		return Preview{}, err
	}
	if err := p.work(ctx); err != nil {
		return Preview{}, fmt.Errorf("sync: preview: %w", err)
	}
	return p.result, nil
}

// previewing is the work on one preview.
type previewing struct {
	*Service
	id   provider.UserID
	run  Run
	conn tenant.Connection
	view *view
	// seen are the people looked up, nil for those who are not there.
	seen map[provider.UserID]*seenPerson
	// unions are the union ids looked up.
	unions map[provider.UnionID]bool
	result Preview
}

func (s *Service) newPreviewing(
	ctx context.Context, t tenant.ID, req PreviewRequest, actor tenant.Actor,
) (*previewing, error) {
	if !usableID(string(req.UserID)) {
		return nil, errBadID(Target{Entity: EntityPerson, ID: string(req.UserID)}).WithField("userId")
	}
	conn, err := s.conns.Connect(ctx, t, req.Provider)
	if err != nil {
		return nil, fmt.Errorf("sync: preview: %w", err)
	}
	settings, err := s.settings(ctx, t, req.Provider)
	if err != nil {
		return nil, fmt.Errorf("sync: preview: %w", err)
	}
	if req.Version != nil && *req.Version != settings.Version {
		return nil, ErrSettingsChanged
	}
	draft := req.Change != SettingsChange{}
	settings.Rules = req.Change.applied(settings.Rules).normal()
	set(&settings.RetentionDays, req.Change.RetentionDays)
	if err := s.checkSettings(settings); err != nil {
		return nil, err
	}
	run, err := s.newRun(t, RunRequest{Provider: req.Provider, Direction: Pull, Mode: Incremental}, conn.App, actor)
	if err != nil {
		return nil, err
	}
	run.Rules, run.Complete = settings.Rules, true
	v, err := s.newView(conn)
	if err != nil {
		return nil, err
	}
	return &previewing{
		Service: s, id: req.UserID, run: run, conn: conn, view: v, seen: make(map[provider.UserID]*seenPerson),
		unions: make(map[provider.UnionID]bool),
		result: Preview{
			Provider: req.Provider, UserID: req.UserID, Kind: KindNone, Version: settings.Version, Draft: draft,
		},
	}, nil
}

// work looks people up until nothing is missing for the decision.
func (p *previewing) work(ctx context.Context) error {
	if err := p.lookUp(ctx, p.id); err != nil {
		return err
	}
	if err := p.lookForTwin(ctx); err != nil {
		return err
	}
	for {
		var missing []Task
		err := p.store.Rehearse(ctx, p.run, func(ctx context.Context, c Claim) (err error) {
			missing, err = p.rehearse(ctx, &worker{Service: p.Service, claim: c, conn: p.conn})
			return err
		})
		if err != nil || len(missing) == 0 {
			return err
		}
		for _, t := range missing {
			if err := p.carryOut(ctx, t); err != nil {
				return err
			}
		}
	}
}
