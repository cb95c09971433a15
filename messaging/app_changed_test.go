package messaging_test

import (
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

// become makes the app that of an organisation, and an app at the office app.
func (c *fakeConnector) become(orgID, identity string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn.App.Values = map[string]string{provider.SettingOrgID: orgID}
	c.conn.App.Identity = identity
	c.conn.App.Version++
}

func wantAppChanged(t *testing.T, what string, f *messaging.Failure) {
	t.Helper()
	if f == nil || f.Reason != messaging.ReasonAppChanged || f.Message.IsZero() || f.Remedy.ZH == "" || f.Remedy.EN == "" {
		t.Errorf("%s: got %+v, want %s with a remedy", what, f, messaging.ReasonAppChanged)
	}
}

// TestAppOfAnotherOrganisation: what waits is not sent to whoever has the same id
// there, and can be sent once the organisation is the right one again.
func TestAppOfAnotherOrganisation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{audiences: &crowd{size: 5}})
		b.conns.become(providertest.OrgID, "key-1")
		named, crowded := b.toUsers(0, 1), b.toCrowd()
		named.SendAt = b.clock.Now().Add(time.Hour)
		crowded.SendAt = named.SendAt
		m, selected := b.send(named), b.send(crowded)
		b.conns.become("other-corp", "key-2")
		b.run(2 * time.Hour)
		if got := b.fake.Sent(); len(got) > 0 {
			t.Fatalf("sent to another organisation: %+v", got)
		}
		b.want(m.ID, messaging.Finished, counts{messaging.DeliveryFailed: 2})
		wantAppChanged(t, "who was named", b.deliveries(m.ID)[0].Failure)
		b.want(selected.ID, messaging.Finished, counts{messaging.DeliveryUnbound: 1})
		wantAppChanged(t, "who was to be looked up", b.deliveries(selected.ID)[0].Failure)
		if _, err := b.svc.Replay(b.ctx(), here, m.ID, nil); !errors.Is(err, messaging.ErrAppChanged) {
			t.Errorf("Replay: got %v, want %v", err, messaging.ErrAppChanged)
		}
		b.conns.become(providertest.OrgID, "key-1")
		if _, err := b.svc.Replay(b.ctx(), here, m.ID, nil); err != nil {
			t.Fatal(err)
		}
		b.run(0)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 2})
		b.queue.WantNoErrors(t)
	})
}

// TestAnotherAppOfTheOrganisation sends what waits, and is not asked about what
// the app before was given.
func TestAnotherAppOfTheOrganisation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{RecallWindow: 24 * time.Hour}})
		b.conns.become(providertest.OrgID, "key-1")
		r := b.toUsers(0)
		r.Content = provider.Content{Type: provider.NoticeContent, Notice: &provider.Notice{
			Title: "a", Text: "b", URL: "https://a.example/1", Status: &provider.Status{Text: "open"},
		}}
		old := b.send(r)
		b.run(0)
		r.SendAt = b.clock.Now().Add(time.Minute)
		later := b.send(r)
		b.conns.become(providertest.OrgID, "key-2")
		b.run(time.Minute)
		b.want(old.ID, messaging.Finished, counts{messaging.DeliveryAccepted: 1})
		b.want(later.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
		done := provider.Status{Text: "done"}
		if err := b.svc.UpdateStatus(b.ctx(), here, old.ID, done); !errors.Is(err, messaging.ErrAppChanged) {
			t.Errorf("UpdateStatus: got %v, want %v", err, messaging.ErrAppChanged)
		}
		if err := b.svc.UpdateStatus(b.ctx(), here, later.ID, done); err != nil {
			t.Errorf("UpdateStatus of what the new one sent: %v", err)
		}
		for _, m := range []messaging.Message{old, later} {
			if _, err := b.svc.Recall(b.ctx(), here, m.ID); err != nil {
				t.Fatal(err)
			}
		}
		b.run(time.Minute)
		wantAppChanged(t, "recall", b.batch(old.ID).RecallFailure)
		b.want(later.ID, messaging.Finished, counts{messaging.DeliveryRecalled: 1})
		if n := b.fake.Calls(providertest.OpRecall); n != 1 {
			t.Errorf("%d recalls, want only that of what the new one sent", n)
		}
		b.queue.WantNoErrors(t)
	})
}

// TestCorrectedOrganisation: an app whose organisation was mistyped is still the
// same one, and knows what it was given.
func TestCorrectedOrganisation(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{RecallWindow: time.Hour}})
	b.conns.become("mistyped", "key-1")
	r := b.toUsers()
	r.Recipients.ProviderUserIDs = []provider.UserID{personID(0)}
	m := b.send(r)
	b.run(0)
	b.conns.become(providertest.OrgID, "key-1")
	b.run(time.Minute)
	b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
	if _, err := b.svc.Recall(b.ctx(), here, m.ID); err != nil {
		t.Fatal(err)
	}
	b.run(time.Minute)
	b.want(m.ID, messaging.Finished, counts{messaging.DeliveryRecalled: 1})
}

// TestUploadToAnotherApp: an upload is only used again by the app that made it.
func TestUploadToAnotherApp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		b.conns.become(providertest.OrgID, "key-1")
		upload := func() string {
			t.Helper()
			m, err := b.upload(provider.MediaImage, "a.png", png(1))
			if err != nil {
				t.Fatal(err)
			}
			return m.ID
		}
		first := upload()
		b.conns.become(providertest.OrgID, "key-2")
		second := upload()
		if second == first || upload() != second {
			t.Errorf("uploads: %s, then through another app %s, want another one, once", first, second)
		}
		b.conns.become("other-corp", "key-2")
		if got := upload(); got != second {
			t.Errorf("the same app: got %s, want %s", got, second)
		}
	})
}
