package pulltest_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// save changes the rules of t1 for its office app.
func (b *bundle) save(tb testing.TB, change dirsync.RulesChange) dirsync.Settings {
	tb.Helper()
	old, err := b.Settings(as(tb), "t1", "fake")
	if err != nil {
		tb.Fatal(err)
	}
	saved, err := b.SaveSettings(as(tb), "t1", "fake", old.Version, dirsync.SettingsChange{RulesChange: change})
	if err != nil {
		tb.Fatal(err)
	}
	return saved
}

func TestSettings(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, func(b *bundle) { b.cfg.JoinExisting = dirsync.JoinPending })
		got, err := b.Settings(as(t), "t1", "fake")
		if err != nil || got.Version != 0 || got.Rules.Existing.Join != dirsync.JoinPending || got.Rules.InitialPassword != dirsync.NoPassword {
			t.Errorf("settings %+v, %v; want those of the configuration", got, err)
		}
		saved := b.save(t, dirsync.RulesChange{Guard: &dirsync.Guard{People: 3, Percent: -1}})
		if saved.Version != 1 || saved.Rules.Guard.People != 3 || saved.Rules.Existing.Join != dirsync.JoinPending || saved.UpdatedBy != "test" {
			t.Errorf("saved %+v, want version 1 with the other rules as they were", saved)
		}
		if other, err := b.Settings(as(t), "t2", "fake"); err != nil || other.Version != 0 {
			t.Errorf("settings of t2 %+v, %v; want none", other, err)
		}
		_, err = b.SaveSettings(as(t), "t1", "fake", 0, dirsync.SettingsChange{RulesChange: dirsync.RulesChange{Guard: &dirsync.Guard{People: 4, Percent: 4}}})
		if !errors.Is(err, dirsync.ErrSettingsChanged) {
			t.Errorf("change of version 0: %v, want ErrSettingsChanged", err)
		}
		wantAudit(t, b, "sync.settings ok", "sync.settings settings_changed")
	})
}

// wantAudit looks at the newest rows of the audit trail of t1, the newest last.
func wantAudit(tb testing.TB, b *bundle, want ...string) {
	tb.Helper()
	list, err := b.store.Audit(tb.Context(), "t1", tenant.AuditFilter{}, tenant.Page{Limit: len(want)})
	if err != nil {
		tb.Fatal(err)
	}
	var got []string
	for _, e := range slices.Backward(list.Items) {
		got = append(got, e.Action+" "+e.Outcome)
	}
	if !slices.Equal(got, want) {
		tb.Errorf("audit %q, want %q", got, want)
	}
}

func TestRuleFaults(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	password := dirsync.HouseNumberMobile
	_, err := b.SaveSettings(as(t), "t1", "fake", 0, dirsync.SettingsChange{RulesChange: dirsync.RulesChange{
		Guard: &dirsync.Guard{People: -2, Percent: 101}, InitialPassword: &password,
		Existing: &dirsync.ExistingRules{Join: "later"},
	}, RetentionDays: ptr(3651)})
	wantFaults(t, err, "guard.people", "guard.percent", "initialPassword", "existing.join", "existing.fields", "retentionDays")
}

