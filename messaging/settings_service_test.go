package messaging_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func (b *bundle) saveSettings(in messaging.SettingsChange) messaging.Settings {
	b.t.Helper()
	s, err := b.svc.SaveSettings(b.ctx(), here, in)
	if err != nil {
		b.t.Fatalf("SaveSettings: %v", err)
	}
	return s
}

func TestSettings(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		want := messaging.Settings{Tenant: here, RetentionDays: 90}
		read := func() {
			t.Helper()
			if got, err := b.svc.Settings(b.ctx(), here); err != nil || got != want {
				t.Errorf("Settings = %+v, %v; want %+v", got, err, want)
			}
		}
		read()
		want.RetentionDays, want.UpdatedBy, want.UpdatedAt = 30, "test", b.clock.Now()
		if got := b.saveSettings(messaging.SettingsChange{RetentionDays: ptr(30)}); got != want {
			t.Errorf("saved %+v, want %+v", got, want)
		}
		want.Paused = true
		b.saveSettings(messaging.SettingsChange{Paused: ptr(true)})
		read()
		want.RetentionDays = 90
		b.saveSettings(messaging.SettingsChange{RetentionDays: ptr(0)})
		read()
		if got, err := b.svc.Settings(b.ctx(), there); err != nil || got.Paused || got.Tenant != there {
			t.Errorf("Settings of another tenant = %+v, %v", got, err)
		}
		for _, days := range []int{-1, 3651} {
			_, err := b.svc.SaveSettings(b.ctx(), here, messaging.SettingsChange{RetentionDays: &days})
			wantRefusal(t, err, messaging.ErrInvalidRequest, "retentionDays")
			b.clock.Pass(time.Minute) // the trail tells of a refusal once a minute
		}
		read()
		trail, err := b.store.Audit(t.Context(), here, tenant.AuditFilter{}, tenant.Page{})
		if err != nil || len(trail.Items) != 5 || trail.Items[4].Action != "message.settings" ||
			trail.Items[0].Outcome != "invalid_request" {
			t.Fatalf("audit trail %+v, %v", trail.Items, err)
		}
		for record, want := range map[string]bool{string(trail.Items[3].Before): false, string(trail.Items[3].After): true} {
			var got struct {
				RetentionDays int
				Paused        bool
			}
			if err := json.Unmarshal([]byte(record), &got); err != nil || got.RetentionDays != 30 || got.Paused != want {
				t.Errorf("audit record %s, %v; want 30 days, paused %t", record, err, want)
			}
		}
	})
}

// TestPause holds messages of every kind back and lets them go.
func TestPause(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{UsersPerSend: 2}})
		before := b.send(b.toUsers(0))
		b.saveSettings(messaging.SettingsChange{Paused: ptr(true)})
		ids := []string{before.ID, b.send(b.toUsers(1, 2, 3, 4, 5)).ID, b.send(b.toAll()).ID}
		expiring := b.toUsers(6)
		expiring.ExpiresAt = b.clock.Now().Add(time.Minute)
		late := b.send(expiring)
		later := b.toUsers(7)
		later.SendAt = b.clock.Now().Add(48 * time.Hour)
		scheduled := b.send(later)
		b.run(24 * time.Hour)
		if n := len(b.fake.Sent()); n != 0 {
			t.Errorf("%d messages were sent while they are held back", n)
		}
		if n := b.queue.Len(); n != 1 {
			t.Errorf("%d jobs go round while messages are held back, want the one that is for later", n)
		}
		b.saveSettings(messaging.SettingsChange{Paused: ptr(false)})
		b.run(time.Minute)
		if n := len(b.fake.Sent()); n != 5 {
			t.Errorf("%d calls after the pause, want 5", n)
		}
		for _, id := range ids {
			if m := b.message(id); m.Counts[messaging.DeliveryPending] > 0 {
				t.Errorf("message is %s with %v, want nothing waiting", m.State, m.Counts)
			}
		}
		b.want(late.ID, messaging.Finished, counts{messaging.DeliveryExpired: 1})
		b.want(scheduled.ID, messaging.Scheduled, counts{messaging.DeliveryScheduled: 1})
		b.run(48 * time.Hour)
		if got := b.sentTo(); got[personID(7)] != 1 || got[personID(0)] != 1 || got[personID(5)] != 1 {
			t.Errorf("sent to %v, want everybody once", got)
		}
		b.queue.WantNoErrors(t)
	})
}

// TestNothingToResume: settings that hold nothing back, or let go what is not
// held back, give no batch another job.
func TestNothingToResume(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	later := b.toUsers(0)
	later.SendAt = b.clock.Now().Add(time.Hour)
	b.send(later)
	for _, in := range []messaging.SettingsChange{
		{Paused: ptr(false)},
		{RetentionDays: ptr(30), Paused: ptr(false)},
		{RetentionDays: ptr(30)},
		{},
		{Paused: ptr(true)},
		{Paused: ptr(true)},
		{RetentionDays: ptr(20)},
	} {
		b.saveSettings(in)
		b.run(time.Minute)
		if n := b.queue.Len(); n != 1 {
			t.Errorf("after saving %+v: %d jobs, want the one that was there", in, n)
		}
	}
	b.saveSettings(messaging.SettingsChange{Paused: ptr(false)})
	if n := b.queue.Len(); n != 2 {
		t.Errorf("after the pause: %d jobs, want one that resumes", n)
	}
}

