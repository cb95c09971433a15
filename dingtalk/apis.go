package dingtalk

import "net/http"

// generation is one of DingTalk's two kinds of API.
type generation int

const (
	// oldAPI: token in the query, answers HTTP 200 with an errcode.
	oldAPI generation = iota
	// newAPI: token in a header, the HTTP status tells success.
	newAPI
)

// api describes one API of DingTalk.
type api struct {
	// path has no leading slash; it is Error.Op and the key of pacing.
	path   string
	gen    generation
	method string
	// repeatable calls may be made again after any failure: they change nothing,
	// or twice is the same as once.
	repeatable bool
	// open calls need no access token.
	open  bool
	right right
	// gone lists codes that mean for this API that what was asked for does not
	// exist.
	gone []string
}

//nolint:gochecknoglobals // constant table
var (
	apiAccessToken = api{
		path: "v1.0/oauth2/accessToken", gen: newAPI, method: http.MethodPost,
		repeatable: true, open: true, right: rightBase,
	}
	apiAuthScopes      = read("auth/scopes", http.MethodGet, rightBase)
	apiDepartmentChild = read("topapi/v2/department/listsub", http.MethodPost, rightDepartments)
	apiDepartment      = read("topapi/v2/department/get", http.MethodPost, rightDepartments)
	apiUserList        = read("topapi/v2/user/list", http.MethodPost, rightMembers)
	apiUser            = read("topapi/v2/user/get", http.MethodPost, rightPerson)
	apiUserByMobile    = read("topapi/v2/user/getbymobile", http.MethodPost, rightByMobile)
	apiUserByUnionID   = read("topapi/user/getbyunionid", http.MethodPost, rightPerson)

	// Creating is not repeatable. A deletion that is asked for twice finds
	// nobody the second time.
	apiDepartmentCreate = write("topapi/v2/department/create")
	apiDepartmentUpdate = read("topapi/v2/department/update", http.MethodPost, rightWrite)
	apiDepartmentDelete = write("topapi/v2/department/delete")
	apiUserCreate       = write("topapi/v2/user/create")
	apiUserUpdate       = read("topapi/v2/user/update", http.MethodPost, rightWrite)
	apiUserDelete       = write("topapi/v2/user/delete")

	apiCallbackRegister = callbackAPIOf("register_call_back", http.MethodPost)
	apiCallbackUpdate   = callbackAPIOf("update_call_back", http.MethodPost)
	apiCallback         = callbackAPIOf("get_call_back", http.MethodGet)
	apiCallbackDelete   = callbackAPIOf("delete_call_back", http.MethodGet)

	apiSend = api{
		path: "topapi/message/corpconversation/asyncsend_v2", method: http.MethodPost, right: rightBase,
	}
	apiSendProgress = tracking("topapi/message/corpconversation/getsendprogress")
	apiSendResult   = tracking("topapi/message/corpconversation/getsendresult")
	apiRecall       = tracking("topapi/message/corpconversation/recall")
	apiStatusBar    = tracking("topapi/message/corpconversation/status_bar/update")

	// The data of an upload can be read once.
	apiUpload = api{path: "media/upload", method: http.MethodPost, right: rightBase}
)

func read(path, method string, r right) api {
	return api{path: path, method: method, repeatable: true, right: r}
}

func write(path string) api { return api{path: path, method: http.MethodPost, right: rightWrite} }

// callbackAPIOf: a callback that is not there is found by its number.
func callbackAPIOf(name, method string) api { return read("call_back/"+name, method, rightBase) }

// tracking: of the two ids such a call sends, a wrong one of the app has a number
// of its own (40056), so that wrong parameters mean an unknown or expired task.
// Those that change something may be made twice: the outcome is the same.
func tracking(path string) api {
	a := read(path, http.MethodPost, rightBase)
	a.gone = []string{"400002", "40035"}
	return a
}
