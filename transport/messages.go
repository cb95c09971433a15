package transport

import (
	"context"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// idempotencyHeader makes a repeated POST /messages return the first message.
const idempotencyHeader = "Idempotency-Key"

func idempotencyParam() parameter {
	return textParam(idempotencyHeader, "幂等键：默认24小时内重复的请求返回首次创建的消息；1到128个可见ASCII字符，不含空格",
		"a repeat of the request with the same key returns the first message, for 24 hours by default; 1 to 128 printable ASCII characters without spaces")
}

// newMessage is the body of POST /messages.
type newMessage struct {
	Provider      provider.Kind           `json:"provider" schema:"required"`
	Channel       messaging.Channel       `json:"channel"`
	Webhook       string                  `json:"webhook"`
	Recipients    recipientsBody          `json:"recipients"`
	Content       provider.Content        `json:"content"`
	Template      *templateUseBody        `json:"template"`
	Mentions      mentionsBody            `json:"mentions"`
	SendAt        *string                 `json:"sendAt" schema:"date-time"`
	ExpiresAt     *string                 `json:"expiresAt" schema:"date-time"`
	OnUnsupported messaging.OnUnsupported `json:"onUnsupported"`
	OnTooLong     messaging.OnTooLong     `json:"onTooLong"`
	MoreURL       string                  `json:"moreUrl"`
	AtLeastOnce   bool                    `json:"atLeastOnce"`
}

type recipientsBody struct {
	Usernames       []string                  `json:"usernames"`
	UserIDs         []string                  `json:"userIds"`
	ProviderUserIDs []provider.UserID         `json:"providerUserIds"`
	DepartmentIDs   []string                  `json:"departmentIds"`
	Roles           []string                  `json:"roles"`
	ConversationIDs []provider.ConversationID `json:"conversationIds"`
	All             bool                      `json:"all"`
}

type mentionsBody struct {
	Usernames       []string          `json:"usernames"`
	UserIDs         []string          `json:"userIds"`
	ProviderUserIDs []provider.UserID `json:"providerUserIds"`
	Mobiles         []string          `json:"mobiles"`
	All             bool              `json:"all"`
}

type templateUseBody struct {
	Name      string            `json:"name"`
	Version   int               `json:"version"`
	Language  string            `json:"language"`
	Variables templateVariables `json:"variables"`
}

func decodeSend(r *http.Request) (messaging.Request, error) {
	key, err := idempotencyKey(r)
	if err != nil {
		return messaging.Request{}, err
	}
	body, files, err := decodeMessage(r)
	if err != nil {
		return messaging.Request{}, err
	}
	req, err := body.request()
	req.IdempotencyKey, req.Attachments = key, files
	return req, err
}

// decodeWebhookSend reads the body of POST /webhooks/{name}/messages, which is
// that of POST /messages without channel, webhook and recipients.
func decodeWebhookSend(r *http.Request) (messaging.Request, error) {
	req, err := decodeSend(r)
	switch {
	case err != nil:
		return req, err
	case req.Channel != "":
		return req, invalid("channel", "此接口不需要channel", "this path needs no channel")
	case req.Webhook != "":
		return req, invalid("webhook", "Webhook名称由路径给出", "the path names the webhook")
	}
	req.Channel, req.Webhook = messaging.ChannelWebhook, r.PathValue("name")
	return req, nil
}

// decodeMessage reads the message: JSON, or a form with the JSON in its part
// "message" and files in the others.
func decodeMessage(r *http.Request) (newMessage, []messaging.Attachment, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		return decodeMessageForm(r)
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxMessageBody)
	body, err := decodeBody[newMessage](r)
	return body, nil, err
}

// idempotencyKey reads the header; a header without a value would silently
// allow what it is sent to prevent.
func idempotencyKey(r *http.Request) (string, error) {
	keys := r.Header.Values(idempotencyHeader)
	switch {
	case len(keys) == 0:
		return "", nil
	case len(keys) == 1 && keys[0] != "":
		return keys[0], nil
	}
	return "", invalid(idempotencyHeader, "请求头Idempotency-Key须有且只有一个值", "the header must have exactly one value")
}

