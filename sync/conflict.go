package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Conflict is something that a pull cannot decide: a field that was edited on
// both sides, or a person who cannot be matched. It is open until somebody
// resolves it, or both sides agree again.
type Conflict struct {
	ID       string
	Tenant   tenant.ID
	Provider provider.Kind
	OrgID    string
	// RemoteID is the user's id at the office app, Name their name there.
	RemoteID provider.UserID
	Name     string
	// LocalID and Account are the platform's account; empty for somebody who
	// cannot be matched.
	LocalID string
	Account string
	// FieldConflict has the field and both values; it is zero for somebody who
	// cannot be matched, and Reason says why.
	FieldConflict
	Reason    provider.Text
	RunID     string
	CreatedAt time.Time
}

// FieldConflict is a field with the values of both sides. Mobile numbers are
// shown masked.
type FieldConflict struct {
	Field    PersonField
	Platform string
	Provider string
}

// directory returns which directory the conflict is of.
func (c *Conflict) directory() Directory {
	return Directory{Tenant: c.Tenant, Provider: c.Provider, OrgID: c.OrgID}
}

// Resolution says how a conflict ends.
type Resolution string

// The resolutions.
const (
	// ResolvePlatform: the platform's value of the field stays.
	ResolvePlatform Resolution = "platform"
	// ResolveProvider: the platform gets the office app's value.
	ResolveProvider Resolution = "provider"
	// ResolveBind: the person is the owner of an account of the platform; the
	// next run synchronises them.
	ResolveBind Resolution = "bind"
)

// ConflictStore keeps conflicts. At most one is open for each person and field
// of a directory.
type ConflictStore interface {
	// Conflicts returns the open conflicts of the tenant, the oldest first;
	// kind "" is all office apps.
	Conflicts(ctx context.Context, t tenant.ID, kind provider.Kind, p tenant.Page) (tenant.List[Conflict], error)

	// Conflict returns one, tenant.ErrNotFound when the tenant has none of the
	// id.
	Conflict(ctx context.Context, t tenant.ID, id string) (Conflict, error)

	// CloseConflict removes one; tenant.ErrNotFound when there is none.
	CloseConflict(ctx context.Context, t tenant.ID, id string) error

	// SettleConflicts makes the people whom the run cannot match conflicts, and
	// removes those of people whom it has looked at and can match, or who are
	// gone. It writes nothing where nothing differs.
	SettleConflicts(ctx context.Context, c Claim, at time.Time) error

	// Known returns what the mirror has of a person, nil for nothing, and who
	// they are bound to.
	Known(ctx context.Context, dir Directory, id provider.UserID) (*MirrorPerson, string, error)

	// BindPerson binds a person to an account, tenant.ErrConflict when one of them is
	// bound already.
	BindPerson(ctx context.Context, dir Directory, id provider.UserID, localID string, at time.Time) error
}

const auditResolve = "sync.resolve"

// Conflicts returns the open conflicts of the tenant, the oldest first; kind ""
// is all office apps. It needs sync.read.
func (s *Service) Conflicts(
	ctx context.Context, t tenant.ID, kind provider.Kind, p tenant.Page,
) (tenant.List[Conflict], error) {
	if err := s.mayRead(ctx, t); err != nil {
		return tenant.List[Conflict]{}, err
	}
	list, err := s.store.Conflicts(ctx, t, kind, p)
	if err != nil {
		return list, fmt.Errorf("sync: conflicts: %w", err)
	}
	return list, nil
}

// Resolve ends a conflict; localID is the account for [ResolveBind]. It needs
// sync.run; ResolveBind needs binding.write, too, and every right in the tenant
// that the account has (tenant.ErrStronger). It refuses with [ErrNoConflict], or
// when the resolution does not fit the conflict.
func (s *Service) Resolve(ctx context.Context, t tenant.ID, id string, how Resolution, localID string) error {
	op := tenant.Operation{
		Tenant: t, Need: tenant.Permission{Object: tenant.ObjectSync, Action: tenant.ActionRun},
		Action: auditResolve, Target: id,
	}
	err := s.trail.Do(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		return s.resolve(ctx, row, id, how, localID)
	})
	if err != nil {
		return fmt.Errorf("sync: resolve: %w", err)
	}
	return nil
}

// resolveRecord is how the resolution of a conflict looks in the audit trail.
type resolveRecord struct {
	RemoteID   provider.UserID `json:"remoteId"`
	Field      PersonField     `json:"field,omitempty"`
	Resolution Resolution      `json:"resolution"`
	LocalID    string          `json:"localId"`
}

func (s *Service) resolve(ctx context.Context, row *tenant.AuditEntry, id string, how Resolution, localID string) error {
	if err := s.mayResolve(ctx, row.Tenant, how, localID); err != nil {
		return err
	}
	return s.trail.Commit(ctx, row, func(ctx context.Context) error {
		c, err := s.store.Conflict(ctx, row.Tenant, id)
		if err == nil {
			err = s.applyResolution(ctx, &c, how, localID)
		}
		if err == nil {
			err = s.store.CloseConflict(ctx, row.Tenant, c.ID)
		}
		if errors.Is(err, tenant.ErrNotFound) {
			return ErrNoConflict
		}
		if err != nil {
			return err
		}
		if localID == "" {
			localID = c.LocalID
		}
		row.After, err = json.Marshal(resolveRecord{c.RemoteID, c.Field, how, localID})
		return err
	})
}

