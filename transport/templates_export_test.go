package transport

import (
	"net/http"

	"github.com/thirdapp/thirdapp/messaging"
)

// DecodeTemplateSave and the following are the decoders, for fuzzing.
func DecodeTemplateSave(r *http.Request) (messaging.TemplateInput, error) {
	return decodeTemplateSave(r)
}

// DecodePreview reads the body of both kinds of previews.
func DecodePreview(r *http.Request, unsaved bool) (messaging.PreviewRequest, error) {
	r = r.WithContext(withCall(r.Context(), &call{tenant: "1000", lang: chinese}))
	if unsaved {
		return decodeUnsavedPreview(r)
	}
	return decodePreview(r)
}
