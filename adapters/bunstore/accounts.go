package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ messaging.Accounts = (*Store)(nil)

// ByUsername implements messaging.Accounts over the platform's own people.
func (s *Store) ByUsername(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, usernames []string,
) ([]messaging.Account, error) {
	accounts, err := s.accounts(ctx, t, kind, orgID, "p.username", usernames)
	if err != nil {
		return nil, fmt.Errorf("bunstore: accounts by username: %w", err)
	}
	return accounts, nil
}

// ByUserID implements messaging.Accounts over the platform's own people.
func (s *Store) ByUserID(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []string,
) ([]messaging.Account, error) {
	accounts, err := s.accounts(ctx, t, kind, orgID, "p.id", ids)
	if err != nil {
		return nil, fmt.Errorf("bunstore: accounts by user id: %w", err)
	}
	return accounts, nil
}

// ByProviderUserID implements messaging.Accounts over the platform's own people.
func (s *Store) ByProviderUserID(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []provider.UserID,
) ([]messaging.Account, error) {
	accounts, err := s.accounts(ctx, t, kind, orgID, "b.active AND b.provider_user_id", texts(ids))
	if err != nil {
		return nil, fmt.Errorf("bunstore: accounts by provider user id: %w", err)
	}
	return accounts, nil
}

// accountColumns are those of scanAccounts. Somebody left who was taken out of
// the tenant and of the office app; a membership that waits for approval is
// none yet.
const accountColumns = `p.id, p.username, CASE WHEN b.active THEN b.provider_user_id ELSE '' END,
	CASE WHEN m.state = 'suspended' AND NOT b.active THEN 'left'
		WHEN m.state = 'suspended' OR p.disabled THEN 'suspended'
		ELSE 'active' END`

// accountJoins add what accountColumns need to the people p.
const accountJoins = `
	JOIN thirdapp_memberships m ON m.tenant_id = ?0 AND m.person_id = p.id AND m.state <> 'pending'
	LEFT JOIN thirdapp_bindings b
		ON b.tenant_id = ?0 AND b.provider = ?1 AND b.org_id = ?2 AND b.person_id = p.id`

const accountsQuery = "SELECT " + accountColumns + " FROM thirdapp_people p" + accountJoins + " WHERE "

// scanAccounts reads rows of accountColumns to their end.
func scanAccounts(rows *sql.Rows) (list []messaging.Account, err error) {
	for rows.Next() {
		var a messaging.Account
		if err := rows.Scan(&a.UserID, &a.Username, &a.ProviderUserID, &a.Status); err != nil {
			return nil, storeError(err)
		}
		list = append(list, a)
	}
	return list, storeError(rows.Err())
}

// accounts finds those who are or were members of a tenant, bound or not, by a
// column.
func (s *Store) accounts(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID, column string, values []string,
) (accounts []messaging.Account, err error) {
	var rows *sql.Rows
	if s.preparable() {
		query, arg := accountsPrepared(column, values)
		rows, err = s.handle(ctx).QueryContext(ctx, query, prepared(string(t), string(kind), orgID, arg)...)
	} else {
		rows, err = s.idb(ctx).QueryContext(ctx, accountsQuery+column+" IN (?3)", t, kind, orgID, bun.List(values))
	}
	if err != nil {
		return nil, storeError(err)
	}
	defer func() { _ = rows.Close() }()
	return scanAccounts(rows)
}

// accountsStatement is accountsQuery with PostgreSQL's own placeholders.
var accountsStatement = strings.NewReplacer("?0", "$1", "?1", "$2", "?2", "$3").Replace(accountsQuery) //nolint:gochecknoglobals // constant

// accountsPrepared returns the statement and its last argument. One value has a
// statement of its own: for an array of unknown length PostgreSQL would not keep
// a plan. The array is in a subquery so that PostgreSQL does not plan for its
// length, as in oneOf: it would read everybody, which takes eight times as long.
func accountsPrepared(column string, values []string) (query string, arg any) {
	query = accountsStatement + column
	if len(values) == 1 {
		return query + " = $4", values[0]
	}
	return query + " = ANY((SELECT $4::text[])::text[])", values
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
