package transport

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// openAPI is a document of the API in the form of OpenAPI 3.1. It is made of the
// table of routes and of the types that decoders and encoders use.
type openAPI struct {
	OpenAPI    string                             `json:"openapi"`
	Info       openInfo                           `json:"info"`
	Servers    []openServer                       `json:"servers"`
	Tags       []openTag                          `json:"tags"`
	Paths      map[string]map[string]*openRequest `json:"paths"`
	Components openComponents                     `json:"components"`
}

type openInfo struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Version     string `json:"version"`
}

type openServer struct {
	URL string `json:"url"`
}

type openTag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// openRequest is an operation.
type openRequest struct {
	ID         string                  `json:"operationId"`
	Tags       []string                `json:"tags"`
	Summary    string                  `json:"summary"`
	Parameters []openParameter         `json:"parameters,omitempty"`
	Body       *openBody               `json:"requestBody,omitempty"`
	Responses  map[string]openResponse `json:"responses"`
	// Security is empty, and not nil, for an operation that needs no token.
	Security []map[string][]string `json:"security"`
}

type openParameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Schema      *schema `json:"schema"`
}

type openBody struct {
	Required bool                 `json:"required"`
	Content  map[string]openMedia `json:"content"`
}

type openMedia struct {
	Schema *schema `json:"schema,omitempty"`
}

type openResponse struct {
	Description string               `json:"description"`
	Content     map[string]openMedia `json:"content,omitempty"`
}

type openComponents struct {
	Schemas         map[string]*schema    `json:"schemas"`
	SecuritySchemes map[string]openScheme `json:"securitySchemes"`
}

type openScheme struct {
	Type        string `json:"type"`
	In          string `json:"in,omitempty"`
	Name        string `json:"name,omitempty"`
	Scheme      string `json:"scheme,omitempty"`
	Description string `json:"description"`
}

// The media types of answers.
const (
	mediaJSON  = "application/json"
	mediaHTML  = "text/html"
	mediaCSV   = "text/csv"
	mediaSSE   = "text/event-stream"
	formMedia  = "multipart/form-data"
	mediaOwn   = "*/*"
	schemaBase = "#/components/schemas/"
)

// describe returns the document in both languages.
func (a *api) describe(routes []route) map[string][]byte {
	documents := make(map[string][]byte)
	for _, lang := range []string{chinese, english} {
		body, err := json.Marshal(a.document(routes, lang))
		if err != nil {
			panic(err) // it is made of texts only
		}
		documents[lang] = body
	}
	return documents
}

func (a *api) document(routes []route, lang string) openAPI {
	text := func(zh, en string) string { return provider.Text{ZH: zh, EN: en}.In(lang) }
	schemas := a.newSchemas(lang)
	doc := openAPI{
		OpenAPI: "3.1.0",
		Info: openInfo{
			Title: text("第三方应用集成接口", "Third-party app integration"), Version: "0",
			Description: text(
				"/sys/thirdApp和/sys/thirdLogin下，除办公应用的回调地址外，是兼容接口：除401外，JSON应答的HTTP状态恒为200，结果以code和success为准，未知的字段和参数被忽略。其余是完整接口：使用HTTP状态码，失败时有error对象，未知的字段和参数被拒绝。",
				"Paths under /sys/thirdApp and /sys/thirdLogin, but for the address that office apps call, are the compatible family: JSON comes with HTTP status 200 always, but for 401; code and success tell the outcome, and unknown fields and parameters are ignored. The others are the full family: proper statuses, an error object in failures, and unknown fields and parameters are refused."),
		},
		Servers: []openServer{{URL: a.cfg.Prefix + "/"}},
		Paths:   make(map[string]map[string]*openRequest),
		Components: openComponents{SecuritySchemes: map[string]openScheme{
			"accessToken": {Type: "apiKey", In: "header", Name: "X-Access-Token", Description: text(
				"访问令牌；由宿主平台的Authenticator决定，此处为adapters/jwtauth的读法",
				"an access token; the host's Authenticator decides, this is how adapters/jwtauth reads it")},
			"bearer": {Type: "http", Scheme: "bearer", Description: text("同上", "the same")},
		}},
	}
	if a.cfg.Prefix != "" {
		doc.Servers[0].URL = a.cfg.Prefix
	}
	ids := make(map[string]int)
	for _, r := range routes {
		o := r.describe(schemas, lang)
		if ids[r.op]++; ids[r.op] > 1 {
			o.ID += strconv.Itoa(ids[r.op])
		}
		if doc.Paths[r.path] == nil {
			doc.Paths[r.path] = make(map[string]*openRequest)
		}
		doc.Paths[r.path][strings.ToLower(r.method)] = o
		tag := openTag{r.tag(), r.familyName().In(lang)}
		if !slices.Contains(doc.Tags, tag) {
			doc.Tags = append(doc.Tags, tag)
		}
	}
	doc.Components.Schemas = schemas.components
	return doc
}

// tag is the group of an operation.
func (r route) tag() string {
	switch {
	case r.path == callbackPath:
		return "callback"
	case strings.HasPrefix(r.path, compatBase+"/"):
		return strings.Trim(compatBase, "/")
	case strings.HasPrefix(r.path, compatLogin+"/"):
		return strings.Trim(compatLogin, "/")
	case r.path == documentPath:
		return strings.Trim(docsPath, "/")
	}
	first, _, _ := strings.Cut(strings.Trim(r.path, "/"), "/")
	return first
}

