package provider

import "context"

// DirectoryWriter changes departments and people at the office app. A write
// that its Check with Limits.Write finds wrong is refused before anything is
// asked; in that Error errors.As finds a [*FieldError].
//
// Every method does one thing or, with an error, nothing. An Error with Unsent
// false means that it may have been done: creating is then repeated only after
// looking, the others may be repeated as they are. There is no order among
// calls under way at once; a caller that needs a parent before its child waits
// for the first.
type DirectoryWriter interface {
	// CreateDepartment creates a department and returns its id. Name is set,
	// and ParentID is that of an existing department. A sibling of that name is
	// an error of code AlreadyExists, a parent that is not there NotFound. The
	// new department has no people, hence no leaders: Leaders is nil.
	CreateDepartment(ctx context.Context, w DepartmentWrite) (DepartmentID, error)

	// UpdateDepartment changes the fields of a department that are not nil. A
	// new ParentID moves it with everything below; a move below itself is an
	// error of code InvalidArgument. The root never changes: InvalidArgument.
	// A department that is gone is NotFound, a sibling of the new name
	// AlreadyExists, a leader who is not a member FailedPrecondition.
	UpdateDepartment(ctx context.Context, id DepartmentID, w DepartmentWrite) error

	// DeleteDepartment removes an empty department. One that has people or
	// departments in it is an error of code FailedPrecondition, the root
	// InvalidArgument, one that is gone NotFound.
	DeleteDepartment(ctx context.Context, id DepartmentID) error

	// CreatePerson adds somebody to the organisation. Name and Memberships are
	// set, Mobile or Email as the office app needs. A user id, mobile number,
	// email or job number that somebody of the organisation has is an error of
	// code AlreadyExists.
	CreatePerson(ctx context.Context, w PersonWrite) (CreatedPerson, error)

	// UpdatePerson changes the fields of a person that are not nil. Somebody
	// who is not in the organisation is NotFound; values that somebody else has
	// are AlreadyExists.
	UpdatePerson(ctx context.Context, id UserID, w PersonWrite) error

	// DeletePerson removes somebody from the organisation. Somebody who is not
	// in it is NotFound.
	DeletePerson(ctx context.Context, id UserID) error
}

// DepartmentWrite is what a department is to be. A field that is nil stays as
// it is, or as the office app makes it on creation; a pointer to an empty value
// clears it.
type DepartmentWrite struct {
	Name *string
	// ParentID is never a pointer to "".
	ParentID *DepartmentID
	// Order is the position among the siblings, at least 1, smaller first.
	Order *int64
	// Leaders replaces the people whose Membership in this department has
	// Leader; they are members of it. A pointer to an empty list clears them.
	Leaders *[]UserID
}

// PersonWrite is what a person is to be. A field that is nil stays as it is, or
// as the office app makes it on creation; a pointer to an empty value clears
// it. The fields in Limits.Write.Lacks are nil.
type PersonWrite struct {
	// UserID is the id wished for on creation; "" leaves it to the office app.
	// It is not looked at on update.
	UserID UserID
	// Name is never a pointer to "".
	Name *string
	// Mobile is in the form of Person.Mobile. Where Limits.Write.MobileFixed is
	// true it is nil on update.
	Mobile    *string
	Email     *string
	JobNumber *string
	Title     *string
	ManagerID *UserID
	// Extension sets these custom fields and leaves the others as they are; ""
	// clears one. Fields that the organisation has not defined are ignored or
	// refused by the office app.
	Extension map[string]string
	// Memberships replaces the departments the person is in: the list holds at
	// least one, each once. Who was in one of them before leads it as before.
	Memberships *[]MembershipWrite
}

// MembershipWrite is a place in one department. Who leads a department is
// written with DepartmentWrite.Leaders.
type MembershipWrite struct {
	DepartmentID DepartmentID
	// Order is the position in the department, smaller first; nil leaves it to
	// the office app.
	Order *int64
}

// CreatedPerson is what became of CreatePerson.
type CreatedPerson struct {
	// UserID is the new person's id. It is empty when the office app tells it
	// only after the invitation was accepted.
	UserID UserID
	// Invited is true when the office app sent an invitation: the person is in
	// the organisation, and can be found, only after accepting it. That is
	// success; creating again sends a second invitation at best.
	Invited bool
}
