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
	State  PermissionState
	// Remedy is set when State is not Granted.
	Remedy Text
}

// PermissionState tells whether a permission is there.
type PermissionState string

// The permission states.
const (
	PermissionGranted PermissionState = "granted"
	PermissionMissing PermissionState = "missing"
	// PermissionUnknown: it could not be found out without changing something.
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

// PersonFinder looks up single people. A person who is not in the
// organisation is an error of code NotFound.
type PersonFinder interface {
	PersonByID(ctx context.Context, id UserID) (Person, error)
	PersonByMobile(ctx context.Context, mobile string) (Person, error)
	PersonByUnionID(ctx context.Context, id UnionID) (Person, error)
}

// MessageSender sends work notifications.
type MessageSender interface {
	// Render turns a valid Content into the office app's form, without input
	// or output. A content that the office app cannot show, not even degraded,
	// is an error of code Unsupported. Size is for the caller to check.
	Render(c Content) (Rendered, error)

	// Send asks the office app to deliver a rendered message; it calls at
	// most once what could send twice. The audience is within Limits. A
	// returned receipt means accepted. An Error with Unsent false means that
	// the message may have been sent.
	Send(ctx context.Context, to Audience, m Rendered) (Receipt, error)
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
}
