package bunstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
)

// asked remembers the last statement that has a text in it.
type asked struct{ with, statement string }

func (a *asked) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (a *asked) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if strings.Contains(e.Query, a.with) {
		a.statement = e.Query
	}
}

// TestDepartmentsBelowByIndex: SQLite puts tables that are joined in an order of
// its own, by which it went through all departments for each department.
func TestDepartmentsBelowByIndex(t *testing.T) {
	t.Parallel()
	s := openSQLite(t)
	for n := range 3 {
		place(t, s, "t-1", fmt.Sprint("d", n), strings.TrimSuffix(fmt.Sprint("d", n-1), "d-1"))
	}
	a := &asked{with: "RECURSIVE below"}
	s.DB().AddQueryHook(a) //nolint:staticcheck // the store is the test's own
	members(t, s, "t-1", 10, "d0")
	if plan := sqlitePlan(t, s, a.statement); !strings.Contains(plan, "thirdapp_departments_parent (tenant_id=? AND parent_id=?)") {
		t.Errorf("the departments below are not looked up by their parent:\n%s\n%s", a.statement, plan)
	}
}

// sqlitePlan tells how SQLite works a statement off, a step a line.
func sqlitePlan(t *testing.T, s *bunstore.Store, statement string) string {
	t.Helper()
	var steps []struct {
		ID, Parent, Notused int
		Detail              string
	}
	if err := s.DB().NewRaw("EXPLAIN QUERY PLAN ?", bun.Safe(statement)).Scan(t.Context(), &steps); err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(steps))
	for i, step := range steps {
		lines[i] = step.Detail
	}
	return strings.Join(lines, "\n")
}
