package messaging

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// maxMediaName bounds the name of a file, in bytes.
const maxMediaName = 128

// checkMediaName looks at what can be told of a file without its data.
func checkMediaName(
	name string, kind provider.MediaKind, limits map[provider.MediaKind]provider.MediaLimit,
) (provider.MediaLimit, *mediaFault) {
	limit, known := limits[kind]
	switch {
	case !known:
		return limit, faultKind(kind, limits)
	case !validMediaName(name):
		return limit, faultName()
	case !slices.Contains(limit.Extensions, extensionOf(name)):
		return limit, faultExtension(name, kind, limit)
	}
	return limit, nil
}

func validMediaName(name string) bool {
	return name != "" && len(name) <= maxMediaName && isPlainText(name) && !strings.ContainsAny(name, `/\`)
}

// extensionOf returns the extension in lower case, without dot.
func extensionOf(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

// checkMediaData looks at the data of a file. A picture must be one whatever
// its name says: office apps take others without a word and show nothing.
func checkMediaData(name string, kind provider.MediaKind, data []byte, limit provider.MediaLimit) *mediaFault {
	switch {
	case len(data) == 0:
		return faultEmpty(name)
	case int64(len(data)) > limit.Bytes:
		return faultSize(name, limit)
	case kind == provider.MediaImage && !strings.HasPrefix(http.DetectContentType(data), "image/"):
		return faultNoImage(name)
	}
	return nil
}
