package pulltest_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// BenchmarkPull10k pulls a company of 10,000 people in 400 departments from the
// emulator, and sets it against the floor: see benchPull. Run it with
// THIRDAPP_TEST_POSTGRES_DURABLE=true.
func BenchmarkPull10k(b *testing.B) { benchPull(b, 10_000, 400) }

// BenchmarkPullBig is the same with 100,000 people in 3,000 departments.
func BenchmarkPullBig(b *testing.B) { benchPull(b, 100_000, 3_000) }

// benchPull pulls a company into PostgreSQL: at first, unchanged, and with one
// person in a hundred changed; and into SQLite. The floor is a bare client that
// makes the same calls, and a bulk load of the rows that the first pull leaves
// behind. The probe of the permissions is not in the floor.
func benchPull(b *testing.B, people, departments int) {
	b.Helper()
	total, counted := make(map[string]time.Duration), make(map[string]int)
	for b.Loop() {
		b.StopTimer()
		srv := dingtalktest.NewServer(b, dingtalktest.Generate(dingtalktest.Realistic(1, people, departments)))
		asked := func() int {
			return srv.CallCount("/topapi/v2/user/list") + srv.CallCount("/topapi/v2/department/listsub")
		}
		s, k := openPostgres(b), &killer{}
		s.DB().AddQueryHook(k) //nolint:staticcheck // the store is the benchmark's own
		bun := benchBundle(b, s, srv)
		b.StartTimer()
		total["pull"] += timed(func() { mustSucceed(b, bun) })
		b.StopTimer()
		counted["pull"] += k.statements()
		first := asked()
		k.arm(0)
		total["again"] += timed(func() { mustSucceed(b, bun) })
		counted["again"] += k.statements()
		if second := asked() - first; second != first {
			b.Errorf("second pull made %d calls, first %d", second, first)
		}
		var walked int
		total["calls"] += timed(func() { walked = bareWalk(b, srv) })
		if first < walked || first > walked+probeCalls {
			b.Errorf("bare client made %d calls, the pull %d", walked, first)
		}
		total["load"] += bulkLoad(b, s, openPostgres(b))
		promote(b, srv, people/100)
		k.arm(0)
		total["changed"] += timed(func() { mustSucceed(b, bun) })
		counted["changed"] += k.statements()
		sqlite := benchBundle(b, openSQLite(b), srv)
		total["sqlite"] += timed(func() { mustSucceed(b, sqlite) })
		b.StartTimer()
	}
	for name, d := range total {
		b.ReportMetric(float64(d.Milliseconds())/float64(b.N), name+"-ms")
	}
	for name, n := range counted {
		b.ReportMetric(float64(n)/float64(b.N), name+"-statements")
	}
	ratio := func(name, of string) { b.ReportMetric(float64(total[name])/float64(total[of]), name+"/"+of) }
	total["floor"], total["max"] = total["calls"]+total["load"], max(total["calls"], total["load"])
	ratio("pull", "floor")
	ratio("pull", "max")
	ratio("again", "calls")
	ratio("changed", "calls")
	ratio("sqlite", "pull")
}

// probeCalls is how many calls of a walk the probe of the permissions makes at
// most besides.
const probeCalls = 6

// promote gives some people another title.
func promote(b testing.TB, srv *dingtalktest.Server, n int) {
	b.Helper()
	var some []dingtalktest.Person
	for p := range srv.People(srv.CorpID()) {
		if some = append(some, p); len(some) == n {
			break
		}
	}
	for _, p := range some {
		err := srv.UpdatePerson(srv.CorpID(), p.UserID, func(p *dingtalktest.Person) { p.Title += "（新）" })
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPull100k pulls a company of 100,000 people in 2,000 departments and
// reports by how much the memory of the process grew meanwhile; the emulator,
// which is in the same process, was warmed up before.
func BenchmarkPull100k(b *testing.B) {
	var grown float64
	for b.Loop() {
		b.StopTimer()
		srv := dingtalktest.NewServer(b, dingtalktest.Generate(dingtalktest.Realistic(1, 100_000, 2_000)))
		bun := benchBundle(b, openPostgres(b), srv)
		bareWalk(b, srv)
		debug.FreeOSMemory()
		before := residentMiB(b, "VmRSS:")
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets VmHWM
			b.Skip("needs Linux: ", err)
		}
		b.StartTimer()
		mustSucceed(b, bun)
		grown = max(grown, residentMiB(b, "VmHWM:")-before)
	}
	b.ReportMetric(grown, "MiB-grown")
}

// residentMiB reads a figure of the process's memory.
func residentMiB(b testing.TB, key string) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("needs Linux: ", err)
	}
	_, after, _ := strings.Cut(string(text), key)
	var kib float64
	if _, err := fmt.Sscan(after, &kib); err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// benchBundle is a bundle whose directory is the emulator, without pacing.
func benchBundle(b testing.TB, s *bunstore.Store, srv *dingtalktest.Server) *bundle {
	b.Helper()
	factory, err := dingtalk.New(dingtalk.Options{APIBaseURL: srv.URL, OAPIBaseURL: srv.URL, CallsPerSecond: -1})
	if err != nil {
		b.Fatal(err)
	}
	app := srv.App()
	prov, err := factory.Open(b.Context(), provider.Settings{
		Values: map[string]string{
			provider.SettingOrgID: "corp", provider.SettingAgentID: fmt.Sprint(app.AgentID), provider.SettingClientID: app.ClientID,
		},
		Secrets: map[string]provider.Secret{provider.SettingClientSecret: provider.NewSecret(app.ClientSecret)},
	}, provider.Environment{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = prov.Close() })
	return setup(b, s, func(bun *bundle) { bun.conns = &connector{prov: prov, org: "corp"} })
}

