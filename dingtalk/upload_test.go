package dingtalk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

const okUpload = `{"errcode":0,"errmsg":"ok","type":"image","media_id":"@lADO","created_at":1700000000000}`

func picture(content string) provider.Media {
	return provider.Media{Kind: provider.MediaImage, Name: `图 "1".PNG`, Size: int64(len(content)), Data: strings.NewReader(content)}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	f := newFake().reply(uploadPath, okUpload)
	content := strings.Repeat("\x00\xff图", 100_000)
	got, err := open(t, f).Upload(t.Context(), picture(content))
	if err != nil || got.ID != "@lADO" || !got.ExpiresAt.IsZero() {
		t.Fatalf("Upload() = %+v, %v", got, err)
	}
	sent := f.to(uploadPath)[0]
	kind, params, err := mime.ParseMediaType(sent.header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || sent.query.Get("access_token") != "tok-1" {
		t.Fatalf("content type %q (%v), query %v", kind, err, sent.query)
	}
	form, err := multipart.NewReader(bytes.NewReader(sent.body), params["boundary"]).ReadForm(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if form.Value["type"][0] != "image" || len(form.File["media"]) != 1 {
		t.Fatalf("form = %+v", form)
	}
	file := form.File["media"][0]
	part, err := file.Open()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(part)
	if err != nil || string(data) != content || file.Filename != `图 "1".PNG` || file.Header.Get("Content-Type") == "" {
		t.Errorf("file %q of %d bytes, %v", file.Filename, len(data), err)
	}
}

// TestUploadStreams: the first bytes arrive while the rest is not there yet.
func TestUploadStreams(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc(tokenPath, func(w http.ResponseWriter, _ *http.Request) { say(w, `{"accessToken":"tok-1","expireIn":7200}`) })
	mux.HandleFunc(uploadPath, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadFull(r.Body, make([]byte, 64<<10)); err != nil {
			t.Error(err)
		}
		close(arrived)
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		say(w, okUpload)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p := openWith(t, dingtalk.Options{APIBaseURL: server.URL, OAPIBaseURL: server.URL, CallsPerSecond: -1}, settings(), provider.Environment{})
	const size = 1 << 20
	rest := &gate{open: arrived, data: strings.NewReader(strings.Repeat("b", size/2))}
	data := io.MultiReader(strings.NewReader(strings.Repeat("a", size/2)), rest)
	if _, err := p.Upload(t.Context(), provider.Media{Kind: provider.MediaFile, Name: "a.pdf", Size: size, Data: data}); err != nil {
		t.Error(err)
	}
}

// gate is read when it is open.
type gate struct {
	open <-chan struct{}
	data io.Reader
}

func (g *gate) Read(b []byte) (int, error) {
	<-g.open
	return g.data.Read(b)
}

func TestUploadRefusesBeforeCalling(t *testing.T) {
	t.Parallel()
	f := newFake()
	p := open(t, f)
	limits := p.Limits().Media
	for name, m := range map[string]provider.Media{
		"no kind":        {Name: "a.png", Size: 1, Data: strings.NewReader("x")},
		"unknown kind":   {Kind: "hologram", Name: "a.png", Size: 1, Data: strings.NewReader("x")},
		"empty":          {Kind: provider.MediaImage, Name: "a.png", Data: strings.NewReader("")},
		"no data":        {Kind: provider.MediaImage, Name: "a.png", Size: 1},
		"too large":      {Kind: provider.MediaVoice, Name: "a.amr", Size: limits[provider.MediaVoice].Bytes + 1, Data: strings.NewReader("x")},
		"other kind":     {Kind: provider.MediaImage, Name: "a.pdf", Size: 1, Data: strings.NewReader("x")},
		"no extension":   {Kind: provider.MediaFile, Name: "pdf", Size: 1, Data: strings.NewReader("x")},
		"not a document": {Kind: provider.MediaFile, Name: "a.pdf.exe", Size: 1, Data: strings.NewReader("x")},
	} {
		_, err := p.Upload(t.Context(), m)
		if e := asError(t, err); e.Code != provider.InvalidArgument || !e.Unsent {
			t.Errorf("%s: %+v, want invalid_argument and unsent", name, e)
		}
	}
	if len(f.requests) > 0 {
		t.Errorf("%d calls, want none", len(f.requests))
	}
}

func TestUploadErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   provider.Code
		unsent bool
	}{
		"type":    {write(200, `{"errcode":40005}`), provider.InvalidArgument, true},
		"size":    {write(200, `{"errcode":40006}`), provider.InvalidArgument, true},
		"token":   {write(200, `{"errcode":40014}`), provider.Unavailable, true},
		"busy":    {write(200, `{"errcode":-1}`), provider.Unavailable, false},
		"gateway": {write(200, `{"errcode":88,"sub_code":""}`), provider.Unavailable, true},
		"down":    {write(502, ``), provider.Unavailable, false},
		"no id":   {write(200, `{"errcode":0}`), provider.Unavailable, false},
		"hang up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, provider.Unavailable, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake().on(uploadPath, c.answer)
			p := open(t, f)
			_, err := p.Upload(t.Context(), picture("x"))
			if e := asError(t, err); e.Code != c.code || e.Unsent != c.unsent {
				t.Errorf("error = %+v, want %s, unsent = %v", e, c.code, c.unsent)
			}
			wantClean(t, err)
			if n := f.count(uploadPath); n != 1 {
				t.Errorf("%d uploads, want one", n)
			}
			f.reply(uploadPath, okUpload)
			if _, err := p.Upload(t.Context(), picture("x")); err != nil {
				t.Errorf("the next upload: %v", err)
			}
			if name == "token" && f.tokens != 2 {
				t.Errorf("%d tokens, want a new one for the next upload", f.tokens)
			}
		})
	}
}

var errBroken = errors.New("disk is broken")

// broken fails after some bytes.
type broken struct{ data io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.data.Read(p)
	if errors.Is(err, io.EOF) {
		err = errBroken
	}
	return n, err
}

// TestUploadOfWrongData: it is the caller's fault, and said so.
func TestUploadOfWrongData(t *testing.T) {
	t.Parallel()
	f := newFake().reply(uploadPath, okUpload)
	p := open(t, f)
	for want, m := range map[string]provider.Media{
		"shorter": {Kind: provider.MediaImage, Name: "a.png", Size: 5, Data: strings.NewReader("abcd")},
		"longer":  {Kind: provider.MediaImage, Name: "a.png", Size: 3, Data: strings.NewReader("abcd")},
		"broken":  {Kind: provider.MediaImage, Name: "a.png", Size: 5, Data: broken{strings.NewReader("abcd")}},
	} {
		_, err := p.Upload(t.Context(), m)
		if e := asError(t, err); e.Code != provider.InvalidArgument || !e.Unsent || !strings.Contains(e.Error(), want) {
			t.Errorf("%s: %+v, want invalid_argument that says so", want, e)
		}
	}
}

func TestUploadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan struct{})
	f := newFake().on(uploadPath, func(http.ResponseWriter, *http.Request) {
		cancel()
		<-end
	})
	_, err := openServed(t, f, dingtalk.Options{}, time.Now).Upload(ctx, picture("x"))
	close(end)
	if e := asError(t, err); e.Code != provider.Canceled {
		t.Errorf("error = %+v, want canceled", e)
	}
}
