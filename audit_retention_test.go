package thirdapp_test

import (
	"context"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestAuditRetention: entries that are older than the operator wants to keep
// are removed from the trails of all tenants.
func TestAuditRetention(t *testing.T) {
	t.Parallel()
	cfg := openStack(t, "sqlite:"+dbtest.SQLite(t)).Config
	cfg.Tenants.AuditRetentionDays = 30
	m, err := thirdapp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, of := range []tenant.ID{"1000", "2000"} {
		for id, age := range map[string]int{"1": 400, "2": 31, "3": 29} {
			err := cfg.Store.AppendAudit(t.Context(), tenant.AuditEntry{
				ID: id, Tenant: of, At: now.AddDate(0, 0, -age), Action: "app.update", Outcome: "ok",
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := m.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	for _, of := range []tenant.ID{"1000", "2000"} {
		var left tenant.List[tenant.AuditEntry]
		for end := now.Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if left, err = cfg.Store.Audit(t.Context(), of, tenant.AuditFilter{}, tenant.Page{}); err != nil || len(left.Items) < 3 {
				break
			}
		}
		if err != nil || len(left.Items) != 1 || left.Items[0].ID != "3" {
			t.Errorf("tenant %s keeps %+v, %v; want the entry of 29 days ago", of, left.Items, err)
		}
	}
}

// TestAuditForEver: who has not said for how long keeps everything, also where a
// process that was told otherwise has left its job.
func TestAuditForEver(t *testing.T) {
	t.Parallel()
	cfg := openStack(t, "sqlite:"+dbtest.SQLite(t)).Config
	m, err := thirdapp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := tenant.AuditEntry{ID: "1", Tenant: "1000", At: time.Now().AddDate(-9, 0, 0), Action: "app.update", Outcome: "ok"}
	if err := cfg.Store.AppendAudit(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if done, err := m.PruneAudit(t.Context(), "1000"); err != nil || !done {
		t.Errorf("PruneAudit = %t, %v; want it to be done", done, err)
	}
	left, err := cfg.Store.Audit(t.Context(), "1000", tenant.AuditFilter{}, tenant.Page{})
	if err != nil || len(left.Items) != 1 {
		t.Errorf("%d entries are kept, %v; want the one that there was", len(left.Items), err)
	}
}
