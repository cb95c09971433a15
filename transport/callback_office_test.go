package transport_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// subscribe enters the address of here's app in DingTalk's console.
func (p *platform) subscribe(tb testing.TB, token, key string) {
	tb.Helper()
	check(tb, p.emulator.SetCallback(p.emulator.Apps("dingAAAA")[0].ClientID, &dingtalktest.Callback{
		URL: p.server.URL + base + "/callback/dingtalk/" + p.apps[here], Token: token, AESKey: key,
	}))
}

// followed waits until the last run has applied some changes, as the n-th run.
func (p *platform) followed(t *testing.T, n int, kind dirsync.Kind) {
	t.Helper()
	p.eventually(t, "the change is followed", func() bool {
		runs := p.runs(t)
		return len(runs) == n && runs[0].State == dirsync.StateSucceeded && runs[0].Counts[kind] == 1
	})
}

// TestCallbackOfDingTalk follows DingTalk's own encrypted events, over a change
// of keys.
func TestCallbackOfDingTalk(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.hire(t, 5)
	p.pull(t)
	settings := p.settingsOf("dingAAAA")
	p.subscribe(t, settings["callbackToken"], settings["callbackAesKey"])
	check(t, p.emulator.UpdatePerson("dingAAAA", "extra-0", func(person *dingtalktest.Person) { person.Title = "总监" }))
	p.followed(t, 2, dirsync.KindUpdate)

	key := strings.Repeat("N", 43)
	_, err := p.services.Tenants.UpdateApp(tenant.AsSystem(t.Context(), "test"), here, p.apps[here], tenant.AppChange{
		Settings: map[string]string{
			"callbackToken": "TokenNew", "callbackAesKey": key,
			"callbackTokenPrevious": settings["callbackToken"], "callbackAesKeyPrevious": settings["callbackAesKey"],
		},
	})
	check(t, err)
	check(t, p.emulator.RemovePerson("dingAAAA", "extra-1")) // still with the old keys
	p.followed(t, 3, dirsync.KindLeave)
	p.subscribe(t, "TokenNew", key)
	check(t, p.emulator.UpdateDepartment("dingAAAA", 2, func(d *dingtalktest.Department) { d.Name = "改名" }))
	p.followed(t, 4, dirsync.KindUpdate)
	a := p.do(t, request{path: "/apps/" + p.apps[here] + "/events", user: owner, tenant: here})
	if a.status != http.StatusOK || !strings.Contains(a.body, `"lastType":"org_dept_modify"`) || !strings.Contains(a.body, "请求网址") {
		t.Errorf("state of events: HTTP %d %s", a.status, a.body)
	}
	p.pull(t)
	if full := p.runs(t)[0]; len(full.Counts) != 0 {
		t.Errorf("the full run after it plans %v, want nothing", full.Counts)
	}
}

// BenchmarkEventToApplied is the time from a change at DingTalk to its end on
// the platform, on an idle system, beside a request that reads that run.
func BenchmarkEventToApplied(b *testing.B) { onBoth(b, benchEvent) }

func benchEvent(b *testing.B, database func(*setup)) {
	b.Helper()
	p := newPlatform(b, database)
	p.subscribe(b, p.settingsOf("dingAAAA")["callbackToken"], p.settingsOf("dingAAAA")["callbackAesKey"])
	ctx := tenant.AsSystem(b.Context(), "bench")
	run, err := p.services.Sync.StartRun(ctx, here, dirsync.RunRequest{Provider: "dingtalk"})
	check(b, err)
	_, err = p.services.Sync.Wait(ctx, here, run.ID, time.Minute)
	check(b, err)
	var took, floor []time.Duration
	for b.Loop() {
		begin := time.Now()
		check(b, p.emulator.UpdatePerson("dingAAAA", anybody(p), func(person *dingtalktest.Person) {
			person.Title = time.Now().String()
		}))
		for {
			list, err := p.services.Sync.Runs(ctx, here, dirsync.RunFilter{}, tenant.Page{Limit: 1})
			check(b, err)
			if r := list.Items[0]; r.CreatedAt.After(begin.Add(-time.Millisecond)) && r.State == dirsync.StateSucceeded {
				break
			}
			time.Sleep(time.Millisecond) //nolint:forbidigo // a benchmark looks often, and decides nothing
		}
		took = append(took, time.Since(begin))
		begin = time.Now()
		p.do(b, request{path: "/sync/runs/" + run.ID, user: owner, tenant: here})
		floor = append(floor, time.Since(begin))
	}
	slices.Sort(took)
	slices.Sort(floor)
	b.ReportMetric(float64(floor[len(floor)/2].Microseconds())/1000, "ms/floor")
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms/median")
	b.ReportMetric(float64(took[len(took)-1].Milliseconds()), "ms/worst")
}

// anybody returns somebody of the company of here.
func anybody(p *platform) string {
	for person := range p.emulator.People("dingAAAA") {
		return person.UserID
	}
	return ""
}
