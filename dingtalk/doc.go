// Package dingtalk connects internal apps of companies to DingTalk (钉钉). It
// implements the contract of package provider; the services use it through
// that contract, and a host only puts its factory into a registry:
//
//	factory, err := dingtalk.New(dingtalk.Options{})
//	if err != nil {
//		return err
//	}
//	registry, err := provider.NewRegistry(factory)
//
// It is for apps that a company builds for itself (企业内部应用). Third-party
// apps of DingTalk's market get their tokens in another way and are not
// supported.
//
// # Abilities
//
//   - provider.Verifier: token, contact scope, and seven permissions.
//   - provider.DirectoryReader: departments level by level, members by pages of
//     100. There is no reading of everybody at once.
//   - provider.PersonFinder: by user id in one call, by mobile number or union
//     id in two.
//   - provider.MessageSender: work notifications (工作通知) of text, markdown and
//     link. A link without a picture is shown as a card with a button.
//   - provider.MessageTracker: progress, and for batches of up to 100 people
//     the outcome of each.
//
// # Credentials
//
// Client ID (AppKey) and Client Secret (AppSecret) give an access token that
// both generations of DingTalk's API accept. It is asked for with
// POST /v1.0/oauth2/accessToken, which has the secret in the body, kept for its
// life of two hours, and renewed from ten minutes before its end. However many
// goroutines need one, one request is under way; a caller that gives up does
// not end it for the others. When DingTalk refuses a token, it is renewed and
// the call repeated once; a token that is refused when it was just issued counts
// as Unavailable, not as wrong credentials. Those are remembered for 5 seconds.
//
// The old API takes the token in the query. Errors of package net/http print
// the whole URL, so that none of them leaves this package; no error text holds
// a token, the secret or the mobile number that was asked for.
//
// # Limits
//
// Of DingTalk's documentation, read 2026-11-22; the smaller figure where its
// pages disagree:
//
//   - 20 calls a second per app and API ("call frequency limit"). Each API has
//     its own pace; a throttling answer halves it, and it recovers within ten
//     seconds.
//   - 10,000 calls in 20 seconds per IP address (same page). Beyond, DingTalk
//     answers no call for 5 minutes; this Provider then makes none.
//   - 100 users or 20 departments per work notification, 2048 bytes of msg, 3
//     a day to everyone, 500 a day to one person, and the same content to one
//     person once a day ("asynchronous sending of work notifications"). Over
//     the daily limits DingTalk accepts and drops; only tracking shows it.
//   - Outcomes for 24 hours ("result of work notifications").
//   - 100 people per page of members (old Java SDK).
//
// # Errors
//
// Every error of an ability is a *provider.Error, those of Render aside, which
// are a *provider.ContentError. DingTalk's number or name is in Upstream; where
// its gateway wraps another number in 88, it is the inner one. One table holds
// what each means. Remedy names the permission to grant in the words of
// DingTalk's console.
//
// Calls that only read are made up to Options.Attempts times. Send is repeated
// only when DingTalk certainly turned the attempt before away; a time-out, a
// status of 500 or more, a broken answer and errcode 15 are not certain and
// have Unsent false. Pauses of more than 5 seconds are left to the caller, as
// RetryAfter.
//
// # Differences
//
//   - Order of members is larger-first at DingTalk and negated here.
//   - A listed person has one membership, the one in the listed department:
//     DingTalk tells order and leader of that one only. PersonByID has all, and
//     the manager.
//   - Mobile is the bare number for country code 86 or none, else
//     +<code>-<number>. Email is the person's email, else the company mailbox.
//   - Department.Order is the position in DingTalk's answer.
//   - OpenID is always empty.
//   - Extension values that are not strings keep their JSON text.
//   - A task that is unknown or too old makes Track answer NotFound; DingTalk
//     says 400002 or 40035, wrong parameters.
//
// # Concurrency
//
// Everything is safe for concurrent use. The only goroutine is the request for
// a token; [Provider.Close] waits for it. Pacing counts real time, everything
// else asks provider.Environment.Now.
package dingtalk
