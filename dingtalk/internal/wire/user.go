package wire

// UserListRequest asks for a page of a department's direct members
// (topapi/v2/user/list).
type UserListRequest struct {
	DeptID   int64  `json:"dept_id"`
	Cursor   int64  `json:"cursor"`
	Size     int    `json:"size"`
	Language string `json:"language,omitempty"`
}

// UserPage is the result of topapi/v2/user/list.
type UserPage struct {
	// HasMore is nil when the answer is not a page.
	HasMore    *Bool        `json:"has_more"`
	NextCursor Int          `json:"next_cursor"`
	List       []ListedUser `json:"list"`
}

// User holds what the list form and the single form of a user have in common.
type User struct {
	UserID    Text `json:"userid"`
	UnionID   Text `json:"unionid"`
	Name      Text `json:"name"`
	Avatar    Text `json:"avatar"`
	StateCode Text `json:"state_code"`
	// Mobile and Email are nil when the app may not see the field.
	Mobile    *Text `json:"mobile"`
	Email     *Text `json:"email"`
	OrgEmail  Text  `json:"org_email"`
	JobNumber Text  `json:"job_number"`
	Title     Text  `json:"title"`
	Active    Bool  `json:"active"`
	// Extension is a JSON object as text.
	Extension Text `json:"extension"`
	// ExclusiveAccount marks an account made by the company, which needs no
	// mobile number.
	ExclusiveAccount Bool `json:"exclusive_account"`
}

// ListedUser is an entry of a UserPage: order and leader are those of the
// listed department.
type ListedUser struct {
	User
	DeptOrder Int  `json:"dept_order"`
	Leader    Bool `json:"leader"`
}

// UserRequest names a user (topapi/v2/user/get).
type UserRequest struct {
	UserID   string `json:"userid"`
	Language string `json:"language,omitempty"`
}

// SingleUser is the result of topapi/v2/user/get.
type SingleUser struct {
	User
	ManagerUserID Text        `json:"manager_userid"`
	DeptIDs       Ints        `json:"dept_id_list"`
	DeptOrders    []DeptOrder `json:"dept_order_list"`
	LeaderIn      []LeaderIn  `json:"leader_in_dept"`
}

// DeptOrder is a user's position in a department, larger first.
type DeptOrder struct {
	DeptID Int `json:"dept_id"`
	Order  Int `json:"order"`
}

// LeaderIn tells whether a user leads a department.
type LeaderIn struct {
	DeptID Int  `json:"dept_id"`
	Leader Bool `json:"leader"`
}

// MobileRequest asks who has a number (topapi/v2/user/getbymobile).
type MobileRequest struct {
	Mobile string `json:"mobile"`
}

// UnionIDRequest asks who has a union id (topapi/user/getbyunionid).
type UnionIDRequest struct {
	UnionID string `json:"unionid"`
}

// FoundUser is the result of both look-ups.
type FoundUser struct {
	UserID Text `json:"userid"`
	// ContactType is 0 for staff and 1 for an external contact.
	ContactType Int `json:"contact_type"`
}
