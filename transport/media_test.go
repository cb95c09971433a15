package transport_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/transport"
)

// mediaBoundary parts the forms of the tests, mediaFormType is their type.
const (
	mediaBoundary = "form-3c9a"
	mediaFormType = "multipart/form-data; boundary=" + mediaBoundary
)

// part is one part of a form; one with a file name is a file.
type part struct{ field, file, data string }

// formOf returns a form.
func formOf(parts ...part) string {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.SetBoundary(mediaBoundary); err != nil {
		panic(err)
	}
	for _, p := range parts {
		var to io.Writer
		var err error
		if p.file == "" {
			to, err = w.CreateFormField(p.field)
		} else {
			to, err = w.CreateFormFile(p.field, p.file)
		}
		if err == nil {
			_, err = io.WriteString(to, p.data)
		}
		if err != nil {
			panic(err) // memory takes everything
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return body.String()
}

// mediaForm returns the form of a picture for DingTalk.
func mediaForm(name, data string) string {
	return formOf(part{"provider", "", "dingtalk"}, part{"kind", "", "image"}, part{"file", name, data})
}

func uploadOf(form string) request {
	return request{
		method: http.MethodPost, path: "/media", user: owner, tenant: here, body: form,
		header: http.Header{"Content-Type": {mediaFormType}},
	}
}

const picture = "\x89PNG\r\n\x1a\n picture"

func TestFullMedia(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	as := func(user string, r request) request {
		r.user = user
		return r
	}
	kind := func(kind string) string {
		return formOf(part{"file", "a.png", picture}, part{"provider", "", "dingtalk"}, part{"kind", "", kind})
	}
	json := uploadOf(`{"provider":"dingtalk"}`)
	json.header = nil
	p.golden(t, []step{
		{"unknown_kind", uploadOf(kind("picture"))},
		{"wrong_extension", uploadOf(mediaForm("a.exe", picture))},
		{"no_picture", uploadOf(mediaForm("a.png", "<html>"))},
		{"empty", uploadOf(mediaForm("a.png", ""))},
		{"no_provider", uploadOf(formOf(part{"kind", "", "image"}, part{"file", "a.png", picture}))},
		{"unknown_provider", uploadOf(formOf(part{"provider", "", "slack"}, part{"kind", "", "image"}, part{"file", "a.png", picture}))},
		{"no_file", uploadOf(formOf(part{"provider", "", "dingtalk"}, part{"kind", "", "image"}))},
		{"two_files", uploadOf(formOf(part{"file", "a.png", picture}, part{"file", "b.png", picture}))},
		{"unknown_field", uploadOf(formOf(part{"provider", "", "dingtalk"}, part{"name", "", "a.png"}))},
		{"long_field", uploadOf(formOf(part{"provider", "", strings.Repeat("x", 1025)}))},
		{"no_form", json},
		{"cut_off", uploadOf(strings.SplitAfter(mediaForm("a.png", picture), "PNG\r\n")[0])},
		{"no_permission", as(viewer, uploadOf(mediaForm("a.png", picture)))},
	})
	if n := len(p.emulator.Media()); n != 0 {
		t.Fatalf("%d files reached DingTalk, want none", n)
	}
	type media struct {
		MediaID, Kind, Name, AppID string
		Size                       int64
	}
	first := p.do(t, uploadOf(mediaForm("周报.png", picture)))
	got := result[media](t, first)
	if first.status != http.StatusCreated || got.MediaID == "" || got.Kind != "image" || got.Name != "周报.png" ||
		got.AppID != p.apps[here] || got.Size != int64(len(picture)) {
		t.Errorf("got HTTP %d %+v", first.status, got)
	}
	if again := result[media](t, p.do(t, uploadOf(mediaForm("b.png", picture)))); again.MediaID != got.MediaID {
		t.Errorf("the same picture again: %s, want %s", again.MediaID, got.MediaID)
	}
	if up := p.emulator.Media(); len(up) != 1 || up[0].ID != got.MediaID {
		t.Errorf("DingTalk has %+v, want the one picture", up)
	}
}

// TestMediaSize uploads more than other bodies may have, and more than any
// office app takes.
func TestMediaSize(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(s *setup) { s.MaxBody = 1 << 10 })
	file := func(n int) request {
		return uploadOf(mediaForm("a.png", picture+strings.Repeat("z", n-len(picture))))
	}
	for n, status := range map[int]int{
		2 << 20:         http.StatusCreated,
		20 << 20:        http.StatusCreated,
		20<<20 + 1:      http.StatusBadRequest,
		20<<20 + 80<<10: http.StatusRequestEntityTooLarge,
	} {
		if a := p.do(t, file(n)); a.status != status {
			t.Errorf("%d bytes: got HTTP %d %.300s, want %d", n, a.status, a.body, status)
		}
	}
}

func FuzzDecodeMedia(f *testing.F) {
	f.Add(mediaFormType, mediaForm("a.png", picture))
	f.Add(mediaFormType, formOf(part{"file", "\x00", ""}, part{"kind", "", "\xff"}))
	f.Add(mediaFormType, "--"+mediaBoundary+"\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nx\r\n--"+mediaBoundary+"--")
	f.Add("multipart/form-data", "")
	f.Add("application/json", "{}")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		_, err := transport.DecodeMedia(r)
		refusal(t, err)
	})
}
