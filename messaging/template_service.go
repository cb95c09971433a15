package messaging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// TemplateInput is a template to be saved; its fields are those of [Template].
type TemplateInput struct {
	Name        string
	Description string
	Contents    map[string]provider.Content
	Variables   []Variable
	// Expected is the version the save builds on, 0 for a template that is not
	// there; nil builds on whatever is there.
	Expected *int
}

// SaveTemplate stores a new version of a template, the first one when there is
// none; created tells which. What is the same as the newest version is not
// stored again: that version is returned. It needs ActionWrite on
// ObjectMessage and leaves a row in the audit trail.
//
// Refusals: ErrInvalidTemplate, ErrTooManyTemplates, and ErrTemplateChanged
// when the newest version is not the expected one.
func (s *Service) SaveTemplate(
	ctx context.Context, t tenant.ID, in TemplateInput,
) (tpl Template, created bool, err error) {
	tpl, created, err = s.saveTemplate(ctx, t, in)
	if err != nil {
		return Template{}, false, fmt.Errorf("messaging: save template: %w", err)
	}
	return tpl, created, nil
}

func (s *Service) saveTemplate(
	ctx context.Context, t tenant.ID, in TemplateInput,
) (saved Template, created bool, err error) {
	err = s.trail.Do(ctx, templateChange(t, "template.save", in.Name), func(ctx context.Context, row *tenant.AuditEntry) error {
		tpl := in.template()
		if err := errors.Join(checkTemplateName(tpl.Name), tpl.validate()); err != nil {
			return err
		}
		tpl.Tenant, tpl.CreatedAt, tpl.CreatedBy, tpl.CreatedByName = t, row.At, row.ActorID, row.ActorName
		return s.store.InTx(ctx, func(ctx context.Context) error {
			before, err := s.templateToChange(ctx, t, tpl.Name)
			if err != nil {
				return err
			}
			created = before.Version == 0
			saved, err = s.storeTemplate(ctx, row, before, tpl, in.Expected)
			return err
		})
	})
	return saved, created, err
}

// template returns the input as a template. The caller keeps its maps and
// slices.
func (in TemplateInput) template() Template {
	tpl := Template{
		Name: in.Name, Description: in.Description, Contents: make(map[string]provider.Content, len(in.Contents)),
		Variables: append([]Variable(nil), in.Variables...),
	}
	for language, content := range in.Contents {
		tpl.Contents[language] = content.Clone()
	}
	return tpl
}

// templateToChange makes the transaction the only one that changes templates
// of the tenant, and returns the newest version; Version is 0 when there is
// none.
func (s *Service) templateToChange(ctx context.Context, t tenant.ID, name string) (Template, error) {
	if err := s.store.LockTemplates(ctx, t); err != nil {
		return Template{}, err
	}
	tpl, err := s.store.Template(ctx, t, name, 0)
	if errors.Is(err, tenant.ErrNotFound) {
		return Template{}, nil
	}
	return tpl, err
}

// storeTemplate stores tpl as the version after the one before, with its row in
// the audit trail.
func (s *Service) storeTemplate(
	ctx context.Context, row *tenant.AuditEntry, before, tpl Template, expected *int,
) (Template, error) {
	if expected != nil && *expected != before.Version {
		return Template{}, errTemplateChanged(*expected, before.Version)
	}
	if before.Version > 0 && before.says() == tpl.says() {
		return before, nil
	}
	if before.Version == 0 {
		n, err := s.store.CountTemplates(ctx, tpl.Tenant)
		if err != nil {
			return Template{}, err
		}
		if n >= MaxTemplates {
			return Template{}, ErrTooManyTemplates
		}
	}
	version, err := s.store.AddTemplateVersion(ctx, tpl, MaxTemplateVersions)
	if err != nil {
		return Template{}, err
	}
	tpl.Version = version
	return tpl, s.recordTemplate(ctx, row, before, tpl)
}

// says returns everything in which two versions can differ.
func (tpl Template) says() string {
	b, err := json.Marshal(struct {
		Description string
		Contents    map[string]provider.Content
		Variables   []Variable
	}{tpl.Description, tpl.Contents, append([]Variable{}, tpl.Variables...)})
	if err != nil {
		panic(err) // texts and numbers
	}
	return string(b)
}

