package dingtalktest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

func mediaRoutes() []route {
	return []route{
		{oldAPI, http.MethodPost, "/media/upload", appToken, PermissionBase, fileBody, (*call).uploadMedia},
	}
}

// upload is the file of a request. Only what is asked about it later is kept.
type upload struct {
	present     bool
	name        string
	contentType string
	size        int64
	sum         [sha256.Size]byte
}

const (
	// maxUpload is what the emulator reads of a file before it stops looking,
	// in bytes: more than any type may have.
	maxUpload = 32 << 20
	// maxFormField bounds the fields beside the file, in bytes.
	maxFormField = 1024
)

// readUpload takes in a multipart body. The file is hashed as it comes.
func (c *call) readUpload() {
	c.params.form = url.Values{"type": {c.r.URL.Query().Get("type")}}
	parts, err := c.r.MultipartReader()
	if err != nil {
		c.unreadable = errNotMultipart
		return
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err == nil {
			err = c.readPart(part)
		}
		if err != nil {
			c.unreadable = errNotMultipart
			return
		}
	}
}

func (c *call) readPart(part *multipart.Part) error {
	name := part.FormName()
	if name == "media" && part.FileName() != "" && !c.upload.present {
		return c.readFile(part)
	}
	value, err := io.ReadAll(io.LimitReader(part, maxFormField))
	if err == nil && name == "type" {
		c.params.form.Set(name, string(value))
	}
	return err
}

func (c *call) readFile(part *multipart.Part) error {
	hash := sha256.New()
	size, err := io.Copy(hash, io.LimitReader(part, maxUpload))
	if err != nil {
		return err
	}
	c.upload = upload{
		present: true, name: part.FileName(), contentType: part.Header.Get("Content-Type"),
		size: size, sum: [sha256.Size]byte(hash.Sum(nil)),
	}
	c.params.form.Set("filename", c.upload.name)
	c.params.form.Set("size", strconv.FormatInt(size, 10))
	return nil
}

func (c *call) uploadMedia() *refusal {
	kind := c.params.text("type")
	rule, known := mediaRules[kind]
	switch {
	case !known:
		return errMediaType
	case !c.upload.present:
		return errNoMedia
	case c.upload.size == 0:
		return errEmptyMedia
	case !slices.Contains(rule.extensions, extension(c.upload.name)):
		return errMediaFormat
	case c.upload.size > rule.size:
		return errMediaSize
	}
	m := &Media{
		ID: newMediaID(), CorpID: c.corpID(), ClientID: c.app.clientID, Time: c.at, Type: kind,
		Name: c.upload.name, ContentType: c.upload.contentType,
		Size: c.upload.size, SHA256: hex.EncodeToString(c.upload.sum[:]), AnswerLost: c.lost,
	}
	c.em.media.add(m)
	o := object{b: c.body}
	o.text("type", kind)
	o.text("media_id", m.ID)
	o.number("created_at", c.at.UnixMilli())
	c.body = append(o.b, ',')
	return nil
}