// request returns the body as the service takes it.
func (m newMessage) request() (messaging.Request, error) {
	send, err := timeOf("sendAt", m.SendAt)
	if err != nil {
		return messaging.Request{}, err
	}
	expires, err := timeOf("expiresAt", m.ExpiresAt)
	r := messaging.Request{
		Provider: m.Provider, Channel: m.Channel, Webhook: m.Webhook, Content: m.Content, SendAt: send, ExpiresAt: expires,
		Recipients: messaging.Recipients(m.Recipients), Mentions: messaging.Mentions(m.Mentions),
		OnUnsupported: m.OnUnsupported, OnTooLong: m.OnTooLong, MoreURL: m.MoreURL, AtLeastOnce: m.AtLeastOnce,
	}
	if m.Template != nil && err == nil {
		r.Template, err = m.Template.use()
	}
	return r, err
}

func (u templateUseBody) use() (*messaging.TemplateUse, error) {
	values, err := u.Variables.values()
	return &messaging.TemplateUse{Name: u.Name, Version: u.Version, Language: u.Language, Variables: values}, err
}

// messageBody is a message.
type messageBody struct {
	ID             string                          `json:"id"`
	State          messaging.State                 `json:"state"`
	Provider       provider.Kind                   `json:"provider"`
	AppID          string                          `json:"appId"`
	Channel        messaging.Channel               `json:"channel"`
	Webhook        string                          `json:"webhook"`
	Content        provider.Content                `json:"content"`
	Parts          []provider.Content              `json:"parts"`
	Template       *messaging.TemplateRef          `json:"template"`
	All            bool                            `json:"all"`
	Resolving      bool                            `json:"resolving"`
	Counts         map[messaging.DeliveryState]int `json:"counts"`
	Degraded       []string                        `json:"degraded"`
	Duplicates     []string                        `json:"duplicates"`
	AtLeastOnce    bool                            `json:"atLeastOnce"`
	IdempotencyKey string                          `json:"idempotencyKey"`
	CreatedBy      string                          `json:"createdBy"`
	CreatedAt      time.Time                       `json:"createdAt"`
	SendAt         *time.Time                      `json:"sendAt"`
	ExpiresAt      *time.Time                      `json:"expiresAt"`
	RecallAt       *time.Time                      `json:"recallAt"`
}

func (c *call) message(m messaging.Message) messageBody {
	b := messageBody{
		ID: m.ID, State: m.State, Provider: m.Provider, AppID: m.AppID, Channel: m.Channel, Webhook: m.Webhook,
		Content: m.Content, Parts: append([]provider.Content{}, m.Parts...),
		All: m.Everyone, Resolving: m.Resolving, Counts: m.Counts, Degraded: c.texts(m.Degraded),
		Duplicates: append([]string{}, m.Duplicates...), AtLeastOnce: m.AtLeastOnce,
		IdempotencyKey: m.IdempotencyKey, CreatedBy: m.CreatedByName, CreatedAt: m.CreatedAt.UTC(),
		SendAt: optionalTime(m.SendAt), ExpiresAt: optionalTime(m.ExpiresAt), RecallAt: optionalTime(m.RecallAt),
	}
	if b.Counts == nil {
		b.Counts = map[messaging.DeliveryState]int{}
	}
	if m.Template != (messaging.TemplateRef{}) {
		b.Template = &m.Template
	}
	return b
}

// optionalTime is nil, which JSON shows as null, for the zero time.
func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (a *api) sendMessage(ctx context.Context, req messaging.Request) (messageBody, error) {
	m, err := a.services.Messages.Send(ctx, tenantOf(ctx), req)
	return callFrom(ctx).message(m), err
}

func (a *api) message(ctx context.Context, id string) (messageBody, error) {
	m, err := a.services.Messages.Message(ctx, tenantOf(ctx), id)
	return callFrom(ctx).message(m), err
}

type messageList struct {
	filter messaging.MessageFilter
	page   tenant.Page
}

