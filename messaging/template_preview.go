package messaging

import (
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// PreviewRequest asks what a template makes of some values.
type PreviewRequest struct {
	// Name and Version are those of a stored template; 0 is the newest
	// version.
	Name    string
	Version int
	// Unsaved is previewed instead; nil for a stored one. Name and Expected
	// are not looked at.
	Unsaved *TemplateInput
	// Language and Variables are as in [TemplateUse]. A variable without value
	// has its Example.
	Language  string
	Variables map[string]any
	// Provider and Channel, or Channel and Webhook, are what the message is
	// measured for, as in [Request]; without any nothing is measured.
	Provider provider.Kind
	Channel  Channel
	Webhook  string
}

// Preview is what a template makes of some values.
type Preview struct {
	Content provider.Content
	// Template names what it was made from. Name and Version are zero for an
	// unsaved one.
	Template TemplateRef
	// Measure is nil when no Provider or Webhook was named, and when the tenant
	// has no enabled app of the Provider.
	Measure *Measure
}

// Measure is how a content fares with an office app.
type Measure struct {
	// Bytes is its size in the office app's form, MaxBytes the most that it
	// takes; 0 is no limit.
	Bytes    int
	MaxBytes int
	// Degraded names what the office app shows differently; nil when nothing.
	Degraded []provider.Text
}

// PreviewTemplate renders a template without sending it. It needs ActionSend on
// ObjectMessage.
//
// Refusals: ErrTemplateNotFound, ErrInvalidTemplate, ErrInvalidVariable,
// ErrTemplateFailed, ErrInvalidContent, what the Connector refuses other than
// that there is no app, and an error that errors.Is(err,
// provider.ErrUnsupported) finds when the office app does not have the channel
// or cannot show the content.
func (s *Service) PreviewTemplate(ctx context.Context, t tenant.ID, r PreviewRequest) (Preview, error) {
	p, err := s.previewTemplate(ctx, t, r)
	if err != nil {
		return Preview{}, fmt.Errorf("messaging: preview template: %w", err)
	}
	return p, nil
}

func (s *Service) previewTemplate(ctx context.Context, t tenant.ID, r PreviewRequest) (Preview, error) {
	if _, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectMessage, tenant.ActionSend); err != nil {
		return Preview{}, err
	}
	tpl, err := s.templateToPreview(ctx, t, r)
	if err != nil {
		return Preview{}, err
	}
	content, language, err := tpl.render(ctx, r.Language, tpl.withExamples(r.Variables))
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Content: content, Template: TemplateRef{Name: tpl.Name, Version: tpl.Version, Language: language}}
	if r.Provider == "" && r.Webhook == "" {
		return p, nil
	}
	p.Measure, err = s.measure(ctx, t, r, content)
	return p, err
}

func (s *Service) templateToPreview(ctx context.Context, t tenant.ID, r PreviewRequest) (Template, error) {
	if r.Unsaved == nil {
		return s.storedTemplate(ctx, t, r.Name, r.Version)
	}
	tpl := r.Unsaved.template()
	tpl.Name = ""
	if err := tpl.validate(); err != nil {
		return Template{}, below("template", err)
	}
	return tpl, nil
}

// withExamples returns the values with examples where there is none.
func (tpl Template) withExamples(given map[string]any) map[string]any {
	values := make(map[string]any, len(given)+len(tpl.Variables))
	for _, v := range tpl.Variables {
		if v.Example != "" {
			values[v.Name] = v.Example
		}
	}
	for name, value := range given {
		if value != nil || values[name] == nil {
			values[name] = value
		}
	}
	return values
}

// measure returns nil when the tenant is not connected to the office app.
func (s *Service) measure(ctx context.Context, t tenant.ID, r PreviewRequest, c provider.Content) (*Measure, error) {
	to := Request{Provider: r.Provider, Channel: r.Channel, Webhook: r.Webhook}.normal()
	if !slices.Contains(Channels(), to.Channel) {
		return nil, errInvalidRequest("channel",
			fmt.Sprintf("未知的发送渠道%q，可用：%v", shortText(string(to.Channel)), Channels()),
			fmt.Sprintf("unknown channel %q; known are %v", shortText(string(to.Channel)), Channels()))
	}
	open, err := s.openFor(ctx, t, to)
	if to.Channel != ChannelWebhook && notConnected(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rendered, err := open.render(c, provider.Mentions{})
	if err != nil {
		return nil, err
	}
	return &Measure{Bytes: len(rendered.Body), MaxBytes: open.maxBytes, Degraded: rendered.Degraded}, nil
}

// notConnected reports whether a tenant has no enabled app.
func notConnected(err error) bool {
	code := provider.CodeOf(err)
	return code == provider.NotFound || code == provider.FailedPrecondition
}