func mustSucceed(b testing.TB, bun *bundle) {
	b.Helper()
	run := bun.pullWith(b, "0", dirsync.RunRequest{Provider: provider.DingTalk})
	if !run.Complete || run.State == dirsync.StateFailed {
		b.Fatalf("run %s, complete %t, failures %v", run.State, run.Complete, bun.queue.failures)
	}
}

// bareWalk makes the calls of a pull with as little as possible around them,
// eight at a time, and returns their number.
func bareWalk(b testing.TB, srv *dingtalktest.Server) int {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	token := bareToken(b, client, srv)
	w := &walk{work: make(chan string, 100_000)}
	w.add("/topapi/v2/department/listsub", 1, 0)
	w.add("/topapi/v2/user/list", 1, 0)
	var owned sync.WaitGroup
	for range 8 {
		owned.Go(func() {
			for task := range w.work {
				w.one(b, client, srv.URL, token, task)
			}
		})
	}
	owned.Wait()
	return w.calls
}

// bareToken asks for the app's access token.
func bareToken(b testing.TB, client *http.Client, srv *dingtalktest.Server) string {
	b.Helper()
	app := srv.App()
	var token struct {
		AccessToken string `json:"accessToken"`
	}
	post(b, client, srv.URL+"/v1.0/oauth2/accessToken",
		fmt.Sprintf(`{"appKey":%q,"appSecret":%q}`, app.ClientID, app.ClientSecret), &token)
	return token.AccessToken
}

type walk struct {
	mu    sync.Mutex
	open  int
	calls int
	work  chan string
}

func (w *walk) add(path string, department, cursor int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
	w.work <- fmt.Sprintf("%s %d %d", path, department, cursor)
}

func (w *walk) one(b testing.TB, client *http.Client, url, token, task string) {
	b.Helper()
	var path string
	var department, cursor int64
	if _, err := fmt.Sscan(task, &path, &department, &cursor); err != nil {
		b.Error(err)
	}
	target := url + path + "?access_token=" + token
	if path == "/topapi/v2/user/list" {
		var page struct {
			Result struct {
				HasMore    bool  `json:"has_more"`
				NextCursor int64 `json:"next_cursor"`
				List       []struct {
					UserID     string  `json:"userid"`
					UnionID    string  `json:"unionid"`
					Name       string  `json:"name"`
					Mobile     string  `json:"mobile"`
					Email      string  `json:"email"`
					JobNumber  string  `json:"job_number"`
					Title      string  `json:"title"`
					Avatar     string  `json:"avatar"`
					DeptIDList []int64 `json:"dept_id_list"`
				} `json:"list"`
			} `json:"result"`
		}
		post(b, client, target, fmt.Sprintf(`{"dept_id":%d,"cursor":%d,"size":100}`, department, cursor), &page)
		if page.Result.HasMore {
			w.add(path, department, page.Result.NextCursor)
		}
	} else {
		var page struct {
			Result []struct {
				DeptID int64  `json:"dept_id"`
				Name   string `json:"name"`
			} `json:"result"`
		}
		post(b, client, target, fmt.Sprintf(`{"dept_id":%d}`, department), &page)
		for _, d := range page.Result {
			w.add("/topapi/v2/department/listsub", d.DeptID, 0)
			w.add("/topapi/v2/user/list", d.DeptID, 0)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	if w.open--; w.open == 0 {
		close(w.work)
	}
}

func post(b testing.TB, client *http.Client, url, body string, into any) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	defer resp.Body.Close() //nolint:errcheck // read to the end
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Error(err)
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(into); err != nil {
		b.Error(err)
	}
}

// leftBehind are the tables whose rows a pull leaves behind, in an order that
// foreign keys allow.
var leftBehind = []string{
	"thirdapp_people", "thirdapp_memberships", "thirdapp_departments", "thirdapp_department_members",
	"thirdapp_bindings", "thirdapp_sync_departments", "thirdapp_sync_people", "thirdapp_sync_runs",
	"thirdapp_sync_batches", "thirdapp_sync_changes", "thirdapp_audit",
}

// bulkLoad copies what a pull left behind in one database into another, table
// by table with COPY, and returns how long that took.
func bulkLoad(b testing.TB, from, into *bunstore.Store) time.Duration {
	b.Helper()
	var took time.Duration
	for _, table := range leftBehind {
		columns, rows := readTable(b, from.DB().DB, table)
		conn, err := into.DB().DB.Conn(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		err = conn.Raw(func(dc any) error {
			raw := dc.(*stdlib.Conn).Conn() //nolint:errcheck // the driver is pgx
			var err error
			took += timed(func() {
				_, err = raw.CopyFrom(context.WithoutCancel(b.Context()), pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
			})
			return err
		})
		if err := conn.Close(); err != nil {
			b.Error(err)
		}
		if err != nil {
			b.Fatalf("%s: %v", table, err)
		}
	}
	return took
}

func readTable(b testing.TB, db *sql.DB, table string) (columns []string, all [][]any) {
	b.Helper()
	rows, err := db.QueryContext(b.Context(), "SELECT * FROM "+table)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // only read
	if columns, err = rows.Columns(); err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			b.Fatal(err)
		}
		all = append(all, slices.Clone(values))
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return columns, all
}
