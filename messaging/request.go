package messaging

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Channel is the way a message takes to its recipients.
type Channel string

// ChannelWork is the office app's work notification, the only channel for now.
const ChannelWork Channel = "work"

// OnUnsupported says what happens to a content that the office app cannot show
// as it is.
type OnUnsupported string

// What happens to a content that cannot be shown as it is.
const (
	// Degrade sends the nearest thing the office app has and lists the
	// differences in Message.Degraded. It is the default.
	Degrade OnUnsupported = "degrade"
	// Refuse answers with an error of code Unsupported.
	Refuse OnUnsupported = "refuse"
)

// Request asks for a message.
type Request struct {
	// Provider is the kind of office app; the tenant must have an enabled app
	// of it. Required.
	Provider provider.Kind
	// Channel is how it is sent; "" means ChannelWork.
	Channel Channel
	// Recipients is who gets it. Required.
	Recipients Recipients
	// Content is what it says. Rendered for the office app it is at most
	// Limits.MessageBytes of UTF-8. Required.
	Content provider.Content
	// ExpiresAt is when sending is no longer of use: what was not sent by then
	// becomes Expired. Zero means never; else it is in the future.
	ExpiresAt time.Time
	// OnUnsupported is Degrade, Refuse, or "", which means Degrade.
	OnUnsupported OnUnsupported
	// IdempotencyKey makes a repeat of the same request within Config.KeyTTL
	// return the first message: 1 to 128 printable ASCII characters, no
	// spaces. "" means that each request is a new message.
	IdempotencyKey string
	// AtLeastOnce also retries what may have been sent already: nobody misses
	// the message, some may get it twice.
	AtLeastOnce bool
}

// Recipients names who gets a message: people, in any of the ways below and
// together at most Config.MaxRecipients, or everyone. Whoever is named more
// than once gets it once.
type Recipients struct {
	// Usernames are account names of the platform.
	Usernames []string
	// UserIDs are user ids of the platform.
	UserIDs []string
	// ProviderUserIDs are user ids of the office app itself; they need not be
	// bound to an account.
	ProviderUserIDs []provider.UserID
	// DepartmentIDs are departments. Not supported yet.
	DepartmentIDs []string
	// All is everyone who can see the app. It excludes the lists, and needs
	// the permission broadcast.send besides message.send.
	All bool
}

// count returns how many entries the lists of people have.
func (r Recipients) count() int {
	return len(r.Usernames) + len(r.UserIDs) + len(r.ProviderUserIDs)
}
