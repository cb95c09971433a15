package messaging

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// DeliveriesEvent is the data of EventDeliveries: how the deliveries of a batch
// stand now. When several events tell of one batch each has what was true when
// it was put together.
type DeliveriesEvent struct {
	MessageID string `json:"messageId"`
	// State and Counts are the message's.
	State  State                 `json:"state"`
	Counts map[DeliveryState]int `json:"counts"`
	// Deliveries are those of the batch.
	Deliveries []DeliveryEvent `json:"deliveries"`
}

// DeliveryEvent is how one delivery stands.
type DeliveryEvent struct {
	ID             string          `json:"id"`
	Username       string          `json:"username,omitempty"`
	UserID         string          `json:"userId,omitempty"`
	ProviderUserID provider.UserID `json:"providerUserId,omitempty"`
	All            bool            `json:"all,omitempty"`
	State          DeliveryState   `json:"state"`
	// Code and Reason say why it did not get through.
	Code      string    `json:"code,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// DescribeDeliveries returns the data of an EventDeliveries by its subject.
func (s *Service) DescribeDeliveries(ctx context.Context, t tenant.ID, subject string) (any, error) {
	ref, err := batchOf(t, subject)
	if err != nil {
		return nil, fmt.Errorf("messaging: describe: %w", err)
	}
	m, err := s.store.Message(ctx, t, ref.MessageID)
	if err != nil {
		return nil, fmt.Errorf("messaging: describe: %w", err)
	}
	e := DeliveriesEvent{MessageID: m.ID, State: m.State, Counts: m.Counts, Deliveries: []DeliveryEvent{}}
	page := tenant.Page{Limit: tenant.MaxPageLimit}
	for {
		list, err := s.store.Deliveries(ctx, t, m.ID, DeliveryFilter{Batch: ref.Number}, page)
		if err != nil {
			return nil, fmt.Errorf("messaging: describe: %w", err)
		}
		for _, d := range list.Items {
			e.Deliveries = append(e.Deliveries, d.event())
		}
		if page.Cursor = list.Next; page.Cursor == "" {
			return e, nil
		}
	}
}

func (d Delivery) event() DeliveryEvent {
	e := DeliveryEvent{
		ID: d.ID, Username: d.Recipient.Username, UserID: d.Recipient.UserID,
		ProviderUserID: d.Recipient.ProviderUserID, All: d.Recipient.All, State: d.State, UpdatedAt: d.UpdatedAt,
	}
	if d.Failure != nil {
		e.Code, e.Reason = d.Failure.Code.String(), d.Failure.Reason
	}
	return e
}

// QuotaEvent is the data of EventQuota.
type QuotaEvent struct {
	Quota Quota  `json:"quota"`
	AppID string `json:"appId,omitempty"`
	// Subject is the webhook, or "" for the app as a whole.
	Subject string `json:"subject,omitempty"`
	// Percent is the part of the quota from which on the event is sent.
	Percent int       `json:"percent"`
	Ends    time.Time `json:"ends"`
}

// DescribeQuota returns the data of an EventQuota by its subject.
func (*Service) DescribeQuota(_ context.Context, _ tenant.ID, subject string) (any, error) {
	parts := strings.SplitN(subject, "/", 4)
	if len(parts) != 4 {
		return nil, fmt.Errorf("messaging: describe: subject %q: want four parts", subject)
	}
	ends, err := time.Parse(time.RFC3339, parts[3])
	if err != nil {
		return nil, fmt.Errorf("messaging: describe: subject %q: %w", subject, err)
	}
	return QuotaEvent{Quota: Quota(parts[0]), AppID: parts[1], Subject: parts[2], Percent: warnAt, Ends: ends}, nil
}
