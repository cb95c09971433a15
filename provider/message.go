package provider

// Rendered is a message in an office app's own form.
type Rendered struct {
	// Body is the office app's own JSON; it is what counts against
	// Limits.MessageBytes.
	Body []byte
	// Degraded names what the office app cannot show and how it is shown
	// instead, such as "markdown: table shown as text".
	Degraded []Text
}

// Audience is who receives a work notification. Exactly one of the fields is
// set; lists are within Limits.
type Audience struct {
	Users       []UserID
	Departments []DepartmentID
	Everyone    bool
}

// ConversationID names a group chat at an office app.
type ConversationID string

// RobotAudience is who receives a robot's message: people, each in their own
// chat with the robot, within Limits.RobotUsersPerSend; or one group that the
// robot is a member of.
type RobotAudience struct {
	Users        []UserID
	Conversation ConversationID
}

// Webhook is the address of a group's robot.
type Webhook struct {
	// URL is a secret: who has it can send to the group.
	URL Secret
	// SignSecret signs the calls; empty when the group does not ask for it.
	SignSecret Secret
}

// Mentions are the people a webhook message calls by name. The zero value is
// nobody.
type Mentions struct {
	Users   []UserID
	Mobiles []string
	All     bool
}

// IsZero reports whether nobody is mentioned.
func (m Mentions) IsZero() bool { return len(m.Users) == 0 && len(m.Mobiles) == 0 && !m.All }

// Receipt is an office app's word that it accepted a message. Acceptance is not
// delivery.
type Receipt struct {
	// TaskID names the accepted batch in MessageTracker and MessageRecaller.
	TaskID string
	// RequestID is what the office app's support asks for.
	RequestID string
	// Refused are users of the audience the office app turned away at once,
	// spelled as in the audience, with the reason: the message is none of those
	// that the limits of a person count. One that is Retryable can be sent to
	// later.
	Refused map[UserID]*Error
	// Raw is the office app's own answer, JSON, without secrets.
	Raw []byte
}

// Outcome is what became of a message for one person.
type Outcome string

// The outcomes, from least to most certain.
const (
	// OutcomePending: not known yet.
	OutcomePending Outcome = "pending"
	// OutcomeDelivered: it arrived and is unread.
	OutcomeDelivered Outcome = "delivered"
	// OutcomeRead: the person opened it.
	OutcomeRead Outcome = "read"
	// OutcomeFailed: it will not arrive; the Error says why.
	OutcomeFailed Outcome = "failed"
)

// TrackReport is what an office app knows about an accepted batch.
type TrackReport struct {
	// Done is true when the office app has finished sending; outcomes then
	// change only from delivered to read.
	Done bool
	// Percent is the progress of sending, 0 to 100.
	Percent int
	// Outcomes has an entry for each person the office app reports on; it is
	// nil where the office app has no per-person report (see
	// TrackRequest.Recipients).
	Outcomes map[UserID]PersonOutcome
}

// PersonOutcome is one person's entry in a [TrackReport]. Err is set for
// OutcomeFailed.
type PersonOutcome struct {
	Outcome Outcome
	Err     *Error
}
