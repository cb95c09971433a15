package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

const (
	// maxMediaBody bounds POST /media: the largest file an office app takes,
	// and room for the rest of the form. DingTalk: 20 MiB ("上传媒体文件").
	maxMediaBody = maxMediaFile + 64<<10
	maxMediaFile = 20 << 20
	// mediaWait is how long an upload may take: the way here and the way on.
	mediaWait = time.Minute
)

// mediaForm is the form of POST /media, in any order: the fields provider and
// kind, and the file.
type mediaForm struct {
	provider, kind string
	name           string
	data           []byte
	hasFile        bool
}

// decodeMedia reads the form piece by piece; nothing is written to disk.
func decodeMedia(r *http.Request) (messaging.Upload, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return messaging.Upload{}, invalid("body", "请求体须为multipart/form-data", "the request body must be multipart/form-data")
	}
	var form mediaForm
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return form.upload()
		}
		if err == nil {
			err = form.read(part)
		}
		if err != nil {
			return messaging.Upload{}, formError(err)
		}
	}
}

// read takes one part of the form.
func (f *mediaForm) read(part *multipart.Part) (err error) {
	switch name := strings.ToValidUTF8(part.FormName(), "?"); name {
	case "provider":
		f.provider, err = readField(part)
	case "kind":
		f.kind, err = readField(part)
	case "file":
		if f.hasFile {
			return invalid("file", "一次只能上传一个文件", "one file at a time")
		}
		f.hasFile, f.name = true, part.FileName()
		f.data, err = io.ReadAll(part)
	default:
		return invalid(name, "未知字段："+name, "unknown field: "+name)
	}
	return err
}

func readField(part *multipart.Part) (string, error) {
	b, err := io.ReadAll(io.LimitReader(part, maxParam+1))
	if err == nil && len(b) > maxParam {
		name := part.FormName()
		return "", invalid(name, fmt.Sprintf("字段%s长度超过上限%d字节", name, maxParam),
			fmt.Sprintf("field %s is longer than %d bytes", name, maxParam))
	}
	return string(b), err
}

// upload returns the form as the service takes it.
func (f *mediaForm) upload() (messaging.Upload, error) {
	if !f.hasFile {
		return messaging.Upload{}, invalid("file", "缺少文件：请以字段file上传", "the file is missing; send it in the field file")
	}
	return messaging.Upload{
		Provider: provider.Kind(f.provider), Kind: provider.MediaKind(f.kind), Name: f.name, Data: bytes.NewReader(f.data),
	}, nil
}

// formError says what is wrong with a form that could not be read.
func formError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case provider.CodeOf(err) == provider.InvalidArgument:
		return err
	case errors.As(err, &tooLarge):
		return errBodyTooLarge(tooLarge.Limit)
	}
	return invalid("body", "表单格式错误", "the form is malformed").WithCause(err)
}

// mediaBody is an uploaded file. Content refers to it by mediaId.
type mediaBody struct {
	MediaID    string             `json:"mediaId"`
	Provider   provider.Kind      `json:"provider"`
	AppID      string             `json:"appId"`
	Kind       provider.MediaKind `json:"kind"`
	Name       string             `json:"name"`
	Size       int64              `json:"size"`
	ExpiresAt  *time.Time         `json:"expiresAt"`
	UploadedAt time.Time          `json:"uploadedAt"`
}

func (a *api) uploadMedia(ctx context.Context, u messaging.Upload) (mediaBody, error) {
	m, err := a.services.Messages.Upload(ctx, tenantOf(ctx), u)
	return mediaBody{
		MediaID: m.ID, Provider: m.Provider, AppID: m.AppID, Kind: m.Kind, Name: m.Name, Size: m.Size,
		ExpiresAt: optionalTime(m.ExpiresAt), UploadedAt: m.UploadedAt.UTC(),
	}, err
}
