package tenant

import (
	"context"
	"fmt"
)

// Removal says what stays of a tenant that is removed. The zero value keeps
// nothing but grants that were taken away, without names.
type Removal struct {
	// KeepAudit keeps the tenant's audit trail, which names who did what.
	KeepAudit bool
	// KeepAccounts keeps the accounts of its people. Otherwise those go who are
	// members of no other tenant and no platform administrators. It is about
	// accounts in the module's own tables: the host's are the host's.
	KeepAccounts bool
}

// removalStep is about how many rows one transaction of a removal has.
const removalStep = 5000

// RemoveTenant removes what the store keeps of a tenant, of all services, and
// returns how many rows that was. First its apps go and its grants, so that
// nobody and nothing adds to the rest; its secrets with them, its people are
// logged out, and jobs that wait find nothing to do. Nobody at the office app is
// told.
//
// It works in steps of some thousand rows, each a transaction of its own. What
// was removed remains so when ctx ends it or a step fails: call it again, and it
// goes on. Work that was under way may have left rows behind: a call some
// minutes later removes them, and 0 says that there were none. It may be called
// on any process, by several at once, and not in a transaction.
//
// The actor is the system or holds RolePlatformAdmin; ErrForbidden otherwise. A
// removal that finds something leaves a row in the audit trail of Platform. What
// is no tenant, such as Platform, is refused with code InvalidArgument.
func (s *Service) RemoveTenant(ctx context.Context, t ID, what Removal) (rows int, err error) {
	op := Operation{
		Tenant: Platform, Need: Permission{ObjectGrant, ActionWrite}, Action: "tenant.remove", Target: string(t),
	}
	err = s.administer(ctx, op, func(ctx context.Context, row *AuditEntry) error {
		if _, err := ParseID(string(t)); err != nil {
			return err
		}
		row.After = mustJSON(struct {
			KeepAudit    bool `json:"keepAudit"`
			KeepAccounts bool `json:"keepAccounts"`
		}{what.KeepAudit, what.KeepAccounts})
		rows, err = s.beginRemoval(ctx, t, what, row)
		for err == nil {
			var n int
			n, err = s.store.ClearTenant(ctx, t, what, removalStep)
			if n == 0 {
				break
			}
			rows += n
		}
		return err
	})
	return rows, err
}

// beginRemoval makes the first step, which has the apps and the grants, and
// shows it to this process at once; the others see it within seconds.
func (s *Service) beginRemoval(ctx context.Context, t ID, what Removal, row *AuditEntry) (rows int, err error) {
	apps, err := s.store.Apps(ctx, t, "")
	if err != nil {
		return 0, fmt.Errorf("apps: %w", err)
	}
	err = s.changeGrant(ctx, row, func(ctx context.Context) (changed bool, err error) {
		rows, err = s.store.ClearTenant(ctx, t, what, removalStep)
		return rows > 0, err
	})
	if err != nil {
		return 0, err
	}
	for _, a := range apps {
		s.forget(a)
	}
	s.refresh(ctx, t)
	return rows, nil
}
