package dingtalk_test

import (
	"strconv"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

// withLogins adds what the suite needs of logins to a harness.
func withLogins(srv *dingtalktest.Server, h providertest.Harness) providertest.Harness {
	h.InAppCode = func(tb testing.TB, user provider.UserID) string {
		tb.Helper()
		code, err := srv.InAppCode(srv.App().ClientID, string(user))
		if err != nil {
			tb.Fatal(err)
		}
		return code
	}
	h.Authorize = func(tb testing.TB, page string, user provider.UserID) string {
		tb.Helper()
		back, err := srv.Authorize(page, string(user))
		if err != nil {
			tb.Fatal(err)
		}
		return back
	}
	h.ValidPage = func(page string, s provider.PageSignature) bool {
		agent, _ := strconv.ParseInt(s.AgentID, 10, 64)
		return srv.CheckPage(page, dingtalktest.PageConfig{
			CorpID: s.OrgID, AgentID: agent, Nonce: s.Nonce, Timestamp: s.Timestamp, Signature: s.Signature,
		}) == 0
	}
	return h
}
