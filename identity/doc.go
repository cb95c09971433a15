// Package identity lets people in through their office app: it finds out which
// member of a tenant's company somebody is, which account of the platform that
// is, and hands the host a ticket for a session of its own. It also keeps the
// bindings between the two.
//
//	service, err := identity.New(identity.Ports{
//		Store: store, Connector: tenants, Accounts: people, Sessions: sessions,
//		Queue: runner, Sealer: sealer, Authorizer: authz,
//	}, identity.Config{})
//
// It knows no HTTP: package transport serves it.
//
// # A login
//
//	page inside of the office app   code -> LoginInApp -> Admission
//	browser                         Begin -> office app -> Finish -> Admission
//	                                Admission.Ticket -> Exchange -> Login.Session
//
// A browser's login begins with a state and ends with a ticket. Both are sealed
// by the tenant.Sealer, name their tenant, hold for one browser, for ten
// minutes and sixty seconds, and once: that they were used is all that is
// stored of them. Exchange looks the account up again, so that somebody who was
// suspended in between stays out.
//
// Whoever is not bound yet is denied, found by the mobile number that the
// office app has of them, or given an account, as the tenant chose ([Settings]).
//
// # Who vouches for whom
//
// A session that comes out of a login holds in the tenants of [Login.Tenants]
// only, whatever roles the person has elsewhere. That the tenant's directory or
// administrator says who somebody is counts in this tenant; only what the person
// has proved in a session of their own ([Binding.Proved]) counts in all tenants
// they are a member of, as long as they are the one who comes in, by the union
// id. Otherwise the administrator of one tenant could enter another in the name
// of anybody who is a member of both. That another tenant says the same of a
// member of the same company is no proof: which company an app is of is what its
// administrator has entered.
//
// # Errors
//
// Refusals are *tenant.Error values, those of an office app *provider.Error. Of
// a state, ticket or proof that is not good only the log says why.
//
// # Concurrency
//
// Everything is safe for concurrent use. Work that must happen, such as the end
// of sessions, is a job ([Service.Handlers]).
package identity
