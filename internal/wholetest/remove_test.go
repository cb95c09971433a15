package wholetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestRemoveTenant: a tenant that has used everything is removed while its jobs
// are worked. Nothing of it is left, nobody comes in any more, and another
// tenant has all it had.
func TestRemoveTenant(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		h := newHost(t, dsn, func(s *setup) {
			s.config.Events = hearsAll
			s.emulator.Companies = []dingtalktest.Company{smallCompany(), secondCompany()}
			s.emulator.AutoRead = true
		})
		h.useAll(t, owner, here, 0, "u-zhang")
		h.useAll(t, foreign, there, 1, "u-chen")
		before := h.rowsOf(t, there)
		if used := h.rowsOf(t, here); len(used) < 20 {
			t.Fatalf("only %d tables have rows of the tenant: %v", len(used), used)
		}

		for _, user := range []string{owner, foreign} {
			if _, err := h.module.RemoveTenant(h.as(t, user), here, tenant.Removal{}); !errors.Is(err, tenant.ErrForbidden) {
				t.Fatalf("RemoveTenant by %s: %v, want it forbidden", user, err)
			}
		}
		_, err := h.module.RemoveTenant(h.as(t, admin), here, tenant.Removal{})
		check(t, err)
		system := tenant.AsSystem(t.Context(), "test")
		if _, err := h.module.RemoveTenant(system, tenant.Platform, tenant.Removal{}); provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("RemoveTenant of Platform: %v, want it refused", err)
		}
		// Work that was under way ends, and what it has left goes.
		await(t, func() bool { return h.waitingJobs(t, here) == 0 })
		_, err = h.module.RemoveTenant(system, here, tenant.Removal{})
		check(t, err)

		if left := h.rowsOf(t, here); len(left) != 1 || left["thirdapp_grants"] == 0 {
			t.Errorf("left of the tenant: %v, want grants that were taken away and nothing else", left)
		}
		for table, want := range before {
			if got := h.rowsOf(t, there)[table]; got < want {
				t.Errorf("%s has %d rows of the other tenant, want the %d of before", table, got, want)
			}
		}
		h.wantForgotten(t)
		for _, user := range []string{owner, viewer, "insider"} {
			if a := h.ask(t, request{path: "/apps", user: user, tenant: here}); a.Success || a.status >= http.StatusInternalServerError {
				t.Errorf("%s of the removed tenant: HTTP %d %s", user, a.status, a.body)
			}
		}
		h.useAgain(t, foreign, there)
	})
}

// TestRemoveTenantAtWork: what is under way while a tenant is removed brings
// nothing back.
func TestRemoveTenantAtWork(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		company := dingtalktest.Generate(dingtalktest.Spec{Seed: 7, People: 600, Departments: 40})
		h := newHost(t, dsn, func(s *setup) { s.emulator.Companies = []dingtalktest.Company{company} })
		h.connect(t)
		h.startRun(t)
		for i := range 20 {
			h.send(t, text(fmt.Sprint("message ", i), company.People[i].UserID))
		}
		await(t, func() bool { return h.rowsOf(t, here)["thirdapp_memberships"] > 10 }) // people are being created
		system := tenant.AsSystem(t.Context(), "test")
		_, err := h.module.RemoveTenant(system, here, tenant.Removal{})
		check(t, err)
		await(t, func() bool { return h.waitingJobs(t, here) == 0 })
		_, err = h.module.RemoveTenant(system, here, tenant.Removal{})
		check(t, err)
		if left := h.rowsOf(t, here); len(left) != 1 || left["thirdapp_grants"] == 0 {
			t.Errorf("left of the tenant: %v, want grants that were taken away and nothing else", left)
		}
		if n := h.number(t, "SELECT count(*) FROM thirdapp_people"); n != 2 {
			t.Errorf("%d accounts are left, want those of %s and %s", n, foreign, admin)
		}
	})
}

// useAll has a tenant use everything that leaves rows.
func (h *host) useAll(t *testing.T, user string, tn tenant.ID, company int, person string) {
	t.Helper()
	do := func(method, path string, body any) answer {
		t.Helper()
		a := h.ask(t, request{method: method, path: path, user: user, tenant: tn, body: body})
		if !a.Success {
			t.Fatalf("%s %s: HTTP %d %s", method, path, a.status, a.body)
		}
		return a
	}
	h.secretsOf(t, user, tn, company)
	for range 2 { // the second one finds nothing new
		run := result[runBody](t, do(http.MethodPost, "/sync/runs", map[string]any{"provider": "dingtalk"})).ID
		await(t, func() bool {
			state := result[runBody](t, do(http.MethodGet, "/sync/runs/"+run, nil)).State
			return state == "succeeded" || state == "partial"
		})
	}
	do(http.MethodPut, "/sync/schedule?provider=dingtalk", map[string]any{"version": 0, "enabled": true, "intervalMinutes": 60})
	do(http.MethodPut, "/messages/settings", map[string]any{"retentionDays": 30})
	do(http.MethodPut, "/login/settings", map[string]any{"returnUrls": []string{"https://example.com/"}})
	do(http.MethodPut, "/templates/greeting", map[string]any{
		"contents": map[string]any{"zh": map[string]any{"type": "text", "text": map[string]any{"content": "你好"}}},
	})
	message := result[messageBody](t, do(http.MethodPost, "/messages", text("离开前的消息"+string(tn), person))).ID
	await(t, func() bool {
		return result[messageBody](t, do(http.MethodGet, "/messages/"+message, nil)).State == "finished"
	})
	later := text("以后的消息", person)
	later["sendAt"] = time.Now().Add(2 * time.Second).UTC().Format(time.RFC3339)
	do(http.MethodPost, "/messages", later)
	do(http.MethodPost, "/webhooks/ops/messages", map[string]any{
		"content": map[string]any{"type": "text", "text": map[string]any{"content": "群消息"}},
	})
	if tn == here {
		jar, err := cookiejar.New(nil) // tickets are tied to a browser
		check(t, err)
		h.client.Jar = jar
		h.tokens["insider"] = h.logIn(t, person)
	}
}

