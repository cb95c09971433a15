package main

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// harness shows the suite the host's tables.
func harness(store *bunstore.Store) storetest.MembersHarness {
	t := tables{NewMembers(store)}
	return storetest.MembersHarness{
		Members: t.Members, Transactor: store,
		CreateAccount: t.createAccount, Member: t.member, Departments: t.departments,
	}
}

// messagingHarness shows the suites of messages the host's tables.
func messagingHarness(store *bunstore.Store) storetest.MessagingAccountsHarness {
	t := tables{NewMembers(store)}
	return storetest.MessagingAccountsHarness{
		Accounts: t.Members, Audiences: t.Members, Bind: store.Bind, SetState: t.setStatus,
		CreateAccount: func(tb testing.TB, username string, tenants ...tenant.ID) string {
			tb.Helper()
			return t.createAccount(tb, username, "", "", tenants...)
		},
		CreateDepartment: func(tb testing.TB, tn tenant.ID, parentID string) string {
			tb.Helper()
			var id int64
			must(tb, t.db(tb.Context()).QueryRowContext(tb.Context(), "INSERT INTO units (tenant, parent_id, title) VALUES ($1, $2, '') RETURNING id",
				string(tn), orNull(number(parentID))).Scan(&id))
			return text(id)
		},
		Place: func(tb testing.TB, tn tenant.ID, departmentID, userID string) {
			tb.Helper()
			_, err := t.db(tb.Context()).ExecContext(tb.Context(),
				"INSERT INTO unit_staff (unit_id, tenant, user_id, head, sort) VALUES ($1, $2, $3, FALSE, 0)",
				number(departmentID), string(tn), number(userID))
			must(tb, err)
		},
	}
}

// tables are the host's tables as a test reads and writes them.
type tables struct{ *Members }

func (t tables) createAccount(tb testing.TB, login, phone, mail string, tenants ...tenant.ID) string {
	tb.Helper()
	var id int64
	err := t.db(tb.Context()).QueryRowContext(tb.Context(),
		"INSERT INTO users (login, full_name, phone, mail) VALUES ($1, '', NULLIF($2, ''), NULLIF($3, '')) RETURNING id",
		login, phone, mail).Scan(&id)
	for _, tn := range tenants {
		err = errors.Join(err, t.hire(tb.Context(), dirsync.Directory{Tenant: tn}, id, dirsync.JoinActive, "", ""))
	}
	if err != nil {
		tb.Fatal(err)
	}
	return text(id)
}

func (t tables) setStatus(tb testing.TB, tn tenant.ID, id, status string) {
	tb.Helper()
	_, err := t.db(tb.Context()).ExecContext(tb.Context(), "UPDATE staff SET status = $1 WHERE tenant = $2 AND user_id = $3",
		status, string(tn), number(id))
	if err != nil {
		tb.Fatal(err)
	}
}

func (t tables) member(tb testing.TB, tn tenant.ID, id string) (storetest.PlatformMember, bool) {
	tb.Helper()
	u, err := t.user(tb.Context(), dirsync.Directory{Tenant: tn}, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && u.status == "" {
		return storetest.PlatformMember{}, false
	}
	m := storetest.PlatformMember{Account: u.login, Name: u.name, Mobile: u.phone, Email: u.mail, State: u.status}
	if err == nil {
		m.Departments, err = t.unitsOf(tb, tn, u.id)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return m, true
}

func (t tables) unitsOf(tb testing.TB, tn tenant.ID, id int64) (units []string, err error) {
	tb.Helper()
	rows, err := t.store.DB().DB.QueryContext(tb.Context(),
		"SELECT unit_id FROM unit_staff WHERE tenant = $1 AND user_id = $2", string(tn), id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var unit int64
		if err := rows.Scan(&unit); err != nil {
			return nil, err
		}
		units = append(units, text(unit))
	}
	return units, rows.Err()
}

func (t tables) departments(tb testing.TB, tn tenant.ID) map[string]storetest.PlatformDepartment {
	tb.Helper()
	rows, err := t.store.DB().DB.QueryContext(tb.Context(), "SELECT id, COALESCE(parent_id, 0), title, sort FROM units WHERE tenant = $1", string(tn))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	byID := map[string]storetest.PlatformDepartment{}
	for rows.Next() {
		var id, parent int64
		var d storetest.PlatformDepartment
		if err := rows.Scan(&id, &parent, &d.Name, &d.Order); err != nil {
			tb.Fatal(err)
		}
		if parent != 0 {
			d.Parent = text(parent)
		}
		byID[text(id)] = d
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return byID
}
