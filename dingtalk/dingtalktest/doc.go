// Package dingtalktest is an emulator of DingTalk's servers for tests and
// demonstrations: an http.Handler that speaks the documented protocol over real
// HTTP, keeps companies, apps, tokens and messages, obeys the limits the
// documentation sets, and answers with DingTalk's own error numbers. Point a
// client's two base URLs (https://api.dingtalk.com and
// https://oapi.dingtalk.com) at it; one emulator serves both.
//
// It is for tests of anything that talks to DingTalk, in any language (see
// examples/emulator for a program). It is not for production, and nothing
// outside of tests and examples imports it.
//
//	func TestSync(t *testing.T) {
//		company := dingtalktest.Generate(dingtalktest.Realistic(1, 200, 20))
//		srv := dingtalktest.NewServer(t, company)
//		app := srv.App() // credentials: app.ClientID, app.ClientSecret, app.AgentID
//
//		client := mydingtalk.New(srv.URL, app.ClientID, app.ClientSecret)
//		srv.Fail(dingtalktest.Fault{Path: "/topapi/v2/user/list", Kind: dingtalktest.Throttle, Every: 3})
//		// run the sync, then ask the emulator:
//		srv.CallCount("/topapi/v2/user/list")
//		srv.Sent()
//	}
//
// # Companies
//
// A [Company] is written by hand or made by [Generate]: from a seed, with
// Chinese names, of any size. Several companies, each with several apps, live in
// one emulator. Everything may change while it is in use: [Emulator.AddPerson],
// [Emulator.UpdatePerson], [Emulator.RemovePerson], the same for departments,
// and [Emulator.UpdateApp] for permissions, contact scope and IP whitelist.
//
// # Endpoints
//
//   - GET /gettoken, POST /v1.0/oauth2/accessToken, GET /auth/scopes
//   - POST /topapi/v2/department/{listsub, listsubid, get, listparentbydept}
//   - POST /topapi/v2/user/{list, get, getbymobile} and
//     /topapi/user/{listsimple, listid, getbyunionid, count}
//   - POST /topapi/v2/department/{create, update, delete} and
//     /topapi/v2/user/{create, update, delete}
//   - POST /topapi/message/corpconversation/{asyncsend_v2, getsendprogress,
//     getsendresult, recall, status_bar/update}
//   - POST /media/upload
//   - POST /v1.0/robot/oToMessages/batchSend, GET
//     /v1.0/robot/oToMessages/readStatus, POST
//     /v1.0/robot/otoMessages/batchRecall
//   - POST /v1.0/robot/groupMessages/{send, query, recall}
//   - POST /robot/send, the custom robots of groups
//   - POST /v1.0/gateway/connections/open, and the WebSocket it names
//   - /call_back/{register_call_back, update_call_back, get_call_back,
//     delete_call_back, get_call_back_failed_result}
//   - POST /topapi/v2/user/getuserinfo, GET /user/getuserinfo, POST
//     /v1.0/oauth2/userAccessToken, GET /v1.0/contact/users/me
//   - POST /v1.0/oauth2/jsapiTickets, GET /get_jsapi_ticket
//   - the login page, /oauth2/auth on login.dingtalk.com
//   - a stand-in for the script by which pages inside of DingTalk get a login
//     code, /dingtalk.open.js, and for the workbench that opens them, /workbench
//
// Any other path answers as DingTalk does to a path that does not exist.
//
// # Strictness
//
// Method, content type, the place of the token, permission, contact scope, IP
// whitelist and every parameter are checked. The old API answers refusals with
// status 200 and an errcode; what its gateway refuses on /topapi, tokens and
// permissions, is wrapped in errcode 88 with the true number in sub_code. The
// new API answers with HTTP status and {code, requestid, message}.
//
// # Writing
//
// What a call writes, the next call reads. [Emulator.AskConsent] makes somebody
// agree before they join: their creation is answered with 40103, and
// [Emulator.AcceptInvitation] lets them in. The managers of a department lead it.
// Which custom fields a company has defined is not modelled: any is taken.
//
// # Messages
//
// A work notification is accepted and then sent, at once or in steps
// ([Options].SendSteps, SendTime). [Emulator.Sent] and [Emulator.Received] tell
// who really got what; only they and getsendresult show what DingTalk drops
// without a word: the same content to the same person twice a day, too many
// messages a day or a minute. All these rules are in force unless
// [Options].RulesOff suspends them, each for itself. Days are those of China.
//
// The robot of an app, [App].RobotCode, writes to people one by one or to a
// group made with [Emulator.AddGroup]. [Emulator.AddWebhook] makes a custom
// robot, with signature, keywords, addresses and a limit per minute.
// [Emulator.SlowRobots], [Emulator.StopWebhook], [Emulator.RemoveWebhook] and
// [Emulator.DisbandGroup] make them refuse.
//
// [Emulator.Inbox], [Emulator.GroupMessages], [Emulator.WebhookMessages] and
// [Emulator.Deliveries] return messages of every channel with their [Content]
// decoded, duplicates included:
//
//	for _, d := range srv.Inbox(srv.CorpID(), "zhangsan") {
//		count[d.Content.String()]++
//	}
//
// People read with [Emulator.Read] and [Emulator.ReadDelivery]. Pictures and
// files in messages must have been uploaded: over the API, or with
// [Emulator.AddMedia]. Their bytes are hashed and not kept.
//
// # Logins
//
// The login page lists the people of the app's company instead of a code to
// scan: whoever opens it chooses who they are, or refuses.
// [Emulator.Authorize] does the same without a browser, [Emulator.InAppCode]
// gives what a page inside of DingTalk gets, and [Emulator.CheckPage] is
// dd.config. Refresh tokens are not modelled.
//
// # Events
//
// Every change of the directory is told to the apps that want to hear of it: at
// the address entered in the console, [App].Callback and [Emulator.SetCallback],
// or at the one the app registered by API, there in the older spelling, without
// ids, and encrypted for the company. One event after the other; what fails is
// told again after 10 and 30 seconds, [Options].EventRetry, and then is in the
// failed list. With [App].Stream events go over Stream mode instead, each over one
// connection of the app chosen at random; they wait for a connection, and what is
// not acknowledged is told again after [Options].EventRedelivery.
// [Emulator.PingStreams], [Emulator.DisconnectStreams] and [Emulator.CutStreams]
// are what the gateway does to connections. [Emulator.Tell] tells what a test makes up,
// [Emulator.EventsPending] how much is still under way. [Emulator.FailEvents]
// loses, repeats, delays and reorders events.
//
// # Faults
//
// [Emulator.Fail] puts a [Fault] in force: refusals, broken answers, slow ones,
// none at all; for one endpoint, one page, each third call, or at random from a
// seed. With Fault.AfterEffect the call is carried out and only its answer is
// lost, which is how messages get sent twice; such a message says so in
// AnswerLost. [Unreliable] is a share of all calls failing in a mixture of ways.
//
// # Limits
//
// The emulator does not know what DingTalk keeps to itself: texts of errors are
// the documented ones and may differ from today's; cursors are positions, so
// that a page may skip somebody when people leave between two pages; departments
// have no names in other languages; roles, linked companies and hidden
// departments' visibility are not modelled. What was seen of the real servers
// rather than read in the documentation is marked where it stands.
//
// Of messages there are no templates, no DING, no cards, no chats between
// people, no download of files people sent, no monthly quota, no check of what a
// text says (script that with [Emulator.ForbidMessages] or a [Fault]). Robots
// and custom robots are in every group of their company.
//
// # What is documented, and what is our reading
//
// Paths, fields, limits, error numbers and names follow the documentation. It
// does not say everything; these answers are unconfirmed:
//
//   - Fields that no page names are refused in messages of every channel. The
//     real servers may ignore them; a misspelt optional field would go unnoticed.
//   - An upload must fit its use: 40007 for an image sent as voice, 40006 for a
//     file above 10 MB in a work notification, msgParam.invalid for a
//     robot's audio that is neither ogg nor amr. The endings of names decide an
//     upload's format, as the page lists them (jpg, not jpeg); 40006 goes by the
//     page's sizes, the table of errors has smaller ones. Uploads never expire.
//   - status_bar/update: which of 40056, 40035 and 41052 answers what.
//   - To everyone more than three times a day is 41045; 41046, more than so many
//     times a minute, never comes.
//   - Robots take 20 people a call (the text of an error says 100). Somebody out
//     of the app's contact scope is in invalidStaffIdList. A call in which
//     nobody is left still gets a processQueryKey. The keys of failedResult are
//     documented, the reasons are not. readTimestamp is 0. msgParam is bounded in
//     one-to-one messages, too.
//   - Custom robots: the order of the checks, 40035 for every fault in a known
//     message type, 60 seconds ending now as the minute, messages taken as what
//     counts, 10 minutes of 410100 from the first one too many, and a msgUuid
//     that is remembered until Reset.
//   - Writing: which of several numbers that fit is answered; 40009 without a
//     department id, 60113 without a mobile number; a custom field is cleared by
//     "". Deleting a department with people and departments says 60005.
//   - Events: an app is told of everybody, also of those out of its contact
//     scope; a change of departments, order or leaders of a person is a
//     user_modify_org, one of a department's managers an org_dept_modify; 71009
//     for an address that answers with another status than 200. In Stream mode
//     an event waits without end for a connection, and for an acknowledgement
//     60 s; wrong credentials are answered as those of tokens.
//   - AnswerLost and everything else under /_emulator/ are not DingTalk's.
//
// # Concurrency
//
// Everything may be called by any number of goroutines at any time. People and
// departments are replaced, never changed, so that no lock is held while an
// answer is written.
//
// Messages share their bodies and lists of people, and inboxes are sorted when
// somebody looks. A run that would fill the memory bounds what is remembered
// with [Options].MessageHistory and CallHistory. Whatever these say, the rule
// about duplicates remembers a day's contents and who had them, and uploads and
// each msgUuid are remembered, too, without their bytes.
package dingtalktest
