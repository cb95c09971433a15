package transport

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// RouteInfo is a line of the route table, for tests that go through all of it.
type RouteInfo struct {
	Method, Path, Op string
	// Full is false for the compatible family.
	Full bool
	// Parameters are the names of those in the query, and Values what those take
	// that take few values.
	Parameters []string
	Values     map[string][]string
	// Body are the names of the fields of the body, nil without a body, and
	// Required those that must be there. Closed is true when there are no others.
	Body, Required []string
	Closed         bool
}

// Summaries are the operations that have one.
func Summaries() []string { return slices.Sorted(maps.Keys(summaries)) }

// RouteTable returns the route table.
func RouteTable() []RouteInfo { return tableOf((*api).routes) }

// OpenRouteTable returns the table of routes that need no principal.
func OpenRouteTable() []RouteInfo { return tableOf((*api).openRoutes) }

func tableOf(routes func(*api) []route) []RouteInfo {
	var table []RouteInfo
	a := &api{cfg: Config{}.WithDefaults(), services: Services{Registry: &provider.Registry{}}}
	for _, r := range routes(a) {
		line := RouteInfo{
			Method: r.method, Path: r.path, Op: r.op, Full: r.family == fullFamily, Values: make(map[string][]string),
		}
		for _, p := range r.parameters {
			line.Parameters, line.Values[p.name] = append(line.Parameters, p.name), p.values
		}
		if r.body != nil {
			s := a.newSchemas(chinese)
			body := s.of(r.body, inRequests)
			if known, ok := s.components[strings.TrimPrefix(body.Ref, schemaBase)]; ok {
				body = known
			}
			line.Body = slices.Sorted(maps.Keys(body.Properties))
			line.Required, line.Closed = body.Required, body.Additional == false
		}
		table = append(table, line)
	}
	return table
}

// Choices returns the values of the types that have few, by the name of the type
// with its package's folder.
func Choices() map[string][]string {
	known := make(map[string][]string)
	for t, values := range answeredChoices() {
		name := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:] + "." + t.Name()
		for _, v := range values {
			known[name] = append(known[name], v.(string)) //nolint:errcheck // they are texts
		}
	}
	return known
}

// ProbePath and FullProbePath are the paths of NewProbe.
const (
	ProbePath     = compatBase + "/probe"
	FullProbePath = "/probe"
)

// NewProbe returns a handler whose only operations, one of each family, do what
// f does. Their bodies are JSON objects with the one field "text".
func NewProbe(s Services, cfg Config, f func(ctx context.Context, text string) (any, error)) http.Handler {
	type body struct {
		Text string `json:"text"`
	}
	a := &api{services: s, cfg: cfg.WithDefaults()}
	a.pace = newPace(a.cfg)
	return a.mux([]route{
		compat(a, http.MethodPost, ProbePath, "probe", decodeBody[body],
			func(ctx context.Context, b body) (reply, error) {
				result, err := f(ctx, b.Text)
				return okReply(result), err
			}),
		full(a, http.MethodPost, FullProbePath, "probe", decodeBody[body],
			func(ctx context.Context, b body) (any, error) { return f(ctx, b.Text) }),
	})
}

// Status returns how a code is told: the status of this module's own refusal,
// that of an office app's, and the text of an error without one.
func Status(c provider.Code) (own, upstream int, text provider.Text) {
	row := codeRows[c]
	return row.own, row.upstream, row.text
}

// CodeCount is the number of codes that have a row.
const CodeCount = len(codeRows)

// LanguageOf chooses the language of an answer.
func LanguageOf(header string) string { return languageOf(header) }

// DecodeSend and the following are the decoders, for fuzzing.
func DecodeSend(r *http.Request) (messaging.Request, error) { return decodeSend(r) }

// DecodeTestMessage reads the body of sendMessageTest.
func DecodeTestMessage(registry *provider.Registry, r *http.Request) (messaging.Request, error) {
	a := &api{services: Services{Registry: registry}, cfg: Config{}.WithDefaults()}
	return a.decodeTestMessage(r.WithContext(withCall(r.Context(), &call{tenant: "1000"})))
}

// DecodeConfig reads the body of addThirdAppConfig.
func DecodeConfig(registry *provider.Registry, r *http.Request) (settings map[string]string, err error) {
	a := &api{services: Services{Registry: registry}}
	in, err := a.decodeConfig(r.WithContext(withCall(r.Context(), &call{tenant: "1000"})))
	return in.settings, err
}

// DecodeQueries reads every query that the table's decoders know.
func DecodeQueries(r *http.Request) []error {
	_, tenantErr := queryTenant(r, fullFamily)
	_, pageErr := decodePage(r)
	_, deliveryErr := decodeDeliveryList(r)
	_, changeErr := decodeChangeList(r)
	_, grantErr := decodeGrantRemoval(r)
	_, typeErr := decodeThirdType(r)
	_, idErr := decodeConfigID(r)
	return []error{tenantErr, pageErr, deliveryErr, changeErr, grantErr, typeErr, idErr}
}

// DecodeMedia reads the form of an upload.
func DecodeMedia(r *http.Request) (messaging.Upload, error) { return decodeMedia(r) }

// DecodeWebhooks reads the bodies of a new and a changed webhook.
func DecodeWebhooks(r *http.Request, body string) []error {
	r.SetPathValue("name", "ops")
	var errs []error
	for _, decode := range []func(*http.Request) error{
		func(r *http.Request) error { _, err := decodeNewWebhook(r); return err },
		func(r *http.Request) error { _, err := decodeWebhookUpdate(r); return err },
		func(r *http.Request) error { _, err := decodeBody[messageSettingsChange](r); return err },
	} {
		r.Body = io.NopCloser(strings.NewReader(body))
		errs = append(errs, decode(r))
	}
	return errs
}

// PlainCell is how a cell of an exported file is written.
func PlainCell(s string) string { return plainCell(s) }

// LoginPace returns what counts logins by address, which answers how long to
// wait.
func LoginPace(perMinute int) func(address string, now time.Time) time.Duration {
	return newBuckets(perMinute).take
}

// ButtonWait is how long the button of front ends is made to wait.
func ButtonWait(c Config) time.Duration { return buttonWaitOf(c) }

// MessageExpiry is when a message of sendMessageTest expires.
func MessageExpiry(now time.Time) time.Time { return testExpiry(now) }

// DocumentTexts returns what the document says of fields and types, path by path.
func DocumentTexts() map[string]provider.Text {
	texts := make(map[string]provider.Text)
	for name, text := range sharedTexts {
		texts["any."+name] = text
	}
	for name, text := range pathTexts {
		texts["path."+name] = text
	}
	for t, known := range documentTexts() {
		if !known.about.IsZero() {
			texts[t.String()] = known.about
		}
		for name, text := range known.fields {
			texts[t.String()+"."+name] = text
		}
	}
	return texts
}

// Reasons are the reasons of errors that the document has.
func Reasons() []string { return slices.Sorted(maps.Keys(reasons)) }
