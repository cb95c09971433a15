// Package provider is the contract with an office app: DingTalk (钉钉), WeCom
// (企业微信), Feishu (飞书), or one that a host writes itself. It holds no
// logic of the module and imports the standard library only.
//
// A [Factory] describes one office app and opens a [Provider] from one tenant's
// settings. A Provider is nearly empty; what it can do are abilities, small
// interfaces asked for with [As]:
//
//	sender, err := provider.As[provider.MessageSender](p)
//	if errors.Is(err, provider.ErrUnsupported) {
//		// this office app has no work notifications
//	}
//
// # Identities
//
// Two kinds of person id are used and are two types: [UserID] is unique inside
// one organisation, [UnionID] across the apps of one developer. A provider leaves
// empty what it does not have. Department ids are strings, also where the office
// app counts them.
//
// One person is one UserID, to the letter, in everything that a provider
// returns: listings, logins, events, receipts and reports. Bindings and the
// mirror go by it; by another spelling of it somebody has left, and somebody
// else has come. Of an office app that takes ids in any case (WeCom), or has
// several for one person (Feishu: open_id and user_id), a provider settles on one
// for good.
//
// # Completeness
//
// A reading method returns everything it was asked for or an error, never a
// shorter list: a person missing from an answer is a person who left, and the
// caller acts on it.
//
// # Errors
//
// Every error from a Provider can be classified with [CodeOf]. What an office
// app refused is an [*Error] with the app's own number and text, its request
// id, and a [Error.Remedy] that tells an administrator what to do. No error
// text, field or wrapped error contains a secret or an access token.
//
// An access token that the office app stops taking before its time is an
// accident of every day: the provider gets another one and calls once more. An
// error of code Unauthenticated is about the settings, or about a login's code.
//
// # Limits
//
// Differences of degree are data: [Limits]. A Provider is never asked for more
// than its limits allow; the services split work by them.
//
// # Concurrency
//
// Everything a Factory returns is safe for concurrent use by many goroutines,
// and every blocking method returns soon after its context is done.
//
// Implementations prove all this with the suite in package providertest.
package provider
