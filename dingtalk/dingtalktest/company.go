package dingtalktest

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// RootID is the department every company has: the company itself.
const RootID int64 = 1

// Company is a company as DingTalk knows it: a tree of departments, people, and
// the apps the company built for itself. The emulator keeps the slices and
// never writes to them, so that one Company can be given to many emulators;
// change nothing in it afterwards.
type Company struct {
	// CorpID names the company; required.
	CorpID string `json:"corpId"`
	// Name is also the name of the root department; default is CorpID.
	Name string `json:"name"`
	// Departments may leave out the root.
	Departments []Department `json:"departments,omitempty"`
	People      []Person     `json:"people,omitempty"`
	// Apps may be empty: the company then gets one app with every permission,
	// whose credentials Emulator.Apps tells.
	Apps []App `json:"apps,omitempty"`
}

// Department is one department. The comments name the limits DingTalk sets
// (docs, "create a department", read 2026-11-22); the emulator does not enforce
// them on what a test builds, only that the tree is one.
type Department struct {
	// ID is positive and unique in the company; 1 is the root.
	ID int64 `json:"id"`
	// ParentID is 0 for the root and means the root elsewhere.
	ParentID int64 `json:"parentId,omitempty"`
	// Name has 1 to 64 characters and is unique under its parent.
	Name string `json:"name"`
	// Order is the position among its siblings, smaller first.
	Order int64 `json:"order,omitempty"`
	// SourceIdentifier is a free mark for mapping to another system.
	SourceIdentifier string `json:"sourceIdentifier,omitempty"`
	// ManagerUserIDs are people in charge of the department.
	ManagerUserIDs []string `json:"managerUserIds,omitempty"`
	// CreateGroup is true when the department has a chat, AutoAddUser when
	// newcomers join it.
	CreateGroup bool `json:"createGroup,omitempty"`
	AutoAddUser bool `json:"autoAddUser,omitempty"`
	// Hidden departments do not show in the contact list.
	Hidden bool `json:"hidden,omitempty"`
}

// Person is an employee.
type Person struct {
	// UserID has 1 to 64 characters, is unique in the company and never
	// changes.
	UserID string `json:"userId"`
	// UnionID is made from CorpID and UserID when empty.
	UnionID string `json:"unionId,omitempty"`
	// Name has 1 to 80 characters.
	Name string `json:"name"`
	// Mobile may be empty and may be somebody else's too. DingTalk allows
	// neither; clients must survive both.
	Mobile string `json:"mobile,omitempty"`
	// StateCode is the country code of Mobile; default 86.
	StateCode  string `json:"stateCode,omitempty"`
	HideMobile bool   `json:"hideMobile,omitempty"`
	// Telephone is an extension number.
	Telephone string `json:"telephone,omitempty"`
	Email     string `json:"email,omitempty"`
	// OrgEmail is the mailbox the company provides.
	OrgEmail  string `json:"orgEmail,omitempty"`
	JobNumber string `json:"jobNumber,omitempty"`
	Title     string `json:"title,omitempty"`
	// AvatarURL is empty with DingTalk's default picture.
	AvatarURL string `json:"avatarUrl,omitempty"`
	WorkPlace string `json:"workPlace,omitempty"`
	Remark    string `json:"remark,omitempty"`
	// ManagerUserID is the direct superior.
	ManagerUserID string `json:"managerUserId,omitempty"`
	// HiredDate is the zero time when not set.
	HiredDate time.Time `json:"hiredDate,omitzero"`
	// Inactive people have never logged in to DingTalk.
	Inactive bool `json:"inactive,omitempty"`
	Admin    bool `json:"admin,omitempty"`
	Boss     bool `json:"boss,omitempty"`
	// Senior people are in executive mode.
	Senior bool `json:"senior,omitempty"`
	// Extension holds the company's own fields.
	Extension map[string]string `json:"extension,omitempty"`
	// Memberships are the departments the person works in; empty means the
	// root.
	Memberships []Membership `json:"memberships,omitempty"`
}

// Membership is a person's place in one department.
type Membership struct {
	DepartmentID int64 `json:"departmentId"`
	// Leader marks the person as a superior in this department.
	Leader bool `json:"leader,omitempty"`
	// Order is the position in the department, larger first (docs, "get user
	// details", dept_order_list, read 2026-11-22).
	Order int64 `json:"order,omitempty"`
}

