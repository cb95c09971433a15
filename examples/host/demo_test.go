package main

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/thirdapp/thirdapp/internal/dbtest"
)

var demoOver = regexp.MustCompile(`(Try it)`)

// TestDemo: one command shows two companies coming in and their messages
// arriving, and leaves a platform that serves.
func TestDemo(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-db", "sqlite:"+dbtest.SQLite(t), "-dingtalk-qps", "0", "-admin-password", "long-enough")
	p.await(demoOver)
	out := p.out.String()
	for _, want := range []string{"tenant 1001", "tenant 1002", "permissions 9/9", "delivered 3"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in the output:\n%s", want, out)
		}
	}
	c := p.signedIn("long-enough")
	for id, people := range map[string]int{"1001": 174, "1002": 59} {
		if got := memberCount(t, c, id); got != people {
			t.Errorf("tenant %s has %d people, want %d", id, got, people)
		}
	}
}

// TestMetrics: what the demo did can be read off, and of no tenant's.
func TestMetrics(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-db", "sqlite:"+dbtest.SQLite(t), "-dingtalk-qps", "0", "-admin-password", "long-enough")
	p.await(demoOver)
	body, err := io.ReadAll(get(t, p.base+"/metrics").Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`thirdapp_requests_total{code="ok",op="messages.send"} [1-9]`,
		`thirdapp_deliveries_total{channel="work",provider="dingtalk",state="accepted"} [1-9]`,
		`thirdapp_deliveries_total{channel="work",provider="dingtalk",state="delivered"} [1-9]`,
		`thirdapp_office_calls_total{api="topapi/v2/user/list",code="ok",provider="dingtalk"} [1-9]`,
		`thirdapp_office_call_seconds_count{api="topapi/v2/user/list",provider="dingtalk"} [1-9]`,
		`thirdapp_office_pace_seconds_count{api="topapi/v2/user/list",provider="dingtalk"} [1-9]`,
		`thirdapp_job_runs_total{kind="messaging.send",outcome="done"} [1-9]`,
		`thirdapp_job_seconds_count{kind="sync.run"} [1-9]`,
		`thirdapp_job_wait_seconds_count{kind="sync.run"} [1-9]`,
		`thirdapp_sync_runs_total{direction="pull",provider="dingtalk",state="succeeded"} 2\n`,
		`thirdapp_sync_run_seconds_count{direction="pull",provider="dingtalk"} 2\n`,
		`thirdapp_sync_people_total{provider="dingtalk"} [1-9]`,
		`thirdapp_sync_changes_total{direction="pull",provider="dingtalk",result="applied"} [1-9]`,
	} {
		if !regexp.MustCompile(strings.NewReplacer("{", `\{`, "}", `\}`).Replace(want)).Match(body) {
			t.Errorf("no %s", want)
		}
	}
	if foreign := regexp.MustCompile(`(?m)^thirdapp_.*"(1001|1002|admin)".*$`).Find(body); foreign != nil {
		t.Errorf("a label names a tenant or a person: %s", foreign)
	}
	if t.Failed() {
		t.Logf("%s", body)
	}
}

// TestMetricsInDocs: the tables of metrics show those that there are, with their
// labels.
func TestMetricsInDocs(t *testing.T) {
	t.Parallel()
	ch := make(chan *prometheus.Desc, 1000)
	newInstruments().registry.Describe(ch)
	close(ch)
	var want []string
	desc := regexp.MustCompile(`fqName: "(thirdapp_\w+)".* variableLabels: \{([^}]*)\}`)
	for d := range ch {
		if m := desc.FindStringSubmatch(d.String()); m != nil {
			want = append(want, m[1]+" "+m[2])
		}
	}
	slices.Sort(want)
	row := regexp.MustCompile("(?m)^\\| `(thirdapp_\\w+)` \\| \\S+ \\| (.*?) \\|")
	for _, name := range []string{"operations.md", "operations.zh-CN.md"} {
		guide, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var shown []string
		for _, m := range row.FindAllStringSubmatch(string(guide), -1) {
			shown = append(shown, m[1]+" "+strings.NewReplacer("`", "", " ", "", "、", ",").Replace(m[2]))
		}
		slices.Sort(shown)
		if len(want) == 0 || !slices.Equal(shown, want) {
			t.Errorf("%s shows\n%s\nwant\n%s", name, strings.Join(shown, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestKilledDuringDemo: whenever the process is killed, the next start ends
// where an undisturbed one does.
func TestKilledDuringDemo(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + dbtest.SQLite(t)
	args := []string{"-db", db, "-dingtalk-qps", "0", "-admin-password", "long-enough"}
	for _, at := range []string{`(permissions)`, `(reading)`, `(applying)`, `(message )`, `(accepted|sending)`} {
		p := startProcess(t, args...)
		p.await(regexp.MustCompile(at))
		p.kill()
	}
	p := startProcess(t, args...)
	p.await(demoOver)
	if out := p.out.String(); strings.Contains(out, "ended early") {
		t.Errorf("the demo ended early:\n%s", out)
	}
	c := p.signedIn("long-enough")
	if got := memberCount(t, c, "1001"); got != 174 {
		t.Errorf("tenant 1001 has %d people, want 174", got)
	}
}

// TestTwoProcesses: two hosts share a PostgreSQL database; what one was doing
// when it was killed, the other ends.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	em := startCompany(t, 400, 40)
	dir := t.TempDir()
	args := []string{
		"-demo=false", "-db", dbtest.Postgres(t), "-dingtalk-qps", "0", "-admin-password", "long-enough",
		"-jwt-secret", strings.Repeat("k", 40), "-secrets-key", dir + "/key",
		"-dingtalk-api", em.URL, "-dingtalk-oapi", em.URL,
	}
	first, second := startProcess(t, args...), startProcess(t, args...)
	c1, c2 := first.signedIn("long-enough"), second.signedIn("long-enough")
	connectCompany(t, c1, em, "acme")

	var started run
	if err := c1.post(t.Context(), "acme", "/sync/runs", map[string]any{"provider": "dingtalk"}, &started); err != nil {
		t.Fatal(err)
	}
	first.kill()
	deadline := time.Now().Add(patience)
	var now run
	for now.State != "succeeded" && time.Now().Before(deadline) {
		now = run{}
		if err := c2.get(t.Context(), "acme", "/sync/runs/"+started.ID, &now); err != nil {
			t.Fatal(err)
		}
		_ = pause(t.Context(), pollEvery)
	}
	if now.State != "succeeded" {
		t.Fatalf("run is %q after %s", now.State, patience)
	}
	if got, want := memberCount(t, c2, "acme"), now.Counts["create"]-41; got != want {
		t.Errorf("%d people, want %d", got, want)
	}
	if err := second.terminate(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, second.out)
	}
}
