package bunstore_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/tenant"
)

// tenantColumns list the columns of every table that has rows of tenants.
var tenantColumns = map[bool]string{
	true: `SELECT c.table_name AS "table", c.column_name AS "column", c.data_type AS type FROM information_schema.columns c
		WHERE c.table_schema = 'public' AND EXISTS (SELECT 1 FROM information_schema.columns t
			WHERE t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.column_name = 'tenant_id')
		ORDER BY c.table_name <> 'thirdapp_apps', c.table_name <> 'thirdapp_departments', c.table_name <> 'thirdapp_sync_runs',
			c.table_name, c.ordinal_position`,
	false: `SELECT m.name AS "table", c.name AS "column", lower(c.type) AS type
		FROM sqlite_master AS m, pragma_table_info(m.name) AS c
		WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) AS t WHERE t.name = 'tenant_id')
		ORDER BY m.name <> 'thirdapp_apps', m.name <> 'thirdapp_departments', m.name <> 'thirdapp_sync_runs', m.name, c.cid`,
}

type tenantColumn struct{ Table, Column, Type string }

// value is some value for a column; texts are the tenant's id.
func (c tenantColumn) value(t tenant.ID) any {
	switch {
	case c.Table == "thirdapp_memberships" && c.Column == "state":
		return "active"
	case c.Column == "removed":
		return false
	case c.Column == "settings", strings.Contains(c.Type, "json"):
		return "{}"
	case strings.Contains(c.Type, "bool"):
		return true
	case strings.Contains(c.Type, "int"):
		return 1
	case strings.Contains(c.Type, "time"):
		return "2026-03-01 08:00:00+00:00"
	case c.Type == "bytea", c.Type == "blob":
		return []byte{1}
	}
	return string(t)
}

// fill puts a row of a tenant, and of an account that has its name, into every
// table that can have one, and returns the tables.
func fill(t *testing.T, s *bunstore.Store, postgres bool, tn tenant.ID) map[string]bool {
	t.Helper()
	account(t, s, string(tn))
	var columns []tenantColumn
	if err := s.DB().NewRaw(tenantColumns[postgres]).Scan(t.Context(), &columns); err != nil {
		t.Fatal(err)
	}
	tables := make(map[string]bool)
	for i := 0; i < len(columns); {
		table := columns[i].Table
		var names []bun.Ident
		var values []any
		for ; i < len(columns) && columns[i].Table == table; i++ {
			names, values = append(names, bun.Ident(columns[i].Column)), append(values, columns[i].value(tn))
		}
		_, err := s.DB().NewRaw("INSERT INTO ? (?) VALUES (?)", bun.Ident(table), bun.List(names), bun.List(values)).Exec(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		tables[table] = true
	}
	return tables
}

// account creates an account of which every text is its name.
func account(t *testing.T, s *bunstore.Store, name string) {
	t.Helper()
	_, err := s.DB().NewRaw(`INSERT INTO thirdapp_people (id, username, realname, phone, email, avatar_url, disabled,
		password_hash, must_change_password, created_at, updated_at)
		VALUES (?0, ?0, ?0, ?0, ?0, ?0, FALSE, ?0, FALSE, '2026-03-01 08:00:00+00:00', '2026-03-01 08:00:00+00:00')`, name).Exec(t.Context())
	if err != nil {
		t.Fatal(err)
	}
}

// member makes an account a member of a tenant.
func member(t *testing.T, s *bunstore.Store, tn tenant.ID, person string) {
	t.Helper()
	_, err := s.DB().NewRaw(`INSERT INTO thirdapp_memberships (tenant_id, person_id, state, work_no, title, created_at, updated_at)
		VALUES (?, ?, 'suspended', '', '', '2026-03-01 08:00:00+00:00', '2026-03-01 08:00:00+00:00')`, tn, person).Exec(t.Context())
	if err != nil {
		t.Fatal(err)
	}
}

// clearAll removes a tenant in steps of so many rows.
func clearAll(t *testing.T, s *bunstore.Store, tn tenant.ID, what tenant.Removal, limit int) {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = s.ClearTenant(t.Context(), tn, what, limit); err != nil {
			t.Fatal(err)
		}
	}
}

// TestClearTenantKnowsEveryTable: of whatever table has rows of tenants those of
// the one that is removed go, and no others.
func TestClearTenantKnowsEveryTable(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		postgres := strings.Contains(t.Name(), "postgres")
		tables := fill(t, s, postgres, "t-1")
		if len(tables) < 44 || !maps.Equal(tables, fill(t, s, postgres, "t-2")) {
			t.Fatalf("%d tables have rows, want the 44 that there are at least", len(tables))
		}
		clearAll(t, s, "t-1", tenant.Removal{}, 3)
		for table := range tables {
			left := 0
			if table == "thirdapp_grants" {
				left = 1
			}
			for tn, want := range map[tenant.ID]int{"t-1": left, "t-2": 1} {
				if got := count(t, s, "? WHERE tenant_id = ?", bun.Ident(table), tn); got != want {
					t.Errorf("%s has %d rows of %s, want %d", table, got, tn, want)
				}
			}
		}
		if got := count(t, s, "thirdapp_grants WHERE tenant_id = 't-1' AND removed AND username = '' AND granted_by = ''"); got != 1 {
			t.Errorf("%d grants are taken away and have no names, want 1", got)
		}
		for person, want := range map[string]int{"t-1": 0, "t-2": 1} {
			if got := count(t, s, "thirdapp_people WHERE id = ?", person); got != want {
				t.Errorf("%d accounts %s, want %d", got, person, want)
			}
		}
	})
}

// TestClearTenantKeeps: what else somebody is on the platform they remain.
func TestClearTenantKeeps(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		for _, person := range []string{"only", "elsewhere", "root"} {
			account(t, s, person)
			member(t, s, "t-1", person)
			_, err := s.DB().NewRaw("INSERT INTO thirdapp_login_choices (user_id, tenant_id, updated_at) VALUES (?, 't-2', '2026-03-01 08:00:00+00:00')", person).
				Exec(t.Context())
			if err != nil {
				t.Fatal(err)
			}
		}
		member(t, s, "t-2", "elsewhere")
		if _, err := s.AddGrant(t.Context(), tenant.Grant{Tenant: tenant.Platform, UserID: "root", Username: "root", Role: tenant.RolePlatformAdmin}); err != nil {
			t.Fatal(err)
		}
		left := func() string {
			return fmt.Sprint(
				count(t, s, "thirdapp_memberships WHERE tenant_id = 't-1'"), count(t, s, "thirdapp_memberships"),
				count(t, s, "thirdapp_people"), count(t, s, "thirdapp_login_choices"))
		}
		clearAll(t, s, "t-1", tenant.Removal{KeepAccounts: true}, 2)
		if got := left(); got != "0 1 3 3" {
			t.Errorf("memberships here and in all, accounts, choices: %s, want 0 1 3 3", got)
		}
		for _, person := range []string{"only", "elsewhere", "root"} {
			member(t, s, "t-1", person)
		}
		clearAll(t, s, "t-1", tenant.Removal{}, 2)
		if got := left(); got != "0 1 2 2" {
			t.Errorf("memberships here and in all, accounts, choices: %s, want 0 1 2 2", got)
		}
		if got := count(t, s, "thirdapp_people WHERE id = 'only'"); got != 0 {
			t.Error("who was a member here only has an account still")
		}
	})
}
