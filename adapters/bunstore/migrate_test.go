package bunstore_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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
	for name, newDSN := range emptyStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := newDSN(t)
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
		})
	}
}

// TestMigrateUnrecorded has the record of a migration fail, as at the death of a
// process: nothing of the migration stays, and the next try runs it.
func TestMigrateUnrecorded(t *testing.T) {
	t.Parallel()
	refuse := map[string][2]string{
		"sqlite": {
			`CREATE TABLE thirdapp_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR, group_id INTEGER,
				migrated_at TIMESTAMP NOT NULL DEFAULT current_timestamp);
			CREATE TRIGGER refuse BEFORE INSERT ON thirdapp_migrations WHEN NEW.name = '0002'
				BEGIN SELECT RAISE(ABORT, 'not recorded'); END`,
			"DROP TRIGGER refuse",
		},
		"postgres": {
			`CREATE TABLE thirdapp_migrations (id BIGSERIAL PRIMARY KEY, name VARCHAR CONSTRAINT refuse CHECK (name <> '0002'),
				group_id BIGINT, migrated_at TIMESTAMPTZ NOT NULL DEFAULT current_timestamp)`,
			"ALTER TABLE thirdapp_migrations DROP CONSTRAINT refuse",
		},
	}
	for name, newDSN := range emptyStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openDSN(t, newDSN(t))
			if _, err := s.DB().ExecContext(t.Context(), refuse[name][0]); err != nil {
				t.Fatal(err)
			}
			if err := s.Migrate(t.Context()); err == nil {
				t.Fatal("Migrate without its record: got no error")
			}
			if _, err := s.DB().ExecContext(t.Context(), refuse[name][1]); err != nil {
				t.Fatal(err)
			}
			migrate(t, s)
			wantGolden(t, "schema_"+name+".golden", schemaOf(t, name, s))
		})
	}
}

// TestMigrateAsBunDid migrates a database whose first migrations bun's migrator
// has run, all as one group.
func TestMigrateAsBunDid(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		if _, err := s.DB().ExecContext(t.Context(), "UPDATE thirdapp_migrations SET group_id = 1"); err != nil {
			t.Fatal(err)
		}
		migrate(t, s)
		if err := s.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		migrate(t, s)
	})
}

// TestMigrateOneConnection: a tool that migrates needs no more.
func TestMigrateOneConnection(t *testing.T) {
	t.Parallel()
	for name, newDSN := range emptyStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := bunstore.Open(t.Context(), newDSN(t), bunstore.Options{MaxConns: 1})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // it hung
			defer cancel()
			if err := s.Migrate(ctx); err != nil {
				t.Errorf("Migrate: %v", err)
			}
			if err := s.Rollback(ctx); err != nil {
				t.Errorf("Rollback: %v", err)
			}
		})
	}
}

// TestMigrateCreatesSchema names schemas in the search_path that are not there.
func TestMigrateCreatesSchema(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"own":                      "own",
		"Own":                      "own",
		`"$user", "Own one", more`: "Own one",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			dsn := dbtest.Postgres(t)
			s := openDSN(t, dsn+"&search_path="+url.PathEscape(path))
			for range 2 { // the second finds it there
				migrate(t, s)
			}
			var schemas []string
			err := s.DB().NewRaw("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'thirdapp%'").Scan(t.Context(), &schemas)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(schemas, []string{want}) {
				t.Errorf("tables are in the schemas %q, want %q", schemas, want)
			}
			if err := s.Rollback(t.Context()); err != nil {
				t.Errorf("Rollback: %v", err)
			}
		})
	}
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
