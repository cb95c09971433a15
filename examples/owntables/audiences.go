package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ messaging.Audiences = (*Members)(nil)

// Members implements messaging.Audiences, by user id. This host has no roles.
func (m *Members) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) (list []messaging.Account, next string, err error) {
	if len(of.Roles) > 0 {
		return nil, "", tenant.Refuse(provider.Unsupported, "no_roles", "本平台没有角色，请改用部门", "this platform has no roles; use departments")
	}
	if len(of.DepartmentIDs) == 0 {
		return nil, "", nil
	}
	units, err := m.ids(ctx, "SELECT id FROM units WHERE tenant = $1 AND id IN ("+places(2, len(of.DepartmentIDs))+")",
		append([]any{string(t)}, numbers(of.DepartmentIDs)...)...)
	if err != nil {
		return nil, "", fmt.Errorf("units: %w", err)
	}
	for _, id := range of.DepartmentIDs {
		if !slices.Contains(units, id) {
			return nil, "", tenant.Refuse(provider.NotFound, "department_not_found",
				fmt.Sprintf("部门%q不存在，请检查部门id", id), fmt.Sprintf("there is no department %q; check the id", id))
		}
	}
	users, err := m.usersIn(ctx, t, units, after, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("people of units: %w", err)
	}
	if len(users) > limit {
		users = users[:limit]
		next = users[limit-1]
	}
	list, err = m.ByUserID(ctx, t, kind, orgID, users)
	slices.SortFunc(list, func(a, b messaging.Account) int { return cmp.Compare(number(a.UserID), number(b.UserID)) })
	return list, next, err
}

// usersIn returns who is in units or anywhere below them, each once.
func (m *Members) usersIn(ctx context.Context, t tenant.ID, units []string, after string, limit int) ([]string, error) {
	return m.ids(ctx, `WITH RECURSIVE below (id) AS (
			SELECT id FROM units WHERE tenant = $1 AND id IN (`+places(4, len(units))+`)
			UNION SELECT u.id FROM below JOIN units u ON u.tenant = $1 AND u.parent_id = below.id
		) SELECT DISTINCT user_id FROM unit_staff WHERE tenant = $1 AND unit_id IN (SELECT id FROM below) AND user_id > $2
		ORDER BY user_id LIMIT $3`, append([]any{string(t), number(after), limit}, numbers(units)...)...)
}

// ids returns the ids that a query selects.
func (m *Members) ids(ctx context.Context, query string, args ...any) (list []string, err error) {
	rows, err := m.db(ctx).QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		list = append(list, text(id))
	}
	return list, rows.Err()
}
