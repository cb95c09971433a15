// Package tenant holds what every other part of the module stands on: which
// tenant an operation is in, who it is done for, whether they may, and the
// tenant's connections to office apps with their sealed secrets.
//
// A tenant is a customer of the host platform; it is not what some office apps
// call tenant (their organisation, here OrgID).
//
// # Actors and permissions
//
// The services take the [Actor] from the context and ask the [Authorizer] first
// thing: a host that calls them in process is guarded like a request. Work of
// the platform itself runs under [AsSystem].
//
// # Connections
//
// [Service] keeps what a tenant entered to connect an office app, and hands out
// the open connection:
//
//	conn, err := service.Connect(ctx, "1000", provider.DingTalk)
//	if errors.Is(err, tenant.ErrNotConfigured) {
//		// the tenant has not connected DingTalk
//	}
//
// Connections are opened on first use and kept; one that was changed, on
// whatever process, is replaced within Config.VersionCheck.
//
// # Secrets
//
// Secrets are sealed for their place, the tenant, app and field they belong to,
// and leave the Service only into the Provider they are for. Everywhere else
// they are shown as [Mask], and in the audit trail as changed or unchanged.
//
// # Errors
//
// Refusals are [*Error] values with a code, a stable reason and a message in
// both languages. Stores answer [ErrNotFound], [ErrConflict] and
// [ErrUnavailable].
//
// # Concurrency
//
// Everything here is safe for concurrent use.
package tenant
