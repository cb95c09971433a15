package tenant

import (
	"context"
	"errors"
	"slices"
)

// Object is a kind of thing that permissions are about.
type Object string

// The objects.
const (
	ObjectConfig    Object = "config"
	ObjectSync      Object = "sync"
	ObjectMessage   Object = "message"
	ObjectBroadcast Object = "broadcast"
	ObjectBinding   Object = "binding"
	ObjectGrant     Object = "grant"
	ObjectWebhook   Object = "webhook"
	ObjectEvent     Object = "event"
	ObjectAudit     Object = "audit"
)

// Action is what is done to an object.
type Action string

// The actions.
const (
	ActionRead  Action = "read"
	ActionWrite Action = "write"
	// ActionRun starts, cancels or approves synchronisation.
	ActionRun Action = "run"
	// ActionSend sends a message, or, on ObjectBroadcast, one to everyone.
	ActionSend Action = "send"
	// ActionGrantOwner gives or takes RoleOwner.
	ActionGrantOwner Action = "grant_owner"
)

// Role is a named set of permissions.
type Role string

// The roles. RolePlatformAdmin is granted in Platform and holds in all tenants;
// the others are granted, and hold, in one tenant.
const (
	RoleOwner         Role = "owner"
	RoleAdmin         Role = "admin"
	RoleOperator      Role = "operator"
	RoleSender        Role = "sender"
	RoleViewer        Role = "viewer"
	RolePlatformAdmin Role = "platform_admin"
)

// Permission is an action on an object.
type Permission struct {
	Object Object
	Action Action
}

// String returns "object.action".
func (p Permission) String() string { return string(p.Object) + "." + string(p.Action) }

// Roles returns the roles with their permissions: the policy that an
// Authorizer enforces, the same in every tenant. The caller owns the map.
func Roles() map[Role][]Permission {
	viewer := []Permission{
		{ObjectConfig, ActionRead}, {ObjectSync, ActionRead}, {ObjectMessage, ActionRead},
	}
	sender := []Permission{
		{ObjectConfig, ActionRead}, {ObjectMessage, ActionRead}, {ObjectMessage, ActionSend},
	}
	operator := slices.Concat(viewer, []Permission{
		{ObjectSync, ActionRun},
		{ObjectMessage, ActionSend},
		{ObjectMessage, ActionWrite},
		{ObjectBroadcast, ActionSend},
		{ObjectBinding, ActionRead},
		{ObjectBinding, ActionWrite},
		{ObjectWebhook, ActionRead},
		{ObjectEvent, ActionRead},
	})
	admin := slices.Concat(operator, []Permission{
		{ObjectConfig, ActionWrite},
		{ObjectSync, ActionWrite},
		{ObjectWebhook, ActionWrite},
		{ObjectEvent, ActionWrite},
		{ObjectGrant, ActionRead},
		{ObjectGrant, ActionWrite},
		{ObjectAudit, ActionRead},
	})
	owner := slices.Concat(admin, []Permission{{ObjectGrant, ActionGrantOwner}})
	return map[Role][]Permission{
		RoleViewer: viewer, RoleSender: sender, RoleOperator: operator,
		RoleAdmin: admin, RoleOwner: owner, RolePlatformAdmin: slices.Clone(owner),
	}
}

// Authorizer decides who may do what. adapters/casbinauthz is the
// implementation on Casbin. It is safe for concurrent use and called on every
// operation: it answers from memory.
type Authorizer interface {
	// Can returns nil when the user may do it in the tenant, ErrForbidden when
	// not, another error when it cannot tell. Everything is denied that was
	// not granted.
	Can(ctx context.Context, userID string, t ID, object Object, action Action) error

	// Everywhere reports whether the user holds RolePlatformAdmin, and so may
	// act in tenants without being their member.
	Everywhere(ctx context.Context, userID string) (bool, error)

	// Refresh makes changes of grants that are committed by now visible to the
	// next call on this process. Other processes see them within seconds.
	Refresh(ctx context.Context) error
}

// NoStronger refuses with ErrStronger a user who may do something in the tenant
// that the actor may not. It guards what lets somebody act as that user: whoever
// logs in as them can do what they can.
func NoStronger(ctx context.Context, authz Authorizer, t ID, actor Actor, userID string) error {
	if actor.System || actor.UserID == userID {
		return nil
	}
	for _, p := range Roles()[RolePlatformAdmin] {
		err := authz.Can(ctx, userID, t, p.Object, p.Action)
		if errors.Is(err, ErrForbidden) {
			continue
		}
		if err == nil {
			err = authz.Can(ctx, actor.UserID, t, p.Object, p.Action)
		}
		if errors.Is(err, ErrForbidden) {
			return ErrStronger
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Authorize is the guard at the head of every operation of the services: it
// returns the actor of ctx when they may do it, else ErrNoActor, ErrForbidden,
// or what kept the authorizer from telling.
func Authorize(ctx context.Context, authz Authorizer, t ID, object Object, action Action) (Actor, error) {
	a, ok := ActorFrom(ctx)
	if !ok {
		return Actor{}, ErrNoActor
	}
	if a.System {
		return a, nil
	}
	if err := authz.Can(ctx, a.UserID, t, object, action); err != nil {
		return Actor{}, err
	}
	return a, nil
}
