// Package events tells the platform what happens in the module: Go functions of
// the host, and HTTP endpoints that an administrator of a tenant has registered
// ("outgoing webhooks").
//
//	about := provider.Text{ZH: "消息已处理完毕", EN: "a message has come to its end"}
//	err := svc.Describe("message.finished", about, func(ctx context.Context, t tenant.ID, id string) (any, error) {
//		return messages.Message(ctx, t, id)
//	})
//	err = svc.On("message.finished", func(ctx context.Context, e events.Event) error {
//		return ledger.Note(ctx, e.Tenant, e.ID, e.Data)
//	})
//	// start the jobs.Runner with svc.Handlers(), and from then on, in the
//	// transaction of what has happened:
//	err = svc.Publish(ctx, "1000", "message.finished", messageID)
//
// # Promise
//
// [Service.Publish] takes part in the caller's transaction: an event exists if
// and only if that commits. Each receiver, function or endpoint, has a job of
// its own, so that none waits for another, and is told at least once: a repeat
// has the same [Event.ID]. Events come in no particular order.
//
// An event names its type and subject only. What there is to say about the
// subject, [Event.Data], is asked of the type's [Describer] each time somebody
// is told, so that it is the truth of that moment; a retry can say something
// newer under the same id. When the subject is gone by then nobody is told.
//
// Who has subscribed is remembered for [Config.CacheFor]: within that time an
// endpoint registered through another process may miss events. A change through
// the same Service holds at once.
//
// # Retries
//
// What fails is tried again by [Config.Backoff]: 5 s, 30 s, 2 min, 10 min,
// 30 min, 1 h, 2 h, 5 h, 10 h, varied by up to a fifth, and not before the
// endpoint's Retry-After. Then the event is given up for that receiver, which
// is logged.
//
// An endpoint that has been failing for [Config.DisableAfter] when an event is
// given up is switched off, and one that answers 410 Gone at once; both leave a
// row in the audit trail. While an endpoint fails each process tells it one
// event at a time, and lets the others wait, so that a dead one costs no
// workers.
//
// # What endpoints get
//
// A POST whose body is an [Event] as JSON:
//
//	{"id":"…","type":"message.finished","timestamp":"2026-03-01T08:00:00.123456Z","tenantId":"1000","data":{…}}
//
// signed as Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com):
// headers webhook-id, webhook-timestamp and webhook-signature, the last with
// one "v1,<base64>" for each valid secret, divided by spaces. For 24 hours after
// [Service.Rotate] there are two. A receiver written in Go checks it with
// [Verify], others with one of the standard's libraries. A status of 200 to 299
// is success; everything else, a redirect too, is failure. The answer's body is
// not looked at.
//
// # Addresses
//
// An endpoint must be https and not in a private network: each address is
// checked when it is dialled, so that a name which later leads elsewhere does
// not help. Proxies named by the environment are not used. [Config] can loosen
// this for tests, and [Config.Client] replaces it all.
//
// # Secrets
//
// Signing secrets are generated here, shown once, and stored sealed. An
// endpoint's URL is not a secret, it is shown to who may read subscriptions;
// but it may have a token in it, so that logs have its host only.
//
// # Errors
//
// Refusals are [*tenant.Error] values.
//
// # Concurrency
//
// Everything here is safe for concurrent use, also by several processes on one
// database; all of them must register the same types and functions, in the same
// order.
package events
