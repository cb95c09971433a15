package pulltest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/tenant"
)

// snapshot tells everything that pulls keep about a tenant, without what
// differs from run to run: ids and times.
func snapshot(tb testing.TB, s *bunstore.Store, t tenant.ID) string {
	tb.Helper()
	var b strings.Builder
	for _, part := range []struct{ title, query string }{
		{"departments", `SELECT d.remote_id, d.name, COALESCE(p.remote_id, d.parent_id), d.sort_order FROM thirdapp_departments AS d
			LEFT JOIN thirdapp_departments AS p ON p.tenant_id = d.tenant_id AND p.id = d.parent_id
			WHERE d.tenant_id = $1 ORDER BY d.remote_id, d.name`},
		{"members", `SELECT p.username, p.realname, p.phone, p.email, p.avatar_url, m.state, m.work_no, m.title
			FROM thirdapp_memberships AS m JOIN thirdapp_people AS p ON p.id = m.person_id
			WHERE m.tenant_id = $1 ORDER BY p.username`},
		{"places", `SELECT p.username, d.remote_id, m.leader, m.sort_order FROM thirdapp_department_members AS m
			JOIN thirdapp_people AS p ON p.id = m.person_id
			JOIN thirdapp_departments AS d ON d.tenant_id = m.tenant_id AND d.id = m.department_id
			WHERE m.tenant_id = $1 ORDER BY p.username, d.remote_id`},
		{"bindings", `SELECT b.provider_user_id, b.union_id, b.active, p.username FROM thirdapp_bindings AS b
			LEFT JOIN thirdapp_people AS p ON p.id = b.person_id WHERE b.tenant_id = $1 ORDER BY b.provider_user_id`},
		{"mirror departments", `SELECT m.remote_id, m.parent_id, m.name, m.sort_order, m.gone FROM thirdapp_sync_departments AS m
			WHERE m.tenant_id = $1 ORDER BY m.remote_id`},
		{"mirror people", `SELECT m.remote_id, m.name, m.mobile, m.hash, m.places, m.account, m.owned, m.gone, m.local_id = b.person_id
			FROM thirdapp_sync_people AS m LEFT JOIN thirdapp_bindings AS b ON b.tenant_id = m.tenant_id
			AND b.provider = m.provider AND b.org_id = m.org_id AND b.provider_user_id = m.remote_id
			WHERE m.tenant_id = $1 ORDER BY m.remote_id`},
		{"left in staging", `SELECT 'task', remote_id FROM thirdapp_sync_tasks WHERE tenant_id = $1
			UNION ALL SELECT 'person', remote_id FROM thirdapp_sync_staged_people WHERE tenant_id = $1
			UNION ALL SELECT 'place', remote_id FROM thirdapp_sync_staged_places WHERE tenant_id = $1
			UNION ALL SELECT 'department', remote_id FROM thirdapp_sync_staged_departments WHERE tenant_id = $1`},
		{"orphans", `SELECT username FROM thirdapp_people AS p WHERE $1 <> '' AND NOT EXISTS (
			SELECT 1 FROM thirdapp_memberships AS m WHERE m.person_id = p.id)`},
	} {
		fmt.Fprintf(&b, "# %s\n", part.title)
		for _, line := range query(tb, s, part.query, string(t)) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// query returns rows as text.
func query(tb testing.TB, s *bunstore.Store, q string, args ...any) []string {
	tb.Helper()
	rows, err := s.DB().DB.QueryContext(tb.Context(), q, args...)
	if err != nil {
		tb.Fatalf("%v: %s", err, q)
	}
	defer rows.Close() //nolint:errcheck // only read
	columns, err := rows.Columns()
	if err != nil {
		tb.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			tb.Fatal(err)
		}
		fields := make([]string, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case bool: // SQLite has 0 and 1
				fields[i] = map[bool]string{true: "1", false: "0"}[v]
			case []byte:
				fields[i] = string(v)
			default:
				fields[i] = fmt.Sprint(v)
			}
		}
		lines = append(lines, strings.Join(fields, "|"))
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return lines
}

// wantSame fails unless two snapshots are equal, and shows the first lines that
// are not.
func wantSame(tb testing.TB, what, got, want string) {
	tb.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			tb.Fatalf("%s: line %d is %q, want %q", what, i+1, a, b)
		}
	}
}
