package messaging

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Webhook is the address of a group's robot, stored under a name.
type Webhook struct {
	Tenant tenant.ID
	// Name is unique in the tenant: 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-',
	// not only dots.
	Name     string
	Provider provider.Kind
	// Description is for people; at most 256 bytes.
	Description string
	// URL and SignSecret are sealed.
	URL        tenant.Sealed
	SignSecret tenant.Sealed
	// Keywords are what the group asks for: one of them must be in each
	// message. When a message has none the first is added.
	Keywords []string
	Enabled  bool
	// Version counts changes, from 1.
	Version   int
	CreatedAt time.Time
	UpdatedAt time.Time
}