func (s *Service) mayResolve(ctx context.Context, t tenant.ID, how Resolution, localID string) error {
	if how != ResolveBind {
		return nil
	}
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectBinding, tenant.ActionWrite)
	if err != nil {
		return err
	}
	return tenant.NoStronger(ctx, s.authz, t, actor, localID)
}

// applyResolution does what a resolution asks for.
func (s *Service) applyResolution(ctx context.Context, c *Conflict, how Resolution, localID string) error {
	switch {
	case how == ResolvePlatform && c.Field != "":
		return nil
	case how == ResolveProvider && c.Field != "":
		return s.takeProvider(ctx, c)
	case how == ResolveBind && c.Field == "":
		return s.bindTo(ctx, c, localID)
	case how != ResolvePlatform && how != ResolveProvider && how != ResolveBind:
		return errUnknown("resolution", string(how), "platform, provider, bind")
	}
	return errWrongResolution(c.Field != "")
}

// takeProvider gives the platform the value that the office app had last.
func (s *Service) takeProvider(ctx context.Context, c *Conflict) error {
	known, _, err := s.store.Known(ctx, c.directory(), c.RemoteID)
	if err != nil {
		return err
	}
	if known == nil || known.Gone {
		return ErrNoConflict
	}
	if c.Field == FieldManager {
		return s.takeManager(ctx, c, known)
	}
	var places []Place
	if !known.away() { // who is leaving is in no department any more
		local, err := s.localDepartments(ctx, c.directory())
		if err != nil {
			return err
		}
		places = local.places(known.Places)
	}
	var keep FieldSet
	for _, f := range PersonFields() {
		if f != c.Field {
			keep = keep.With(f)
		}
	}
	p := known.StagedPerson
	outcomes, err := s.members.ApplyPeople(ctx, c.directory(), []PersonChange{{
		Kind: KindUpdate, RemoteID: p.ID, UnionID: p.UnionID, LocalID: known.LocalID, Owned: true, Join: JoinActive, Keep: keep,
		Name: p.Name, Mobile: p.Mobile, Email: p.Email, JobNumber: p.JobNumber, Title: p.Title, AvatarURL: p.AvatarURL,
		Places: places,
	}})
	if err != nil {
		return err
	}
	if len(outcomes) != 1 || !outcomes[0].Failure.IsZero() || !outcomes[0].Note.IsZero() {
		return errNotTaken(outcomes)
	}
	return nil
}

// bindTo binds a person who could not be matched to an account.
func (s *Service) bindTo(ctx context.Context, c *Conflict, localID string) error {
	found, err := s.members.Current(ctx, c.directory(), []PersonRef{{RemoteID: c.RemoteID, LocalID: localID}})
	if err != nil {
		return err
	}
	if len(found) == 0 || !found[0].InTenant {
		return errNoAccount(localID)
	}
	err = s.store.BindPerson(ctx, c.directory(), c.RemoteID, localID, s.now())
	if errors.Is(err, tenant.ErrConflict) {
		return errAccountBound(localID)
	}
	return err
}

func errWrongResolution(field bool) *tenant.Error {
	if field {
		return tenant.Refuse(provider.InvalidArgument, "wrong_resolution",
			"该冲突是字段冲突，只能选择platform或provider", "this conflict is about a field: use platform or provider").WithField("resolution")
	}
	return tenant.Refuse(provider.InvalidArgument, "wrong_resolution",
		"该冲突是人员无法匹配，只能选择bind并指定localId", "this conflict is about a person who cannot be matched: use bind with a localId").WithField("resolution")
}

func errNoAccount(id string) *tenant.Error {
	return tenant.Refuse(provider.NotFound, "no_such_account",
		"账号"+id+"不存在或不是本租户成员，请检查localId", "account "+id+" does not exist, or is not in the tenant; check the localId").WithField("localId")
}

func errAccountBound(id string) *tenant.Error {
	return tenant.Refuse(provider.AlreadyExists, "account_bound",
		"账号"+id+"或该人员已绑定，请先解除绑定", "account "+id+", or the person, is bound already; remove that binding first").WithField("localId")
}

func errNotTaken(outcomes []Outcome) *tenant.Error {
	e := tenant.Refuse(provider.FailedPrecondition, "not_taken", "平台未接受办公应用的值，请改选platform，或在平台上处理后重试", "the platform did not take the value; resolve with platform, or see to it on the platform and try again")
	if len(outcomes) == 1 {
		why := outcomes[0].Failure
		if why.IsZero() {
			why = outcomes[0].Note
		}
		e.Message.ZH += "：" + why.ZH
		e.Message.EN += ": " + why.EN
	}
	return e
}
