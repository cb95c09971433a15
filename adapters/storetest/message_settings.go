package storetest

import (
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// RunMessageSettings proves a messaging.SettingsStore.
func RunMessageSettings(t *testing.T, newStore func(tb testing.TB) messaging.SettingsStore) {
	t.Helper()
	runEach(t, newStore, map[string]func(*testing.T, messaging.SettingsStore){
		"none":          settingsNone,
		"save":          settingsSave,
		"tenants apart": settingsTenantsApart,
	})
}

func newSettings(t tenant.ID) messaging.Settings {
	return messaging.Settings{Tenant: t, RetentionDays: 30, Paused: true, UpdatedBy: "张三", UpdatedAt: instant(1)}
}

func saveSettings(tb testing.TB, s messaging.SettingsStore, m messaging.Settings) {
	tb.Helper()
	if err := s.SaveSettings(tb.Context(), m); err != nil {
		tb.Fatalf("SaveSettings: %v", err)
	}
}

func wantSettings(tb testing.TB, s messaging.SettingsStore, want messaging.Settings) {
	tb.Helper()
	got, err := s.Settings(tb.Context(), want.Tenant)
	if err != nil || got != want {
		tb.Errorf("Settings:\n got %+v, %v\nwant %+v", got, err, want)
	}
}

func settingsNone(t *testing.T, s messaging.SettingsStore) {
	wantSettings(t, s, messaging.Settings{Tenant: here})
}

func settingsSave(t *testing.T, s messaging.SettingsStore) {
	m := newSettings(here)
	saveSettings(t, s, m)
	wantSettings(t, s, m)
	m.RetentionDays, m.Paused, m.UpdatedBy, m.UpdatedAt = 0, false, "o'neil", instant(7)
	saveSettings(t, s, m)
	wantSettings(t, s, m)
}

func settingsTenantsApart(t *testing.T, s messaging.SettingsStore) {
	saveSettings(t, s, newSettings(here))
	wantSettings(t, s, messaging.Settings{Tenant: there})
	other := newSettings(there)
	other.Paused = false
	saveSettings(t, s, other)
	wantSettings(t, s, newSettings(here))
}