// messageParams are what decodeMessageList reads.
func (a *api) messageParams() []parameter {
	return append([]parameter{
		a.kindParam(),
		choiceParam("channel", "渠道", "channel", messaging.Channels()...),
		textParam("webhook", "Webhook名称", "name of the webhook"),
		textParam("template", "模板名称", "name of the template"),
		choiceParam("state", "消息状态", "state of the message", messaging.States()...),
		choiceParam("has", "至少有一个投递处于此状态", "a state that at least one delivery is in", messaging.DeliveryStates()...),
		textParam("createdBy", "创建人用户名", "username of who sent it"),
		momentParam("since", "创建时间不早于", "created not before"),
		momentParam("before", "创建时间早于", "created before"),
	}, pageParams()...)
}

func (a *api) decodeMessageList(r *http.Request) (req messageList, err error) {
	if req.filter.Provider, err = a.decodeKind(r); err != nil {
		return req, err
	}
	query, f := r.URL.Query(), &req.filter
	var channel, state, has string
	for _, p := range []struct {
		name string
		to   *string
	}{
		{"channel", &channel},
		{"webhook", &f.Webhook},
		{"template", &f.Template},
		{"state", &state},
		{"has", &has},
		{"createdBy", &f.CreatedBy},
	} {
		if *p.to, err = param(query, p.name); err != nil {
			return req, err
		}
	}
	f.Channel, f.State, f.Has = messaging.Channel(channel), messaging.State(state), messaging.DeliveryState(has)
	if f.Since, f.Before, err = span(query, "since", "before"); err != nil {
		return req, err
	}
	req.page, err = page(query)
	return req, err
}

func (a *api) messages(ctx context.Context, req messageList) (items[messageBody], error) {
	list, err := a.services.Messages.Messages(ctx, tenantOf(ctx), req.filter, req.page)
	return listOf(list, callFrom(ctx).message), err
}

type deliveryList struct {
	message string
	filter  messaging.DeliveryFilter
	page    tenant.Page
}

// deliveryParams are what decodeDeliveryList reads.
func deliveryParams() []parameter {
	return append([]parameter{
		textParam("state", "投递状态，多个以逗号分隔", "state of the delivery, several with commas between"),
	}, pageParams()...)
}

func decodeDeliveryList(r *http.Request) (req deliveryList, err error) {
	if req.message, err = decodeID(r); err != nil {
		return req, err
	}
	query := r.URL.Query()
	states, err := param(query, "state")
	if err != nil {
		return req, err
	}
	for s := range strings.SplitSeq(states, ",") {
		if s = strings.TrimSpace(s); s != "" {
			req.filter.States = append(req.filter.States, messaging.DeliveryState(s))
		}
	}
	req.page, err = page(query)
	return req, err
}

// deliveryBody is what is known about one recipient.
type deliveryBody struct {
	ID             string                  `json:"id"`
	MessageID      string                  `json:"messageId"`
	Recipient      recipientBody           `json:"recipient"`
	Part           int                     `json:"part"`
	State          messaging.DeliveryState `json:"state"`
	NextAt         *time.Time              `json:"nextAt"`
	ProviderTaskID string                  `json:"providerTaskId"`
	Attempts       int                     `json:"attempts"`
	Error          *storedError            `json:"error"`
	UpdatedAt      time.Time               `json:"updatedAt"`
}

type recipientBody struct {
	Username       string          `json:"username"`
	UserID         string          `json:"userId"`
	ProviderUserID provider.UserID `json:"providerUserId"`
	All            bool            `json:"all"`
}

func (a *api) deliveries(ctx context.Context, req deliveryList) (items[deliveryBody], error) {
	list, err := a.services.Messages.Deliveries(ctx, tenantOf(ctx), req.message, req.filter, req.page)
	c := callFrom(ctx)
	return listOf(list, func(d messaging.Delivery) deliveryBody {
		return deliveryBody{
			ID: d.ID, MessageID: d.MessageID, Part: d.Part, State: d.State, NextAt: optionalTime(d.NextAt),
			ProviderTaskID: d.ProviderTaskID, Recipient: recipientBody(d.Recipient),
			Attempts: d.Attempts, Error: a.deliveryError(c, d.Failure), UpdatedAt: d.UpdatedAt.UTC(),
		}
	}), err
}
