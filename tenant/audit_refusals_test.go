package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// TestRefusalsAreRecordedOnce: who may do nothing cannot fill the audit trail by
// being refused.
func TestRefusalsAreRecordedOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		for n := range 20 {
			_, err := b.UpdateApp(as(t, "viewer@t-1"), here, fmt.Sprint("app ", n), tenant.AppChange{})
			wantError(t, "update", err, tenant.ErrForbidden)
			wantError(t, "delete", b.DeleteApp(as(t, "viewer@t-1"), here, "app"), tenant.ErrForbidden)
		}
		if rows := trail(t, b, here); len(rows) != 2 || rows[0].Target != "app 0" {
			t.Errorf("got %d rows %+v, want the first of each action", len(rows), rows)
		}
	})
}

// rows is an audit trail in memory.
type rows []tenant.AuditEntry

func (r *rows) AppendAudit(_ context.Context, e tenant.AuditEntry) error {
	*r = append(*r, e)
	return nil
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	row := func(in tenant.ID, actor, action string, after time.Duration) tenant.AuditEntry {
		return tenant.AuditEntry{Tenant: in, ActorID: actor, Action: action, Outcome: "ok", At: now.Add(after)}
	}
	var r tenant.Refusals
	for _, c := range []struct {
		name string
		row  tenant.AuditEntry
		err  error
		want bool
	}{
		{"the first", row(here, "alice", "app.create", 0), tenant.ErrForbidden, true},
		{"again", row(here, "alice", "app.create", 0), tenant.ErrForbidden, false},
		{"shortly after", row(here, "alice", "app.create", 59*time.Second), tenant.ErrForbidden, false},
		{"for another reason", row(here, "alice", "app.create", 0), tenant.ErrAppExists, true},
		{"another action", row(here, "alice", "app.delete", 0), tenant.ErrForbidden, true},
		{"somebody else", row(here, "bob", "app.create", 0), tenant.ErrForbidden, true},
		{"in another tenant", row(there, "alice", "app.create", 0), tenant.ErrForbidden, true},
		{"a minute later", row(here, "alice", "app.create", time.Minute), tenant.ErrForbidden, true},
		{"right after that", row(here, "alice", "app.create", time.Minute), tenant.ErrForbidden, false},
		{"the clock was set back", row(here, "alice", "app.create", -time.Hour), tenant.ErrForbidden, true},
		{"a fault", row(here, "carol", "app.create", 0), errors.New("disk full"), false},
		{"an outage", row(here, "carol", "app.create", 0), tenant.ErrUnavailable, false},
	} {
		var got rows
		r.Record(t.Context(), &got, slog.New(slog.DiscardHandler), c.row, c.err)
		if (len(got) == 1) != c.want {
			t.Errorf("%s: recorded %+v, want a row %v", c.name, got, c.want)
		}
		var refusal *tenant.Error
		if len(got) > 0 && (!errors.As(c.err, &refusal) || got[0].Outcome != refusal.Reason) {
			t.Errorf("%s: outcome %q, want the reason of %v", c.name, got[0].Outcome, c.err)
		}
	}
}
