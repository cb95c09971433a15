package transport_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/identity"
)

// TestNobodyLearnsWhoHasAnAccount: whether a number or a name belongs to
// somebody shows neither in an answer nor in what is done for it: the same
// statements, and the same calls to the office app.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	onEach(t, nobodyLearns)
}

func nobodyLearns(t *testing.T, database func(*setup)) {
	t.Helper()
	asked := &statements{}
	p := newPlatform(t, database, asIdle, func(s *setup) { s.asked = asked })
	p.exec(t, "UPDATE thirdapp_people SET phone = '13911111111' WHERE id = 'id-bob'")
	p.allow(t, identity.UnboundBind)
	b := p.browser(t)
	proof := b.proof(t, "p-li")
	post := func(path, body string) request { return request{method: http.MethodPost, path: path, body: body} }
	of := func(a answer) string { // without what differs in any two answers
		for _, v := range volatile {
			a.body = v.pattern.ReplaceAllString(pretty(a.body), v.shown)
		}
		return a.body
	}
	asOwner := func(r request) request {
		r.user, r.tenant = owner, here
		return r
	}
	// A refusal stands in the audit trail once a minute, whomever it is about:
	// here that of somebody else.
	b.do(t, asOwner(post("/bindings", `{"provider":"dingtalk","providerUserId":"p-li","username":"nobody0"}`)))
	seen := make(map[string]bool)
	for name, pair := range map[string][2]request{
		"a code to a number": {
			post("/login/codes", `{"proof":"`+proof+`","mobile":"13911111111"}`),
			post("/login/codes", `{"proof":"`+proof+`","mobile":"13922222222"}`),
		},
		"a wrong code": {
			post("/login/mobile", `{"proof":"`+proof+`","mobile":"13911111111","code":"000000"}`),
			post("/login/mobile", `{"proof":"`+proof+`","mobile":"13922222222","code":"000000"}`),
		},
		"a wrong code, classic": {
			post(compatLogin+"/bindingThirdPhone", `{"thirdUserUuid":"`+proof+`","mobile":"13911111111","captcha":"000000"}`),
			post(compatLogin+"/bindingThirdPhone", `{"thirdUserUuid":"`+proof+`","mobile":"13922222222","captcha":"000000"}`),
		},
		"registering": {
			{method: http.MethodPut, path: compatLogin + "/registerBindThirdAccount", body: `{"phone":"13911111111","username":"bob","smscode":"000000","thirdUserUuid":"` + proof + `"}`},
			{method: http.MethodPut, path: compatLogin + "/registerBindThirdAccount", body: `{"phone":"13922222222","username":"nobody","smscode":"000000","thirdUserUuid":"` + proof + `"}`},
		},
		"an administrator binds by name": { // somebody of another tenant, nobody
			asOwner(post("/bindings", `{"provider":"dingtalk","providerUserId":"p-li","username":"foreign"}`)),
			asOwner(post("/bindings", `{"provider":"dingtalk","providerUserId":"p-li","username":"nobody1"}`)),
		},
		"an administrator binds by id": {
			asOwner(post("/bindings", `{"provider":"dingtalk","providerUserId":"p-li","userId":"id-foreign"}`)),
			asOwner(post("/bindings", `{"provider":"dingtalk","providerUserId":"p-li","userId":"id-nobody1"}`)),
		},
	} {
		var answers [2]answer
		var work [2][]string
		var calls [2]int
		for i, r := range pair {
			asked.take()
			before := len(p.emulator.Calls())
			answers[i] = b.do(t, r)
			work[i] = asked.take()
			for _, statement := range work[i] {
				seen[statement] = true
			}
			calls[i] = len(p.emulator.Calls()) - before
		}
		if answers[0].status != answers[1].status || of(answers[0]) != of(answers[1]) {
			t.Errorf("%s: HTTP %d %s, and for nobody HTTP %d %s", name, answers[0].status, answers[0].body, answers[1].status, answers[1].body)
		}
		// One more try is one more row of the proof's, found taken.
		if got, want := slices.Compact(work[0]), slices.Compact(work[1]); !slices.Equal(got, want) {
			t.Errorf("%s: the database is asked\n%s\nand for nobody\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if calls[0] != calls[1] {
			t.Errorf("%s: %d calls to the office app, and %d for nobody", name, calls[0], calls[1])
		}
	}
	for _, prepared := range []string{"INSERT INTO thirdapp_login_used (tenant_id,"} {
		if !seen[prepared] {
			t.Errorf("%q was not seen, only %v", prepared, slices.Sorted(maps.Keys(seen)))
		}
	}
}
