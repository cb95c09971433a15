package messaging

import (
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Quota is a limit of an office app on how much is sent.
type Quota string

// The quotas; provider.Limits has their sizes.
const (
	// QuotaEveryone: messages to everyone in a day.
	QuotaEveryone Quota = "everyone_per_day"
	// QuotaPerson: messages to one person in a day.
	QuotaPerson Quota = "person_per_day"
	// QuotaContent: the same message to one person in a day.
	QuotaContent Quota = "same_content_per_day"
	// QuotaPeople: people reached in a minute.
	QuotaPeople Quota = "people_per_minute"
	// QuotaWebhook: messages to a webhook in a minute.
	QuotaWebhook Quota = "webhook_per_minute"
)

// QuotaUse is a counter of a quota in one window of time.
type QuotaUse struct {
	Quota Quota
	// AppID is the app whose quota it is; "" for QuotaWebhook.
	AppID string
	// Subject is whom it is about: a user id, the name of a webhook; for
	// QuotaContent what ContentSubject returns; "" for the app as a whole.
	Subject string
	// Ends is the end of the window, which names it.
	Ends time.Time
	// Since makes the counters of the same quota and subject whose windows end
	// after it count, too; zero when only this one does.
	Since time.Time
	// N is what is added, or what the counters stand at.
	N int
	// Most is the limit.
	Most int
	// Over is true when N was not added since it would exceed Most.
	Over bool
}

// ContentSubject returns the Subject of the counter of a user and a content, which
// is told by its hash.
func ContentSubject(user provider.UserID, hash string) string { return string(user) + ":" + hash }

// Person returns whom a counter of QuotaPerson or QuotaContent is about, and the
// hash of the content that the latter is about.
func (u QuotaUse) Person() (user provider.UserID, hash string) {
	if i := strings.LastIndexByte(u.Subject, ':'); i >= 0 && u.Quota == QuotaContent {
		return provider.UserID(u.Subject[:i]), u.Subject[i+1:]
	}
	return provider.UserID(u.Subject), ""
}

// QuotaGroup is the use of a batch by many people: each of them has one message
// more, and one more of its content.
type QuotaGroup struct {
	// Batch names the group. Groups of one message and content have nobody in
	// common.
	Batch BatchRef
	// AppID is the app whose quotas they are.
	AppID string
	// Content is the hash of the content.
	Content string
	// Ends is the end of the day.
	Ends  time.Time
	Users []provider.UserID
	// Most and MostSame are the limits of QuotaPerson and QuotaContent; 0 is no
	// limit.
	Most, MostSame int
}
