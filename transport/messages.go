package transport

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// idempotencyHeader makes a repeated POST /messages return the first message.
const idempotencyHeader = "Idempotency-Key"

// newMessage is the body of POST /messages. Fields that ask for what is not
// there yet are known and refused by name.
type newMessage struct {
	Provider      provider.Kind           `json:"provider"`
	Channel       messaging.Channel       `json:"channel"`
	Webhook       string                  `json:"webhook"`
	Recipients    recipientsBody          `json:"recipients"`
	Content       provider.Content        `json:"content"`
	SendAt        *string                 `json:"sendAt"`
	ExpiresAt     *string                 `json:"expiresAt"`
	OnUnsupported messaging.OnUnsupported `json:"onUnsupported"`
	OnTooLong     string                  `json:"onTooLong"`
	AtLeastOnce   bool                    `json:"atLeastOnce"`
}

type recipientsBody struct {
	Usernames       []string          `json:"usernames"`
	UserIDs         []string          `json:"userIds"`
	ProviderUserIDs []provider.UserID `json:"providerUserIds"`
	DepartmentIDs   []string          `json:"departmentIds"`
	All             bool              `json:"all"`
}

func decodeSend(r *http.Request) (messaging.Request, error) {
	key, err := idempotencyKey(r)
	if err != nil {
		return messaging.Request{}, err
	}
	body, err := decodeBody[newMessage](r)
	if err != nil {
		return messaging.Request{}, err
	}
	req, err := body.request()
	req.IdempotencyKey = key
	return req, err
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
	switch {
	case m.SendAt != nil:
		return messaging.Request{}, unsupported("sendAt", "暂不支持定时发送", "sending at a later time is not supported")
	case m.Webhook != "":
		return messaging.Request{}, unsupported("webhook", "暂不支持群机器人Webhook", "group webhooks are not supported")
	case m.OnTooLong != "" && m.OnTooLong != "refuse":
		return messaging.Request{}, unsupported("onTooLong", "onTooLong目前只支持refuse", "the only supported value is refuse")
	}
	expires, err := timeOf("expiresAt", m.ExpiresAt)
	return messaging.Request{
		Provider: m.Provider, Channel: m.Channel, Content: m.Content, ExpiresAt: expires,
		Recipients: messaging.Recipients{
			Usernames: m.Recipients.Usernames, UserIDs: m.Recipients.UserIDs,
			ProviderUserIDs: m.Recipients.ProviderUserIDs, DepartmentIDs: m.Recipients.DepartmentIDs,
			All: m.Recipients.All,
		},
		OnUnsupported: m.OnUnsupported, AtLeastOnce: m.AtLeastOnce,
	}, err
}

func unsupported(field, zh, en string) error {
	return tenant.Refuse(provider.Unsupported, "unsupported", zh, en).WithField(field)
}

// timeOf reads an optional time.
func timeOf(field string, s *string) (time.Time, error) {
	if s == nil {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil {
		return time.Time{}, invalid(field, "字段"+field+"须为RFC 3339时间，例如2026-01-02T15:04:05+08:00",
			"field "+field+": want a time in RFC 3339, such as 2026-01-02T15:04:05+08:00")
	}
	return t, nil
}

// messageBody is a message.
type messageBody struct {
	ID             string                          `json:"id"`
	State          messaging.State                 `json:"state"`
	Provider       provider.Kind                   `json:"provider"`
	AppID          string                          `json:"appId"`
	Channel        messaging.Channel               `json:"channel"`
	Content        provider.Content                `json:"content"`
	All            bool                            `json:"all"`
	Counts         map[messaging.DeliveryState]int `json:"counts"`
	Degraded       []string                        `json:"degraded"`
	AtLeastOnce    bool                            `json:"atLeastOnce"`
	IdempotencyKey string                          `json:"idempotencyKey"`
	CreatedBy      string                          `json:"createdBy"`
	CreatedAt      time.Time                       `json:"createdAt"`
	ExpiresAt      *time.Time                      `json:"expiresAt"`
}

func messageOf(m messaging.Message) messageBody {
	b := messageBody{
		ID: m.ID, State: m.State, Provider: m.Provider, AppID: m.AppID, Channel: m.Channel, Content: m.Content,
		All: m.Everyone, Counts: m.Counts, Degraded: append([]string{}, m.Degraded...), AtLeastOnce: m.AtLeastOnce,
		IdempotencyKey: m.IdempotencyKey, CreatedBy: m.CreatedByName, CreatedAt: m.CreatedAt.UTC(),
		ExpiresAt: optionalTime(m.ExpiresAt),
	}
	if b.Counts == nil {
		b.Counts = map[messaging.DeliveryState]int{}
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
	return messageOf(m), err
}

func (a *api) message(ctx context.Context, id string) (messageBody, error) {
	m, err := a.services.Messages.Message(ctx, tenantOf(ctx), id)
	return messageOf(m), err
}

type messageList struct {
	filter messaging.MessageFilter
	page   tenant.Page
}

func (a *api) decodeMessageList(r *http.Request) (req messageList, err error) {
	if req.filter.Provider, err = a.decodeKind(r); err != nil {
		return req, err
	}
	req.page, err = page(r.URL.Query())
	return req, err
}

func (a *api) messages(ctx context.Context, req messageList) (items[messageBody], error) {
	list, err := a.services.Messages.Messages(ctx, tenantOf(ctx), req.filter, req.page)
	return listOf(list, messageOf), err
}

type deliveryList struct {
	message string
	filter  messaging.DeliveryFilter
	page    tenant.Page
}

// decodeDeliveryList reads the parameter state besides: one state, or several
// with commas between.
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
	State          messaging.DeliveryState `json:"state"`
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
			ID: d.ID, MessageID: d.MessageID, State: d.State, ProviderTaskID: d.ProviderTaskID,
			Recipient: recipientBody{
				Username: d.Recipient.Username, UserID: d.Recipient.UserID,
				ProviderUserID: d.Recipient.ProviderUserID, All: d.Recipient.All,
			},
			Attempts: d.Attempts, Error: a.deliveryError(c, d.Failure), UpdatedAt: d.UpdatedAt.UTC(),
		}
	}), err
}
