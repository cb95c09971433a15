package provider

import "context"

// Verifier proves that credentials work and finds missing permissions.
type Verifier interface {
	// Verify asks the office app with the tenant's credentials. An error means
	// that not even an access token could be got, or that the answer is not
	// known; missing permissions are in the report, not an error. It changes
	// nothing on the office app.
	Verify(ctx context.Context) (VerifyReport, error)
}

// VerifyReport is what a [Verifier] found.
type VerifyReport struct {
	// Permissions has one entry for each permission this module can use.
	Permissions []Permission
	// Scope is what of the directory the app may see.
	Scope Scope
}

// Permission is one right of an app at its office app.
type Permission struct {
	// Name is the permission's name in the office app's console.
	Name string
	// Code is the office app's own identifier, such as
	// "qyapi_get_department_list"; may be empty.
	Code string
	// Needed says what in this module needs it.
	Needed Text
	// Directory is true when the reading of departments and people needs it.
	Directory bool
	// Writing is true when nothing can be written to the directory without it,
	// Finding when nobody can be found by mobile number.
	Writing bool
	Finding bool
	// Hides names the fields of Person, in the JSON spelling of PersonWrite's
	// [FieldError], that come empty without it: "mobile", "email", "extension".
	Hides []string
	State PermissionState
	// Remedy is set when State is not Granted.
	Remedy Text
}

// PermissionState tells whether a permission is there.
type PermissionState string

// The permission states.
const (
	PermissionGranted PermissionState = "granted"
	PermissionMissing PermissionState = "missing"
	// PermissionUnknown: it could not be found out without changing something, or
	// without a person who agrees.
	PermissionUnknown PermissionState = "unknown"
)

// DirectoryReader reads departments and people. A page that fails is an error;
// a caller that got every page without one has seen everything in scope.
type DirectoryReader interface {
	// Scope returns where a full read starts. A company that is visible as a
	// whole has one department here, its root.
	Scope(ctx context.Context) (Scope, error)

	// Departments returns a page of the departments below parent: its children,
	// or, with DepartmentPage.Subtree, all descendants. It is an error of code
	// NotFound when parent is gone, PermissionDenied when it is out of scope.
	Departments(ctx context.Context, parent DepartmentID, at Cursor) (DepartmentPage, error)

	// People returns a page of the direct members of a department. Each
	// person carries at least the membership in this department; somebody in
	// several departments is returned by each of them.
	People(ctx context.Context, department DepartmentID, at Cursor) (PersonPage, error)
}

// DepartmentFinder looks up single departments.
type DepartmentFinder interface {
	// DepartmentByID returns a department as a listing of its parent does, but
	// for its Order, which may be missing. ParentID is "" for the root, and may
	// be a department that is out of scope. It is an error of code NotFound
	// when the department is gone, PermissionDenied when it is out of scope.
	DepartmentByID(ctx context.Context, id DepartmentID) (Department, error)
}

// PersonFinder looks up single people. A person who is not in the
// organisation is an error of code NotFound.
type PersonFinder interface {
	PersonByID(ctx context.Context, id UserID) (Person, error)
	PersonByMobile(ctx context.Context, mobile string) (Person, error)
	PersonByUnionID(ctx context.Context, id UnionID) (Person, error)
}

// MaxDedup bounds dedup texts in bytes: as much as the strictest office app,
// Feishu, takes (its field uuid).
const MaxDedup = 50

// MessageSender sends work notifications.
type MessageSender interface {
	// Render turns a valid Content into the office app's form, without input
	// or output. A content that the office app cannot show, not even degraded,
	// is an error of code Unsupported. The size of the whole is for the caller
	// to check against Limits. A text that is longer than the office app takes
	// of it is a *ContentError that is TooLong, also where the office app would
	// cut it without a word: the caller splits or shortens the content.
	Render(c Content) (Rendered, error)

	// Send asks the office app to deliver a rendered message; it calls at
	// most once what could send twice. The audience is within Limits. A
	// returned receipt means accepted. An Error with Unsent false means that
	// the message may have been sent. Departments or everyone, where the office
	// app does not send to them in one call, are an error of code Unsupported:
	// who is in them is not looked up here.
	//
	// Calls with one dedup text, of at most MaxDedup bytes, are the same message
	// to the same people. With Limits.SendDeduplicates they arrive once, and the
	// call may be repeated; an office app that cannot tell leaves the text out.
	// "" is none.
	Send(ctx context.Context, to Audience, m Rendered, dedup string) (Receipt, error)
}

