package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// templateBody is a version of a template.
type templateBody struct {
	Name        string                      `json:"name"`
	Version     int                         `json:"version"`
	Description string                      `json:"description"`
	Contents    map[string]provider.Content `json:"contents"`
	Variables   []variableBody              `json:"variables"`
	CreatedBy   string                      `json:"createdBy"`
	CreatedAt   time.Time                   `json:"createdAt"`
}

// variableBody is a variable of a template.
type variableBody struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Required    bool   `json:"required"`
	Default     string `json:"default"`
	Example     string `json:"example"`
	MaxLength   int    `json:"maxLength"`
}

func templateOf(tpl messaging.Template) templateBody {
	b := templateBody{
		Name: tpl.Name, Version: tpl.Version, Description: tpl.Description, Contents: tpl.Contents,
		Variables: make([]variableBody, len(tpl.Variables)), CreatedBy: tpl.CreatedByName, CreatedAt: tpl.CreatedAt.UTC(),
	}
	for i, v := range tpl.Variables {
		b.Variables[i] = variableBody(v)
	}
	return b
}

// templateInput is what a template says, as it is sent.
type templateInput struct {
	Description string                      `json:"description"`
	Contents    map[string]provider.Content `json:"contents"`
	Variables   []variableBody              `json:"variables"`
}

func (b templateInput) input(name string) messaging.TemplateInput {
	in := messaging.TemplateInput{Name: name, Description: b.Description, Contents: b.Contents}
	for _, v := range b.Variables {
		in.Variables = append(in.Variables, messaging.Variable(v))
	}
	return in
}

// templateName is the {name} of the path, whatever it is: the service knows
// what a name can be.
func templateName(r *http.Request) string { return r.PathValue("name") }

func (a *api) templates(ctx context.Context, p tenant.Page) (items[templateBody], error) {
	list, err := a.services.Messages.Templates(ctx, tenantOf(ctx), p)
	return listOf(list, templateOf), err
}

// templateVersion names a version; 0 is the newest.
type templateVersion struct {
	name    string
	version int
}

// versionParam is what decodeTemplateVersion reads.
func versionParam() parameter {
	p := textParam("version", "版本号，缺省为最新", "number of the version, the newest if absent")
	p.kind = "integer"
	return p
}

func decodeTemplateVersion(r *http.Request) (templateVersion, error) {
	req := templateVersion{name: templateName(r)}
	s, err := param(r.URL.Query(), "version")
	if err != nil || s == "" {
		return req, err
	}
	if req.version, err = strconv.Atoi(s); err != nil || req.version < 1 {
		return req, invalid("version", "参数version须为大于0的整数", "version: want a whole number above 0")
	}
	return req, nil
}

func (a *api) template(ctx context.Context, req templateVersion) (templateBody, error) {
	tpl, err := a.services.Messages.Template(ctx, tenantOf(ctx), req.name, req.version)
	return templateOf(tpl), err
}

type templateVersions struct {
	name string
	page tenant.Page
}

func decodeTemplateVersions(r *http.Request) (req templateVersions, err error) {
	req.name = templateName(r)
	req.page, err = page(r.URL.Query())
	return req, err
}

func (a *api) templateVersions(ctx context.Context, req templateVersions) (items[templateBody], error) {
	list, err := a.services.Messages.TemplateVersions(ctx, tenantOf(ctx), req.name, req.page)
	return listOf(list, templateOf), err
}

// templateSave is the body of PUT /templates/{name}. Without expectedVersion it
// builds on whatever is there.
type templateSave struct {
	Description     string                      `json:"description"`
	Contents        map[string]provider.Content `json:"contents" schema:"required"`
	Variables       []variableBody              `json:"variables"`
	ExpectedVersion *int                        `json:"expectedVersion"`
}

func decodeTemplateSave(r *http.Request) (messaging.TemplateInput, error) {
	body, err := decodeBody[templateSave](r)
	in := templateInput{body.Description, body.Contents, body.Variables}.input(templateName(r))
	in.Expected = body.ExpectedVersion
	return in, err
}

// savedTemplate is answered with status 201 when the template is new.
type savedTemplate struct {
	templateBody

	created bool
}

