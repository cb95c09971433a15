package dingtalktest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// addMedia puts an upload into the company.
func (b *bundle) addMedia(id, kind string, size int64) {
	b.t.Helper()
	if _, err := b.AddMedia(corp, dingtalktest.Media{ID: id, Type: kind, Name: "a.bin", Size: size}); err != nil {
		b.t.Fatal(err)
	}
}

// upload uploads a file; an empty name leaves it out, an empty type too.
func (b *bundle) upload(query, kind, name string, data []byte) answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if kind != "" {
		check(b.t, w.WriteField("type", kind))
	}
	if name != "" {
		part, err := w.CreateFormFile("media", name)
		check(b.t, err)
		_, err = part.Write(data)
		check(b.t, err)
	}
	check(b.t, w.Close())
	return b.do(b.request(http.MethodPost, pathUpload+"?access_token="+b.token+query, w.FormDataContentType(), body.Bytes()))
}

func TestUpload(t *testing.T) {
	t.Parallel()
	b := setup(t)
	data := []byte("not really a picture")
	a := b.upload("", "image", "照片.PNG", data).want(0)
	id, _ := a.body["media_id"].(string)
	if !strings.HasPrefix(id, "@") {
		t.Errorf("media_id %q, want one that begins with @", id)
	}
	same(t, "type", a.body["type"], any("image"))
	same(t, "created_at", a.body["created_at"], any(float64(b.clock.Now().UnixMilli())))

	uploads := b.Media()
	if len(uploads) != 1 {
		t.Fatalf("%d uploads, want 1", len(uploads))
	}
	sum := sha256.Sum256(data)
	same(t, "upload", uploads[0], dingtalktest.Media{
		ID: id, CorpID: corp, ClientID: "key", Time: b.clock.Now(), Type: dingtalktest.MediaImage, Name: "照片.PNG",
		ContentType: "application/octet-stream", Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]),
	})
	calls := b.Calls()
	same(t, "recorded name", calls[len(calls)-1].Params["filename"], "照片.PNG")

	// What was uploaded can be sent.
	b.sendWith(params{"agent_id": agent, "userid_list": "bob", "msg": params{"msgtype": "image", "image": params{"media_id": id}}})
	b.upload("&type=file", "", "a.pdf", data).want(0)
	same(t, "type from the query", b.Media()[1].Type, dingtalktest.MediaFile)
}

func TestUploadRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	small, none := []byte("x"), []byte(nil)
	for _, tc := range []struct {
		name, kind, file string
		data             []byte
		code             int
	}{
		{"no type", "", "a.png", small, 40004},
		{"unknown type", "picture", "a.png", small, 40004},
		{"no file", "image", "", none, 41005},
		{"empty file", "image", "a.png", none, 44001},
		{"jpg", "image", "a.jpg", small, 0},
		{"gif", "image", "a.GIF", small, 0},
		{"svg", "image", "a.svg", small, 40005},
		{"no extension", "image", "png", small, 40005},
		{"amr", "voice", "a.amr", small, 0},
		{"ogg", "voice", "a.ogg", small, 40005},
		{"mp4", "video", "a.mp4", small, 0},
		{"mov", "video", "a.mov", small, 40005},
		{"xlsx", "file", "a.xlsx", small, 0},
		{"exe", "file", "a.exe", small, 40005},
		{"voice as big as may be", "voice", "a.amr", make([]byte, 2<<20), 0},
		{"voice too big", "voice", "a.amr", make([]byte, 2<<20+1), 40006},
		{"file as big as may be", "file", "a.zip", make([]byte, 20<<20), 0},
		{"file too big", "file", "a.zip", make([]byte, 20<<20+1), 40006},
	} {
		if code, _ := b.upload("", tc.kind, tc.file, tc.data).code(); code != tc.code {
			t.Errorf("%s: got %d, want %d", tc.name, code, tc.code)
		}
	}
	b.call(pathUpload, params{"type": "image"}).want(43008)
	b.do(b.request(http.MethodPost, pathUpload+"?access_token="+b.token, "multipart/form-data; boundary=x", []byte("--x\r\nbroken"))).want(43008)
	b.get(pathUpload + "?access_token=" + b.token).want(43002)
	mine := b.token
	b.token = "invented"
	b.upload("", "image", "a.png", small).want(40014)
	b.token = mine
}

func TestUploadNeedsPermission(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) {
		a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), dingtalktest.PermissionBase)
	}))
	b.upload("", "image", "a.png", []byte("x")).want(60011)
}

func TestAddMedia(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, err := b.AddMedia(corp, dingtalktest.Media{Type: dingtalktest.MediaImage, Name: "a.png"})
	if err != nil || !strings.HasPrefix(id, "@") {
		t.Fatalf("got %q, %v", id, err)
	}
	for name, tc := range map[string]struct {
		corp  string
		media dingtalktest.Media
		want  error
	}{
		"unknown company": {"nobody", dingtalktest.Media{Type: dingtalktest.MediaImage}, dingtalktest.ErrNotFound},
		"unknown type":    {corp, dingtalktest.Media{Type: "picture"}, dingtalktest.ErrInvalid},
		"bad id":          {corp, dingtalktest.Media{ID: "x", Type: dingtalktest.MediaImage}, dingtalktest.ErrInvalid},
		"taken id":        {corp, dingtalktest.Media{ID: id, Type: dingtalktest.MediaImage}, dingtalktest.ErrExists},
	} {
		if _, err := b.AddMedia(tc.corp, tc.media); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
}

func TestMediaOfAnotherCompany(t *testing.T) {
	t.Parallel()
	other := dingtalktest.Company{CorpID: "dingother"}
	b := setup(t, func(o *dingtalktest.Options) { o.Companies = append(o.Companies, other) })
	if _, err := b.AddMedia(other.CorpID, dingtalktest.Media{ID: "@theirs", Type: dingtalktest.MediaImage}); err != nil {
		t.Fatal(err)
	}
	image := params{"agent_id": agent, "userid_list": "bob", "msg": params{"msgtype": "image", "image": params{"media_id": "@theirs"}}}
	b.call(pathSend, image).want(40007)

	// Without the rule every id does.
	lax := setup(t, func(o *dingtalktest.Options) { o.RulesOff = []dingtalktest.Rule{dingtalktest.RuleMedia} })
	lax.call(pathSend, image).want(0)
}
