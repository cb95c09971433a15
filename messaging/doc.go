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
// the jobs that send them are stored in one transaction; the office app is
// called by the workers ([Service.Handlers]), never inside a transaction.
//
// # Channels
//
// A message goes as a work notification, by the app's robot to people or to
// groups, or to a group [Webhook] that the tenant has stored under a name; see
// [Channel]. People who are named are looked up when the message is accepted,
// those of departments and roles, by [Audiences], when it is sent. For people
// beyond what one request may name there is [Service.SendStream].
//
// # Contents
//
// A content comes with the request or from a [Template]. Files that it refers
// to are uploaded before ([Service.Upload]) or come as [Request.Attachments].
// What the channel cannot show as it is, it shows as the nearest thing it has,
// or refuses: [OnUnsupported]. What is too long is refused, split or shortened:
// [OnTooLong].
//
// The parts of a split message follow each other: a batch for each part, whose
// job is enqueued when the part before has its outcome. After a part that will
// not arrive the rest fails with [ReasonEarlierPart].
//
// # States
//
// The states of a delivery are listed at [DeliveryState]. Those of a message
// sum up its batches:
//
//   - [Scheduled]: every batch waits for a time, the request's or a quota's;
//   - [Queued]: every batch waits for its turn or its next attempt;
//   - [Sending]: some batch waits or is being sent, others are further; or
//     people are still being looked up;
//   - [Tracking]: the office app has answered for every batch and is being
//     asked what became of them;
//   - [Finished]: nothing will change any more, unless somebody recalls or
//     replays it.
//
// # Quotas
//
// Some office apps drop what goes beyond their limits without an error. What
// provider.Limits bounds is counted before a batch is sent ([Quota]); a batch
// that would exceed it is [DeliveryScheduled] until it may go, and single people
// for whom that is so are moved to a batch of their own. What certainly was not
// sent is not counted. What others send through the same app is not known here.
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
// [DeliveryUncertain]. They are sent again only where the request says
// [Request.AtLeastOnce], which accepts that people may get the message twice, or
// where the office app recognises a repetition, as some webhooks do. The default
// never sends twice and may, in that rare moment, not send at all; either way it
// shows.
//
// # Afterwards
//
// [Service.Cancel] keeps what is waiting from being sent, [Service.Recall] also
// takes back what was accepted, [Service.Replay] sends again what did not get
// through. [Settings] hold back all messages of a tenant, and say how long they
// are kept; [Service.StartRetention] removes older ones.
//
// # Events
//
// A [Publisher] is told of what becomes of deliveries ([EventDeliveries]) and of
// quotas that are used up to a large part ([EventQuota]), in the transaction of
// what has happened. The service describes both when somebody is told.
//
// # Speed
//
// What workers do at the same time shares its ways to the database: batches are
// read, claimed, settled and tracked in groups. A lone batch waits for nobody.
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
// Addresses of webhooks are stored sealed.
//
// # Concurrency
//
// Everything here is safe for concurrent use, also by several processes on one
// database.
package messaging
