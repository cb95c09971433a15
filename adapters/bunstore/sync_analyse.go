package bunstore

import (
	"context"
	"strings"
)

// analyseFrom is how many new rows make it worth to look at a table at once.
const analyseFrom = 100

// analyse has PostgreSQL look at tables that have just got many new rows: its
// autovacuum daemon comes minutes later, and until then the planner takes them
// for tiny. That makes, for instance, the check of each foreign key six times
// slower.
func (s *Store) analyse(ctx context.Context, rows int, tables ...string) error {
	if !s.postgres() || rows < analyseFrom {
		return nil
	}
	_, err := s.idb(ctx).ExecContext(ctx, "ANALYZE "+strings.Join(tables, ", "))
	return storeError(err)
}
