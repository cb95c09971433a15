// Package messaging sends what the platform wants said through a tenant's
// office app, and tells the truth about what became of it.
//
//	msg, err := svc.Send(ctx, "t1", messaging.Request{
//		Provider:   provider.DingTalk,
//		Recipients: messaging.Recipients{Usernames: []string{"alice", "bob"}},
//		Content:    provider.NewText("The report is ready."),
//	})
//
// A [Message] is split into one [Delivery] per recipient, and into batches as
// large as the office app takes in one call. Message, deliveries, batches and
// one job per batch are stored in one transaction; the office app is called by
// the workers ([Service.Handlers]), never inside a transaction.
//
// # States
//
// The states of a delivery are listed at [DeliveryState]. Those of a message
// sum up its batches:
//
//   - [Queued]: every batch waits for its turn or its next attempt;
//   - [Sending]: some batch waits or is being sent, others are further;
//   - [Tracking]: the office app has answered for every batch and is being
//     asked what became of them;
//   - [Finished]: nothing will change any more.
//
// # Retries
//
// A failure of which it is certain that nothing was sent, and that can pass, is
// tried again by [Config.Backoff], not before the time the office app asked
// for, and not after the request's ExpiresAt. What runs out of attempts is
// [DeliveryDead]; what cannot succeed is [DeliveryFailed] at once. Both carry a
// [Failure] with code and remedy.
//
// # Exactly once, or said so
//
// Before the call to the office app the batch is marked as being sent, after it
// the answer is stored. When the process dies in between, or no answer came,
// nobody knows whether the message arrived: its deliveries become
// [DeliveryUncertain]. They are sent again only where the request says [Request.AtLeastOnce], which
// accepts that people may get the message twice. The default never sends twice
// and may, in that rare moment, not send at all; either way it shows.
//
// # Idempotency
//
// A [Request.IdempotencyKey] makes a repeated request return the message of the
// first one, for [Config.KeyTTL]. Keys belong to the tenant.
//
// # Errors
//
// Refusals are [*tenant.Error] values that name field, value, bound and remedy;
// what the connection to the office app refuses is passed on.
//
// # Privacy
//
// Logs and errors contain ids, counts and codes, never a text or a name.
//
// # Concurrency
//
// Everything here is safe for concurrent use, also by several processes on one
// database.
package messaging
