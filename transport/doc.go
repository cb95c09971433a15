// Package transport serves the module over HTTP: the only place that knows
// requests, statuses and JSON. The services know nothing of it.
//
//	handler, err := transport.New(transport.Services{
//		Tenants: tenants, Messages: messages, Sync: runs, Events: events, Logins: logins, Registry: registry,
//	}, transport.Config{Authenticator: authenticate, Prefix: "/jeecg-boot"})
//	mux.Handle("/jeecg-boot/", handler)
//
// It is written on go-kit's endpoints: a line of the route table names method,
// path, decoder and operation, and a generic helper makes of them the chain
// decode, call, encode.
//
// # Families
//
// Paths under /sys/thirdApp and /sys/thirdLogin, but for the callbacks of office
// apps, are the compatible family: those, field names and Chinese messages of
// existing front ends, HTTP status 200 also for refusals in JSON, but for 401.
// All others are the full family, with proper HTTP statuses and, in a failure,
// an object "error" for programs. Both have one envelope: success, message,
// code, result, timestamp. Messages are Chinese unless Accept-Language prefers
// English.
//
// Where the contract of the compatible family is unsafe this package differs:
// secrets are masked, every operation needs a permission, a tenant that a
// parameter names must be the request's own, an office app's refusal is not a
// success, and HEAD, which GET implies elsewhere, is refused.
//
// What an operation of the full family does not have is refused, fields of the
// body and query parameters alike: a filter that is mistyped must not select
// everything. Let through are tenantId, the parameter _t with which front ends
// keep caches from answering, and [Config.HostParameters]. The compatible family
// ignores what it does not know.
//
// # Order of the layers
//
// From the outside: recover, request id, log, metrics, size limit,
// authentication, tenant; then the body is read and decoded, the service is
// called, the answer encoded. Nobody's body is read before it is known who
// sends it.
//
// # Multi-tenancy
//
// The header X-Tenant-Id selects the tenant among those of the [Principal], or
// any for a holder of tenant.RolePlatformAdmin; without it the request is in
// tenant.Default, under the same condition. A blank header is like none, as front
// ends send it while no tenant is chosen. A malformed one is refused, and
// "undefined", "null" and "NaN" are unless the principal is a
// member of a tenant of that name. A tenantId in query or body must be that same
// tenant. Only on compatible paths, and only when there is no header, the query
// parameter selects, among the principal's own tenants.
//
// # Logins
//
// The operations of a login need no principal: they find out who it is. Instead
// they are limited by address and by tenant, and what they hand out is good only
// with the cookie of the browser it was handed to. Those that a person's browser
// visits answer with redirects and pages; pages have a strict
// Content-Security-Policy, are framed by nobody and send no referrer. No session
// stands in an address.
//
// A [Principal] whose session came out of a login is Bounded: it acts in its
// Tenants only.
//
// # Errors
//
// A *tenant.Error is told by its message and code. A *provider.Error is told
// with the office app's own number and text and the remedy; its status is
// never 401 or 403, which are about the caller. Any other error is status 500
// with a neutral sentence and the request's id; the log has the rest.
//
// # Limits
//
// Bodies are at most [Config.MaxBody], that of POST /media 20 MiB and 64 KiB,
// that of POST /messages 1 MiB and, as a form, as much as of POST /media more;
// lists at most tenant.MaxPageLimit items a page, ids 64 bytes, other
// parameters 1024 bytes.
//
// # Concurrency
//
// The handler is safe for concurrent use and owns no goroutine beyond those of
// the requests it serves. A stream of server-sent events ends with the run it
// watches, with its client, or with [Config.Stopping].
package transport
