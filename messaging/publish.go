package messaging

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// The types of the events this package publishes.
const (
	// EventDeliveries: deliveries of a batch have a new state. Its data is a
	// [DeliveriesEvent].
	EventDeliveries = "message.deliveries"
	// EventQuota: a quota of the office app is used up to a large part. Its
	// data is a [QuotaEvent].
	EventQuota = "message.quota"
)

// silence is a Publisher without anybody to tell.
type silence struct{}

func (silence) Publish(context.Context, tenant.ID, string, string) error { return nil }

// publishBatch tells that deliveries of a batch have a new state.
func (s *Service) publishBatch(ctx context.Context, ref BatchRef) error {
	subject := ref.MessageID + "/" + strconv.Itoa(ref.Number)
	if err := s.events.Publish(ctx, ref.Tenant, EventDeliveries, subject); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// batchOf is the reverse of what publishBatch does with a ref.
func batchOf(t tenant.ID, subject string) (BatchRef, error) {
	id, number, found := strings.Cut(subject, "/")
	n, err := strconv.Atoi(number)
	if !found || err != nil {
		return BatchRef{}, fmt.Errorf("subject %q: want <message>/<batch>", subject)
	}
	return BatchRef{Tenant: t, MessageID: id, Number: n}, nil
}

// publishQuota tells that a quota is used up to a large part.
func (s *Service) publishQuota(ctx context.Context, t tenant.ID, u QuotaUse) error {
	subject := strings.Join([]string{string(u.Quota), u.AppID, u.Subject, u.Ends.Format(time.RFC3339)}, "/")
	if err := s.events.Publish(ctx, t, EventQuota, subject); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}
