package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// SettingsStore is what RunMessageSettings proves.
type SettingsStore interface {
	tenant.Transactor
	messaging.SettingsStore
}

// RunMessageSettings proves a messaging.SettingsStore.
func RunMessageSettings(t *testing.T, newStore func(tb testing.TB) SettingsStore) {
	t.Helper()
	runEach(t, newStore, map[string]func(*testing.T, SettingsStore){
		"none":                        settingsNone,
		"save":                        settingsSave,
		"tenants apart":               settingsTenantsApart,
		"the lock lets one by one in": settingsLock,
	})
}

func newSettings(t tenant.ID) messaging.Settings {
	return messaging.Settings{Tenant: t, RetentionDays: 30, Paused: true, UpdatedBy: "张三", UpdatedAt: instant(1)}
}

func saveSettings(tb testing.TB, s SettingsStore, m messaging.Settings) {
	tb.Helper()
	if err := s.SaveSettings(tb.Context(), m); err != nil {
		tb.Fatalf("SaveSettings: %v", err)
	}
}

func wantSettings(tb testing.TB, s SettingsStore, want messaging.Settings) {
	tb.Helper()
	got, err := s.Settings(tb.Context(), want.Tenant)
	if err != nil || got != want {
		tb.Errorf("Settings:\n got %+v, %v\nwant %+v", got, err, want)
	}
}

func settingsNone(t *testing.T, s SettingsStore) {
	wantSettings(t, s, messaging.Settings{Tenant: here})
}

func settingsSave(t *testing.T, s SettingsStore) {
	m := newSettings(here)
	saveSettings(t, s, m)
	wantSettings(t, s, m)
	m.RetentionDays, m.Paused, m.UpdatedBy, m.UpdatedAt = 0, false, "o'neil", instant(7)
	saveSettings(t, s, m)
	wantSettings(t, s, m)
}

func settingsTenantsApart(t *testing.T, s SettingsStore) {
	saveSettings(t, s, newSettings(here))
	wantSettings(t, s, messaging.Settings{Tenant: there})
	other := newSettings(there)
	other.Paused = false
	saveSettings(t, s, other)
	wantSettings(t, s, newSettings(here))
}

// settingsLock has several add to the same settings, which have no row at
// first.
func settingsLock(t *testing.T, s SettingsStore) {
	errs := race(func(int) error {
		return s.InTx(t.Context(), func(ctx context.Context) error {
			if err := s.LockSettings(ctx, here); err != nil {
				return err
			}
			m, err := s.Settings(ctx, here)
			if err != nil {
				return err
			}
			m.RetentionDays, m.UpdatedAt = m.RetentionDays+1, instant(1)
			return s.SaveSettings(ctx, m)
		})
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	wantSettings(t, s, messaging.Settings{Tenant: here, RetentionDays: racers, UpdatedAt: instant(1)})
}