// Template returns a version of a template, the newest one for 0. It needs
// ActionRead on ObjectMessage; ErrTemplateNotFound when there is none.
func (s *Service) Template(ctx context.Context, t tenant.ID, name string, version int) (Template, error) {
	err := s.mayRead(ctx, t)
	var tpl Template
	if err == nil {
		tpl, err = s.storedTemplate(ctx, t, name, version)
	}
	if err != nil {
		return Template{}, fmt.Errorf("messaging: template: %w", err)
	}
	return tpl, nil
}

// storedTemplate does not ask the store for what cannot be there.
func (s *Service) storedTemplate(ctx context.Context, t tenant.ID, name string, version int) (Template, error) {
	if !validTemplateName(name) || version < 0 {
		return Template{}, ErrTemplateNotFound
	}
	tpl, err := s.store.Template(ctx, t, name, version)
	return tpl, errTemplateNotFound(err)
}

// Templates returns the newest version of each template of the tenant, by
// name. It needs ActionRead on ObjectMessage.
func (s *Service) Templates(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[Template], error) {
	err := s.mayRead(ctx, t)
	var list tenant.List[Template]
	if err == nil {
		list, err = s.store.Templates(ctx, t, p)
	}
	if err != nil {
		return tenant.List[Template]{}, fmt.Errorf("messaging: templates: %w", err)
	}
	return list, nil
}

// TemplateVersions returns the versions of a template that are kept, newest
// first. It needs ActionRead on ObjectMessage; ErrTemplateNotFound when there
// is no such template.
func (s *Service) TemplateVersions(
	ctx context.Context, t tenant.ID, name string, p tenant.Page,
) (tenant.List[Template], error) {
	list, err := s.templateVersions(ctx, t, name, p)
	if err != nil {
		return tenant.List[Template]{}, fmt.Errorf("messaging: template versions: %w", err)
	}
	return list, nil
}

func (s *Service) templateVersions(
	ctx context.Context, t tenant.ID, name string, p tenant.Page,
) (list tenant.List[Template], err error) {
	if err := s.mayRead(ctx, t); err != nil {
		return list, err
	}
	if !validTemplateName(name) {
		return list, ErrTemplateNotFound
	}
	list, err = s.store.TemplateVersions(ctx, t, name, p)
	if err == nil && len(list.Items) == 0 { // none further on, or no such template
		_, err = s.store.Template(ctx, t, name, 0)
	}
	return list, errTemplateNotFound(err)
}

// DeleteTemplate removes a template with all its versions. Messages that were
// made from it stay as they are. It needs ActionWrite on ObjectMessage and
// leaves a row in the audit trail; ErrTemplateNotFound when there is none.
func (s *Service) DeleteTemplate(ctx context.Context, t tenant.ID, name string) error {
	err := s.trail.Do(ctx, templateChange(t, "template.delete", name), func(ctx context.Context, row *tenant.AuditEntry) error {
		if !validTemplateName(name) {
			return ErrTemplateNotFound
		}
		return errTemplateNotFound(s.store.InTx(ctx, func(ctx context.Context) error { return s.deleteTemplate(ctx, t, name, row) }))
	})
	if err != nil {
		return fmt.Errorf("messaging: delete template: %w", err)
	}
	return nil
}

func (s *Service) deleteTemplate(ctx context.Context, t tenant.ID, name string, row *tenant.AuditEntry) error {
	before, err := s.templateToChange(ctx, t, name)
	if err != nil {
		return err
	}
	if err := s.store.DeleteTemplate(ctx, t, name); err != nil {
		return err
	}
	return s.recordTemplate(ctx, row, before, Template{})
}

// fromTemplate makes a content for a message. It asks for no permission: who
// may send may use templates. Refusals: ErrTemplateNotFound, ErrInvalidVariable,
// ErrTemplateFailed, and ErrInvalidContent when a text that must not be empty
// is.
func (s *Service) fromTemplate(
	ctx context.Context, t tenant.ID, use TemplateUse,
) (provider.Content, TemplateRef, error) {
	tpl, err := s.storedTemplate(ctx, t, use.Name, use.Version)
	if errors.Is(err, ErrTemplateNotFound) {
		err = ErrTemplateNotFound.WithField("name")
	}
	if err != nil {
		return provider.Content{}, TemplateRef{}, below("template", err)
	}
	content, language, err := tpl.render(ctx, use.Language, use.Variables)
	if err != nil {
		return provider.Content{}, TemplateRef{}, below("template", err)
	}
	return content, TemplateRef{Name: tpl.Name, Version: tpl.Version, Language: language}, nil
}
