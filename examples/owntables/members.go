package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// Members are the host's users and units: pulls change them, pushes read them,
// messages go to them.
type Members struct {
	store *bunstore.Store
}

var _ dirsync.RehearsableMembers = (*Members)(nil)

// NewMembers returns the members of a host whose tables are in the module's
// database: what a pull writes into both is one transaction.
func NewMembers(store *bunstore.Store) *Members { return &Members{store} }

// Rehearsable implements dirsync.RehearsableMembers: all that is done is done
// in the transaction, so that a preview may try it out and roll it back.
func (*Members) Rehearsable() bool { return true }

// querier is a transaction, or the database.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// db returns the transaction of the context: the batch of a pull comes with one.
func (m *Members) db(ctx context.Context) querier {
	if tx, ok := m.store.SQLTx(ctx); ok {
		return tx
	}
	return m.store.DB().DB
}

// The module's ids are texts, the host's are numbers. A text that is no number
// names nobody.
func number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func numbers(ids []string) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = number(id)
	}
	return list
}

func text(id int64) string { return strconv.FormatInt(id, 10) }

// textOrNone is "" for 0.
func textOrNone(id int64) string {
	if id == 0 {
		return ""
	}
	return text(id)
}

// orNull is NULL for nobody.
func orNull(id int64) sql.NullInt64 { return sql.NullInt64{Int64: id, Valid: id != 0} }

// Match implements dirsync.Members.
func (m *Members) Match(
	ctx context.Context, dir dirsync.Directory, by dirsync.MatchBy, candidates []dirsync.Candidate,
) ([]dirsync.Match, error) {
	// Only the phone, which the office app has verified, finds somebody who is
	// not in the tenant.
	query := map[dirsync.MatchBy]string{
		dirsync.MatchMobile: `SELECT u.id, u.login, s.user_id IS NOT NULL FROM users u
			LEFT JOIN staff s ON s.tenant = $1 AND s.user_id = u.id WHERE u.phone = $2`,
		dirsync.MatchEmail: `SELECT u.id, u.login, TRUE FROM users u
			JOIN staff s ON s.tenant = $1 AND s.user_id = u.id WHERE lower(u.mail) = $2`,
		dirsync.MatchJobNumber: `SELECT u.id, u.login, TRUE FROM users u
			JOIN staff s ON s.tenant = $1 AND s.user_id = u.id WHERE s.number = $2
			ORDER BY s.status, u.id LIMIT 1`, // active before suspended
	}[by]
	var found []dirsync.Match
	for _, c := range candidates {
		var id int64
		match := dirsync.Match{RemoteID: c.RemoteID}
		err := m.db(ctx).QueryRowContext(ctx, query, string(dir.Tenant), c.Value).Scan(&id, &match.Account, &match.InTenant)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("match: %w", err)
		}
		match.LocalID = text(id)
		found = append(found, match)
	}
	return found, nil
}

// Current implements dirsync.Members.
func (m *Members) Current(
	ctx context.Context, dir dirsync.Directory, people []dirsync.PersonRef,
) ([]dirsync.CurrentPerson, error) {
	var list []dirsync.CurrentPerson
	for _, p := range people {
		u, err := m.user(ctx, dir, p.LocalID)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("current: %w", err)
		}
		now := dirsync.CurrentPerson{
			LocalID: p.LocalID, InTenant: u.status != "", Name: u.name, Mobile: u.phone, Email: u.mail,
			JobNumber: u.number, Title: u.title, AvatarURL: u.picture,
		}
		if u.elsewhere { // one tenant does not decide that for another
			now.Fixed = now.Fixed.With(dirsync.FieldMobile, dirsync.FieldEmail)
		}
		list = append(list, now)
	}
	return list, nil
}
