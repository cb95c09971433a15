package dingtalk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"slices"
	"sync/atomic"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// uploadSpeed is the slowest that an upload may be, in bytes a second; the
// time-out of a call is longer by what the data takes at that.
const uploadSpeed = 256 << 10

var (
	errShortData = errors.New("the data is shorter than its size")
	errLongData  = errors.New("the data is longer than its size")
)

// Upload sends a file to DingTalk while it reads it; nothing of it is kept. The
// media id can be used many times by this app, and DingTalk names no end of its
// life. An upload is made once; when the access token was refused, the error is
// of code Unavailable and the next upload gets another token. When ctx ends, one
// read of m.Data may still be under way as Upload returns.
func (p *Provider) Upload(ctx context.Context, m provider.Media) (provider.UploadedMedia, error) {
	if err := checkMedia(m); err != nil {
		return provider.UploadedMedia{}, err
	}
	data := &sizedReader{data: m.Data}
	data.left.Store(m.Size)
	form, err := p.uploadForm(m, data)
	if err != nil {
		return provider.UploadedMedia{}, p.client.failure(apiUpload, provider.Internal, err, true)
	}
	got, err := p.client.upload(ctx, form)
	if cause := data.failure(); err != nil && cause != nil {
		e := invalid(apiUpload, "")
		e.Err = cause // the caller's own
		return provider.UploadedMedia{}, e
	}
	if err != nil {
		return provider.UploadedMedia{}, err
	}
	var reply wire.UploadReply
	if json.Unmarshal(got.body, &reply) != nil || reply.MediaID == "" {
		return provider.UploadedMedia{}, p.client.malformed(apiUpload, got)
	}
	return provider.UploadedMedia{ID: string(reply.MediaID)}, nil
}

// upload makes the call once.
func (c *client) upload(ctx context.Context, form parcel) (answer, error) {
	token, err := c.token(ctx, apiUpload)
	if err != nil {
		return answer{}, err
	}
	got, err := c.once(ctx, request{api: apiUpload}, form, token)
	if classOf(err) == tokenRefused {
		c.tokens.drop(token)
		err = refusedAfresh(err)
	}
	return got, err
}

func checkMedia(m provider.Media) error {
	limit, known := mediaLimits()[m.Kind]
	switch {
	case !known:
		return invalid(apiUpload, fmt.Sprintf("unknown kind %q", m.Kind))
	case m.Data == nil || m.Size <= 0:
		return invalid(apiUpload, "the file is empty")
	case m.Size > limit.Bytes:
		return refusedFile(fmt.Sprintf("%d bytes; at most %d", m.Size, limit.Bytes))
	case !slices.Contains(limit.Extensions, extensionOf(m.Name)):
		return refusedFile(fmt.Sprintf("name %q; DingTalk takes %v as %s", m.Name, limit.Extensions, m.Kind))
	}
	return nil
}

func refusedFile(problem string) *provider.Error {
	e := invalid(apiUpload, problem)
	e.Remedy = remedyFile
	return e
}

// uploadForm puts a file into a form as its last part.
func (p *Provider) uploadForm(m provider.Media, data io.Reader) (parcel, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("type", string(m.Kind)); err != nil {
		return parcel{}, err
	}
	if _, err := w.CreateFormFile("media", m.Name); err != nil {
		return parcel{}, err
	}
	head := b.Len()
	if err := w.Close(); err != nil {
		return parcel{}, err
	}
	form := b.Bytes()
	return parcel{
		data:        io.MultiReader(bytes.NewReader(form[:head]), data, bytes.NewReader(form[head:])),
		contentType: w.FormDataContentType(),
		size:        int64(len(form)) + m.Size,
		timeout:     p.client.timeout + time.Duration(m.Size/uploadSpeed)*time.Second,
	}, nil
}

// sizedReader checks that data has the size it was said to have. The reading
// goes on in a goroutine of net/http's while its failure is asked for.
type sizedReader struct {
	data   io.Reader
	left   atomic.Int64
	failed atomic.Pointer[error]
}

// Read implements io.Reader.
func (r *sizedReader) Read(b []byte) (int, error) {
	n, err := r.data.Read(b)
	left := r.left.Add(-int64(n))
	switch {
	case left < 0:
		err = errLongData
	case err == io.EOF && left > 0:
		err = errShortData
	}
	if err != nil && err != io.EOF {
		r.failed.Store(&err)
	}
	return n, err
}

// failure returns why reading failed, or nil.
func (r *sizedReader) failure() error {
	if err := r.failed.Load(); err != nil {
		return *err
	}
	return nil
}
