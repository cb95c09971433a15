package events

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/tenant"
)

// TestReport is how the test of an endpoint ended.
type TestReport struct {
	// EventID is the id of the event that was sent.
	EventID string
	// Status is the HTTP status; 0 when there was no answer.
	Status int
	// Reason is why it failed; "" is success.
	Reason Reason
	// Took is how long the endpoint took to answer, or not to.
	Took time.Duration
}

// OK reports whether the endpoint took the event.
func (r TestReport) OK() bool { return r.Reason == "" }

// pingData is the Data of an event of type Ping.
type pingData struct {
	SubscriptionID string `json:"subscriptionId"`
}

// Test sends an event of type "ping" to the endpoint of a subscription, whether
// or not it is enabled, and waits for its answer for Config.Timeout at most.
// There is one attempt, which does not count in the subscription's Health. It
// needs ActionWrite on ObjectEvent and leaves a row in the audit trail. It must
// not be called in a transaction. Refusal: ErrNotFound.
func (s *Service) Test(ctx context.Context, t tenant.ID, id string) (TestReport, error) {
	var report TestReport
	op := operation(t, "subscription.test", id)
	err := s.administer(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		sub, err := s.store.Subscription(ctx, t, id)
		if err != nil {
			return missing(err)
		}
		if report, err = s.ping(ctx, sub); err != nil {
			return err
		}
		tested := recordOf(sub.Subscription, secretUnchanged)
		tested.Reason, tested.Status = report.Reason, report.Status
		row.After = tested.json()
		return s.store.AppendAudit(ctx, *row)
	})
	if err != nil {
		return TestReport{}, err
	}
	return report, nil
}

func (s *Service) ping(ctx context.Context, sub Stored) (TestReport, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return TestReport{}, fmt.Errorf("new id: %w", err)
	}
	data, err := json.Marshal(pingData{sub.ID})
	if err != nil {
		return TestReport{}, fmt.Errorf("encode: %w", err)
	}
	start := s.cfg.Now()
	a := s.tell(ctx, sub, Event{ID: id.String(), Type: Ping, At: stamp(start), Tenant: sub.Tenant, Data: data})
	if ctx.Err() != nil {
		return TestReport{}, ctx.Err()
	}
	return TestReport{EventID: id.String(), Status: a.status, Reason: a.reason, Took: s.cfg.Now().Sub(start)}, nil
}
