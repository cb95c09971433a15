package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ identity.StandingStore = (*Store)(nil)

// StandingsOf implements identity.StandingStore: of the People of this store it
// knows all that a login asks.
func (s *Store) StandingsOf(accounts identity.Accounts) identity.Standings {
	if p, ok := accounts.(*People); ok && p.store == s {
		return newStandings(s)
	}
	return nil
}

// standings reads a member's binding, account and tenants in one statement.
type standings struct {
	store *Store
	// lookups are members who wait at the same time.
	lookups *gather.Queue[*lookup]
}

// lookup is a member, and who they are.
type lookup struct {
	identity.Member
	found identity.Standing
}

// Logins that come at the same time look their people up together: the way to
// PostgreSQL costs more than the rows.
const (
	lookupLeaders = 2
	lookupGroup   = 32
)

func newStandings(s *Store) standings {
	st := standings{store: s}
	st.lookups = &gather.Queue[*lookup]{Work: st.lookUpTogether, MaxLeaders: lookupLeaders, MaxGroup: lookupGroup}
	return st
}

const (
	boundColumns = `b.union_id, b.person_id, b.active, b.source, b.proved_by,
	COALESCE(p.id, ''), COALESCE(p.username, ''), COALESCE(p.realname, ''), COALESCE(p.phone, ''), COALESCE(p.avatar_url, ''),
	CASE WHEN p.id IS NULL THEN '' WHEN p.disabled THEN 'disabled' ELSE COALESCE(m.state, 'stranger') END`

	// Which tenants somebody is of is about them, whatever tenant they log in
	// to.
	standingColumns = boundColumns + `,
	COALESCE((SELECT string_agg(o.tenant_id, ',') FROM thirdapp_memberships AS o
		WHERE o.person_id = p.id AND o.state = 'active' AND NOT p.disabled), ''),
	COALESCE((SELECT c.tenant_id FROM thirdapp_login_choices AS c WHERE c.user_id = p.id), '')`

	standingJoins = `
	LEFT JOIN thirdapp_people AS p ON p.id = b.person_id
	LEFT JOIN thirdapp_memberships AS m ON m.tenant_id = b.tenant_id AND m.person_id = b.person_id`

	// The tables of one member, and of many on PostgreSQL. The last column says
	// which one it is.
	ofOne = `, 0 FROM thirdapp_bindings AS b` + standingJoins + `
	WHERE b.tenant_id = $1 AND b.provider = $2 AND b.org_id = $3 AND b.provider_user_id = $4`
	ofMany = `, w.n FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
		WITH ORDINALITY AS w (tenant_id, provider, org_id, provider_user_id, n)
	JOIN thirdapp_bindings AS b ON b.tenant_id = w.tenant_id AND b.provider = w.provider
		AND b.org_id = w.org_id AND b.provider_user_id = w.provider_user_id` + standingJoins
)

// BoundAccounts implements identity.Standings.
func (s standings) BoundAccounts(ctx context.Context, members ...identity.Member) ([]identity.Standing, error) {
	if len(members) == 1 && s.store.postgres() && !s.store.Joined(ctx) {
		l := &lookup{Member: members[0]}
		err := s.lookups.Do(ctx, l)
		return []identity.Standing{l.found}, err
	}
	return s.boundAccounts(ctx, members)
}

// lookUpTogether is BoundAccounts of those who wait.
func (s standings) lookUpTogether(ctx context.Context, group []*gather.Share[*lookup]) {
	gather.Together(ctx, group, func(ctx context.Context, list []*lookup) ([]error, error) {
		members := make([]identity.Member, len(list))
		for i, l := range list {
			members[i] = l.Member
		}
		found, err := s.boundAccounts(ctx, members)
		if err != nil {
			return nil, err
		}
		for i, l := range list {
			l.found = found[i]
		}
		return nil, nil
	})
}

func (s standings) boundAccounts(ctx context.Context, members []identity.Member) ([]identity.Standing, error) {
	list, err := s.ask(ctx, boundOfOne, boundOfMany, members, func(*identity.Standing) []any { return nil })
	if err != nil {
		return nil, fmt.Errorf("bunstore: bound accounts: %w", err)
	}
	return list, nil
}

