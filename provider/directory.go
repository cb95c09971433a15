package provider

// UserID names a person inside one organisation. It is compared to the letter,
// and has one spelling whatever the office app thinks of case.
type UserID string

// UnionID names a person across the apps of one developer account.
type UnionID string

// DepartmentID names a department inside one organisation; "" is none.
type DepartmentID string

// Cursor is a position in one listing. It is opaque, belongs to the call that
// returned it, and "" asks for the first page and marks the last one.
type Cursor string

// Department is one department of an organisation.
type Department struct {
	ID DepartmentID
	// ParentID is empty for the top of what the app may see.
	ParentID DepartmentID
	Name     string
	// Order is the position among its siblings, smaller first, whatever the
	// office app's own direction is.
	Order int64
}

// DepartmentPage is a piece of a department listing.
type DepartmentPage struct {
	Departments []Department
	// Subtree is true when Departments go all the way down: nobody has to ask
	// for the children of a department listed here.
	Subtree bool
	Next    Cursor
}

// Person is one member of an organisation, as far as the app may see them.
// Fields that the office app did not return are empty.
type Person struct {
	UserID  UserID
	UnionID UnionID
	Name    string
	// Mobile is in the form +<country>-<number>, or the bare number for the
	// organisation's home country; the provider is consistent about it, so that
	// equal strings are equal numbers.
	Mobile    string
	Email     string
	JobNumber string
	Title     string
	AvatarURL string
	// ManagerID is the direct superior.
	ManagerID UserID
	// ManagerKnown is true when the office app has told who that is: an empty
	// ManagerID is nobody then. Listings of many office apps do not tell; an
	// empty ManagerID is unknown then, and changes nothing.
	ManagerKnown bool
	Activated    bool
	Extension    map[string]string
	Memberships  []Membership
}

// Membership is a person's place in one department.
type Membership struct {
	DepartmentID DepartmentID
	Leader       bool
	// Order is the person's position in the department, smaller first,
	// whatever the office app's own direction is.
	Order int64
}

// PersonPage is a piece of a listing of people.
type PersonPage struct {
	People []Person
	Next   Cursor
}

// Scope is what of a directory the app may see.
type Scope struct {
	// Departments are the topmost visible departments, complete with name.
	Departments []Department
	// People are those granted one by one, outside of Departments.
	People []UserID
}
