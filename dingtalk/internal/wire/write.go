package wire

// DepartmentWrite creates or updates a department
// (topapi/v2/department/create and update). Fields that are nil stay out of the
// request and so as they are.
type DepartmentWrite struct {
	// DeptID is 0 on creation.
	DeptID   int64   `json:"dept_id,omitempty"`
	Name     *string `json:"name,omitempty"`
	ParentID *int64  `json:"parent_id,omitempty"`
	Order    *int64  `json:"order,omitempty"`
	// Managers are user ids joined by commas, on update only.
	Managers string `json:"dept_manager_userid_list,omitempty"`
	// ForceUpdate names the fields that are cleared though they are empty.
	ForceUpdate string `json:"force_update_fields,omitempty"`
}

// CreatedDepartment is the result of topapi/v2/department/create.
type CreatedDepartment struct {
	DeptID Int `json:"dept_id"`
}

// UserWrite creates or updates a user (topapi/v2/user/create and update), as
// DepartmentWrite does a department.
type UserWrite struct {
	UserID    string  `json:"userid,omitempty"`
	Name      *string `json:"name,omitempty"`
	Mobile    *string `json:"mobile,omitempty"`
	Email     *string `json:"email,omitempty"`
	JobNumber *string `json:"job_number,omitempty"`
	Title     *string `json:"title,omitempty"`
	Manager   string  `json:"manager_userid,omitempty"`
	// DeptIDs are joined by commas.
	DeptIDs    string      `json:"dept_id_list,omitempty"`
	DeptOrders []DeptOrder `json:"dept_order_list,omitempty"`
	// Extension is a JSON object as text.
	Extension string `json:"extension,omitempty"`
	// ExtensionMode is ExtensionAppend to keep fields that Extension does not
	// name; on update only.
	ExtensionMode int    `json:"ext_attrs_update_mode,omitempty"`
	ForceUpdate   string `json:"force_update_fields,omitempty"`
}

// ExtensionAppend keeps the custom fields that an update does not name.
const ExtensionAppend = 1

// CreatedUser is the result of topapi/v2/user/create.
type CreatedUser struct {
	UserID Text `json:"userid"`
}
