package dingtalk

import (
	"cmp"
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// Ids that nobody has: DingTalk checks the permission before it looks for them.
const (
	probeUser   = "thirdapp.permission.probe"
	probeMobile = "10000000000"
	// probeMessage is a message that no robot sent.
	probeMessage = "thirdapp.permission.probe"
	// probeDepartment is far above the ids that DingTalk hands out.
	probeDepartment = 1<<53 - 1
)

// sampleDepartments bounds the departments looked through for somebody whose
// fields show what the app may see.
const sampleDepartments = 5

// Verify gets an access token and tries each permission with a call that
// changes nothing. The error is that of the token or of the first call:
// credentials, exit IP, a disabled app.
//
// DingTalk has no list of an app's permissions. A refusal for a missing one
// says so; any other word about the request itself shows that the permission
// was there. The two field permissions are granted when auth/scopes lists the
// field or one of the people the app can see has it, even empty. They are
// missing when it is neither listed nor seen, and unknown without anybody to
// look at or, for email, which not everybody has, without a list. What a login
// with a browser needs is unknown until somebody logs in.
func (p *Provider) Verify(ctx context.Context) (provider.VerifyReport, error) {
	granted, err := p.authScopes(ctx)
	if err != nil && classOf(err) != notGranted {
		return provider.VerifyReport{}, err
	}
	v := verification{provider: p, granted: granted}
	v.record(rightBase, stateAfter(err))
	v.probeDepartments(ctx)
	v.probeMembers(ctx)
	v.probePeople(ctx)
	v.record(rightMobile, v.mobileState())
	v.record(rightEmail, v.emailState())
	v.probeRobot(ctx)
	v.probeWriting(ctx)
	v.recordLogin()
	v.probeEvents(ctx)
	scope := v.scope(ctx)
	if err := ctx.Err(); err != nil {
		return provider.VerifyReport{}, p.client.failure(apiAuthScopes, codeOfCause(err), err, true)
	}
	return provider.VerifyReport{Permissions: v.permissions, Scope: scope}, nil
}

// verification is one run of Verify.
type verification struct {
	provider *Provider
	granted  grantedScope
	// departments are where somebody may be found.
	departments []int64
	sample      []wire.User
	permissions []provider.Permission
}

func (v *verification) record(r right, s provider.PermissionState) {
	permission := provider.Permission{
		Name: r.name, Code: r.code, Needed: r.needed, State: s,
		Directory: r.directory, Writing: r.writing, Finding: r.finding, Hides: slices.Clone(r.hides),
	}
	switch s {
	case provider.PermissionMissing:
		permission.Remedy = grantRemedy(r)
	case provider.PermissionUnknown:
		permission.Remedy = confirmRemedy(r)
	case provider.PermissionGranted:
	}
	v.permissions = append(v.permissions, permission)
}

func (v *verification) probeDepartments(ctx context.Context) {
	v.departments = []int64{rootDepartment}
	if len(v.granted.departments) > 0 && !v.granted.whole() {
		v.departments = v.granted.departments
	}
	page, err := v.provider.Departments(ctx, departmentID(v.departments[0]), "")
	v.record(rightDepartments, stateAfter(err))
	for _, d := range page.Departments {
		if id, err := departmentNumber(apiDepartmentChild, d.ID); err == nil {
			v.departments = append(v.departments, id)
		}
	}
}

// probeMembers lists departments until it meets somebody.
func (v *verification) probeMembers(ctx context.Context) {
	var first error
	for i, id := range v.departments[:min(len(v.departments), sampleDepartments)] {
		page, _, err := v.provider.userPage(ctx, id, 0)
		if i == 0 {
			first = err
		}
		for _, u := range page.List {
			v.sample = append(v.sample, u.User)
		}
		if err != nil || len(v.sample) > 0 {
			break
		}
	}
	v.record(rightMembers, stateAfter(first))
}

func (v *verification) probePeople(ctx context.Context) {
	c := v.provider.client
	id := probeUser
	if len(v.sample) == 0 && len(v.granted.users) > 0 {
		id = string(v.granted.users[0]) // shows the fields as well
	}
	u, _, err := askResult[wire.SingleUser](ctx, c, request{api: apiUser, body: wire.UserRequest{UserID: id}})
	if err == nil && id != probeUser {
		v.sample = append(v.sample, u.User)
	}
	v.record(rightPerson, stateAfter(err))
	_, _, err = askResult[wire.FoundUser](ctx, c, request{api: apiUserByMobile, body: wire.MobileRequest{Mobile: probeMobile}})
	v.record(rightByMobile, stateAfter(err))
}

// probeRobot asks who read a message that does not exist. Without a RobotCode
// it tries the Client ID, which is often the same: the permission is checked
// before.
func (v *verification) probeRobot(ctx context.Context) {
	robot := cmp.Or(v.provider.robotCode, v.provider.client.app.clientID)
	_, err := v.provider.client.call(ctx, readStatusRequest(robot, probeMessage))
	v.record(rightRobot, stateAfter(err))
}

// probeWriting updates nothing of a department that nobody has.
func (v *verification) probeWriting(ctx context.Context) {
	_, err := v.provider.client.call(ctx, request{
		api: apiDepartmentUpdate, body: wire.DepartmentWrite{DeptID: probeDepartment},
	})
	v.record(rightWrite, stateAfter(err))
}

// recordLogin: Contact.User.Read guards a call that takes a person's access
// token. With the app's own DingTalk answers as if the permission were missing,
// whether it is or not, and a person's token takes a person.
func (v *verification) recordLogin() {
	v.record(rightSelf, provider.PermissionUnknown)
	v.permissions[len(v.permissions)-1].Remedy = remedyConfirmLogin
}

// probeEvents: what is chosen in the event subscription shows only where the
// callback was registered by API. Who wants no events needs none.
func (v *verification) probeEvents(ctx context.Context) {
	p := v.provider
	switch p.eventMode {
	case provider.EventModeStream:
		v.recordEvents(provider.PermissionUnknown, remedySubscribeStream)
	case provider.EventModeCallback:
		if len(p.callbackKeys) == 0 {
			v.recordEvents(provider.PermissionMissing, remedyCallbackKey)
			return
		}
		r, err := p.CallbackRegistration(ctx)
		if err == nil && r.Complete {
			v.recordEvents(provider.PermissionGranted, provider.Text{})
			return
		}
		v.recordEvents(provider.PermissionUnknown, remedySubscribeCallback)
	}
}

// recordEvents records the event subscription, which is no permission with a
// code, and has remedies of its own.
func (v *verification) recordEvents(s provider.PermissionState, remedy provider.Text) {
	v.permissions = append(v.permissions, provider.Permission{
		Name: "事件订阅：通讯录事件", Needed: provider.Text{ZH: "数秒内同步通讯录变更", EN: "changes of the directory within seconds"},
		State: s, Remedy: remedy,
	})
}

// scope is the app's scope, without names when departments cannot be read.
func (v *verification) scope(ctx context.Context) provider.Scope {
	s, err := v.provider.scopeOf(ctx, v.granted)
	if err == nil {
		return s
	}
	s = provider.Scope{People: v.granted.users}
	for i, id := range v.granted.departments {
		s.Departments = append(s.Departments, provider.Department{ID: departmentID(id), Order: int64(i)})
	}
	return s
}

// stateAfter tells from the outcome of a call whether its permission is there.
func stateAfter(err error) provider.PermissionState {
	if err == nil {
		return provider.PermissionGranted
	}
	kind := classOf(err)
	e, _ := asError(err)
	switch {
	case kind == notGranted:
		return provider.PermissionMissing
	case kind == outOfScope, kind == behindRight:
		return provider.PermissionGranted
	case e == nil || e.Upstream == "":
		return provider.PermissionUnknown
	}
	switch e.Code {
	case provider.NotFound, provider.InvalidArgument, provider.Unknown:
		return provider.PermissionGranted
	default:
		return provider.PermissionUnknown
	}
}

// mobileState: everybody has a mobile number, except in accounts that the
// company made.
func (v *verification) mobileState() provider.PermissionState {
	state := provider.PermissionUnknown
	for _, u := range v.sample {
		switch {
		case u.Mobile != nil:
			return provider.PermissionGranted
		case !bool(u.ExclusiveAccount):
			state = provider.PermissionMissing
		}
	}
	if slices.Contains(v.granted.fields, "mobile") {
		return provider.PermissionGranted
	}
	return state
}

func (v *verification) emailState() provider.PermissionState {
	for _, u := range v.sample {
		if u.Email != nil {
			return provider.PermissionGranted
		}
	}
	switch {
	case slices.Contains(v.granted.fields, "email"):
		return provider.PermissionGranted
	case len(v.sample) > 0 && len(v.granted.fields) > 0:
		return provider.PermissionMissing
	default:
		return provider.PermissionUnknown
	}
}
