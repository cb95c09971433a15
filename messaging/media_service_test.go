package messaging_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// png returns the beginning of a picture; n makes it another one.
func png(n byte) []byte { return append([]byte("\x89PNG\r\n\x1a\n"), n, n, n) }

func (b *bundle) upload(kind provider.MediaKind, name string, data []byte) (messaging.Media, error) {
	return b.svc.Upload(b.ctx(), here, messaging.Upload{
		Provider: b.fake.Kind(), Kind: kind, Name: name, Data: bytes.NewReader(data),
	})
}

func TestUploadOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		first, err := b.upload(provider.MediaImage, "周报.PNG", png(1))
		if err != nil {
			t.Fatal(err)
		}
		if first.ID == "" || first.Name != "周报.PNG" || first.Size != 11 || first.AppID != appID || len(first.Hash) != 64 {
			t.Errorf("uploaded %+v", first)
		}
		again, err := b.upload(provider.MediaImage, "other.png", png(1))
		if err != nil || again != first {
			t.Errorf("the same file again = %+v, %v; want %+v", again, err, first)
		}
		file, err := b.upload(provider.MediaFile, "a.txt", png(1))
		other, err2 := b.upload(provider.MediaImage, "a.png", png(2))
		if err := errors.Join(err, err2); err != nil || file.ID == first.ID || other.ID == first.ID {
			t.Errorf("another kind %+v, another picture %+v, %v; want uploads of their own", file, other, err)
		}
		if n := b.fake.Calls(providertest.OpUpload); n != 3 {
			t.Errorf("%d uploads, want 3", n)
		}
	})
}

func TestUploadAgainWhenItEnds(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]options{
		"named end": {fake: providertest.FakeConfig{MediaLife: 72 * time.Hour}},
		"none":      {cfg: messaging.Config{MediaTTL: 71 * time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, openSQLite(t), o)
			first, err := b.upload(provider.MediaImage, "a.png", png(1))
			if err != nil {
				t.Fatal(err)
			}
			b.clock.Pass(71*time.Hour - time.Minute)
			if again, err := b.upload(provider.MediaImage, "a.png", png(1)); err != nil || again.ID != first.ID {
				t.Errorf("shortly before its end: %+v, %v; want %s", again, err, first.ID)
			}
			b.clock.Pass(time.Minute)
			for range 2 {
				if again, err := b.upload(provider.MediaImage, "a.png", png(1)); err != nil || again.ID != "@media-2" {
					t.Errorf("at its end: %+v, %v; want one more upload", again, err)
				}
			}
		})
	}
}

func TestUploadRefusals(t *testing.T) { //nolint:tparallel // its parts share a bundle, which is looked at in the end
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{Media: map[provider.MediaKind]provider.MediaLimit{
		provider.MediaImage: {Bytes: 20, Extensions: []string{"png", "jpg"}},
		provider.MediaFile:  {Bytes: 10, Extensions: []string{"txt"}},
	}}})
	for _, c := range []struct {
		what, name string
		kind       provider.MediaKind
		data       []byte
		field      string
		names      string
	}{
		{"unknown kind", "a.png", "picture", png(1), "kind", "file, image"},
		{"kind not taken", "a.amr", provider.MediaVoice, png(1), "kind", "file, image"},
		{"extension", "a.gif", provider.MediaImage, png(1), "name", "png, jpg"},
		{"no extension", "png", provider.MediaImage, png(1), "name", "png, jpg"},
		{"no name", "", provider.MediaImage, png(1), "name", "128"},
		{"path", "../a.png", provider.MediaImage, png(1), "name", "slashes"},
		{"control character", "a\n.png", provider.MediaImage, png(1), "name", "control"},
		{"long name", strings.Repeat("x", 125) + ".png", provider.MediaImage, png(1), "name", "128"},
		{"empty", "a.txt", provider.MediaFile, nil, "file", "empty"},
		{"too large", "a.txt", provider.MediaFile, []byte("12345678901"), "file", "10"},
		{"no picture", "a.png", provider.MediaImage, []byte("<script>"), "file", "picture"},
	} {
		t.Run(c.what, func(t *testing.T) { //nolint:paralleltest // one bundle
			_, err := b.upload(c.kind, c.name, c.data)
			wantRefusal(t, err, messaging.ErrInvalidMedia, c.field)
			if err == nil || !strings.Contains(err.Error(), c.names) {
				t.Errorf("got %v, want it to name %s", err, c.names)
			}
		})
	}
	if n := b.fake.Calls(providertest.OpUpload); n != 0 {
		t.Errorf("%d uploads, want none", n)
	}
	if _, err := b.upload(provider.MediaFile, "a.txt", []byte("1234567890")); err != nil {
		t.Errorf("as large as it may be: %v", err)
	}
}