// useAgain has a tenant use what was there before.
func (h *host) useAgain(t *testing.T, user string, tn tenant.ID) {
	t.Helper()
	a := h.ask(t, request{method: http.MethodPut, path: "/webhooks/ops", user: user, tenant: tn, body: map[string]any{"description": "x"}})
	if !a.Success {
		t.Errorf("the other tenant: HTTP %d %s", a.status, a.body)
	}
}

// rowsOf counts the rows of a tenant by table, those without any left out.
func (h *host) rowsOf(t *testing.T, tn tenant.ID) map[string]int {
	t.Helper()
	tables := `SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id'`
	if h.isSQLite() {
		tables = `SELECT m.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.name = 'tenant_id'`
	}
	counts := make(map[string]int)
	for _, row := range query(t, h.stack.Store.DB().DB, tables, 1) {
		counts[row[0]] = h.number(t, `SELECT count(*) FROM "`+row[0]+`" WHERE tenant_id = '`+string(tn)+`'`)
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}

func (h *host) number(t *testing.T, statement string) (n int) {
	t.Helper()
	_, err := fmt.Sscan(query(t, h.stack.Store.DB().DB, statement, 1)[0][0], &n)
	check(t, err)
	return n
}

// waitingJobs counts jobs of a tenant that are worked or will be in a moment.
func (h *host) waitingJobs(t *testing.T, tn tenant.ID) int {
	t.Helper()
	if h.isSQLite() {
		return h.number(t, `SELECT count(*) FROM thirdapp_river_job WHERE json_extract(args, '$.tenant') = '`+string(tn)+`'
			AND finalized_at IS NULL AND scheduled_at < (strftime('%s', 'now') + 5) * 1000000`)
	}
	return h.number(t, `SELECT count(*) FROM thirdapp_jobs.river_job WHERE args->>'tenant' = '`+string(tn)+`'
		AND finalized_at IS NULL AND scheduled_at < now() + interval '5 seconds'`)
}

// as returns a context in which operations are done for a user.
func (h *host) as(t *testing.T, username string) context.Context {
	t.Helper()
	return tenant.WithActor(t.Context(), tenant.Actor{UserID: h.userID(t, username), Username: username})
}

func (h *host) userID(t *testing.T, username string) string {
	t.Helper()
	p, err := h.stack.People.ByUsername(t.Context(), username)
	check(t, err)
	return p.ID
}

// wantForgotten looks for who was in the company of here in every column.
func (h *host) wantForgotten(t *testing.T) {
	t.Helper()
	private := map[string]string{"message": "离开前的消息" + string(here)}
	for _, p := range smallCompany().People {
		private["mobile of "+p.UserID] = p.Mobile
	}
	columns := h.columns(t)
	for _, c := range columns {
		if !strings.HasPrefix(c.name, `"`) {
			continue // the file itself keeps what was removed until it is written over
		}
		wantAbsent(t, "column "+c.name, c.content, private)
		if strings.Contains(c.name, "thirdapp_people") && strings.Contains(string(c.content), smallCompany().People[0].Name) {
			t.Errorf("%s has a name", c.name)
		}
	}
}

// TestRemoveTenantKeepsTheTrail: the audit trail stays where the law asks for
// it, and Platform's says who has removed the tenant, once.
func TestRemoveTenantKeepsTheTrail(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		h := newHost(t, dsn)
		h.connect(t)
		trail := h.rowsOf(t, here)["thirdapp_audit"]
		ctx := h.as(t, admin)
		for range 2 {
			_, err := h.module.RemoveTenant(ctx, here, tenant.Removal{KeepAudit: true, KeepAccounts: true})
			check(t, err)
		}
		if got := h.rowsOf(t, here)["thirdapp_audit"]; got != trail || trail == 0 {
			t.Errorf("the trail has %d rows, want the %d of before", got, trail)
		}
		h.userID(t, owner) // has an account
		list, err := h.module.Tenants().Audit(ctx, tenant.Platform, tenant.AuditFilter{}, tenant.Page{})
		check(t, err)
		var removals []tenant.AuditEntry
		for _, e := range list.Items {
			if e.Action == "tenant.remove" {
				removals = append(removals, e)
			}
		}
		if len(removals) != 1 || removals[0].Target != string(here) || removals[0].ActorName != admin || !json.Valid(removals[0].After) {
			t.Errorf("removals in the trail of the platform: %+v, want one, by %s", removals, admin)
		}
	})
}
