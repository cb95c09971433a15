package messaging

import (
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// Settings are a tenant's choices about its messages.
type Settings struct {
	Tenant tenant.ID
	// RetentionDays is how long messages are kept after they were created,
	// were to be sent or were last sent, 1 to 3650; 0 means
	// Config.RetentionDays.
	RetentionDays int
	// Paused holds back everything that has not been sent yet.
	Paused bool
	// UpdatedBy is a username; "" when nothing was ever set.
	UpdatedBy string
	UpdatedAt time.Time
}
