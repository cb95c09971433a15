package providertest

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// Uploaded is a file that an office app has.
type Uploaded struct {
	ID   string
	Kind provider.MediaKind
	Name string
	Data []byte
}

// Uploads returns the files that were uploaded so far, in order. The caller owns
// the slice, not the data.
func (f *Fake) Uploads() []Uploaded {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.uploaded)
}

// Upload implements provider.MediaUploader.
func (c *connection) Upload(ctx context.Context, m provider.Media) (provider.UploadedMedia, error) {
	return act(ctx, c.fake, OpUpload, func() (provider.UploadedMedia, error) {
		if err := c.usable(OpUpload); err != nil {
			return provider.UploadedMedia{}, err
		}
		data, err := c.fake.readMedia(m)
		if err != nil {
			return provider.UploadedMedia{}, err
		}
		f := c.fake
		f.mu.Lock()
		defer f.mu.Unlock()
		media := provider.UploadedMedia{ID: fmt.Sprintf("@media-%d", len(f.uploaded)+1)}
		if f.cfg.MediaLife > 0 {
			media.ExpiresAt = c.now().Add(f.cfg.MediaLife)
		}
		f.uploaded = append(f.uploaded, Uploaded{ID: media.ID, Kind: m.Kind, Name: m.Name, Data: data})
		return media, nil
	})
}

// readMedia returns the data of a file that is within the limits.
func (f *Fake) readMedia(m provider.Media) ([]byte, error) {
	limit, ok := f.cfg.Limits.Media[m.Kind]
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(m.Name), "."))
	switch {
	case !ok:
		return nil, f.errorf(OpUpload, provider.InvalidArgument, "the kind %q is not taken", m.Kind)
	case !slices.Contains(limit.Extensions, extension):
		return nil, f.errorf(OpUpload, provider.InvalidArgument, "the extension %q is not taken", extension)
	case limit.Bytes > 0 && m.Size > limit.Bytes:
		return nil, f.errorf(OpUpload, provider.InvalidArgument, "%d bytes; at most %d", m.Size, limit.Bytes)
	}
	data, err := io.ReadAll(io.LimitReader(m.Data, m.Size+1))
	switch {
	case err != nil:
		return nil, &provider.Error{
			Code: provider.CodeOf(err), Provider: f.cfg.Kind, Op: string(OpUpload), Unsent: true, Err: err,
		}
	case int64(len(data)) != m.Size:
		return nil, f.errorf(OpUpload, provider.InvalidArgument, "the data is not of %d bytes", m.Size)
	}
	return data, nil
}
