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
//   - POST /topapi/message/corpconversation/{asyncsend_v2, getsendprogress,
//     getsendresult, recall}
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
// # Messages
//
// A work notification is accepted and then sent, at once or in steps
// ([Options].SendSteps, SendTime). [Emulator.Sent] and [Emulator.Received] tell
// who really got what; only they and getsendresult show what DingTalk drops
// without a word: the same text to the same person twice a day, too many
// messages a day or a minute. People read with [Emulator.Read].
//
// # Faults
//
// [Emulator.Fail] puts a [Fault] in force: refusals, broken answers, slow ones,
// none at all; for one endpoint, one page, each third call, or at random from a
// seed. With Fault.AfterEffect the call is carried out and only its answer is
// lost, which is how messages get sent twice.
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
// # Concurrency
//
// Everything may be called by any number of goroutines at any time. People and
// departments are replaced, never changed, so that no lock is held while an
// answer is written.
package dingtalktest