// App is an app that a company built for itself, with what its administrator
// granted it.
type App struct {
	Name string `json:"name,omitempty"`
	// ClientID, also called AppKey, is unique in the emulator; required.
	ClientID string `json:"clientId"`
	// ClientSecret is also called AppSecret; required.
	ClientSecret string `json:"clientSecret"`
	// AgentID is positive and unique in the company.
	AgentID int64 `json:"agentId"`
	// RobotCode names the app's robot; it often equals ClientID. Empty means
	// that the app has none.
	RobotCode string `json:"robotCode,omitempty"`
	// Permissions lists the granted permission codes, such as
	// PermissionMembers. nil grants everything, an empty list nothing.
	Permissions []string `json:"permissions"`
	// Scope is the part of the company the app may see.
	Scope Scope `json:"scope"`
	// Callback is the address of the app's event subscription (HTTP push) as
	// entered in the console; nil when there is none.
	Callback *Callback `json:"callback,omitempty"`
	// Stream chooses Stream mode for events instead; they wait for a
	// connection.
	Stream bool `json:"stream,omitempty"`
	// RedirectURLs are the addresses to which the login page may send people
	// back; empty means any, which DingTalk never does.
	RedirectURLs []string `json:"redirectUrls,omitempty"`
	// HomeURL is the address of the app's home page as entered in the console, in
	// which $CORPID$ stands for the company; empty means that the app has none.
	HomeURL string `json:"homeUrl,omitempty"`
	// IPWhitelist lists the addresses or prefixes in CIDR form that may call;
	// empty means that the company has set up no list and everybody may.
	IPWhitelist []string `json:"ipWhitelist,omitempty"`
}

// Scope is the contact scope of an app. The zero value is the whole company.
type Scope struct {
	// Departments are visible with everything below them.
	Departments []int64 `json:"departments,omitempty"`
	// UserIDs are people granted one by one.
	UserIDs []string `json:"userIds,omitempty"`
}

// Errors of what changes a company at run time.
var (
	// ErrNotFound says that a company, app, department, person or message does
	// not exist.
	ErrNotFound = errors.New("dingtalktest: not found")
	// ErrExists says that an identifier is taken.
	ErrExists = errors.New("dingtalktest: already exists")
	// ErrInvalid says that a value breaks a rule of the model.
	ErrInvalid = errors.New("dingtalktest: invalid")
)

const (
	maxUserIDLength     = 64
	maxPersonNameLength = 80
)

// validate checks what can be seen without the rest of the company.
func (p *Person) validate() error {
	if n := utf8.RuneCountInString(p.UserID); n == 0 || n > maxUserIDLength || !utf8.ValidString(p.UserID) {
		return fmt.Errorf("%w: person %q: user id has %d characters; 1 to %d", ErrInvalid, p.UserID, n, maxUserIDLength)
	}
	if n := utf8.RuneCountInString(p.Name); n == 0 || n > maxPersonNameLength {
		return fmt.Errorf("%w: person %q: name has %d characters; 1 to %d", ErrInvalid, p.UserID, n, maxPersonNameLength)
	}
	for i, m := range p.Memberships {
		for _, other := range p.Memberships[:i] {
			if other.DepartmentID == m.DepartmentID {
				return fmt.Errorf("%w: person %q: department %d twice", ErrInvalid, p.UserID, m.DepartmentID)
			}
		}
	}
	return nil
}

func (d *Department) validate() error {
	if d.ID <= 0 {
		return fmt.Errorf("%w: department %q: id %d; must be positive", ErrInvalid, d.Name, d.ID)
	}
	if d.Name == "" {
		return fmt.Errorf("%w: department %d: name is empty", ErrInvalid, d.ID)
	}
	return nil
}

func (a *App) validate() error {
	var problems []error
	if a.ClientID == "" {
		problems = append(problems, fmt.Errorf("%w: app %q: client id is empty", ErrInvalid, a.Name))
	}
	if a.ClientSecret == "" {
		problems = append(problems, fmt.Errorf("%w: app %q: client secret is empty", ErrInvalid, a.ClientID))
	}
	if a.AgentID <= 0 {
		problems = append(problems, fmt.Errorf("%w: app %q: agent id %d; must be positive", ErrInvalid, a.ClientID, a.AgentID))
	}
	if a.Callback != nil {
		problems = append(problems, a.Callback.validate())
	}
	return errors.Join(problems...)
}
