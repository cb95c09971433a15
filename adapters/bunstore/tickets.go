package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

// UseTickets implements identity.Store. SQLite lets one transaction write at a
// time, and those of this store write from their beginning: they hold all
// bindings.
func (s *Store) UseTickets(ctx context.Context, wait bool, list ...identity.Ticket) (uses []identity.TicketUse, err error) {
	for _, t := range list {
		if err := checkText(string(t.Provider), t.OrgID, string(t.ProviderUserID), t.ID); err != nil {
			return nil, fmt.Errorf("bunstore: use tickets: %w", err)
		}
	}
	if s.postgres() {
		uses, err = s.holdAndUse(ctx, wait, list)
	} else {
		uses, err = s.useEach(ctx, list)
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: use tickets: %w", err)
	}
	return uses, nil
}

func (s *Store) useEach(ctx context.Context, list []identity.Ticket) ([]identity.TicketUse, error) {
	uses := make([]identity.TicketUse, len(list))
	for i, t := range list {
		first, err := s.use(ctx, t.Tenant, t.ID, t.Until)
		if err != nil {
			return nil, err
		}
		uses[i] = identity.TicketSpent
		if first {
			uses[i] = identity.TicketTaken
		}
	}
	return uses, nil
}

// useTickets goes through the tickets in the order of their keys: two
// transactions that share some meet at the first of these. %s is SKIP LOCKED.
const useTickets = `WITH held AS MATERIALIZED (
	SELECT w.n, w.tenant_id, w.id, w.expires_at
	FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
		WITH ORDINALITY AS w (tenant_id, provider, org_id, provider_user_id, id, expires_at, n)
	JOIN thirdapp_bindings AS b ON b.tenant_id = w.tenant_id AND b.provider = w.provider
		AND b.org_id = w.org_id AND b.provider_user_id = w.provider_user_id
	FOR SHARE OF b %s
), used AS (
	INSERT INTO thirdapp_login_used (tenant_id, id, expires_at)
	SELECT tenant_id, id, expires_at FROM held ORDER BY tenant_id, id
	ON CONFLICT (tenant_id, id) DO NOTHING RETURNING tenant_id, id
)
SELECT h.n, u.id IS NOT NULL FROM held AS h LEFT JOIN used AS u ON u.tenant_id = h.tenant_id AND u.id = h.id ORDER BY h.n`

// holdAndUse is UseTickets in one statement.
func (s *Store) holdAndUse(ctx context.Context, wait bool, list []identity.Ticket) ([]identity.TicketUse, error) {
	uses := make([]identity.TicketUse, len(list))
	for i := range uses {
		uses[i] = identity.TicketHeldUp
	}
	skip := "SKIP LOCKED"
	if wait {
		skip = ""
	}
	type key struct {
		tenant tenant.ID
		id     string
	}
	seen := make(map[key]bool, len(list))
	err := s.rows(ctx, fmt.Sprintf(useTickets, skip), ticketArgs(list), func(rows *sql.Rows) error {
		var n int
		var first bool
		if err := rows.Scan(&n, &first); err != nil {
			return err
		}
		k := key{list[n-1].Tenant, list[n-1].ID}
		uses[n-1] = identity.TicketSpent
		if first && !seen[k] {
			uses[n-1] = identity.TicketTaken
		}
		seen[k] = true
		return nil
	})
	return uses, storeError(err)
}

func ticketArgs(list []identity.Ticket) []any {
	n := len(list)
	tenants, kinds, orgs, users := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	ids, until := make([]string, n), make([]time.Time, n)
	for i, t := range list {
		tenants[i], kinds[i], orgs[i], users[i] = string(t.Tenant), string(t.Provider), t.OrgID, string(t.ProviderUserID)
		ids[i], until[i] = t.ID, stored(t.Until)
	}
	return []any{tenants, kinds, orgs, users, ids, until}
}

// ReturnTickets implements identity.Store.
func (s *Store) ReturnTickets(ctx context.Context, list ...identity.Ticket) error {
	for _, t := range list {
		_, err := s.exec(ctx, "DELETE FROM thirdapp_login_used WHERE tenant_id = $1 AND id = $2", string(t.Tenant), t.ID)
		if err != nil {
			return fmt.Errorf("bunstore: return tickets: %w", storeError(err))
		}
	}
	return nil
}

// HoldBindingsOf implements identity.Store.
func (s *Store) HoldBindingsOf(ctx context.Context, t tenant.ID, userIDs ...string) error {
	err := checkText(userIDs...)
	if err == nil && s.postgres() {
		_, err = s.exec(ctx, `SELECT 1 FROM thirdapp_bindings WHERE tenant_id = $1 AND person_id = ANY($2::text[])
			ORDER BY provider, org_id, provider_user_id FOR UPDATE`, string(t), userIDs)
	}
	if err != nil {
		return fmt.Errorf("bunstore: hold bindings of users: %w", storeError(err))
	}
	return nil
}