// MessageTracker tells what became of sent messages.
type MessageTracker interface {
	// Track reports on the batch of a Receipt. Asking is allowed during
	// Limits.TrackWindow; later the error is of code NotFound.
	Track(ctx context.Context, req TrackRequest) (TrackReport, error)
}

// TrackRequest names an accepted batch.
type TrackRequest struct {
	TaskID string
	// Recipients is the number of people the batch went to, 0 for everyone or
	// departments. Above Limits.TrackUsers the report has no outcomes.
	Recipients int
	// Conversation is the group a robot's message went to; "" for people.
	Conversation ConversationID
}

// MessageRecaller takes work notifications back.
type MessageRecaller interface {
	// Recall takes an accepted batch back from everybody it went to. It is
	// allowed during Limits.RecallWindow; later, or when the office app does
	// not know the batch, the error is of code NotFound. Recalling twice is
	// harmless.
	Recall(ctx context.Context, taskID string) error
}

// StatusUpdater changes the status bar of sent notices.
type StatusUpdater interface {
	// UpdateStatus changes the status that the people of an accepted batch
	// see. It is allowed during Limits.StatusWindow for a notice that was sent
	// with a Status to at most Limits.StatusUsers people.
	UpdateStatus(ctx context.Context, taskID string, s Status) error
}

// RobotSender sends messages in the name of the app's robot.
type RobotSender interface {
	// RenderRobot is as MessageSender.Render. It is an error of code
	// FailedPrecondition when the app has no robot that could send.
	RenderRobot(c Content) (Rendered, error)

	// SendRobot is as MessageSender.Send, with Limits.RobotDeduplicates.
	SendRobot(ctx context.Context, to RobotAudience, m Rendered, dedup string) (Receipt, error)
}

// RobotTracker tells what became of a robot's messages.
type RobotTracker interface {
	// TrackRobot is as MessageTracker.Track. On a group's message the report
	// may have outcomes of people who were not named as recipients.
	TrackRobot(ctx context.Context, req TrackRequest) (TrackReport, error)
}

// RobotRecaller takes a robot's messages back.
type RobotRecaller interface {
	// RecallRobot is as MessageRecaller.Recall; conversation is "" for a
	// message to people.
	RecallRobot(ctx context.Context, conversation ConversationID, taskID string) error
}

// WebhookFactory is an ability of a [Factory]: group webhooks need no app. Ask
// for it with a type assertion.
type WebhookFactory interface {
	Webhooks(env Environment) WebhookSender
}

// WebhookSender sends to group webhooks.
type WebhookSender interface {
	// Limits returns what the office app allows, as Provider.Limits does.
	Limits() Limits

	// CheckWebhook looks at the address and the secret of a webhook without
	// asking anybody and returns what is wrong, or a zero Text. Addresses that
	// are not the office app's are wrong, unless the factory was told to allow
	// them; so is a sign secret where the office app signs nothing.
	CheckWebhook(w Webhook) Text

	// RenderWebhook is as MessageSender.Render. Mentions stand in the text
	// where the office app needs them there; where it cannot mention anybody
	// Rendered.Degraded says so.
	RenderWebhook(c Content, m Mentions) (Rendered, error)

	// SendWebhook is as MessageSender.Send. It follows no redirect. Calls with
	// one dedup text, of at most MaxDedup bytes, are one message where the office
	// app can tell; the size of what is sent for it is not in Rendered.Body, and
	// is left free by Limits.WebhookBytes.
	SendWebhook(ctx context.Context, w Webhook, m Rendered, dedup string) (Receipt, error)
}

// MediaUploader takes pictures and files for messages to refer to.
type MediaUploader interface {
	// Upload reads m.Data to its end. It is within Limits.Media; what is not
	// is an error of code InvalidArgument. An upload is never repeated by
	// itself, since the data can be read once.
	Upload(ctx context.Context, m Media) (UploadedMedia, error)
}