// endless counts what was read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func TestUploadReadsNoMoreThanItTakes(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	var data endless
	_, err := b.svc.Upload(b.ctx(), here, messaging.Upload{
		Provider: b.fake.Kind(), Kind: provider.MediaFile, Name: "a.txt", Data: &data,
	})
	wantRefusal(t, err, messaging.ErrInvalidMedia, "file")
	if data.read > 4<<20 {
		t.Errorf("%d bytes were read of an endless file", data.read)
	}
}

func TestUploadFailures(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.fake.Fail(providertest.OpUpload, 1, refused())
	if _, err := b.upload(provider.MediaImage, "a.png", png(1)); provider.CodeOf(err) != provider.PermissionDenied {
		t.Errorf("refused upload: got %v", err)
	}
	if _, err := b.upload(provider.MediaImage, "a.png", png(1)); err != nil {
		t.Errorf("the next try: %v", err)
	}
	b.fake.Fail(providertest.OpUpload, 1, unsent())
	if _, err := b.upload(provider.MediaImage, "b.png", png(2)); err != nil {
		t.Errorf("turned away once: got %v, want it tried again", err)
	}
	b.fake.Fail(providertest.OpUpload, 2, unsent())
	if _, err := b.upload(provider.MediaImage, "c.png", png(3)); provider.CodeOf(err) != provider.Unavailable {
		t.Errorf("turned away twice: got %v", err)
	}
	b.fake.Fail(providertest.OpUpload, 1, &provider.Error{Code: provider.Unavailable})
	if _, err := b.upload(provider.MediaImage, "d.png", png(4)); err != nil {
		t.Errorf("nobody knows whether it was taken: got %v, want it tried again", err)
	}
	broken := errors.New("connection lost")
	_, err := b.svc.Upload(b.ctx(), here, messaging.Upload{
		Provider: b.fake.Kind(), Kind: provider.MediaFile, Name: "a.txt",
		Data: io.MultiReader(strings.NewReader("x"), failingReader{broken}),
	})
	if !errors.Is(err, broken) {
		t.Errorf("unreadable file: got %v", err)
	}
	none := newBundle(t, openSQLite(t), options{fake: providertest.FakeConfig{Without: []string{"MediaUploader"}}})
	if _, err := none.upload(provider.MediaImage, "a.png", png(1)); !errors.Is(err, provider.ErrUnsupported) {
		t.Errorf("office app without files: got %v", err)
	}
	b.conns.fail(tenant.ErrNotConfigured)
	if _, err := b.upload(provider.MediaImage, "a.png", png(1)); !errors.Is(err, tenant.ErrNotConfigured) {
		t.Errorf("no app: got %v", err)
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// TestUploadAtOnce has many callers with one file, of which the first gives up.
func TestUploadAtOnce(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	release := b.fake.Hang(providertest.OpUpload)
	defer release()
	upload := func(ctx context.Context) (messaging.Media, error) {
		return b.svc.Upload(ctx, here, messaging.Upload{
			Provider: b.fake.Kind(), Kind: provider.MediaImage, Name: "a.png", Data: bytes.NewReader(png(1)),
		})
	}
	var wg sync.WaitGroup
	first, giveUp := context.WithCancel(b.ctx())
	wg.Go(func() {
		if _, err := upload(first); provider.CodeOf(err) != provider.Canceled {
			t.Errorf("the one who gives up: got %v", err)
		}
	})
	eventually(t, func() bool { return b.fake.Calls(providertest.OpUpload) == 1 })
	const callers = 8
	ids := make([]string, callers)
	for i := range callers {
		wg.Go(func() {
			m, err := upload(b.ctx())
			if err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
			ids[i] = m.ID
		})
	}
	giveUp()
	eventually(t, func() bool { return b.fake.Calls(providertest.OpUpload) == 2 })
	release()
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Errorf("uploads %v, want one for all", ids)
		}
	}
	if n := len(b.fake.Uploads()); n != 1 {
		t.Errorf("%d uploads, want 1", n)
	}
}

func TestUploadPermissions(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{authz: grants{"sender": tenant.RoleSender, "viewer": tenant.RoleViewer}})
	for user, want := range map[string]provider.Code{"sender": provider.OK, "viewer": provider.PermissionDenied} {
		ctx := tenant.WithActor(t.Context(), tenant.Actor{UserID: user, Username: user})
		_, err := b.svc.Upload(ctx, here, messaging.Upload{
			Provider: b.fake.Kind(), Kind: provider.MediaImage, Name: "a.png", Data: bytes.NewReader(png(1)),
		})
		if got := provider.CodeOf(err); got != want {
			t.Errorf("%s: got %v, want %s", user, err, want)
		}
	}
}
