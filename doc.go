// Package thirdapp connects each tenant of a platform to the office app its
// company lives in: DingTalk (钉钉), with WeCom (企业微信) and Feishu (飞书)
// behind the same contract. A host hands it a database, its way of
// authenticating people and its list of providers, and mounts one
// http.Handler.
//
// This package is wiring only: [Config], [New], and a [Module] with Migrate,
// Start, Stop and Handler. What the module does is in the services it returns:
// [Module.Tenants] (app connections, grants, audit), [Module.Messages]
// (messages and deliveries), [Module.Directory] (synchronisation),
// [Module.Logins] (people who come in through their office app) and
// [Module.Events] (telling the host and the tenants what happens). Package
// adapters/stack fills in a Config with the standard set of adapters in one
// call; examples/minimal is the whole of an embedding.
//
// # Calling the services in process
//
// Services take the actor from the context and check permissions like a
// request does. A host that acts on its own behalf says so:
//
//	ctx = tenant.AsSystem(ctx, "billing")
//	_, err := module.Messages().Send(ctx, "1000", messaging.Request{ … })
//
// # Concurrency
//
// A Module is safe for concurrent use. Any number of processes may run one on
// the same PostgreSQL database; on SQLite one process owns the file.
//
// # Stability
//
// Before version 1.0 the exported API may change in minor versions; the
// database schema migrates forward always.
package thirdapp
