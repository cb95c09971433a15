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