func (a *api) saveTemplate(ctx context.Context, in messaging.TemplateInput) (savedTemplate, error) {
	tpl, created, err := a.services.Messages.SaveTemplate(ctx, tenantOf(ctx), in)
	return savedTemplate{templateOf(tpl), created}, err
}

func (a *api) encodeSavedTemplate(ctx context.Context, w http.ResponseWriter, saved savedTemplate) error {
	status := http.StatusOK
	if saved.created {
		status = http.StatusCreated
	}
	return resultEncoder[templateBody](a, status)(ctx, w, saved.templateBody)
}

func decodeTemplateName(r *http.Request) (string, error) { return templateName(r), nil }

func (a *api) deleteTemplate(ctx context.Context, name string) (any, error) {
	return nil, a.services.Messages.DeleteTemplate(ctx, tenantOf(ctx), name)
}

// templateVariables are values by the names of variables. They are decoded in a
// second step, in which whole numbers keep all their digits.
type templateVariables map[string]json.RawMessage

func (v templateVariables) values() (map[string]any, error) {
	values := make(map[string]any, len(v))
	for name, raw := range v {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var value any
		if err := dec.Decode(&value); err != nil {
			return nil, typeError("variables."+name, reflect.Map)
		}
		values[name] = value
	}
	return values, nil
}

// previewRequest is the body of a preview of a stored template.
type previewRequest struct {
	Version   int               `json:"version"`
	Language  string            `json:"language"`
	Variables templateVariables `json:"variables"`
	Provider  provider.Kind     `json:"provider"`
	Channel   messaging.Channel `json:"channel"`
	Webhook   string            `json:"webhook"`
}

// request returns the body as the service takes it. The language is that of
// the request unless it is named.
func (b previewRequest) request(r *http.Request) (messaging.PreviewRequest, error) {
	values, err := b.Variables.values()
	req := messaging.PreviewRequest{
		Name: templateName(r), Version: b.Version, Language: b.Language, Variables: values,
		Provider: b.Provider, Channel: b.Channel, Webhook: b.Webhook,
	}
	if req.Language == "" {
		req.Language = messaging.LanguageChinese
		if callFrom(r.Context()).lang == english {
			req.Language = messaging.LanguageEnglish
		}
	}
	return req, err
}

func decodePreview(r *http.Request) (messaging.PreviewRequest, error) {
	body, err := decodeBody[previewRequest](r)
	if err != nil {
		return messaging.PreviewRequest{}, err
	}
	return body.request(r)
}

// unsavedPreview is the body of a preview of a template that is not stored.
type unsavedPreview struct {
	Template  templateInput     `json:"template" schema:"required"`
	Language  string            `json:"language"`
	Variables templateVariables `json:"variables"`
	Provider  provider.Kind     `json:"provider"`
	Channel   messaging.Channel `json:"channel"`
	Webhook   string            `json:"webhook"`
}

func decodeUnsavedPreview(r *http.Request) (messaging.PreviewRequest, error) {
	body, err := decodeBody[unsavedPreview](r)
	if err != nil {
		return messaging.PreviewRequest{}, err
	}
	req, err := previewRequest{0, body.Language, body.Variables, body.Provider, body.Channel, body.Webhook}.request(r)
	in := body.Template.input("")
	req.Unsaved = &in
	return req, err
}

// previewBody is what a template makes of some values. Measure is null when no
// office app was named, or the tenant has no enabled app of it; a maxBytes of 0
// is no limit.
type previewBody struct {
	Content  provider.Content      `json:"content"`
	Template messaging.TemplateRef `json:"template"`
	Measure  *measureBody          `json:"measure"`
}

type measureBody struct {
	Bytes    int      `json:"bytes"`
	MaxBytes int      `json:"maxBytes"`
	Degraded []string `json:"degraded"`
}

func (a *api) previewTemplate(ctx context.Context, req messaging.PreviewRequest) (previewBody, error) {
	p, err := a.services.Messages.PreviewTemplate(ctx, tenantOf(ctx), req)
	body := previewBody{Content: p.Content, Template: p.Template}
	if m := p.Measure; m != nil {
		body.Measure = &measureBody{Bytes: m.Bytes, MaxBytes: m.MaxBytes, Degraded: callFrom(ctx).texts(m.Degraded)}
	}
	return body, err
}
