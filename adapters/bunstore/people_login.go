package bunstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ identity.Accounts = (*People)(nil)

// loginColumns are those of an identity.Account; m is the membership.
const loginColumns = `p.id AS user_id, p.username, p.realname AS name, COALESCE(p.phone, '') AS mobile, p.avatar_url,
	CASE WHEN p.disabled THEN 'disabled' ELSE COALESCE(m.state, 'stranger') END AS status`

type loginRow struct {
	UserID    string
	Username  string
	Name      string
	Mobile    string
	AvatarURL string `bun:"avatar_url"`
	Status    identity.AccountStatus
}

// Account implements identity.Accounts.
func (p *People) Account(ctx context.Context, t tenant.ID, userID string) (identity.Account, error) {
	return p.loginAccount(ctx, t, "id", userID)
}

// AccountByName implements identity.Accounts.
func (p *People) AccountByName(ctx context.Context, t tenant.ID, username string) (identity.Account, error) {
	return p.loginAccount(ctx, t, "username", username)
}

// AccountByMobile implements identity.Accounts.
func (p *People) AccountByMobile(ctx context.Context, t tenant.ID, mobile string) (identity.Account, error) {
	return p.loginAccount(ctx, t, "phone", mobile)
}

func (p *People) loginAccount(ctx context.Context, t tenant.ID, column, value string) (identity.Account, error) {
	rows, err := p.loginAccounts(ctx, t, column, []string{value})
	if err == nil && len(rows) == 0 {
		err = tenant.ErrNotFound
	}
	if err != nil {
		return identity.Account{}, fmt.Errorf("bunstore: login account: %w", err)
	}
	return rows[0], nil
}

// AccountsByID implements identity.Accounts.
func (p *People) AccountsByID(ctx context.Context, t tenant.ID, ids []string) ([]identity.Account, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := p.loginAccounts(ctx, t, "id", ids)
	if err != nil {
		return nil, fmt.Errorf("bunstore: login accounts: %w", err)
	}
	return list, nil
}

func (p *People) loginAccounts(ctx context.Context, t tenant.ID, column string, values []string) ([]identity.Account, error) {
	if err := checkText(values...); err != nil {
		return nil, err
	}
	var rows []loginRow
	err := p.store.idb(ctx).NewRaw(`SELECT `+loginColumns+` FROM thirdapp_people AS p
		LEFT JOIN thirdapp_memberships AS m ON m.tenant_id = ? AND m.person_id = p.id
		WHERE p.? IN (?)`, t, bun.Ident(column), bun.List(values)).Scan(ctx, &rows)
	if err != nil {
		return nil, storeError(err)
	}
	list := make([]identity.Account, len(rows))
	for i, r := range rows {
		list[i] = identity.Account(r)
	}
	return list, nil
}

// CreateAccount implements identity.Accounts.
func (p *People) CreateAccount(ctx context.Context, t tenant.ID, n identity.NewAccount) (identity.Account, error) {
	created, err := p.Create(ctx, NewPerson{
		Username: n.Username, Realname: n.Name, Phone: n.Mobile, Tenants: []tenant.ID{t},
	})
	if err != nil {
		return identity.Account{}, err
	}
	return identity.Account{
		UserID: created.ID, Username: created.Username, Name: created.Realname, Mobile: created.Phone,
		Status: identity.AccountActive,
	}, nil
}

// AdmitAccount implements identity.Accounts.
func (p *People) AdmitAccount(ctx context.Context, t tenant.ID, userID string) error {
	return p.Join(ctx, t, userID)
}

// AccountTenants implements identity.Accounts.
func (p *People) AccountTenants(ctx context.Context, userID string) ([]tenant.ID, error) {
	a, err := p.ByID(ctx, userID)
	if errors.Is(err, tenant.ErrNotFound) || err == nil && a.Disabled {
		return nil, nil
	}
	return a.Tenants, err
}