// TestManyRuleFaults: rules with many faults are refused by a few of them, each
// cut where it repeats what was sent, and long lists are not compared with
// themselves.
func TestManyRuleFaults(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	long := strings.Repeat("长", 10_000)
	matching := make([]dirsync.MatchBy, 4)
	for i := range matching {
		matching[i] = dirsync.MatchMobile
	}
	departments := make([]provider.DepartmentID, 1002) // the last one is there twice, beyond those that are looked at
	for i := range departments {
		departments[i] = provider.DepartmentID(strconv.Itoa(min(i, 1000)))
	}
	many := make(dirsync.Ownership)
	for i := range 100 {
		many[dirsync.PersonField(long+strconv.Itoa(i))] = dirsync.Owner(long)
	}
	for _, c := range []struct {
		what   string
		change dirsync.RulesChange
		fields []string
	}{
		{"departments", dirsync.RulesChange{Scope: &dirsync.ScopeRules{Include: departments}}, []string{"scope.include"}},
		{"matching", dirsync.RulesChange{Matching: &matching}, []string{"matching", "matching", "matching"}},
		{"owners", dirsync.RulesChange{Ownership: &many}, slices.Repeat([]string{"ownership." + strings.Repeat("长", 21) + "…"}, 20)},
		{"sources", dirsync.RulesChange{Mapping: &dirsync.Mapping{dirsync.FieldName: long, dirsync.FieldManager: long}}, []string{"mapping.manager", "mapping.name"}},
	} {
		_, err := b.SaveSettings(as(t), "t1", "fake", 0, dirsync.SettingsChange{RulesChange: c.change})
		wantFaults(t, err, c.fields...)
		if n := len(err.Error()); n > 8<<10 {
			t.Errorf("%s: the refusal has %d bytes", c.what, n)
		}
	}
}

// wantFaults wants an ErrInvalidRules that names exactly these fields.
func wantFaults(tb testing.TB, err error, want ...string) {
	tb.Helper()
	var refusal *tenant.Error
	if !errors.Is(err, dirsync.ErrInvalidRules) || !errors.As(err, &refusal) {
		tb.Fatalf("error %v, want ErrInvalidRules", err)
	}
	faults, _ := refusal.Details.([]dirsync.RuleFault)
	var got []string
	for _, f := range faults {
		got = append(got, f.Field)
		if f.Problem.ZH == "" || f.Problem.EN == "" || !strings.Contains(refusal.Message.EN, f.Problem.EN) {
			tb.Errorf("fault %+v is not told in both languages, or not in the message %q", f, refusal.Message.EN)
		}
	}
	if !slices.Equal(got, want) {
		tb.Errorf("faults of %q, want %q", got, want)
	}
}

// TestRulesOfRun starts a run and changes the rules while it waits: it goes by
// those it was started with, the next one by the new ones.
func TestRulesOfRun(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(0, 10)
		b.save(t, dirsync.RulesChange{Guard: &dirsync.Guard{People: 2, Percent: -1}})
		if run := b.pull(t, "t1"); run.State != dirsync.StateSucceeded {
			t.Fatalf("first run is %s", run.State)
		}
		b.dir.remove(1, 2, 3)
		run, err := b.StartRun(as(t), "t1", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		b.save(t, dirsync.RulesChange{Guard: &dirsync.Guard{People: 5, Percent: -1}})
		if run = b.work(t, run); run.State != dirsync.StateNeedsApproval || run.Rules.Guard.People != 2 {
			t.Errorf("run is %s under %+v, want it to wait under the rules it was started with", run.State, run.Rules)
		}
		if _, err := b.Discard(as(t), "t1", run.ID); err != nil {
			t.Fatal(err)
		}
		if run := b.pull(t, "t1"); run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindLeave] != 3 {
			t.Errorf("run is %s with %v, want it to remove three", run.State, run.Counts)
		}
	})
}

// TestHouseNumbersGone has the platform stop telling house numbers, which the
// tenant's rules need.
func TestHouseNumbersGone(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(0, 1)
	rules := dirsync.Rules{InitialPassword: dirsync.HouseNumberMobile}
	if err := b.store.SaveSyncSettings(t.Context(), dirsync.Settings{Tenant: "t1", Provider: "fake", Version: 1, Rules: rules}); err != nil {
		t.Fatal(err)
	}
	run := b.pull(t, "t1")
	if run.State != dirsync.StateFailed || run.Error == nil || run.Error.Reason != "no_house_numbers" ||
		run.Error.Code != provider.FailedPrecondition.String() {
		t.Errorf("run is %s with %+v, want it to fail with the reason", run.State, run.Error)
	}
}
