package storetest

import (
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// RunMedia proves a messaging.MediaStore.
func RunMedia(t *testing.T, newStore func(tb testing.TB) messaging.MediaStore) {
	t.Helper()
	runEach(t, newStore, map[string]func(*testing.T, messaging.MediaStore){
		"save and read": mediaSaveAndRead,
		"save again":    mediaSaveAgain,
		"keys":          mediaKeys,
		"prune":         mediaPrune,
		"tenants apart": mediaTenantsApart,
	})
}

func newMedia(t tenant.ID) messaging.Media {
	return messaging.Media{
		Tenant: t, Provider: provider.DingTalk, AppID: "app-1", AppIdentity: "key's 1", Kind: provider.MediaImage, Hash: "0a1b",
		Name: "周报's.png", Size: 3 << 30, ID: "@media-1", ExpiresAt: instant(100), UploadedAt: instant(1),
	}
}

func saveMedia(tb testing.TB, s messaging.MediaStore, m messaging.Media) {
	tb.Helper()
	if err := s.SaveMedia(tb.Context(), m); err != nil {
		tb.Fatalf("SaveMedia: %v", err)
	}
}

func wantMedia(tb testing.TB, s messaging.MediaStore, want messaging.Media) {
	tb.Helper()
	got, err := s.Media(tb.Context(), want.Tenant, want.AppID, want.Kind, want.Hash)
	if err != nil || got != want {
		tb.Errorf("Media:\n got %+v, %v\nwant %+v", got, err, want)
	}
}

func wantNoMedia(tb testing.TB, s messaging.MediaStore, m messaging.Media) {
	tb.Helper()
	_, err := s.Media(tb.Context(), m.Tenant, m.AppID, m.Kind, m.Hash)
	wantNowhere(tb, "Media", err)
}

func mediaSaveAndRead(t *testing.T, s messaging.MediaStore) {
	m := newMedia(here)
	wantNoMedia(t, s, m)
	saveMedia(t, s, m)
	wantMedia(t, s, m)
	forever := m
	forever.Hash, forever.ExpiresAt = "ffff", time.Time{}
	saveMedia(t, s, forever)
	wantMedia(t, s, forever)
}

func mediaSaveAgain(t *testing.T, s messaging.MediaStore) {
	m := newMedia(here)
	saveMedia(t, s, m)
	m.ID, m.Name, m.Size, m.ExpiresAt, m.UploadedAt, m.AppIdentity = "@media-2", "b.png", 7, time.Time{}, instant(9), "key 2"
	saveMedia(t, s, m)
	wantMedia(t, s, m)
}

func mediaKeys(t *testing.T, s messaging.MediaStore) {
	m := newMedia(here)
	saveMedia(t, s, m)
	for what, change := range map[string]func(*messaging.Media){
		"app":  func(m *messaging.Media) { m.AppID = "app-2" },
		"kind": func(m *messaging.Media) { m.Kind = provider.MediaFile },
		"hash": func(m *messaging.Media) { m.Hash = "0a1c" },
		"text": func(m *messaging.Media) { m.Hash = "\x00" },
	} {
		other := m
		change(&other)
		t.Run(what, func(t *testing.T) { wantNoMedia(t, s, other) }) //nolint:paralleltest // one store
	}
}

func mediaPrune(t *testing.T, s messaging.MediaStore) {
	expired, old, kept := newMedia(here), newMedia(here), newMedia(here)
	expired.Hash, expired.ExpiresAt, expired.UploadedAt = "01", instant(49), instant(60)
	old.Hash, old.ExpiresAt, old.UploadedAt = "02", time.Time{}, instant(49)
	kept.Hash, kept.ExpiresAt, kept.UploadedAt = "03", instant(50), instant(50)
	foreign := expired
	foreign.Tenant = there
	for _, m := range []messaging.Media{expired, old, kept, foreign} {
		saveMedia(t, s, m)
	}
	if err := s.PruneMedia(t.Context(), here, instant(50)); err != nil {
		t.Fatal(err)
	}
	wantNoMedia(t, s, expired)
	wantNoMedia(t, s, old)
	wantMedia(t, s, kept)
	wantMedia(t, s, foreign)
}

func mediaTenantsApart(t *testing.T, s messaging.MediaStore) {
	m := newMedia(here)
	saveMedia(t, s, m)
	wantNoMedia(t, s, newMedia(there))
	foreign := newMedia(there)
	foreign.ID = "@other"
	saveMedia(t, s, foreign)
	wantMedia(t, s, m)
	wantMedia(t, s, foreign)
}