// Standings implements identity.Standings.
func (s standings) Standings(ctx context.Context, members ...identity.Member) ([]identity.Standing, error) {
	list, err := s.ask(ctx, standingOfOne, standingOfMany, members, func(into *identity.Standing) []any {
		return []any{(*tenantList)(&into.Member), &into.Chosen}
	})
	if err != nil {
		return nil, fmt.Errorf("bunstore: standings: %w", err)
	}
	return list, nil
}

// The statements about one member, and about many on PostgreSQL. They are whole,
// because what they are prepared by is their text.
const (
	boundOfOne     = "SELECT " + boundColumns + ofOne
	boundOfMany    = "SELECT " + boundColumns + ofMany
	standingOfOne  = "SELECT " + standingColumns + ofOne
	standingOfMany = "SELECT " + standingColumns + ofMany
)

// ask asks about members by a statement for one or one for many. Their columns
// begin with boundColumns; rest is where those after them go.
func (s standings) ask(
	ctx context.Context, one, many string, members []identity.Member, rest func(*identity.Standing) []any,
) ([]identity.Standing, error) {
	list := make([]identity.Standing, len(members))
	for _, m := range members {
		if err := checkText(string(m.Provider), m.OrgID, string(m.ProviderUserID)); err != nil {
			return nil, err
		}
	}
	if len(members) > 1 && s.store.postgres() {
		return list, storeError(s.askMany(ctx, many, members, list, rest))
	}
	for i, m := range members { // on SQLite there is no way to save
		err := s.store.rows(ctx, one, []any{
			string(m.Tenant), string(m.Provider), m.OrgID, string(m.ProviderUserID),
		}, func(rows *sql.Rows) error { return scanStanding(rows, members[i:i+1], list[i:i+1], rest) })
		if err != nil {
			return nil, storeError(err)
		}
	}
	return list, nil
}

func (s standings) askMany(
	ctx context.Context, text string, members []identity.Member, list []identity.Standing,
	rest func(*identity.Standing) []any,
) error {
	n := len(members)
	tenants, kinds, orgs, users := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, m := range members {
		tenants[i], kinds[i], orgs[i], users[i] = string(m.Tenant), string(m.Provider), m.OrgID, string(m.ProviderUserID)
	}
	return s.store.rows(ctx, text, []any{tenants, kinds, orgs, users},
		func(rows *sql.Rows) error { return scanStanding(rows, members, list, rest) })
}

// scanStanding scans a row into the place of its member.
func scanStanding(
	rows *sql.Rows, members []identity.Member, list []identity.Standing, rest func(*identity.Standing) []any,
) error {
	var s identity.Standing
	var n int
	b, a := &s.Binding, &s.Account
	into := append([]any{
		&b.UnionID, &b.UserID, &b.Active, &b.Source, &b.ProvedBy,
		&a.UserID, &a.Username, &a.Name, &a.Mobile, &a.AvatarURL, &a.Status,
	}, rest(&s)...)
	if err := rows.Scan(append(into, &n)...); err != nil {
		return err
	}
	n = max(0, n-1) // rows are counted from 1, the only one is 0
	b.Tenant, b.Key = members[n].Tenant, members[n].Key
	list[n] = s
	return nil
}

// tenantList is a column of tenants with commas, which a tenant id has none of.
type tenantList []tenant.ID

// Scan implements sql.Scanner.
func (l *tenantList) Scan(src any) error {
	switch text := src.(type) {
	case string:
		*l = tenantsIn(text)
	case []byte:
		*l = tenantsIn(string(text))
	default:
		return fmt.Errorf("a list of tenants of type %T", src)
	}
	return nil
}

// tenantsIn returns the tenants of such a list, in order.
func tenantsIn(list string) []tenant.ID {
	var tenants []tenant.ID
	for id := range strings.SplitSeq(list, ",") {
		if id != "" {
			tenants = append(tenants, tenant.ID(id))
		}
	}
	slices.Sort(tenants)
	return tenants
}
