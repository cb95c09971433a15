package transport_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
)

// newBenchPlatform is not held up by the limits of logins.
func newBenchPlatform(b *testing.B) *platform {
	b.Helper()
	return newPlatform(b, asIdle, func(s *setup) { s.LoginsPerAddress, s.LoginsPerTenant = 1_000_000, 10_000_000 })
}

// BenchmarkLoginInApp compares POST /login/{provider}/code, against the
// emulator, with a bare handler that makes two calls of it: who it is, and the
// person's details.
func BenchmarkLoginInApp(b *testing.B) {
	p := newBenchPlatform(b)
	conn, err := p.services.Tenants.Connect(b.Context(), here, provider.DingTalk)
	check(b, err)
	flow, err := provider.As[provider.LoginFlow](conn.Provider)
	check(b, err)
	finder, err := provider.As[provider.PersonFinder](conn.Provider)
	check(b, err)
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := flow.InAppIdentity(r.Context(), provider.NewSecret(r.FormValue("code")))
		if err == nil {
			_, err = finder.PersonByID(r.Context(), who.UserID)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})
	for name, c := range map[string]struct {
		handler http.Handler
		request func(code string) *http.Request
	}{
		"ours": {p.handler, func(code string) *http.Request {
			return httptest.NewRequest(http.MethodPost, "/login/dingtalk/code", strings.NewReader(`{"tenantId":"1000","code":"`+code+`"}`))
		}},
		"floor": {bare, func(code string) *http.Request { return httptest.NewRequest(http.MethodGet, "/?code="+code, nil) }},
	} {
		b.Run(name, func(b *testing.B) {
			codes := make(chan string, b.N)
			for range b.N {
				codes <- p.inAppCode(b, "dingAAAA", "p-alice")
			}
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					rec := httptest.NewRecorder()
					c.handler.ServeHTTP(rec, c.request(<-codes))
					if rec.Code != http.StatusOK {
						b.Errorf("HTTP %d %s", rec.Code, rec.Body)
					}
				}
			})
		})
	}
}

// BenchmarkExchange compares the exchange of a ticket with one insert and one
// update in a transaction.
func BenchmarkExchange(b *testing.B) {
	p := newBenchPlatform(b)
	browser := identity.NewBrowser()
	b.Run("ours", func(b *testing.B) {
		tickets := make(chan provider.Secret, b.N)
		for range b.N {
			a, err := p.services.Logins.LoginInApp(b.Context(), identity.InAppLogin{
				Tenant: here, Provider: provider.DingTalk, Code: provider.NewSecret(p.inAppCode(b, "dingAAAA", "p-alice")), Browser: browser,
			})
			check(b, err)
			tickets <- a.Ticket
		}
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_, err := p.services.Logins.Exchange(b.Context(), identity.Exchange{Ticket: <-tickets, Browser: browser})
				if err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("floor", func(b *testing.B) {
		ids := make(chan string, b.N)
		for n := range b.N {
			ids <- fmt.Sprintf("floor-%d-%d", b.N, n)
		}
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				check(b, p.store.InTx(b.Context(), func(ctx context.Context) error {
					tx, _ := p.store.SQLTx(ctx)
					if _, err := tx.ExecContext(ctx, "INSERT INTO thirdapp_login_used (tenant_id, id, expires_at) VALUES (?, ?, ?)",
						here, <-ids, time.Now()); err != nil {
						return err
					}
					_, err := tx.ExecContext(ctx, "UPDATE thirdapp_people SET updated_at = ? WHERE id = 'id-bob'", time.Now())
					return err
				}))
			}
		})
	})
}
