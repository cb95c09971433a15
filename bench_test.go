package thirdapp_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// BenchmarkAccept compares the whole way of a message to one person, from the
// request to message, delivery and job in one committed transaction, with its
// floor: a bare net/http handler that decodes the same request and inserts one
// row in one transaction on the same pool. 64 connections on both.
func BenchmarkAccept(b *testing.B) {
	site := newSite(b)
	b.Run("floor", func(b *testing.B) {
		server := httptest.NewServer(site.bareHandler(b))
		defer server.Close()
		post(b, server, "/messages", nil)
	})
	b.Run("accept", func(b *testing.B) {
		server := httptest.NewServer(site.module.Handler())
		defer server.Close()
		post(b, server, "/messages", http.Header{
			"X-Access-Token": {site.token}, "X-Tenant-Id": {benchTenant},
		})
	})
}

const (
	benchTenant      = "bench"
	benchConnections = 64
	benchMessage     = `{"provider":"dingtalk","recipients":{"usernames":["zhang.wei"]},` +
		`"content":{"type":"text","text":{"content":"服务器 CPU 使用率超过 90%，请尽快处理"}}}`
)

// site is a module on a PostgreSQL database that keeps what it was told, with
// one tenant, one app, one sender and one bound recipient. Its workers are not
// started: what is measured is acceptance.
type site struct {
	stack  *stack.Stack
	module *thirdapp.Module
	token  string
}

func newSite(b *testing.B) *site {
	b.Helper()
	s := &site{stack: openStack(b, dbtest.Postgres(b))}
	var err error
	if s.module, err = thirdapp.New(s.stack.Config); err != nil {
		b.Fatal(err)
	}
	ctx := tenant.AsSystem(b.Context(), "benchmark")
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(s.module.Migrate(ctx))
	must(s.stack.Authorizer.Start(ctx))
	b.Cleanup(s.stack.Authorizer.Stop)
	sender, err := s.stack.People.Create(ctx, person("sender"))
	must(err)
	recipient, err := s.stack.People.Create(ctx, person("zhang.wei"))
	must(err)
	_, err = s.module.Tenants().Grant(ctx, benchTenant, "sender", tenant.RoleSender)
	must(err)
	_, err = s.module.Tenants().CreateApp(ctx, benchTenant, tenant.AppInput{
		Provider: provider.DingTalk, Enabled: true, Settings: map[string]string{
			"corpId": "dingcorp", "agentId": "1", "clientId": "dingkey", "clientSecret": "secret",
		},
	})
	must(err)
	_, err = s.stack.Store.DB().ExecContext(ctx, `INSERT INTO thirdapp_bindings
		VALUES (?, 'dingtalk', 'dingcorp', 'zw', 'u', ?, TRUE, now(), now())`, benchTenant, recipient.ID)
	must(err)
	s.token, err = s.stack.Tokens.Issue(ctx, jwtauth.Claims{UserID: sender.ID, Username: "sender"}, time.Hour)
	must(err)
	return s
}

func person(username string) bunstore.NewPerson {
	return bunstore.NewPerson{Username: username, Realname: username, Tenants: []tenant.ID{benchTenant}}
}

// bareHandler decodes the request and inserts one row in one transaction.
func (s *site) bareHandler(b *testing.B) http.Handler {
	b.Helper()
	db := s.stack.Store.DB()
	if _, err := db.ExecContext(b.Context(), `CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, body text NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Content json.RawMessage `json:"content"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		err := db.RunInTx(r.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO bare (body) VALUES (?)`, string(body.Content))
			return err
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_ = json.NewEncoder(w).Encode(map[string]any{"success": true})
	})
}

// post sends b.N requests over benchConnections connections and reports how
// many a second were accepted.
func post(b *testing.B, server *httptest.Server, path string, header http.Header) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchConnections, MaxConnsPerHost: benchConnections}}
	defer client.CloseIdleConnections()
	b.SetParallelism(benchConnections / runtime.GOMAXPROCS(0))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+path, strings.NewReader(benchMessage))
			if err != nil {
				b.Error(err)
				return
			}
			for name, values := range header {
				req.Header[name] = values
			}
			req.Header.Set("Content-Type", "application/json")
			res, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if res.StatusCode != http.StatusAccepted {
				b.Errorf("%s: %s", res.Status, body)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
