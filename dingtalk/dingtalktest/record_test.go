package dingtalktest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.post(pathAccessToken, params{"appKey": "key", "appSecret": "secret"})
	b.call(pathUser, params{"userid": "bob"})
	b.call(pathUser, params{"userid": "nobody"})
	b.post(pathUser+"?access_token=invented", params{"userid": "bob"})
	calls := b.Calls()
	same(t, "calls", len(calls), 5)
	var outcomes []string
	for _, c := range calls {
		outcomes = append(outcomes, fmt.Sprint(c.Method, " ", c.Path, " ", c.ClientID, " ", c.Outcome))
	}
	equal(t, "calls", outcomes, []string{
		"GET " + pathGetToken + " key ok",
		"POST " + pathAccessToken + " key ok",
		"POST " + pathUser + " key ok",
		"POST " + pathUser + " key 60121",
		"POST " + pathUser + "  40014",
	})
	same(t, "corp", calls[0].CorpID, corp)
	same(t, "time", calls[0].Time, b.clock.Now())
	same(t, "params", calls[2].Params["userid"], "bob")
	same(t, "count", b.CallCount(pathUser), 3)
	same(t, "count of all", b.CallCount(""), 5)
	all := fmt.Sprint(calls)
	for _, secret := range []string{"secret", b.token} {
		if strings.Contains(all, secret) {
			t.Errorf("the record shows %q: %s", secret, all)
		}
	}
}

func TestCallHistoryIsBounded(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.CallHistory = 3 })
	for i := range 5 {
		b.call(pathUser, params{"userid": fmt.Sprint("u", i)})
	}
	var users []string
	for _, c := range b.Calls() {
		users = append(users, c.Params["userid"])
	}
	equal(t, "the newest", users, []string{"u2", "u3", "u4"})
	same(t, "count", b.CallCount(pathUser), 5)
}
