package wholetest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// flaky lets three calls in ten fail, in every way that there is. The same seed
// gives the same failures for the same calls.
func flaky(em *dingtalktest.Server, path string, seed uint64) {
	kinds := []dingtalktest.Fault{
		{Kind: dingtalktest.ServerError},
		{Kind: dingtalktest.Truncate},
		{Kind: dingtalktest.Throttle},
		{Kind: dingtalktest.Busy},
		{Kind: dingtalktest.TokenExpired},
		{Kind: dingtalktest.Reset, AfterEffect: true},
	}
	// Each looks at what the others let pass: together they hit 30 %.
	const each = 0.0577
	for i, f := range kinds {
		f.Path, f.Probability, f.Seed = path, each, seed+uint64(i)
		em.Fail(f)
	}
}

// TestPullFromFlakyOffice: a pull of 300 people while three calls in ten fail
// ends as if none had: everybody is there, nobody twice.
func TestPullFromFlakyOffice(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		spec := dingtalktest.Spec{Seed: 5, People: 300, Departments: 20, InTwoDepartments: 0.1}
		h := newHost(t, dsn, func(s *setup) {
			s.emulator.Companies = []dingtalktest.Company{dingtalktest.Generate(spec)}
			s.config.Directory.RetryPause = 10 * time.Millisecond
		})
		h.connect(t)
		flaky(h.emulator, "", 11)
		run := h.pull(t)
		// A page may have bad luck four times over: then the run says so, and
		// the next one reads it.
		for tries := 0; run.State == "partial" && !run.Complete && tries < 5; tries++ {
			if len(run.Failures) == 0 || run.Counts["leave"] != 0 {
				t.Errorf("run: %+v, want it to name what it could not read, and to remove nobody", run)
			}
			run = h.pull(t)
		}
		if run.State != "succeeded" || !run.Complete {
			t.Fatalf("run: %+v with error %+v, want it succeeded", run, run.Error)
		}
		h.emulator.Clear()
		if again := h.pull(t); again.State != "succeeded" || len(again.Counts) != 0 {
			t.Errorf("a second run plans %v, want nothing: the first has got it all", again.Counts)
		}
		want := map[string]string{owner: "active", viewer: "active"}
		for p := range h.emulator.People(h.emulator.CorpID()) {
			want[p.Mobile] = "active"
		}
		if got := h.states(t); !maps.Equal(got, want) {
			t.Errorf("%d members, want the %d of the company and two more", len(got), len(want)-2)
		}
	})
}

// TestSendToFlakyOffice: of 200 messages sent while three calls in ten fail,
// each ends in a state that is true: what is delivered was received exactly
// once, what failed was not received, and only what is said to be uncertain may
// be either. Nothing is lost.
func TestSendToFlakyOffice(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		const messages = 200
		h := newHost(t, dsn, func(s *setup) {
			s.emulator.Companies = []dingtalktest.Company{dingtalktest.Generate(dingtalktest.Spec{Seed: 6, People: 40, Departments: 3})}
			s.emulator.AutoRead = true
			s.config.Messages.Backoff = slices.Repeat([]time.Duration{5 * time.Millisecond}, 8)
		})
		h.connect(t)
		people := slices.Collect(h.emulator.People(h.emulator.CorpID()))
		check(t, h.emulator.ForbidMessages(h.emulator.CorpID(), people[0].UserID, dingtalktest.CodeForbiddenContent))
		flaky(h.emulator, "/topapi/message/*", 23)
		ids := make([]string, messages)
		errs := make([]error, messages)
		var asked sync.WaitGroup
		for w := range 8 {
			asked.Go(func() {
				for i := w; i < messages; i += 8 {
					to := []string{people[i%len(people)].UserID, people[(i+7)%len(people)].UserID, "u-nobody"}
					var a answer
					a, errs[i] = h.call(t, request{
						method: http.MethodPost, path: "/messages", user: owner, tenant: here, body: text(content(i), to...),
					})
					if errs[i] == nil {
						var m messageBody
						m, errs[i] = resultOf[messageBody](a)
						ids[i] = m.ID
					}
				}
			})
		}
		asked.Wait()
		for i, err := range errs {
			if err != nil {
				t.Fatalf("message %d: %v", i, err)
			}
		}
		for _, id := range ids {
			h.awaitMessage(t, id)
		}
		states, truth := make(map[string]int), received(t, h.emulator)
		for i, id := range ids {
			h.wantTrue(t, content(i), 3, h.deliveries(t, id), truth, states)
		}
		t.Logf("%d calls to send; deliveries: %v", h.emulator.CallCount(sendPath), states)
		if states["read"] < messages || states["uncertain"] == 0 || states["failed"] == 0 {
			t.Errorf("deliveries: %v, want most read, and some of each fate", states)
		}
	})
}

func content(i int) string { return fmt.Sprintf("第%d号通知", i) }

// receipt is one text at one person.
type receipt struct{ content, user string }

// received returns how often each person was sent each text, repetitions that
// DingTalk itself dropped included.
func received(t *testing.T, em *dingtalktest.Server) map[receipt]int {
	t.Helper()
	counts := make(map[receipt]int)
	for _, m := range em.Sent() {
		var body struct{ Text struct{ Content string } }
		check(t, json.Unmarshal(m.Body, &body))
		for _, user := range m.Recipients {
			counts[receipt{body.Text.Content, user}]++
		}
		for _, f := range m.Forbidden {
			if f.Code == dingtalktest.CodeDuplicate {
				counts[receipt{body.Text.Content, f.UserID}]++
			}
		}
	}
	return counts
}

// wantTrue compares what is said of a message with what was really received,
// and counts the states.
func (h *host) wantTrue(
	t *testing.T, content string, recipients int, deliveries []deliveryBody, truth map[receipt]int, states map[string]int,
) {
	t.Helper()
	if len(deliveries) != recipients {
		t.Errorf("%s: %d deliveries, want %d", content, len(deliveries), recipients)
	}
	for _, d := range deliveries {
		states[d.State]++
		n := truth[receipt{content, d.Recipient.ProviderUserID}]
		ok := false
		switch d.State {
		case "read", "delivered":
			ok = n == 1
		case "failed", "dead":
			ok = n == 0 && d.Error != nil
		case "uncertain":
			ok = n <= 1 && d.Error != nil
		}
		if !ok {
			t.Errorf("%s: the delivery to %s is %s (%+v), and was received %d times", content, d.Recipient.ProviderUserID, d.State, d.Error, n)
		}
	}
}
