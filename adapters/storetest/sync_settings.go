package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncSettingsTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"save":      syncSettingsSave,
		"versions":  syncSettingsVersions,
		"isolation": syncSettingsIsolation,
		"of a run":  syncSettingsOfRun,
	}
}

func newRules() dirsync.Rules {
	return dirsync.Rules{
		Scope:     dirsync.ScopeRules{Include: []provider.DepartmentID{"1", "研发"}, Exclude: []provider.DepartmentID{}},
		Ownership: dirsync.Ownership{dirsync.FieldEmail: dirsync.OwnerFirst},
		Mapping:   dirsync.Mapping{dirsync.FieldTitle: "extension.it's"},
		Matching:  []dirsync.MatchBy{dirsync.MatchMobile, dirsync.MatchEmail}, AccountName: dirsync.AccountEmailName,
		Guard: dirsync.Guard{People: -1, Percent: 25}, InitialPassword: dirsync.HouseNumberMobile,
		Existing: dirsync.ExistingRules{Join: dirsync.JoinPending, Fields: dirsync.FieldsKeep},
	}
}

func newSyncSettings(t tenant.ID, kind provider.Kind, version int64) dirsync.Settings {
	return dirsync.Settings{
		Tenant: t, Provider: kind, Version: version, Rules: newRules(), RetentionDays: 30, UpdatedBy: "o'neil", UpdatedAt: syncAt(int(version)),
	}
}

func saveSyncSettings(tb testing.TB, s dirsync.Store, want dirsync.Settings) {
	tb.Helper()
	if err := s.SaveSyncSettings(tb.Context(), want); err != nil {
		tb.Fatalf("SaveSyncSettings: %v", err)
	}
	wantSyncSettings(tb, s, want)
}

func wantSyncSettings(tb testing.TB, s dirsync.Store, want dirsync.Settings) {
	tb.Helper()
	got, err := s.SyncSettings(tb.Context(), want.Tenant, want.Provider)
	want.UpdatedAt = want.UpdatedAt.Truncate(time.Microsecond)
	if err != nil || !reflect.DeepEqual(got, want) {
		tb.Errorf("SyncSettings:\n got %+v, %v\nwant %+v", got, err, want)
	}
}

func syncSettingsSave(t *testing.T, s dirsync.Store) {
	_, err := s.SyncSettings(t.Context(), "t1", "fake")
	wantNotFound(t, "settings", err)
	saveSyncSettings(t, s, newSyncSettings("t1", "fake", 1))
	next := newSyncSettings("t1", "fake", 2)
	next.Rules.Guard, next.RetentionDays, next.UpdatedBy = dirsync.Guard{People: 7, Percent: -1}, 0, "ann"
	saveSyncSettings(t, s, next)
}

func syncSettingsVersions(t *testing.T, s dirsync.Store) {
	first := newSyncSettings("t1", "fake", 1)
	saveSyncSettings(t, s, first)
	for _, version := range []int64{1, 3} {
		late := newSyncSettings("t1", "fake", version)
		late.UpdatedBy = "late"
		if err := s.SaveSyncSettings(t.Context(), late); !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("version %d over version 1: %v, want ErrConflict", version, err)
		}
	}
	if err := s.SaveSyncSettings(t.Context(), newSyncSettings("t1", "other", 2)); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("version 2 of none: %v, want ErrConflict", err)
	}
	wantSyncSettings(t, s, first)
}

func syncSettingsIsolation(t *testing.T, s dirsync.Store) {
	first := newSyncSettings("t1", "fake", 1)
	saveSyncSettings(t, s, first)
	_, err := s.SyncSettings(t.Context(), "t2", "fake")
	wantNotFound(t, "settings of another tenant", err)
	_, err = s.SyncSettings(t.Context(), "t1", "other")
	wantNotFound(t, "settings of another office app", err)
	saveSyncSettings(t, s, newSyncSettings("t2", "fake", 1))
	second := newSyncSettings("t2", "fake", 2)
	second.Rules.Existing.Join = dirsync.JoinActive
	saveSyncSettings(t, s, second)
	wantSyncSettings(t, s, first)
}

func syncSettingsOfRun(t *testing.T, s dirsync.Store) {
	r := newSyncRun("t1", 1)
	r.Rules = newRules()
	createRun(t, s, r)
	saveSyncSettings(t, s, newSyncSettings("t1", "fake", 1))
	if got := readRun(t, s, r).Rules; !reflect.DeepEqual(got, r.Rules) {
		t.Errorf("rules %+v, want those the run was started with: %+v", got, r.Rules)
	}
	if got := claimRun(t, s, r).Run.Rules; !reflect.DeepEqual(got, r.Rules) {
		t.Errorf("rules of a claim %+v, want %+v", got, r.Rules)
	}
}
