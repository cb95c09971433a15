package wire

// DepartmentRequest names a department (topapi/v2/department/listsub and get).
type DepartmentRequest struct {
	DeptID   int64  `json:"dept_id"`
	Language string `json:"language,omitempty"`
}

// Department is an entry of topapi/v2/department/listsub and the result of
// topapi/v2/department/get. The root has no parent.
type Department struct {
	DeptID   Int  `json:"dept_id"`
	Name     Text `json:"name"`
	ParentID Int  `json:"parent_id"`
}

// AuthScopes is the answer of auth/scopes.
type AuthScopes struct {
	Org *struct {
		Departments Ints   `json:"authed_dept"`
		Users       []Text `json:"authed_user"`
	} `json:"auth_org_scopes"`
	// UserFields are the fields of people the app may see.
	UserFields []Text `json:"auth_user_field"`
}
