package transport_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
)

// newBenchPlatform is not held up by the limits of logins.
func newBenchPlatform(b *testing.B, database func(*setup)) *platform {
	b.Helper()
	p := newPlatform(b, database, asIdle, func(s *setup) {
		s.LoginsPerAddress, s.LoginsPerTenant = 1_000_000, 10_000_000
		s.sessions = func(store *bunstore.Store) identity.Sessions { return storedSessions(b, store) }
	})
	p.connectAll(b)
	return p
}

// connectAll opens all connections to the database, so that nobody's time has
// that in it.
func (p *platform) connectAll(b *testing.B) {
	b.Helper()
	conns := make([]bun.Conn, p.store.DB().Stats().MaxOpenConnections)
	for i := range conns {
		var err error
		conns[i], err = p.store.DB().Conn(b.Context())
		check(b, err)
	}
	for _, conn := range conns {
		check(b, conn.Close())
	}
}

// besideFloor runs a benchmark and its floor at so many calls at a time. Both
// make the call once for every one of the arguments that prepare returns.
func besideFloor[T any](b *testing.B, prepare func(b *testing.B) T, ours, floor func(T) error) {
	b.Helper()
	for _, callers := range []int{2, 64} {
		for _, side := range []struct {
			name string
			call func(T) error
		}{{"ours", ours}, {"floor", floor}} {
			b.Run(side.name+"/"+strconv.Itoa(callers), func(b *testing.B) {
				args := make(chan T, b.N)
				for range b.N {
					args <- prepare(b)
				}
				b.SetParallelism(max(1, callers/runtime.GOMAXPROCS(0)))
				b.ReportAllocs()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := side.call(<-args); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}

// BenchmarkLoginInApp compares POST /login/{provider}/code, against the
// emulator, with a bare handler that makes two calls of it: who it is, and the
// person's details.
func BenchmarkLoginInApp(b *testing.B) { onBoth(b, benchLoginInApp) }

func benchLoginInApp(b *testing.B, database func(*setup)) {
	b.Helper()
	p := newBenchPlatform(b, database)
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
	besideFloor(b,
		func(b *testing.B) string { return p.inAppCode(b, "dingAAAA", "p-alice") },
		func(code string) error {
			return served(p.handler, httptest.NewRequest(http.MethodPost, "/login/dingtalk/code",
				strings.NewReader(`{"tenantId":"1000","code":"`+code+`"}`)))
		},
		func(code string) error {
			return served(bare, httptest.NewRequest(http.MethodGet, "/?code="+code, nil))
		})
}

// served has a request answered, which must be well.
func served(h http.Handler, r *http.Request) error {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		return fmt.Errorf("HTTP %d %s", rec.Code, rec.Body)
	}
	return nil
}

// floorPeople is how many rows the floor of an exchange updates in turn: no two
// calls wait for the same row.
const floorPeople = 1000

// BenchmarkExchange compares the exchange of a ticket for a session that is
// stored with one insert and one update in a transaction, on the same
// connections.
func BenchmarkExchange(b *testing.B) { onBoth(b, benchExchange) }

func benchExchange(b *testing.B, database func(*setup)) {
	b.Helper()
	p := newBenchPlatform(b, database)
	for i := range floorPeople {
		p.addPerson(b, fmt.Sprint("id-floor-", i), fmt.Sprint("floor-", i), here)
	}
	browser := identity.NewBrowser()
	n := 0
	besideFloor(b,
		func(b *testing.B) exchangeArgs {
			n++
			a, err := p.services.Logins.LoginInApp(b.Context(), identity.InAppLogin{
				Tenant: here, Provider: provider.DingTalk, Code: provider.NewSecret(p.inAppCode(b, "dingAAAA", "p-alice")), Browser: browser,
			})
			check(b, err)
			return exchangeArgs{n, a.Ticket}
		},
		func(args exchangeArgs) error {
			_, err := p.services.Logins.Exchange(b.Context(), identity.Exchange{Ticket: args.ticket, Browser: browser})
			return err
		},
		func(args exchangeArgs) error { return p.bareExchange(b.Context(), args.n) })
}

type exchangeArgs struct {
	n      int
	ticket provider.Secret
}

// bareExchange is one insert and one update in a transaction.
func (p *platform) bareExchange(ctx context.Context, n int) error {
	tx, err := p.store.DB().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "INSERT INTO thirdapp_login_used (tenant_id, id, expires_at) VALUES (?, ?, ?)",
		here, fmt.Sprint("floor-", n), now()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE thirdapp_people SET updated_at = ? WHERE id = ?",
		now(), fmt.Sprint("id-floor-", n%floorPeople)); err != nil {
		return err
	}
	return tx.Commit()
}