func (r route) familyName() provider.Text {
	if r.path != callbackPath && (strings.HasPrefix(r.path, compatBase+"/") || strings.HasPrefix(r.path, compatLogin+"/")) {
		return provider.Text{ZH: "兼容接口", EN: "compatible family"}
	}
	return provider.Text{ZH: "完整接口", EN: "full family"}
}

// needsToken reports whether the host's Authenticator is asked.
func (r route) needsToken() bool { return !r.anonymous && !r.visitors }

// describe returns the operation as the document has it.
func (r route) describe(s *schemas, lang string) *openRequest {
	o := &openRequest{
		ID: r.op, Tags: []string{r.tag()}, Summary: summaryOf(r.op).In(lang), Security: []map[string][]string{},
		Parameters: r.pathParameters(lang), Responses: r.responses(s), Body: r.requestBody(s),
	}
	for _, p := range r.parameters {
		o.Parameters = append(o.Parameters, p.describe("query", lang))
	}
	for _, p := range r.headers {
		o.Parameters = append(o.Parameters, p.describe("header", lang))
	}
	if r.needsToken() {
		o.Parameters = append(o.Parameters,
			tenantQuery().describe("query", lang),
			textParam(tenantHeader, "租户ID：1到64位字母、数字、下划线或连字符，缺省为0", "the tenant's id, 1 to 64 letters, digits, '_' or '-'; 0 if absent").describe("header", lang))
		o.Security = append(o.Security, map[string][]string{"accessToken": {}}, map[string][]string{"bearer": {}})
	}
	return o
}

func (p parameter) describe(in, lang string) openParameter {
	sc := &schema{Type: "string", Format: p.format}
	if p.kind != "" {
		sc.Type = p.kind
	}
	for _, v := range p.values {
		sc.Enum = append(sc.Enum, v)
	}
	return openParameter{Name: p.name, In: in, Description: p.about.In(lang), Required: p.required, Schema: sc}
}

// pathName is a piece of a path that is a name.
var pathName = regexp.MustCompile(`\{(\w+)\}`)

func (r route) pathParameters(lang string) []openParameter {
	var list []openParameter
	for _, m := range pathName.FindAllStringSubmatch(r.path, -1) {
		list = append(list, textParam(m[1], pathTexts[m[1]].ZH, pathTexts[m[1]].EN).needed().describe("path", lang))
	}
	return list
}

func (r route) requestBody(s *schemas) *openBody {
	if r.body == nil && r.form == nil {
		return nil
	}
	b := &openBody{Required: !r.bodyOptional, Content: make(map[string]openMedia)}
	if r.body != nil {
		b.Content[mediaJSON] = openMedia{s.of(r.body, inRequests)}
	}
	if r.form != nil {
		b.Content[formMedia] = openMedia{s.of(r.form, inRequests)}
	}
	return b
}

func (r route) responses(s *schemas) map[string]openResponse {
	ok := provider.Text{ZH: "成功", EN: "success"}.In(s.lang)
	failed := provider.Text{ZH: "失败", EN: "failure"}.In(s.lang)
	list := make(map[string]openResponse)
	switch {
	case r.family == pageFamily:
		list["200"] = openResponse{ok, map[string]openMedia{mediaHTML: {}}}
		if r.op != docsOp {
			list["302"] = openResponse{Description: provider.Text{ZH: "转到Location", EN: "go on at Location"}.In(s.lang)}
		}
		list["default"] = openResponse{failed, map[string]openMedia{mediaHTML: {}}}
		return list
	case r.family == compatFamily:
		list["200"] = openResponse{ok, map[string]openMedia{mediaJSON: {s.envelope(s.nullable(s.result(r.result)))}}}
	case r.media != "":
		list["200"] = openResponse{ok, map[string]openMedia{r.media: {}}}
	default:
		for _, status := range r.statuses {
			list[strconv.Itoa(status)] = openResponse{ok, map[string]openMedia{mediaJSON: {s.envelope(s.result(r.result))}}}
		}
	}
	list["default"] = openResponse{failed, map[string]openMedia{mediaJSON: {s.failure(r.family)}}}
	return list
}

// sends returns the route of an operation whose request's body is a t in JSON.
func (r route) sends(t reflect.Type) route {
	r.body = t
	return r
}

// maySend is sends for a body that may be left out.
func (r route) maySend(t reflect.Type) route {
	r.bodyOptional = true
	return r.sends(t)
}

// sendsForm returns the route of an operation that takes a form, too; the fields
// of t are its parts.
func (r route) sendsForm(t reflect.Type) route {
	r.form = t
	return r
}

// answers returns the route of an operation whose answers have a result of the
// type t, which its own type does not tell.
func (r route) answers(t reflect.Type) route {
	r.result = t
	return r
}

// answeredWith returns the route of an operation that succeeds with these
// statuses.
func (r route) answeredWith(statuses ...int) route {
	r.statuses = statuses
	return r
}

// as returns the route of an operation that succeeds with something else than an
// envelope.
func (r route) as(media string) route {
	r.media = media
	return r
}

// header returns the route of an operation that reads headers.
func (r route) header(headers ...parameter) route {
	r.headers = append(slices.Clip(r.headers), headers...)
	return r
}
