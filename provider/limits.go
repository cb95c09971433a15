package provider

import "time"

// Limits is what an office app allows, as data. 0 means the office app sets no
// such limit; the comment of the provider's package names the source of each.
type Limits struct {
	// UsersPerSend and DepartmentsPerSend bound the lists in an Audience.
	UsersPerSend       int
	DepartmentsPerSend int
	// RobotUsersPerSend bounds RobotAudience.Users.
	RobotUsersPerSend int
	// MessageBytes, RobotBytes and WebhookBytes bound Rendered.Body of a work
	// notification, a robot's message and a webhook message, in bytes of UTF-8.
	MessageBytes int
	RobotBytes   int
	WebhookBytes int
	// CallsPerSecond bounds calls per app and API.
	CallsPerSecond int

	// The rest of the sending limits are counted by the caller, which sends
	// nothing beyond them: some office apps drop it without an error. Days
	// begin at midnight in Zone.

	// EveryonePerDay is how many work notifications a day may go to everyone.
	EveryonePerDay int
	// SendsPerPersonPerDay is how many work notifications one person may get a
	// day from one app.
	SendsPerPersonPerDay int
	// SameContentPerDay is how many times a day one person may get the same
	// work notification from one app.
	SameContentPerDay int
	// PeoplePerMinute is how many people the work notifications of one app may
	// reach in a minute.
	PeoplePerMinute int
	// WebhookPerMinute is how many messages a webhook takes in a minute.
	WebhookPerMinute int
	// SendDeduplicates, RobotDeduplicates and WebhookDeduplicates are true when
	// calls of Send, SendRobot and SendWebhook with one dedup text are one
	// message, for as long as the office app remembers it.
	SendDeduplicates    bool
	RobotDeduplicates   bool
	WebhookDeduplicates bool
	// Zone is where the office app's days are; nil means UTC.
	Zone *time.Location

	// TrackWindow is how long after sending the outcome can be asked for.
	TrackWindow time.Duration
	// TrackUsers is the largest number of recipients of a batch for which the
	// office app reports outcomes person by person.
	TrackUsers int
	// RecallWindow is how long after sending a message can be taken back.
	RecallWindow time.Duration
	// StatusWindow is how long after sending a notice's status can be changed,
	// StatusUsers to how many people at most it was sent.
	StatusWindow time.Duration
	StatusUsers  int

	// Mentions is the largest number of people a webhook message may mention.
	Mentions int
	// Media is what can be uploaded; a kind that is missing cannot.
	Media map[MediaKind]MediaLimit

	// Write is what a DirectoryWriter takes.
	Write WriteLimits

	// PeoplePageSize is how many people one page of a directory read holds.
	PeoplePageSize int
}
