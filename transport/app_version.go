package transport

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/tenant"
)

// encodeApp answers an app with its version as the entity tag (RFC 9110, section
// 8.8.3), for If-Match.
func (a *api) encodeApp(ctx context.Context, w http.ResponseWriter, app appBody) error {
	w.Header().Set("ETag", `"`+strconv.FormatInt(app.Version, 10)+`"`)
	return resultEncoder[appBody](a, http.StatusOK)(ctx, w, app)
}

// ifMatch reads the version that a change builds on from the header If-Match, nil
// when it says none. Proxies that compress make tags weak; the version is the
// same.
func ifMatch(r *http.Request) (*int64, error) {
	values := r.Header.Values("If-Match")
	if len(values) == 0 || len(values) == 1 && values[0] == "*" {
		return nil, nil //nolint:nilnil // nothing is expected
	}
	tag := strings.TrimPrefix(strings.TrimSpace(strings.Join(values, ",")), "W/")
	version, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
	if err != nil || tag != `"`+strconv.FormatInt(version, 10)+`"` {
		return nil, invalid("If-Match", "请求头If-Match须为读取时返回的ETag，例如\"3\"",
			`want one entity tag, as ETag has it in the answer to GET, such as "3"`)
	}
	return &version, nil
}

// preconditionFailed gives the refusal of an outdated change the status of a
// condition of the request's own that does not hold.
func preconditionFailed(err error) error {
	var refusal *tenant.Error
	if errors.Is(err, tenant.ErrAppChanged) && errors.As(err, &refusal) {
		return &httpError{refusal: refusal, status: http.StatusPreconditionFailed}
	}
	return err
}
