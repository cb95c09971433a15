package sendtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/internal/proctest"
)

// officePlan describes an office app in a process of its own.
type officePlan struct {
	People int
	// Delay is how long each answer takes.
	Delay time.Duration
}

// countPath answers how many calls that send something were answered.
const countPath = "/_sends"

// officeMain is an office app with one company, corpID, without limits on how
// much is sent, until its standard input ends. It prints its URL.
func officeMain(ctx context.Context, config string) error {
	var p officePlan
	if err := json.Unmarshal([]byte(config), &p); err != nil {
		return err
	}
	office := dingtalktest.New(dingtalktest.Options{
		Companies: []dingtalktest.Company{company(corpID, p.People)}, AutoRead: true, CallHistory: 1,
		RulesOff: []dingtalktest.Rule{dingtalktest.RulePerMinute},
	})
	gate := &gate{office: office}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(p.Delay) // as a network and a busy service do
		gate.ServeHTTP(w, r)
	})
	mux.HandleFunc(countPath, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, gate.sends.Load()) })
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		office.Close()
		_ = server.Close()
	}()
	fmt.Println("http://" + listener.Addr().String())
	_ = server.Serve(listener) // ends with Close
	return nil
}

// office is an office app in a process of its own.
type office struct {
	*proctest.Process
	url    string
	people int
	client *http.Client
}

// startOffice starts an office app with so many people in its company, whose
// answers take some time.
func startOffice(tb testing.TB, people int, delay time.Duration) *office {
	tb.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	tb.Cleanup(transport.CloseIdleConnections)
	o := &office{Process: startChild(tb, officeEnv, officePlan{people, delay}), people: people, client: &http.Client{Transport: transport}}
	o.url = o.Said
	return o
}

// sends returns how many calls that send something it has answered.
func (o *office) sends(tb testing.TB) int {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, o.url+countPath, nil)
	check(tb, err)
	res, err := o.client.Do(req)
	check(tb, err)
	var n int
	_, err = fmt.Fscan(res.Body, &n)
	check(tb, err)
	check(tb, res.Body.Close())
	return n
}

func (o *office) await(tb testing.TB, sends int) {
	tb.Helper()
	awaitFor(tb, 10*time.Minute, "sends", func() bool { return o.sends(tb) >= sends })
}

func (o *office) wantSends(tb testing.TB, want int) {
	tb.Helper()
	if n := o.sends(tb); n != want {
		tb.Errorf("%d calls to send, want %d", n, want)
	}
}

// bare makes calls that send, to so many people each, with as little as possible
// around them.
func (o *office) bare(tb testing.TB, calls, people, parallel int) {
	tb.Helper()
	app := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{company(corpID, 0)}}).Apps(corpID)[0]
	var token struct{ AccessToken string }
	o.post(tb, "/v1.0/oauth2/accessToken", fmt.Sprintf(`{"appKey":%q,"appSecret":%q}`, app.ClientID, app.ClientSecret), &token)
	var next atomic.Int64
	var calling sync.WaitGroup
	for range parallel {
		calling.Go(func() {
			for i := int(next.Add(1)); i <= calls && !tb.Failed(); i = int(next.Add(1)) {
				var answer struct {
					TaskID int64 `json:"task_id"`
				}
				o.post(tb, sendPath+"?access_token="+token.AccessToken, fmt.Sprintf(
					`{"agent_id":%d,"userid_list":%q,"msg":{"msgtype":"text","text":{"content":"bare %d %d"}}}`,
					app.AgentID, o.userList(i*people, people), parallel, i), &answer)
				if answer.TaskID == 0 {
					tb.Error("a call was refused")
				}
			}
		})
	}
	calling.Wait()
}

// userList names so many people, from the n-th on and round.
func (o *office) userList(n, count int) string {
	ids := make([]string, count)
	for i := range ids {
		ids[i] = person((n + i) % o.people)
	}
	return strings.Join(ids, ",")
}

func (o *office) post(tb testing.TB, path, body string, answer any) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, o.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		tb.Error(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := o.client.Do(req)
	if err != nil {
		tb.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
		tb.Error(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
}
