package wholetest_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// TestOneKeyOneMessage: however many requests come with one Idempotency-Key at
// the same time, there is one message, and people get it once.
func TestOneKeyOneMessage(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		h := newHost(t, dsn, func(s *setup) {
			s.emulator.Companies = []dingtalktest.Company{smallCompany(), secondCompany()}
			s.emulator.AutoRead = true
		})
		h.connect(t)
		h.connectTo(t, foreign, there, 1)
		send := request{
			method: http.MethodPost, path: "/messages", user: owner, tenant: here,
			body: text("本周五下午三点开会", "u-zhang", "u-wang"), header: []string{"Idempotency-Key", "meeting-1"},
		}
		const parallel = 20
		answers, errs := make([]answer, parallel), make([]error, parallel)
		var asked sync.WaitGroup
		for i := range parallel {
			asked.Go(func() { answers[i], errs[i] = h.call(t, send) })
		}
		asked.Wait()
		ids := make(map[string]bool)
		for i, a := range answers {
			check(t, errs[i])
			if a.status != http.StatusAccepted {
				t.Fatalf("request %d: got HTTP %d %s, want 202", i, a.status, a.body)
			}
			ids[result[messageBody](t, a).ID] = true
		}
		if len(ids) != 1 {
			t.Fatalf("%d requests with one key made messages %v, want one", parallel, ids)
		}
		for id := range ids {
			h.awaitMessage(t, id)
		}
		if got := h.emulator.Received("dingsmall"); got["u-zhang"] != 1 || got["u-wang"] != 1 || len(h.emulator.Sent()) != 1 {
			t.Errorf("people got %v in %d messages, want one each in one", got, len(h.emulator.Sent()))
		}

		other := send
		other.body = text("会议取消", "u-zhang")
		wantRefusal(t, h, other, refusal{
			status: http.StatusConflict, reason: "idempotency_key_reused", field: "idempotencyKey",
			zh: "该幂等键已用于另一个不同的请求，请换用新的幂等键",
			en: "this idempotency key was used for a different request; use a new one",
		})
		theirs := send
		theirs.user, theirs.tenant, theirs.body = foreign, there, text("本周五下午三点开会", "u-chen")
		if id := result[messageBody](t, h.ask(t, theirs)).ID; ids[id] {
			t.Error("another tenant's request with the same key returned this tenant's message")
		}
	})
}
