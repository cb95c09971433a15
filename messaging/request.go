package messaging

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Channel is the way a message takes to its recipients.
type Channel string

// The channels.
const (
	// ChannelWork is the office app's work notification, to people or everyone.
	ChannelWork Channel = "work"
	// ChannelRobot is the app's robot, to people one by one.
	ChannelRobot Channel = "robot"
	// ChannelGroup is the app's robot, to groups it is a member of.
	ChannelGroup Channel = "group"
	// ChannelWebhook is a group webhook that the tenant has stored.
	ChannelWebhook Channel = "webhook"
)

// Channels returns all channels. The caller owns the slice.
func Channels() []Channel {
	return []Channel{ChannelWork, ChannelRobot, ChannelGroup, ChannelWebhook}
}

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

// OnTooLong says what happens to a content that is longer than the channel
// takes.
type OnTooLong string

// What happens to a content that is too long.
const (
	// RefuseLong answers with ErrContentTooLong. It is the default.
	RefuseLong OnTooLong = "refuse"
	// Split sends a text or markdown in numbered parts, one after the other;
	// at most MaxParts.
	Split OnTooLong = "split"
	// Shorten cuts the text of the content and ends it with a link to MoreURL.
	Shorten OnTooLong = "shorten"
)

// MaxParts is the largest number of parts a content is split into.
const MaxParts = 20

// Request asks for a message.
type Request struct {
	// Provider is the kind of office app; the tenant must have an enabled app
	// of it, except for ChannelWebhook. Required.
	Provider provider.Kind
	// Channel is how it is sent; "" means ChannelWork.
	Channel Channel
	// Webhook names the stored webhook; for ChannelWebhook only, which has no
	// other recipients.
	Webhook string
	// Recipients is who gets it. Required, except for ChannelWebhook.
	Recipients Recipients
	// Content is what it says. It, or Template, is required.
	Content provider.Content
	// Template is a stored template that makes the Content; nil for none.
	Template *TemplateUse
	// Attachments are files that the Content refers to as
	// "attachment:<name>" where a media id or the URL of a picture stands,
	// also inside of markdown. They are uploaded before the message is
	// accepted, unless the office app has them already.
	Attachments []Attachment
	// Mentions are people that a message to a group webhook calls by name.
	Mentions Mentions
	// SendAt is when it is sent; zero means at once. At most one year ahead.
	SendAt time.Time
	// ExpiresAt is when sending is no longer of use: what was not sent by then
	// becomes Expired. Zero means never; else it is in the future and after
	// SendAt.
	ExpiresAt time.Time
	// OnUnsupported is Degrade, Refuse, or "", which means Degrade.
	OnUnsupported OnUnsupported
	// OnTooLong is RefuseLong, Split, Shorten, or "", which means RefuseLong.
	OnTooLong OnTooLong
	// MoreURL is where a shortened content can be read in full; required with
	// Shorten, http or https.
	MoreURL string
	// IdempotencyKey makes a repeat of the same request within Config.KeyTTL
	// return the first message: 1 to 128 printable ASCII characters, no
	// spaces. "" means that each request is a new message.
	IdempotencyKey string
	// AtLeastOnce also retries what may have been sent already: nobody misses
	// the message, some may get it twice.
	AtLeastOnce bool

	// streamed is true when the recipients come in pieces.
	streamed bool
}

// Recipients names who gets a message: people, in any of the ways below,
// groups for ChannelGroup, or everyone. Whoever is named more than once gets it
// once. The lists have together at most Config.MaxRecipients entries; for more,
// name departments, roles or all, or use [Service.SendStream].
type Recipients struct {
	// Usernames are account names of the platform.
	Usernames []string
	// UserIDs are user ids of the platform.
	UserIDs []string
	// ProviderUserIDs are user ids of the office app itself; they need not be
	// bound to an account.
	ProviderUserIDs []provider.UserID
	// DepartmentIDs are departments of the platform, each with all below it.
	DepartmentIDs []string
	// Roles are roles of the platform, as the host's Audiences port knows them.
	Roles []string
	// ConversationIDs are groups of the office app; for ChannelGroup only.
	ConversationIDs []provider.ConversationID
	// All is everyone who can see the app. It excludes the lists, needs the
	// permission broadcast.send besides message.send, and is for ChannelWork
	// only.
	All bool
}

// count returns how many entries the lists have.
func (r Recipients) count() int {
	return len(r.Usernames) + len(r.UserIDs) + len(r.ProviderUserIDs) +
		len(r.DepartmentIDs) + len(r.Roles) + len(r.ConversationIDs)
}

// selected reports whether somebody is named by what they belong to, and so is
// found only when the message is worked on.
func (r Recipients) selected() bool { return len(r.DepartmentIDs)+len(r.Roles) > 0 }

// Mentions are the people a message calls by name: accounts of the platform,
// ids of the office app, mobile numbers, or all of the group.
type Mentions struct {
	Usernames       []string
	UserIDs         []string
	ProviderUserIDs []provider.UserID
	Mobiles         []string
	All             bool
}

func (m Mentions) count() int {
	return len(m.Usernames) + len(m.UserIDs) + len(m.ProviderUserIDs) + len(m.Mobiles)
}

// Attachment is a file that comes with a request.
type Attachment struct {
	// Name has an extension that the office app takes; it is what the Content
	// refers to: 1 to 128 bytes, without slashes.
	Name string
	// Data is at most what the office app's Limits.Media allow.
	Data []byte
}

// attachmentScheme begins a reference to an attachment.
const attachmentScheme = "attachment:"
