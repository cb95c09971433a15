package events

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// Store is where subscriptions are kept. adapters/bunstore implements it;
// package adapters/storetest proves it. Every method is safe for concurrent
// use, joins the transaction of the context, sees rows of the given tenant
// only, and keeps times to the microsecond.
type Store interface {
	tenant.TrailStore

	// CreateSubscription stores a new subscription; its Health is the zero
	// value. ErrTooMany when the tenant has most or more, also when several are
	// created at the same time; tenant.ErrConflict when the tenant has one of
	// that id.
	CreateSubscription(ctx context.Context, s Stored, most int) error

	// UpdateSubscription stores s over the version before it (s.Version-1): its
	// URL, Types, Enabled, Description, Secrets, Version and UpdatedAt. With
	// reset the Health becomes the zero value, else it stays as it is.
	// tenant.ErrNotFound when there is none of that id, tenant.ErrConflict when
	// the version has moved on.
	UpdateSubscription(ctx context.Context, s Stored, reset bool) error

	// DeleteSubscription removes a subscription with its secrets,
	// tenant.ErrNotFound when there is none of that id.
	DeleteSubscription(ctx context.Context, t tenant.ID, id string) error

	// Subscription returns a subscription, tenant.ErrNotFound when there is
	// none.
	Subscription(ctx context.Context, t tenant.ID, id string) (Stored, error)

	// Subscriptions returns all subscriptions of the tenant, oldest first. It
	// is called often and reads few rows.
	Subscriptions(ctx context.Context, t tenant.ID) ([]Stored, error)

	// RecordOutcome stores how a delivery ended: Status, Reason and At become
	// the Health's. Without a Reason, FailingSince is taken away; with one it
	// becomes At unless it is set. The version does not grow. Where the
	// subscription is gone, or is not of the given version any more, nothing
	// happens.
	RecordOutcome(ctx context.Context, t tenant.ID, id string, version int64, o Outcome) error

	// SigningSecretTenants returns at most limit tenants after another, in byte
	// order, that have signing secrets sealed with any key but the given one.
	// It is the one method that looks beyond a tenant.
	SigningSecretTenants(ctx context.Context, key string, after tenant.ID, limit int) ([]tenant.ID, error)

	// ReplaceSigningSecrets stores sealed secrets in the place of old, and
	// changes nothing else: not PreviousUntil, nor the version.
	// tenant.ErrConflict when old is not what is stored.
	ReplaceSigningSecrets(ctx context.Context, t tenant.ID, id string, old, next Secrets) error
}

// Stored is a subscription as it is kept.
type Stored struct {
	Subscription
	Secrets Secrets
}

// Secrets are the sealed signing secrets of a subscription.
type Secrets struct {
	Current tenant.Sealed
	// Previous signs, too, until PreviousUntil; without one both are zero.
	Previous      tenant.Sealed
	PreviousUntil time.Time
}

// Outcome is how a delivery ended.
type Outcome struct {
	// Status is the HTTP status; 0 when there was no answer.
	Status int
	// Reason is why it failed; "" is success.
	Reason Reason
	At     time.Time
}
