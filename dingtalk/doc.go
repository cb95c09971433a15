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
//   - provider.Verifier: token, contact scope, ten permissions, of which one shows
//     at a login only, and, for who wants events, the event subscription.
//   - provider.DirectoryReader: departments level by level, members by pages of
//     100. There is no reading of everybody at once.
//   - provider.DepartmentFinder: in one call, without the order.
//   - provider.PersonFinder: by user id in one call, by mobile number or union
//     id in two.
//   - provider.DirectoryWriter: departments and people, one call each.
//   - provider.EventDecoder: contact events by HTTP callback.
//   - provider.EventStreamer: contact events by Stream mode.
//   - provider.EventGuide: what to enter in the console, step by step.
//   - provider.CallbackRegistrar: the address of the callback, by an old API that
//     DingTalk may refuse; else it is entered in the console.
//   - provider.MessageSender: work notifications (工作通知) of all content types.
//   - provider.MessageTracker: progress, and for batches of up to 100 people
//     the outcome of each.
//   - provider.MessageRecaller: work notifications of the last 24 hours.
//   - provider.StatusUpdater: the status bar of notices of the last 7 days.
//   - provider.RobotSender, RobotTracker and RobotRecaller: messages of the
//     app's robot (机器人) to people and groups, who read them, taking them back.
//     They need [SettingRobotCode].
//   - provider.LoginFlow: login-free (免登) pages inside of DingTalk in one call,
//     scan and OAuth2 login with a browser in four. DingTalk has no PKCE.
//   - provider.PageSigner: pages for dd.config (JSAPI).
//   - provider.CodeScripter: pages in the workbench that log people in.
//   - provider.MediaUploader: pictures, recordings, videos and documents.
//   - provider.WebhookSender: group webhooks (自定义机器人), by the factory and
//     without an app.
//
// # Contents
//
// What each channel makes of a content; Rendered.Degraded says what is lost:
//
//	content   work notification    robot               webhook
//	text      text                 sampleText          text
//	markdown  markdown             sampleMarkdown      markdown
//	link      link, or a card      sampleLink, or card link
//	image     image                sampleImageMsg      markdown, by URL only
//	file      file                 sampleFile          -
//	voice     voice, up to 59 s    sampleAudio, amr    -
//	card      action_card          sampleActionCard    actionCard
//	notice    oa, or markdown      markdown            markdown
//	feed      markdown             markdown            feedCard
//
// A link without a picture is shown as a card with a button, except by webhooks.
// A robot sends documents of few types, and more than two buttons only below
// each other. The title of a card shows in the list of chats alone. An OA
// message needs a page to open: a notice without one is markdown, and its
// status cannot be changed. It shows pictures that were uploaded only.
//
// DingTalk's markdown has headings, quotes, bold, italics, links, pictures and
// lists. Tables become lists of their rows, blocks of code quotes; code,
// strikethrough, HTML and horizontal rules become text, and boxes of task lists
// signs. Links by label get their address. The lines of a paragraph stay lines.
//
// Plain text that becomes markdown shows as it is: a mark that would vanish is
// replaced by its double of full width, and a fixed space stands in front of one
// that would begin a heading or list. No backslash is added, since DingTalk
// documents no escapes; one that an author wrote is passed on. Code is to be
// copied, and keeps its characters: where it has asterisks in pairs or a link,
// DingTalk may take them for markdown.
//
// Texts that are too long for a field of DingTalk's are a
// *provider.ContentError with the field, the length and the bound; the size of
// the whole message is for the caller to check. A content that a channel cannot
// show is an error of code Unsupported in which errors.As finds the
// *provider.ContentError.
//
// # Writing
//
// Leaders of a department are its 部门主管; they must be members, and they alone
// have Membership.Leader afterwards. Custom fields that a write does not name
// stay; they must have been defined in DingTalk's console. Somebody who has to
// agree to join is invited (40103), and found from then on by nobody until they
// agree. The name of a department has no -, comma or ，, and is unique among its
// siblings. A mobile number is needed to create somebody and changed by nobody
// but themselves.
//
// What is empty is sent as "", except managers and leaders, which are cleared
// with force_update_fields; that "" clears a text field is not documented. The
// order of members is negated here, as it is in reading: that DingTalk takes
// negative numbers is not confirmed.
//
// # Events
//
// The settings [SettingCallbackToken] and [SettingCallbackAESKey] are those of the
// app's event subscription (事件订阅), where the address and the contact events
// are chosen. A callback is believed when it is signed with that token at most
// ten minutes from this host's clock, encrypted for the Client ID or the CorpId,
// and about this company. To change token or aes_key without losing an event,
// enter the new ones, and those before as [SettingCallbackTokenPrevious] and
// [SettingCallbackAESKeyPrevious], then change them at DingTalk: both are good,
// and each callback is answered with its own.
//
// Stream mode needs no address. A connection is opened with the Client ID and
// secret, may be one of several, and gets each event that no other one got;
// DingTalk asks for a new one from time to time. An event that the handler did
// not keep is answered with LATER, one for which a hundred others wait not at
// all: both come again. A connection on which nothing comes is pinged every
// minute. Only wss is spoken, except with a base URL of http, and the ticket
// shows nowhere.
//
// Both spellings of fields are read, capitals and today's. An event without an id
// of DingTalk's gets one made of what it says. It tells ids only, several at
// once; what is true is to be read.
//
// # Webhooks
//
// The address and the sign secret are secrets and stand in no error. Addresses
// other than DingTalk's, those of the base URLs and Options.AllowedWebhookHosts
// are refused, redirects are not followed. Text and markdown mention people, at
// most 50, cards those named by user id; DingTalk wants their ids or numbers in
// the text, where they are appended when missing. That a security keyword stands in the message is for
// the caller to see to. A message with a dedup text is sent again after a
// failure that leaves open whether it arrived.
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
// # Logins
//
// The code of a page inside of DingTalk and that of the login page are good for
// 5 minutes, once (docs, "get the login code", read 2026-11-22). The calls that
// use one up are made once only: after a broken answer the person starts again.
// The login page asks for the company as well (scope corpid), and the code of
// another company is refused before anybody is looked up. The name is the one
// in the company, not the person's nickname. The token of a user is used for one
// call and kept nowhere.
//
// Pages are signed by SHA-256, as the documentation does today; older pages of
// it, and old private editions, have SHA-1 (Options.LegacyPageSignature). The
// ticket is fetched once for all pages, like an access token.
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
//     answers no call for 5 minutes; no Provider or WebhookSender of the same
//     factory then makes one.
//   - 100 users or 20 departments per work notification, 2048 bytes of msg, 3
//     a day to everyone, 500 a day to one person, and the same content to one
//     person once a day ("asynchronous sending of work notifications"). Over
//     the daily limits DingTalk accepts and drops; only tracking shows it.
//   - 5000 people a minute by the work notifications of one app (same page);
//     not counted when Options.CallsPerSecond is -1.
//   - Outcomes for 24 hours ("result of work notifications").
//   - Names of departments of 64 characters, of people 80, email and job number
//     50, title 200, all custom fields together 2000; 100 departments per person
//     ("create a department", "create a user").
//   - 20 people per message of a robot ("send one-on-one chat messages in
//     batches"), 15,000 bytes of its parameters ("the robot sends a group
//     message").
//   - 20,000 bytes of a call to a webhook, 19,900 of them for the message (its
//     refusal 460101; no page has the figure).
//   - 20 messages a minute to one webhook; more make it rest for ten minutes
//     ("custom robots send group messages").
//   - Recall for 24 hours; status bars for 7 days, of notices to at most 5
//     people ("message types").
//   - Uploads of 20 MB, recordings 2 MB, documents 10 MB, which is what messages
//     take ("upload media files", "message types").
//   - 100 people per page of members (old Java SDK).
//
// # Errors
//
// Every error of an ability is a *provider.Error, those of rendering aside,
// which hold a *provider.ContentError. DingTalk's number or name is in Upstream; where
// its gateway wraps another number in 88, it is the inner one. One table holds
// what each means. Remedy names the permission to grant in the words of
// DingTalk's console.
//
// Calls that may be made twice are made up to Options.Attempts times. Send and
// SendRobot are repeated only when DingTalk certainly turned the attempt before
// away, as are creating and deleting departments and people, Upload is not; a time-out, a
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
//   - Extension values that are not strings keep their JSON text.
//   - A task that is unknown or too old makes Track, Recall and UpdateStatus
//     answer NotFound; DingTalk says 400002 or 40035, wrong parameters.
//   - Of a robot's message DingTalk says processQueryKey.expireTime both before
//     it has data and when it has them no longer. TrackRobot answers Unavailable:
//     a caller that asks within Limits.TrackWindow sees the former.
//   - A robot's message that DingTalk does not take back is NotFound.
//
// # Concurrency
//
// Everything is safe for concurrent use. Streams aside, whose goroutines end with
// StreamEvents, the only goroutine is the request for
// a token; [Provider.Close] waits for it. Pacing counts real time, everything
// else asks provider.Environment.Now.
package dingtalk
