package messaging

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// mediaMargin is how long an upload must still be good to be used again: the
// message that refers to it is yet to be sent.
const mediaMargin = time.Hour

// Upload is a file for messages to refer to.
type Upload struct {
	// Provider is the kind of office app; the tenant must have an enabled app
	// of it.
	Provider provider.Kind
	Kind     provider.MediaKind
	// Name has an extension that the office app takes; 1 to 128 bytes, without
	// slashes.
	Name string
	// Data is read to its end, or until it is larger than the office app takes.
	Data io.Reader
}

// Upload gives a file to the office app and returns what messages refer to it
// by. The same file is uploaded once: later calls return what was uploaded
// before, for as long as it is good and the app is the same one at the office
// app. It needs ActionSend on ObjectMessage.
//
// Refusals: ErrInvalidMedia, what the Connector refuses, an error that
// errors.Is(err, provider.ErrUnsupported) finds when the office app takes no
// files, and what it answered, a *provider.Error.
func (s *Service) Upload(ctx context.Context, t tenant.ID, u Upload) (Media, error) {
	m, err := s.checkAndUpload(ctx, t, u)
	if err != nil {
		return Media{}, fmt.Errorf("messaging: upload: %w", err)
	}
	return m, nil
}

func (s *Service) checkAndUpload(ctx context.Context, t tenant.ID, u Upload) (Media, error) {
	if _, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectMessage, tenant.ActionSend); err != nil {
		return Media{}, err
	}
	conn, err := s.conns.Connect(ctx, t, u.Provider)
	if err != nil {
		return Media{}, err
	}
	uploader, err := provider.As[provider.MediaUploader](conn.Provider)
	if err != nil {
		return Media{}, err
	}
	limit, fault := checkMediaName(u.Name, u.Kind, conn.Provider.Limits().Media)
	if fault != nil {
		return Media{}, fault.refuse()
	}
	data, err := io.ReadAll(io.LimitReader(u.Data, limit.Bytes+1))
	if err != nil {
		return Media{}, fmt.Errorf("read file: %w", err)
	}
	if fault := checkMediaData(u.Name, u.Kind, data, limit); fault != nil {
		return Media{}, fault.refuse()
	}
	return s.upload(ctx, conn, uploader, file{name: u.Name, kind: u.Kind, data: data})
}

// file is a file that the office app will take.
type file struct {
	name string
	kind provider.MediaKind
	data []byte
}

// upload returns the upload of a file, made now unless there is one that is
// still good. Callers that come with the same file at the same time share one;
// a caller whose upload ended with the context of the one in front tries again.
func (s *Service) upload(
	ctx context.Context, conn tenant.Connection, to provider.MediaUploader, f file,
) (Media, error) {
	sum := sha256.Sum256(f.data)
	m := Media{
		Tenant: conn.App.Tenant, Provider: conn.App.Provider, AppID: conn.App.ID, AppIdentity: conn.App.Identity, Kind: f.kind,
		Hash: hex.EncodeToString(sum[:]), Name: f.name, Size: int64(len(f.data)),
	}
	key := strings.Join([]string{string(m.Tenant), m.AppID, string(m.Kind), m.Hash, m.AppIdentity}, "/")
	for {
		mine := false
		v, err, _ := s.uploads.Do(key, func() (any, error) {
			mine = true
			return s.uploadOnce(ctx, to, m, f.data)
		})
		ended := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
		if !mine && ended && ctx.Err() == nil {
			continue
		}
		uploaded, _ := v.(Media)
		return uploaded, err
	}
}

func (s *Service) uploadOnce(
	ctx context.Context, to provider.MediaUploader, m Media, data []byte,
) (Media, error) {
	old, err := s.store.Media(ctx, m.Tenant, m.AppID, m.Kind, m.Hash)
	switch {
	case err == nil && old.AppIdentity == m.AppIdentity && old.good(s.cfg.Now(), s.cfg.MediaTTL):
		return old, nil
	case err != nil && !errors.Is(err, tenant.ErrNotFound):
		return Media{}, err
	}
	give := func() (provider.UploadedMedia, error) {
		return to.Upload(ctx, provider.Media{Kind: m.Kind, Name: m.Name, Size: m.Size, Data: bytes.NewReader(data)})
	}
	uploaded, err := give()
	if provider.CodeOf(err) == provider.Unavailable {
		// The reason may be gone by now: an access token has just run out, the
		// office app was busy. It may have taken the file all the same; twice
		// does no harm.
		uploaded, err = give()
	}
	if err != nil {
		return Media{}, err
	}
	m.ID, m.ExpiresAt, m.UploadedAt = uploaded.ID, stamp(uploaded.ExpiresAt), stamp(s.cfg.Now())
	return m, s.store.SaveMedia(ctx, m)
}

// good reports whether an upload can be used for a message that is accepted
// now.
func (m Media) good(now time.Time, ttl time.Duration) bool {
	ends := m.UploadedAt.Add(ttl)
	if !m.ExpiresAt.IsZero() {
		ends = m.ExpiresAt.Add(-mediaMargin)
	}
	return now.Before(ends)
}
