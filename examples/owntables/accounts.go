package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var (
	_ tenant.Users       = (*Members)(nil)
	_ messaging.Accounts = (*Members)(nil)
)

// UserByName implements tenant.Users.
func (m *Members) UserByName(ctx context.Context, t tenant.ID, username string) (tenant.User, error) {
	var id int64
	u := tenant.User{Username: username}
	err := m.db(ctx).QueryRowContext(ctx, `SELECT id, full_name FROM users WHERE login = $1 AND ($2 = $3
		OR EXISTS (SELECT 1 FROM staff s WHERE s.tenant = $2 AND s.user_id = users.id AND s.status = 'active'))`,
		username, string(t), string(tenant.Platform)).Scan(&id, &u.Name)
	if errors.Is(err, sql.ErrNoRows) {
		err = tenant.ErrNotFound
	}
	if err != nil {
		return tenant.User{}, fmt.Errorf("user by name: %w", err)
	}
	u.ID = text(id)
	return u, nil
}

// ByUsername implements messaging.Accounts.
func (m *Members) ByUsername(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, usernames []string,
) ([]messaging.Account, error) {
	return m.accounts(ctx, t, kind, orgID, "u.login", anyOf(usernames))
}

// ByUserID implements messaging.Accounts.
func (m *Members) ByUserID(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []string,
) ([]messaging.Account, error) {
	return m.accounts(ctx, t, kind, orgID, "u.id", numbers(ids))
}

// ByProviderUserID implements messaging.Accounts.
func (m *Members) ByProviderUserID(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []provider.UserID,
) ([]messaging.Account, error) {
	return m.accounts(ctx, t, kind, orgID, "b.active AND b.provider_user_id", anyOf(ids))
}

// accounts finds people who are or were in the tenant by a column. Who somebody
// is at the office app is in the module's table of bindings, by the host's id.
func (m *Members) accounts(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID, column string, values []any,
) (list []messaging.Account, err error) {
	if len(values) == 0 {
		return nil, nil
	}
	args := append([]any{string(t), string(kind), orgID}, values...)
	rows, err := m.db(ctx).QueryContext(ctx, `SELECT u.id, u.login, CASE WHEN b.active THEN b.provider_user_id ELSE '' END,
			CASE WHEN s.status = 'suspended' AND NOT b.active THEN 'left' ELSE s.status END
		FROM users u JOIN staff s ON s.tenant = $1 AND s.user_id = u.id AND s.status <> 'pending'
		LEFT JOIN thirdapp_bindings b ON b.tenant_id = $1 AND b.provider = $2 AND b.org_id = $3 AND b.person_id = CAST(u.id AS text)
		WHERE `+column+` IN (`+places(4, len(values))+")", args...)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		var a messaging.Account
		if err := rows.Scan(&id, &a.Username, &a.ProviderUserID, &a.Status); err != nil {
			return nil, fmt.Errorf("accounts: %w", err)
		}
		a.UserID = text(id)
		list = append(list, a)
	}
	return list, rows.Err()
}

// places are the placeholders of a list of n values, the first one's number
// being first.
func places(first, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint("$", first+i)
	}
	return strings.Join(list, ", ")
}

func anyOf[S ~string](list []S) []any {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = string(s)
	}
	return values
}
