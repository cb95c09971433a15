// Package casbinauthz decides who may do what with Casbin: role-based access
// control with a domain per tenant. It implements tenant.Authorizer.
//
//	authz, err := casbinauthz.New(store, casbinauthz.Config{})
//	if err != nil {
//		return err
//	}
//	if err := authz.Start(ctx); err != nil {
//		return err
//	}
//	defer authz.Stop()
//
// # Model
//
// What a role may do is the same in every tenant: a link from the role to each
// of its permissions. Only the links from users to roles grow with the tenants,
// and these are looked up by user and tenant, so that a decision costs the same
// with ten tenants and with a hundred thousand. Every name has a prefix (u: for
// users, r: for roles, perm: for permissions, t: for tenants): a user who is
// called "owner" is not one.
//
// tenant.RolePlatformAdmin is held in the domain of tenant.Platform, which is
// looked at when the tenant itself gives no right.
//
// # Grants
//
// Grants are read from a [Source], first in Start, then every Config.Poll, each
// time only what has changed, and at once on Refresh. When the source cannot be
// read the last known grants stay in force, and the fault is logged once; until
// they were read for the first time everything is refused with code Unavailable.
//
// Decisions are not cached.
//
// # Concurrency
//
// An [Authorizer] is safe for concurrent use.
package casbinauthz
