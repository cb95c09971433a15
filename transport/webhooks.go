package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// webhookBody is a group webhook. Its url and, where there is one, its
// signSecret are masked.
type webhookBody struct {
	Name        string        `json:"name"`
	Provider    provider.Kind `json:"provider"`
	Description string        `json:"description"`
	URL         string        `json:"url"`
	SignSecret  string        `json:"signSecret"`
	Keywords    []string      `json:"keywords"`
	Enabled     bool          `json:"enabled"`
	Version     int           `json:"version"`
	CreatedAt   time.Time     `json:"createdAt"`
	UpdatedAt   time.Time     `json:"updatedAt"`
}

func webhookOf(w messaging.Webhook) webhookBody {
	return webhookBody{
		Name: w.Name, Provider: w.Provider, Description: w.Description,
		URL: masked(w.URL), SignSecret: masked(w.SignSecret), Keywords: append([]string{}, w.Keywords...),
		Enabled: w.Enabled, Version: w.Version,
		CreatedAt: w.CreatedAt.UTC(), UpdatedAt: w.UpdatedAt.UTC(),
	}
}

// masked tells of a secret only that it is there.
func masked(s tenant.Sealed) string {
	if len(s.Ciphertext) == 0 {
		return ""
	}
	return tenant.Mask
}

// webhookInput is the body of PUT /webhooks/{name}. What is absent or null is
// unchanged, and so is a secret that is masked. The name is never changed.
type webhookInput struct {
	Name        *string       `json:"name"`
	Provider    provider.Kind `json:"provider"`
	Description *string       `json:"description"`
	URL         *string       `json:"url"`
	SignSecret  *string       `json:"signSecret"`
	Keywords    *[]string     `json:"keywords"`
	Enabled     *bool         `json:"enabled"`
}

// newWebhook is the body of POST /webhooks: a webhookInput, of which some has to
// be there. An absent enabled means true.
type newWebhook struct {
	Name        *string       `json:"name" schema:"required"`
	Provider    provider.Kind `json:"provider" schema:"required"`
	Description *string       `json:"description"`
	URL         *string       `json:"url" schema:"required"`
	SignSecret  *string       `json:"signSecret"`
	Keywords    *[]string     `json:"keywords"`
	Enabled     *bool         `json:"enabled"`
}

func (in webhookInput) input() messaging.WebhookInput {
	return messaging.WebhookInput{
		Provider: in.Provider, Description: in.Description, URL: secretOf(in.URL), SignSecret: secretOf(in.SignSecret),
		Keywords: in.Keywords, Enabled: in.Enabled,
	}
}

func secretOf(s *string) *provider.Secret {
	if s == nil {
		return nil
	}
	secret := provider.NewSecret(*s)
	return &secret
}

// webhookChange is a webhook as it shall be.
type webhookChange struct {
	name  string
	input messaging.WebhookInput
}

func decodeNewWebhook(r *http.Request) (webhookChange, error) {
	body, err := decodeBody[newWebhook](r)
	req := webhookChange{input: webhookInput(body).input()}
	if body.Name != nil {
		req.name = *body.Name
	}
	return req, err
}

func decodeWebhookUpdate(r *http.Request) (webhookChange, error) {
	name, err := decodeName(r)
	if err != nil {
		return webhookChange{}, err
	}
	body, err := decodeBody[webhookInput](r)
	if err == nil && body.Name != nil && *body.Name != name {
		err = invalid("name", "名称不能修改，请新建一个", "the name cannot be changed; create another webhook")
	}
	return webhookChange{name, body.input()}, err
}

// decodeName reads the {name} of the path, like decodeID.
func decodeName(r *http.Request) (string, error) {
	name := r.PathValue("name")
	if !isToken(name) {
		return "", errNoRecord()
	}
	return name, nil
}

func (a *api) webhooks(ctx context.Context, p tenant.Page) (items[webhookBody], error) {
	list, err := a.services.Messages.Webhooks(ctx, tenantOf(ctx), p)
	return listOf(list, webhookOf), err
}

func (a *api) webhook(ctx context.Context, name string) (webhookBody, error) {
	w, err := a.services.Messages.Webhook(ctx, tenantOf(ctx), name)
	return webhookOf(w), err
}

func (a *api) createWebhook(ctx context.Context, req webhookChange) (webhookBody, error) {
	w, err := a.services.Messages.CreateWebhook(ctx, tenantOf(ctx), req.name, req.input)
	return webhookOf(w), err
}

func (a *api) updateWebhook(ctx context.Context, req webhookChange) (webhookBody, error) {
	w, err := a.services.Messages.UpdateWebhook(ctx, tenantOf(ctx), req.name, req.input)
	return webhookOf(w), err
}

func (a *api) deleteWebhook(ctx context.Context, name string) (any, error) {
	return nil, a.services.Messages.DeleteWebhook(ctx, tenantOf(ctx), name)
}
