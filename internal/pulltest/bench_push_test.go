package pulltest_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// BenchmarkPush pushes a platform that has just been pulled: when nothing is
// different, and when one person in a hundred has another title. The floor of
// the second is a bare client that makes the same calls, two for each of them,
// eight at a time. The emulator is in the same process.
func BenchmarkPush(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *bunstore.Store{"postgres": openPostgres, "sqlite": openSQLite} {
		for _, people := range []int{10_000, 100_000} {
			b.Run(name+"/"+strconv.Itoa(people), func(b *testing.B) { benchPush(b, open, people) })
		}
	}
}

func benchPush(b *testing.B, open func(testing.TB) *bunstore.Store, people int) {
	b.Helper()
	var unchanged, changed, calls time.Duration
	var unchangedStatements, changedStatements int
	for b.Loop() {
		b.StopTimer()
		srv := dingtalktest.NewServer(b, dingtalktest.Generate(dingtalktest.Realistic(1, people, people/30)))
		s, k := open(b), &killer{}
		s.DB().AddQueryHook(k) //nolint:staticcheck // the store is the benchmark's own
		bun := benchBundle(b, s, srv)
		mustSucceed(b, bun)
		if _, err := s.DB().ExecContext(b.Context(), "ANALYZE"); err != nil { // autovacuum would, within a minute
			b.Fatal(err)
		}
		k.arm(0)
		b.StartTimer()
		unchanged += timed(func() { mustPush(b, bun, 0) })
		unchangedStatements += k.statements()
		b.StopTimer()
		if _, err := s.DB().NewRaw(`UPDATE thirdapp_memberships SET title = title || '（新）' WHERE person_id IN (
			SELECT person_id FROM thirdapp_memberships WHERE state = 'active' ORDER BY person_id LIMIT ?)`, people/100).Exec(b.Context()); err != nil {
			b.Fatal(err)
		}
		k.arm(0)
		b.StartTimer()
		changed += timed(func() { mustPush(b, bun, people/100) })
		changedStatements += k.statements()
		b.StopTimer()
		calls += timed(func() { bareUpdates(b, srv, people/100) })
		b.StartTimer()
	}
	n := float64(b.N)
	b.ReportMetric(float64(unchanged.Milliseconds())/n, "unchanged-ms")
	b.ReportMetric(float64(unchangedStatements)/n, "unchanged-statements")
	b.ReportMetric(float64(changed.Milliseconds())/n, "changed-ms")
	b.ReportMetric(float64(changedStatements)/n, "changed-statements")
	b.ReportMetric(float64(calls.Milliseconds())/n, "calls-ms")
}

// bareUpdates looks up and updates so many people of the company.
func bareUpdates(b *testing.B, srv *dingtalktest.Server, n int) {
	b.Helper()
	var users []string
	for p := range srv.People(srv.CorpID()) {
		if users = append(users, p.UserID); len(users) == n {
			break
		}
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	token := "?access_token=" + bareToken(b, client, srv)
	var done struct {
		ErrCode int `json:"errcode"`
	}
	work := make(chan string, n)
	for _, user := range users {
		work <- user
	}
	close(work)
	var owned sync.WaitGroup
	for range 8 {
		owned.Go(func() {
			for user := range work {
				answer := done
				post(b, client, srv.URL+"/topapi/v2/user/get"+token, fmt.Sprintf(`{"userid":%q}`, user), &answer)
				post(b, client, srv.URL+"/topapi/v2/user/update"+token, fmt.Sprintf(`{"userid":%q,"title":"bare"}`, user), &answer)
				if answer.ErrCode != 0 {
					b.Errorf("update of %s: error %d", user, answer.ErrCode)
				}
			}
		})
	}
	owned.Wait()
}

// mustPush pushes so many changes.
func mustPush(b *testing.B, bun *bundle, changes int) {
	b.Helper()
	run := bun.pullWith(b, "0", dirsync.RunRequest{Provider: provider.DingTalk, Direction: dirsync.Push})
	if run.State != dirsync.StateSucceeded || run.Progress.Changes != changes {
		b.Fatalf("push %s, %d changes, failures %v; want %d changes", run.State, run.Progress.Changes, bun.queue.failures, changes)
	}
}
