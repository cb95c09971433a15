package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
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

func (r *rows) InTx(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }

func TestRefusals(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var got rows
	var now time.Time
	l := tenant.NewTrail(&got, nil, slog.New(slog.DiscardHandler), func() time.Time { return now })
	for _, c := range []struct {
		name          string
		in            tenant.ID
		actor, action string
		after         time.Duration
		err           error
		want          bool
	}{
		{"the first", here, "alice", "app.create", 0, tenant.ErrForbidden, true},
		{"again", here, "alice", "app.create", 0, tenant.ErrForbidden, false},
		{"shortly after", here, "alice", "app.create", 59 * time.Second, tenant.ErrForbidden, false},
		{"for another reason", here, "alice", "app.create", 0, tenant.ErrAppExists, true},
		{"another action", here, "alice", "app.delete", 0, tenant.ErrForbidden, true},
		{"somebody else", here, "bob", "app.create", 0, tenant.ErrForbidden, true},
		{"in another tenant", there, "alice", "app.create", 0, tenant.ErrForbidden, true},
		{"a minute later", here, "alice", "app.create", time.Minute, tenant.ErrForbidden, true},
		{"right after that", here, "alice", "app.create", time.Minute, tenant.ErrForbidden, false},
		{"the clock was set back", here, "alice", "app.create", -time.Hour, tenant.ErrForbidden, true},
		{"a fault", here, "carol", "app.create", 0, errors.New("disk full"), false},
		{"an outage", here, "carol", "app.create", 0, tenant.ErrUnavailable, false},
		{"nobody", here, "", "app.create", 0, tenant.ErrNoActor, false},
	} {
		ctx := t.Context()
		if c.actor != "" {
			ctx = tenant.WithActor(ctx, tenant.Actor{UserID: c.actor})
		}
		got, now = nil, start.Add(c.after)
		l.Refused(ctx, tenant.Operation{Tenant: c.in, Action: c.action, Target: "a\x00\xff" + strings.Repeat("长", 100)}, c.err)
		if (len(got) == 1) != c.want {
			t.Errorf("%s: recorded %+v, want a row %v", c.name, got, c.want)
		}
		var refusal *tenant.Error
		if len(got) > 0 && (!errors.As(c.err, &refusal) || got[0].Outcome != refusal.Reason) {
			t.Errorf("%s: outcome %q, want the reason of %v", c.name, got[0].Outcome, c.err)
		}
		if len(got) > 0 && got[0].Target != "a"+strings.Repeat("长", 66)+"…" {
			t.Errorf("%s: target %q", c.name, got[0].Target)
		}
	}
}
