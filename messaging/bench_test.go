package messaging_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	benchConns   = 32  // of the pool
	benchClients = 64  // that call at a time
	benchPeople  = 100 // of the platform
	benchBody    = "A message of about the same length as the other one."
)

// BenchmarkAccept compares accepting a message to one person with the least
// that storing anything takes: a handler that inserts one row in one
// transaction of the same pool. Run it with THIRDAPP_TEST_POSTGRES_DURABLE=true
// and compare the requests per second.
func BenchmarkAccept(b *testing.B) {
	dsn := dbtest.PostgresFrom(b, "messaging-bench", migrateBench)
	s := openDSN(b, dsn, benchConns)
	seed(b, s, here, benchPeople)
	exec(b, s, "CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)")
	queue, err := riverjobs.New(riverjobs.Config{
		DB: s.DB().DB, Dialect: riverjobs.Postgres, PostgresDSN: dsn, Tx: s.SQLTx, AfterCommit: s.AfterCommit,
	})
	if err != nil {
		b.Fatal(err)
	}
	fake := providertest.NewFake(providertest.FakeConfig{Limits: provider.Limits{UsersPerSend: 100, MessageBytes: 2048}})
	svc, err := messaging.New(messaging.Ports{
		Store: s, Connector: newConnector(b, fake, provider.Environment{}), Accounts: s, Audiences: s, Queue: queue,
		Authorizer: nobody{}, Sealer: newSealer(b),
	}, messaging.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("floor", func(b *testing.B) {
		serve(b, func(ctx context.Context, r messaging.Request) error {
			return s.DB().RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO floor (body) VALUES (?)", r.Content.Text.Content)
				return err
			})
		})
	})
	b.Run("send", func(b *testing.B) {
		serve(b, func(ctx context.Context, r messaging.Request) error {
			_, err := svc.Send(tenant.AsSystem(ctx, "bench"), here, r)
			return err
		})
	})
}

// serve measures a handler of b.N requests from benchClients connections.
func serve(b *testing.B, handle func(context.Context, messaging.Request) error) {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var r messaging.Request
		err := json.NewDecoder(req.Body).Decode(&r)
		if err == nil {
			err = handle(req.Context(), r)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, `{"success":true}`)
	}))
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchClients}}
	defer client.CloseIdleConnections()

	b.ResetTimer()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range benchClients {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= b.N; i = int(next.Add(1)) {
				if err := post(b.Context(), client, server.URL, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

func post(ctx context.Context, client *http.Client, url string, i int) error {
	body, err := json.Marshal(messaging.Request{
		Provider:   providertest.Kind,
		Recipients: messaging.Recipients{Usernames: []string{userName(i % benchPeople)}},
		Content:    provider.NewText(benchBody),
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return err
}

func migrateBench(ctx context.Context, dsn string) error {
	s, err := bunstore.Open(ctx, dsn, bunstore.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	queue, err := riverjobs.New(riverjobs.Config{DB: s.DB().DB, Dialect: riverjobs.Postgres, PostgresDSN: dsn})
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(s.Migrate(ctx), queue.Migrate(ctx), s.Close())
}
