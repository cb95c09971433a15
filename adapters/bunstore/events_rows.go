package bunstore

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/tenant"
)

// subscriptionRow is a row of thirdapp_subscriptions.
type subscriptionRow struct {
	bun.BaseModel `bun:"table:thirdapp_subscriptions"`

	TenantID           tenant.ID
	ID                 string
	URL                string
	Types              []string `bun:"type:jsonb"`
	Enabled            bool
	Description        string
	Version            int64
	KeyID              string
	Ciphertext         []byte
	PreviousKeyID      string    `bun:",nullzero"`
	PreviousCiphertext []byte    `bun:",nullzero"`
	PreviousUntil      time.Time `bun:",nullzero"`
	LastStatus         int
	LastReason         events.Reason
	LastAt             time.Time `bun:",nullzero"`
	FailingSince       time.Time `bun:",nullzero"`
	CreatedAt          time.Time
	UpdatedAt          time.Time
}

func rowOfSubscription(s events.Stored) *subscriptionRow {
	types := s.Types
	if types == nil {
		types = []string{}
	}
	return &subscriptionRow{
		TenantID: s.Tenant, ID: s.ID, URL: s.URL, Types: types, Enabled: s.Enabled, Description: s.Description,
		Version: s.Version, KeyID: s.Secrets.Current.KeyID, Ciphertext: s.Secrets.Current.Ciphertext,
		PreviousKeyID: s.Secrets.Previous.KeyID, PreviousCiphertext: s.Secrets.Previous.Ciphertext,
		PreviousUntil: storedOrZero(s.Secrets.PreviousUntil),
		LastStatus:    s.Health.LastStatus, LastReason: s.Health.LastReason, LastAt: storedOrZero(s.Health.LastAt),
		FailingSince: storedOrZero(s.Health.FailingSince),
		CreatedAt:    stored(s.CreatedAt), UpdatedAt: stored(s.UpdatedAt),
	}
}

func (r *subscriptionRow) subscription() events.Stored {
	return events.Stored{
		Subscription: events.Subscription{
			ID: r.ID, Tenant: r.TenantID, URL: r.URL, Types: r.Types, Enabled: r.Enabled, Description: r.Description,
			Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
			Health: events.Health{
				LastStatus: r.LastStatus, LastReason: r.LastReason, LastAt: r.LastAt.UTC(), FailingSince: r.FailingSince.UTC(),
			},
		},
		Secrets: events.Secrets{
			Current:       tenant.Sealed{KeyID: r.KeyID, Ciphertext: r.Ciphertext},
			Previous:      tenant.Sealed{KeyID: r.PreviousKeyID, Ciphertext: r.PreviousCiphertext},
			PreviousUntil: r.PreviousUntil.UTC(),
		},
	}
}