// TestResumeInSteps has more waiting batches than one step takes.
func TestResumeInSteps(t *testing.T) {
	t.Parallel()
	const people = 1100
	b := newBundle(t, openSQLite(t), options{people: people, limits: provider.Limits{UsersPerSend: 1}})
	b.saveSettings(messaging.SettingsChange{Paused: ptr(true)})
	all := make([]int, people)
	for n := range all {
		all[n] = n
	}
	m := b.send(b.toUsers(all...))
	b.run(0)
	if n := b.queue.Len(); n != 0 {
		t.Fatalf("%d jobs are left while messages are held back, want none", n)
	}
	b.saveSettings(messaging.SettingsChange{Paused: ptr(false)})
	b.run(0)
	if n := len(b.sentTo()); n != people {
		t.Errorf("sent to %d people, want %d", n, people)
	}
	if got := b.message(m.ID); got.Counts[messaging.DeliveryPending] != 0 {
		t.Errorf("counts %v, want nothing waiting", got.Counts)
	}
	b.queue.WantNoErrors(t)
}

func TestPausedAgain(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.saveSettings(messaging.SettingsChange{Paused: ptr(true)})
	b.send(b.toUsers(1))
	b.run(0)
	b.saveSettings(messaging.SettingsChange{Paused: ptr(false)})
	b.saveSettings(messaging.SettingsChange{Paused: ptr(true)})
	b.run(0)
	if n := len(b.fake.Sent()); n != 0 {
		t.Errorf("%d messages were sent, want them held back", n)
	}
}

func TestSettingsPermissions(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{authz: grants{
		"operator": tenant.RoleOperator, "viewer": tenant.RoleViewer, "sender": tenant.RoleSender,
	}})
	for user, may := range map[string]struct{ read, write bool }{
		"operator": {true, true}, "viewer": {true, false}, "sender": {true, false}, "nobody": {},
	} {
		ctx := tenant.WithActor(t.Context(), tenant.Actor{UserID: user, Username: user})
		_, settings := b.svc.Settings(ctx, here)
		_, quotas := b.svc.Quotas(ctx, here)
		_, save := b.svc.SaveSettings(ctx, here, messaging.SettingsChange{Paused: ptr(false)})
		if (settings == nil) != may.read || (quotas == nil) != may.read || (save == nil) != may.write {
			t.Errorf("%s: settings %v, quotas %v, save %v", user, settings, quotas, save)
		}
	}
	if _, err := b.svc.SaveSettings(t.Context(), here, messaging.SettingsChange{}); !errors.Is(err, tenant.ErrNoActor) {
		t.Errorf("without an actor: got %v", err)
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{
		EveryonePerDay: 3, SendsPerPersonPerDay: 2, PeoplePerMinute: 100, WebhookPerMinute: 20,
	}})
	b.send(b.toAll())
	b.send(b.toUsers(1))
	b.send(b.toUsers(1, 2))
	b.createHook("ops")
	if _, err := b.sendToHook("ops"); err != nil {
		t.Fatal(err)
	}
	b.run(0)
	uses, err := b.svc.Quotas(b.ctx(), here)
	if err != nil {
		t.Fatal(err)
	}
	minute, day := b.clock.Now().Truncate(10*time.Second).Add(70*time.Second), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	want := []messaging.QuotaUse{
		{Quota: messaging.QuotaEveryone, AppID: appID, Ends: day, N: 1, Most: 3},
		{Quota: messaging.QuotaWebhook, Subject: "ops", Ends: minute, N: 1, Most: 20},
		{Quota: messaging.QuotaPeople, AppID: appID, Ends: minute, N: 3, Most: 100},
		{Quota: messaging.QuotaPerson, AppID: appID, Subject: string(personID(1)), Ends: day, N: 2, Most: 2},
	}
	if fmt.Sprint(uses) != fmt.Sprint(want) {
		t.Errorf("quotas:\n got %+v\nwant %+v", uses, want)
	}
	if uses, err := b.svc.Quotas(b.ctx(), there); err != nil || len(uses) != 0 {
		t.Errorf("quotas of another tenant = %+v, %v; want none", uses, err)
	}
}

func TestConfigOfFilesAndRetention(t *testing.T) {
	t.Parallel()
	c := messaging.Config{}.WithDefaults()
	if c.MaxAttachments != 10 || c.MediaTTL != 30*24*time.Hour || c.RetentionDays != 90 {
		t.Errorf("defaults: got %+v", c)
	}
	err := messaging.Config{MaxAttachments: 11, MediaTTL: time.Minute, RetentionDays: 3651}.Validate()
	for _, want := range []string{"MaxAttachments", "MediaTTL", "RetentionDays"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}
