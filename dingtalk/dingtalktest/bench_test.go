package dingtalktest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// benchServer serves one department of 10,000 people.
func benchServer(b *testing.B) (*dingtalktest.Server, string) {
	b.Helper()
	srv := dingtalktest.NewServerWith(b, dingtalktest.Options{
		Companies: []dingtalktest.Company{dingtalktest.Generate(dingtalktest.Spec{Seed: 1, People: 10_000, NoEmail: 0.15, NoMobile: 0.02})},
		RulesOff:  []dingtalktest.Rule{dingtalktest.RulePerMinute, dingtalktest.RulePerDay},
		// A benchmark sends more than anybody will look at.
		MessageHistory: 1000,
	})
	app := srv.App()
	rec := httptest.NewRecorder()
	srv.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, pathGetToken+"?appkey="+app.ClientID+"&appsecret="+app.ClientSecret, nil))
	var token struct {
		Value string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &token); err != nil {
		b.Fatal(err)
	}
	return srv, token.Value
}

// BenchmarkUserList reads pages of 100 people over loopback; the client reads
// the bytes and does not decode them.
func BenchmarkUserList(b *testing.B) {
	srv, token := benchServer(b)
	readPages(b, srv.URL+pathUsers+"?access_token="+token)
}

// BenchmarkUserListFloor is BenchmarkUserList with a handler that does nothing
// but answer as many bytes.
func BenchmarkUserListFloor(b *testing.B) {
	page := bytes.Repeat([]byte("x"), 39_000)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			b.Error(err)
		}
		if _, err := w.Write(page); err != nil {
			b.Error(err)
		}
	}))
	b.Cleanup(srv.Close)
	readPages(b, srv.URL)
}

func readPages(b *testing.B, url string) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.Cleanup(client.CloseIdleConnections)
	var bytesRead atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for page := 0; pb.Next(); page = (page + 1) % 100 {
			body := fmt.Sprintf(`{"dept_id":1,"cursor":%d,"size":100}`, page*100)
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
			n, err := io.Copy(io.Discard, resp.Body)
			err = errors.Join(err, resp.Body.Close())
			bytesRead.Add(n)
			if err != nil || n < 10_000 {
				b.Errorf("%d bytes, %v", n, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(bytesRead.Load())/float64(b.N), "bytes/answer")
}

// BenchmarkUserListHandler is the same without a network: what the emulator
// itself costs.
func BenchmarkUserListHandler(b *testing.B) {
	srv, token := benchServer(b)
	body := []byte(`{"dept_id":1,"cursor":5000,"size":100}`)
	b.ReportAllocs()
	for b.Loop() {
		req := httptest.NewRequest(http.MethodPost, pathUsers+"?access_token="+token, bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w := discard{header: make(http.Header)}
		srv.ServeHTTP(&w, req)
		if w.n < 10_000 {
			b.Fatalf("%d bytes", w.n)
		}
	}
}

// BenchmarkSend sends messages to 100 people each.
func BenchmarkSend(b *testing.B) {
	srv, token := benchServer(b)
	var users []string
	for p := range srv.People(srv.CorpID()) {
		if users = append(users, p.UserID); len(users) == 100 {
			break
		}
	}
	list := strings.Join(users, ",")
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		body := fmt.Sprintf(`{"agent_id":%d,"userid_list":"%s","msg":{"msgtype":"text","text":{"content":"第%d"}}}`, srv.App().AgentID, list, i)
		req := httptest.NewRequest(http.MethodPost, pathSend+"?access_token="+token, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		srv.ServeHTTP(&discard{header: make(http.Header)}, req)
	}
}

func BenchmarkGenerate(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dingtalktest.Generate(dingtalktest.Realistic(1, n, n/50))
			}
		})
	}
}

// discard counts what it is given.
type discard struct {
	header http.Header
	n      int
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(p []byte) (int, error) {
	d.n += len(p)
	return len(p), nil
}
