package providertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/thirdapp/thirdapp/provider"
)

func runUploader(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"takes every kind", takesEveryKind},
		{"takes extensions in capitals", func(t *testing.T, s subject) {
			uploader := ability[provider.MediaUploader](t, s)
			for kind := range s.Limits().Media {
				m := s.sample(kind)
				m.Name = strings.ToUpper(m.Name)
				if _, err := uploader.Upload(t.Context(), m); err != nil {
					t.Errorf("Upload of %s: %v", m.Name, err)
				}
			}
		}},
		{"refuses what is not within the limits", refusesMedia},
		{"a reader that fails", func(t *testing.T, s subject) {
			uploader := ability[provider.MediaUploader](t, s)
			boom := errors.New("the disk is gone")
			for kind := range s.Limits().Media {
				m, before := s.sample(kind), s.uploads()
				m.Data = io.MultiReader(strings.NewReader("half"), iotest.ErrReader(boom))
				if got, err := uploader.Upload(t.Context(), m); !errors.Is(err, boom) {
					t.Errorf("Upload of %s = %+v, %v; want the reader's error", kind, got, err)
				}
				if got := s.uploads(); got != before {
					t.Errorf("half of a file of kind %s was uploaded", kind)
				}
			}
		}},
	})
}

func takesEveryKind(t *testing.T, s subject) {
	uploader := ability[provider.MediaUploader](t, s)
	n := 0
	for kind, limit := range s.Limits().Media {
		for _, extension := range limit.Extensions {
			m := s.sample(kind)
			m.Name = "样本 \"1\"." + extension
			data := sampleData(kind)
			got, err := uploader.Upload(t.Context(), m)
			if err != nil || got.ID == "" {
				t.Errorf("Upload of %s = %+v, %v; want an id", m.Name, got, err)
				continue
			}
			s.wantNoSecrets(t, "upload", got)
			n++
			if s.Uploaded == nil {
				continue
			}
			all := s.Uploaded()
			if len(all) != n {
				t.Fatalf("%s: the office app has %d files, want %d", m.Name, len(all), n)
			}
			if last := all[n-1]; last.Kind != kind || last.Name != m.Name || !bytes.Equal(last.Data, data) {
				t.Errorf("the office app has a file of kind %s, %q, of %q; want %s, %q, %q", last.Kind, last.Name, last.Data, kind, m.Name, data)
			}
		}
	}
	if n == 0 {
		t.Error("nothing could be uploaded")
	}
}

func refusesMedia(t *testing.T, s subject) {
	uploader := ability[provider.MediaUploader](t, s)
	bad := make(map[string]provider.Media)
	add := func(what string, kind provider.MediaKind, change func(*provider.Media)) {
		m := s.sample(kind)
		change(&m)
		bad[fmt.Sprintf("%s, %s", kind, what)] = m
	}
	for _, kind := range mediaKinds() {
		limit, ok := s.Limits().Media[kind]
		if !ok {
			add("a kind that is not taken", kind, func(m *provider.Media) { m.Name = "a.png" })
			continue
		}
		add("wrong extension", kind, func(m *provider.Media) { m.Name = "a.exe2" })
		add("no extension", kind, func(m *provider.Media) { m.Name = limit.Extensions[0] })
		add("no name", kind, func(m *provider.Media) { m.Name = "" })
		if limit.Bytes > 0 {
			add("too large", kind, func(m *provider.Media) {
				m.Size, m.Data = limit.Bytes+1, io.LimitReader(zeros{}, limit.Bytes+1)
			})
		}
	}
	add("unknown kind", "hologram", func(m *provider.Media) { m.Name = "a.png" })
	for what, m := range bad {
		_, err := uploader.Upload(t.Context(), m)
		if got := provider.CodeOf(err); got != provider.InvalidArgument {
			t.Errorf("Upload of %s: got code %s (%v), want %s", what, got, err, provider.InvalidArgument)
		}
	}
	if got := s.uploads(); got != 0 {
		t.Errorf("%d files were uploaded all the same", got)
	}
}

func mediaKinds() []provider.MediaKind {
	return []provider.MediaKind{provider.MediaImage, provider.MediaVoice, provider.MediaVideo, provider.MediaFile}
}

// zeros is data without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// sample returns a small file of a kind, to be read once.
func (s subject) sample(kind provider.MediaKind) provider.Media {
	data := sampleData(kind)
	m := provider.Media{Kind: kind, Name: "sample", Size: int64(len(data)), Data: bytes.NewReader(data)}
	if extensions := s.Limits().Media[kind].Extensions; len(extensions) > 0 {
		m.Name += "." + slices.Min(extensions)
	}
	return m
}

func sampleData(kind provider.MediaKind) []byte {
	return []byte("data of a sample: " + string(kind) + "\x00\r\n--\xff")
}

// uploads counts the files that the office app has; 0 where nobody can tell.
func (s subject) uploads() int {
	if s.Uploaded == nil {
		return 0
	}
	return len(s.Uploaded())
}
