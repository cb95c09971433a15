package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// subscriptionBody is an endpoint that is told of events. Its signing secret is
// not in it.
type subscriptionBody struct {
	ID          string   `json:"id"`
	URL         string   `json:"url"`
	Types       []string `json:"types"`
	Enabled     bool     `json:"enabled"`
	Description string   `json:"description"`
	Version     int64    `json:"version"`
	// LastStatus is an HTTP status; 0 when there was no answer. LastAt and
	// FailingSince are null when there was no delivery, or no failure.
	LastStatus   int          `json:"lastStatus"`
	LastError    *storedError `json:"lastError"`
	LastAt       *time.Time   `json:"lastAt"`
	FailingSince *time.Time   `json:"failingSince"`
	CreatedAt    time.Time    `json:"createdAt"`
	UpdatedAt    time.Time    `json:"updatedAt"`
}

func subscriptionOf(c *call, s events.Subscription) subscriptionBody {
	return subscriptionBody{
		ID: s.ID, URL: s.URL, Types: s.Types, Enabled: s.Enabled, Description: s.Description, Version: s.Version,
		LastStatus: s.Health.LastStatus, LastError: endpointError(c, s.Health.LastReason),
		LastAt: optionalTime(s.Health.LastAt), FailingSince: optionalTime(s.Health.FailingSince),
		CreatedAt: s.CreatedAt.UTC(), UpdatedAt: s.UpdatedAt.UTC(),
	}
}

// endpointError tells why an endpoint could not be told; nil when it could.
func endpointError(c *call, r events.Reason) *storedError {
	if r == "" {
		return nil
	}
	problem, remedy := r.Text()
	return &storedError{Message: c.text(problem), errorBody: &errorBody{
		Code: provider.Unavailable.String(), Reason: string(r), Remedy: c.text(remedy),
	}}
}

// secretBody is a subscription with its signing secret, which is shown when it
// is made and never again.
type secretBody struct {
	subscriptionBody

	Secret string `json:"secret"`
}

// newSubscription is the body of POST /subscriptions. An absent enabled means
// true.
type newSubscription struct {
	URL         string   `json:"url" schema:"required"`
	Types       []string `json:"types" schema:"required"`
	Enabled     *bool    `json:"enabled"`
	Description string   `json:"description"`
}

// subscriptionUpdate is PUT /subscriptions/{id}; what the body leaves out is
// unchanged.
type subscriptionUpdate struct {
	id     string
	change subscriptionChange
}

type subscriptionChange struct {
	URL         *string  `json:"url"`
	Types       []string `json:"types"`
	Enabled     *bool    `json:"enabled"`
	Description *string  `json:"description"`
}

func decodeSubscriptionUpdate(r *http.Request) (subscriptionUpdate, error) {
	id, err := decodeID(r)
	if err != nil {
		return subscriptionUpdate{}, err
	}
	change, err := decodeBody[subscriptionChange](r)
	return subscriptionUpdate{id, change}, err
}

// eventTypeBody is a type of event that can be subscribed to.
type eventTypeBody struct {
	Type string `json:"type"`
	// Description says when there is such an event.
	Description string `json:"description"`
}

func (a *api) eventTypes(ctx context.Context, _ none) (items[eventTypeBody], error) {
	types, err := a.services.Events.Types(ctx, tenantOf(ctx))
	c := callFrom(ctx)
	return listOf(tenant.List[events.Type]{Items: types}, func(t events.Type) eventTypeBody {
		return eventTypeBody{t.Name, c.text(t.About)}
	}), err
}

func (a *api) subscriptions(ctx context.Context, _ none) (items[subscriptionBody], error) {
	list, err := a.services.Events.Subscriptions(ctx, tenantOf(ctx))
	c := callFrom(ctx)
	return listOf(tenant.List[events.Subscription]{Items: list}, func(s events.Subscription) subscriptionBody {
		return subscriptionOf(c, s)
	}), err
}

func (a *api) subscription(ctx context.Context, id string) (subscriptionBody, error) {
	s, err := a.services.Events.Subscription(ctx, tenantOf(ctx), id)
	return subscriptionOf(callFrom(ctx), s), err
}

func (a *api) createSubscription(ctx context.Context, req newSubscription) (secretBody, error) {
	s, secret, err := a.services.Events.Create(ctx, tenantOf(ctx), events.Input{
		URL: req.URL, Types: req.Types, Enabled: req.Enabled == nil || *req.Enabled, Description: req.Description,
	})
	return secretBody{subscriptionOf(callFrom(ctx), s), secret.Reveal()}, err
}

func (a *api) updateSubscription(ctx context.Context, req subscriptionUpdate) (subscriptionBody, error) {
	s, err := a.services.Events.Update(ctx, tenantOf(ctx), req.id, events.Change(req.change))
	return subscriptionOf(callFrom(ctx), s), err
}

func (a *api) deleteSubscription(ctx context.Context, id string) (any, error) {
	return nil, a.services.Events.Delete(ctx, tenantOf(ctx), id)
}

func (a *api) rotateSubscription(ctx context.Context, id string) (secretBody, error) {
	s, secret, err := a.services.Events.Rotate(ctx, tenantOf(ctx), id)
	return secretBody{subscriptionOf(callFrom(ctx), s), secret.Reveal()}, err
}

// testBody is how the test of an endpoint ended.
type testBody struct {
	OK      bool   `json:"ok"`
	EventID string `json:"eventId"`
	// Status is an HTTP status; 0 when there was no answer.
	Status int          `json:"status"`
	Error  *storedError `json:"error"`
	TookMS int64        `json:"tookMs"`
}

func (a *api) testSubscription(ctx context.Context, id string) (testBody, error) {
	r, err := a.services.Events.Test(ctx, tenantOf(ctx), id)
	return testBody{
		OK: r.OK(), EventID: r.EventID, Status: r.Status, Error: endpointError(callFrom(ctx), r.Reason),
		TookMS: r.Took.Milliseconds(),
	}, err
}
