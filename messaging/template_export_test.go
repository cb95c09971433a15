package messaging

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// FromTemplate is what Send makes a content with.
func (s *Service) FromTemplate(
	ctx context.Context, t tenant.ID, use TemplateUse,
) (provider.Content, TemplateRef, error) {
	return s.fromTemplate(ctx, t, use)
}

// Render makes a content of a template that is stored nowhere.
func (tpl Template) Render(ctx context.Context, language string, given map[string]any) (provider.Content, error) {
	content, _, err := tpl.render(ctx, language, given)
	return content, err
}

// Check is what a template has to pass before it is saved.
func (tpl Template) Check() error { return tpl.validate() }

// ValidateUse is what a use has to pass before it is looked at closely.
func (u TemplateUse) ValidateUse() error { return u.validate() }

// EscapeMarkdown returns a text as it stands in markdown.
func EscapeMarkdown(text string) string { return escapeMarkdown(text) }
