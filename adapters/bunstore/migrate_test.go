package bunstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/internal/dbtest"
)

// schemaQueries list everything a migration can make, one text per thing,
// except for the tables of the migrations themselves.
var schemaQueries = map[string]string{
	"sqlite": `
		SELECT sql || ';' AS def FROM sqlite_master
		WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND tbl_name NOT LIKE 'thirdapp_migration%'
		ORDER BY tbl_name, type DESC, name`,
	"postgres": `
		SELECT def FROM (
			SELECT table_name AS tab, 1 AS kind, ordinal_position::text AS pos,
				table_name || '.' || column_name || ' ' || data_type
				|| CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
				|| coalesce(' default ' || column_default, '')
				|| coalesce(' collate ' || collation_name, '') AS def
			FROM information_schema.columns WHERE table_schema = 'public'
			UNION ALL
			SELECT conrelid::regclass::text, 2, conname, conrelid::regclass || ': ' || conname || ' ' || pg_get_constraintdef(oid)
			FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'c', 'f')
			UNION ALL
			SELECT tablename, 3, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
			UNION ALL
			SELECT event_object_table, 4, trigger_name, trigger_name || ' ' || action_statement
			FROM information_schema.triggers WHERE trigger_schema = 'public'
			UNION ALL
			SELECT proname, 5, proname, pg_get_functiondef(oid)
			FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
		) AS things
		WHERE tab NOT LIKE 'thirdapp_migration%'
		ORDER BY tab COLLATE "C", kind, lpad(pos, 64, '0') COLLATE "C"`,
}

// schemaOf describes the tables, indexes and constraints of a database.
func schemaOf(tb testing.TB, name string, s *bunstore.Store) string {
	tb.Helper()
	var defs []string
	if err := s.DB().NewRaw(schemaQueries[name]).Scan(tb.Context(), &defs); err != nil {
		tb.Fatal(err)
	}
	if len(defs) == 0 {
		return ""
	}
	return strings.Join(defs, "\n") + "\n"
}

// emptyStores are databases on which nothing was migrated.
var emptyStores = map[string]func(tb testing.TB) string{
	"sqlite":   func(tb testing.TB) string { tb.Helper(); return "sqlite:" + dbtest.SQLite(tb) },
	"postgres": func(tb testing.TB) string { tb.Helper(); return dbtest.Postgres(tb) },
}

func TestMigrateUpDownUp(t *testing.T) {
	t.Parallel()
	for name, newDSN := range emptyStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openDSN(t, newDSN(t))
			migrate(t, s)
			first := schemaOf(t, name, s)
			wantGolden(t, "schema_"+name+".golden", first)

			migrate(t, s)
			if again := schemaOf(t, name, s); again != first {
				t.Error("migrating twice changed the schema")
			}
			if err := s.Rollback(t.Context()); err != nil {
				t.Fatalf("Rollback: %v", err)
			}
			if left := schemaOf(t, name, s); left != "" {
				t.Errorf("left over after Rollback:\n%s", left)
			}
			migrate(t, s)
			if again := schemaOf(t, name, s); again != first {
				gotLine, wantLine := firstDifference(again, first)
				t.Errorf("up, down and up again is not the same, first in:\n got %s\nwant %s", gotLine, wantLine)
			}
		})
	}
}

// TestMigrateTogether starts several processes' worth of migrations at once.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Postgres(t)
	var wg sync.WaitGroup
	for range 3 {
		s := openDSN(t, dsn)
		wg.Go(func() {
			if err := s.Migrate(t.Context()); err != nil {
				t.Errorf("Migrate: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestMigrationFiles(t *testing.T) {
	t.Parallel()
	names := make(map[string][]string)
	for _, dialect := range []string{"postgres", "sqlite"} {
		files, err := filepath.Glob(filepath.Join("migrations", dialect, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			names[filepath.Base(f)] = append(names[filepath.Base(f)], dialect)
		}
	}
	for name, dialects := range names {
		if len(dialects) != 2 {
			t.Errorf("%s: got it for %v only, want it for both", name, dialects)
		}
		up := strings.Replace(name, ".tx.down.sql", ".tx.up.sql", 1)
		down := strings.Replace(name, ".tx.up.sql", ".tx.down.sql", 1)
		if names[up] == nil || names[down] == nil {
			t.Errorf("%s: want %s and %s", name, up, down)
		}
	}
}

func migrate(tb testing.TB, s *bunstore.Store) {
	tb.Helper()
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatalf("Migrate: %v", err)
	}
}

// wantGolden compares got with a file under testdata.
func wantGolden(tb testing.TB, file, got string) {
	tb.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			tb.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if got != string(want) {
		gotLine, wantLine := firstDifference(got, string(want))
		tb.Errorf("differs from %s (write it anew with -update), first in:\n got %s\nwant %s", path, gotLine, wantLine)
	}
}

// firstDifference returns the first lines in which two texts differ.
func firstDifference(got, want string) (gotLine, wantLine string) {
	for {
		gotLine, got, _ = strings.Cut(got, "\n")
		wantLine, want, _ = strings.Cut(want, "\n")
		if gotLine != wantLine || got == want {
			return gotLine, wantLine
		}
	}
}
