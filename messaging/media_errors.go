package messaging

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The refusals about files; find them with errors.Is.
var (
	// ErrInvalidMedia: a file has a kind, name, size or content that the office
	// app does not take.
	ErrInvalidMedia = tenant.Refuse(provider.InvalidArgument, "invalid_media",
		"文件不符合要求", "the file cannot be taken").WithField("file")
	// ErrInvalidAttachment: an attachment is malformed, missing or not used.
	ErrInvalidAttachment = tenant.Refuse(provider.InvalidArgument, "invalid_attachment",
		"附件有误", "an attachment is not valid").WithField("attachments")
)

// mediaFault says what is wrong with a file, before it is known which field of
// a request it came in.
type mediaFault struct {
	// field is "kind", "name" or "file".
	field string
	text  provider.Text
}

func newMediaFault(field, zh, en string) *mediaFault {
	return &mediaFault{field, provider.Text{ZH: zh, EN: en}}
}

// refuse returns the fault of a file that was sent by itself.
func (f *mediaFault) refuse() error {
	return restate(ErrInvalidMedia, f.field, f.text.ZH, f.text.EN)
}

func faultKind(kind provider.MediaKind, limits map[provider.MediaKind]provider.MediaLimit) *mediaFault {
	known := make([]string, 0, len(limits))
	for _, k := range slices.Sorted(maps.Keys(limits)) {
		known = append(known, string(k))
	}
	return newMediaFault("kind",
		fmt.Sprintf("不支持的文件类型%q，支持%s", kind, strings.Join(known, "、")),
		fmt.Sprintf("unknown kind %q; known are %s", kind, strings.Join(known, ", ")))
}

func faultName() *mediaFault {
	return newMediaFault("name",
		fmt.Sprintf("文件名须为1到%d字节的UTF-8文本，且不含斜杠和控制字符", maxMediaName),
		fmt.Sprintf("a file name has 1 to %d bytes of UTF-8 without slashes and control characters", maxMediaName))
}

func faultExtension(name string, kind provider.MediaKind, limit provider.MediaLimit) *mediaFault {
	return newMediaFault("name",
		fmt.Sprintf("文件%q的扩展名不受支持，%s支持%s", name, kind, strings.Join(limit.Extensions, "、")),
		fmt.Sprintf("the extension of %q is not taken; %s takes %s", name, kind, strings.Join(limit.Extensions, ", ")))
}

func faultSize(name string, limit provider.MediaLimit) *mediaFault {
	return newMediaFault("file",
		fmt.Sprintf("文件%q超过上限%d字节", name, limit.Bytes),
		fmt.Sprintf("%q is larger than %d bytes", name, limit.Bytes))
}

func faultEmpty(name string) *mediaFault {
	return newMediaFault("file", fmt.Sprintf("文件%q是空的", name), fmt.Sprintf("%q is empty", name))
}

func faultNoImage(name string) *mediaFault {
	return newMediaFault("file",
		fmt.Sprintf("文件%q的内容不是图片，请检查文件", name),
		fmt.Sprintf("the content of %q is not a picture; check the file", name))
}

func errAttachment(field, zh, en string) error { return restate(ErrInvalidAttachment, field, zh, en) }
