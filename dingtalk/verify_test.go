package dingtalk_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// verified is a DingTalk that grants everything; a test takes away.
func verified() *fake {
	return newFake().
		reply(scopesPath, `{"errcode":0,"auth_org_scopes":{"authed_dept":[1],"authed_user":[]}}`).
		reply(deptPath, `{"errcode":0,"result":{"dept_id":1,"name":"示例公司"}}`).
		reply(listsubPath, `{"errcode":0,"result":[{"dept_id":2,"name":"a"},{"dept_id":3,"name":"b"}]}`).
		byBody(listPath, "dept_id", map[string]string{
			"1": `{"errcode":0,"result":{"has_more":false,"list":[]}}`,
			"2": `{"errcode":0,"result":{"has_more":false,"list":[{"userid":"a","mobile":"13800000001","email":""}]}}`,
		}).
		reply(userPath, `{"errcode":60121}`).
		reply(mobilePath, `{"errcode":60121}`).
		reply(updateDept, `{"errcode":60003}`).
		on(readPath, write(http.StatusBadRequest, `{"code":"invalid.processQueryKey","message":"no"}`))
}

func states(r provider.VerifyReport) map[string]provider.PermissionState {
	m := make(map[string]provider.PermissionState)
	for _, p := range r.Permissions {
		m[p.Code] = p.State
	}
	return m
}

func TestVerify(t *testing.T) {
	t.Parallel()
	const (
		granted = provider.PermissionGranted
		missing = provider.PermissionMissing
		unknown = provider.PermissionUnknown
		denied  = `{"errcode":88,"sub_code":"60011","sub_msg":"no"}`
	)
	for name, c := range map[string]struct {
		change func(*fake)
		want   map[string]provider.PermissionState // what is not granted
	}{
		"everything": {func(*fake) {}, nil},
		"no base":    {func(f *fake) { f.reply(scopesPath, denied) }, map[string]provider.PermissionState{"qyapi_base": missing}},
		"no departments": {
			func(f *fake) { f.reply(listsubPath, denied).reply(deptPath, denied) },
			map[string]provider.PermissionState{"qyapi_get_department_list": missing, "fieldMobile": unknown, "fieldEmail": unknown},
		},
		"no members": {
			func(f *fake) { f.reply(listPath, denied) },
			map[string]provider.PermissionState{"qyapi_get_department_member": missing, "fieldMobile": unknown, "fieldEmail": unknown},
		},
		"no person": {func(f *fake) { f.reply(userPath, denied) }, map[string]provider.PermissionState{"qyapi_get_member": missing}},
		"no mobile look-up": {
			func(f *fake) { f.reply(mobilePath, denied) },
			map[string]provider.PermissionState{"qyapi_get_member_by_mobile": missing},
		},
		"number refused": {func(f *fake) { f.reply(mobilePath, `{"errcode":40104}`) }, nil},
		"out of scope":   {func(f *fake) { f.reply(userPath, `{"errcode":50002}`) }, nil},
		"unknown number": {func(f *fake) { f.reply(userPath, `{"errcode":123456}`) }, nil},
		"garbage":        {func(f *fake) { f.reply(userPath, `<html>`) }, map[string]provider.PermissionState{"qyapi_get_member": unknown}},
		"no robot right": {
			func(f *fake) {
				f.on(readPath, write(http.StatusForbidden, `{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied"}`))
			},
			map[string]provider.PermissionState{"qyapi_robot_sendmsg": missing},
		},
		"no robot": {
			func(f *fake) {
				f.on(readPath, write(http.StatusBadRequest, `{"code":"invalidParameter.robotCode.notExsit"}`))
			}, nil,
		},
		"robot's data not there": {
			func(f *fake) { f.on(readPath, write(http.StatusBadRequest, `{"code":"processQueryKey.expireTime"}`)) }, nil,
		},
		"robot's API down": {
			func(f *fake) { f.on(readPath, write(http.StatusBadGateway, ``)) },
			map[string]provider.PermissionState{"qyapi_robot_sendmsg": unknown},
		},
		"no writing": {
			func(f *fake) { f.reply(updateDept, denied) }, map[string]provider.PermissionState{"qyapi_manage_addresslist": missing},
		},
		"disabled": {func(f *fake) { f.reply(userPath, `{"errcode":50003}`) }, map[string]provider.PermissionState{"qyapi_get_member": unknown}},
		"no fields": {
			func(f *fake) { f.reply(listPath, `{"errcode":0,"result":{"has_more":false,"list":[{"userid":"a"}]}}`) },
			map[string]provider.PermissionState{"fieldMobile": missing, "fieldEmail": unknown},
		},
		"fields listed": {
			func(f *fake) {
				f.reply(listPath, `{"errcode":0,"result":{"has_more":false,"list":[{"userid":"a"}]}}`).
					reply(scopesPath, `{"errcode":0,"auth_user_field":["name","mobile","email"],"auth_org_scopes":{"authed_dept":[1]}}`)
			}, nil,
		},
		"fields not listed": {
			func(f *fake) {
				f.reply(listPath, `{"errcode":0,"result":{"has_more":false,"list":[{"userid":"a"}]}}`).
					reply(scopesPath, `{"errcode":0,"auth_user_field":["name"],"auth_org_scopes":{"authed_dept":[1]}}`)
			},
			map[string]provider.PermissionState{"fieldMobile": missing, "fieldEmail": missing},
		},
		"company accounts": {
			func(f *fake) {
				f.reply(listPath, `{"errcode":0,"result":{"has_more":false,"list":[{"userid":"a","email":"x","exclusive_account":true}]}}`)
			},
			map[string]provider.PermissionState{"fieldMobile": unknown},
		},
		"one person": {
			func(f *fake) {
				f.reply(scopesPath, `{"errcode":0,"auth_org_scopes":{"authed_dept":[],"authed_user":["u1"]}}`).
					reply(listPath, `{"errcode":50004}`).reply(listsubPath, `{"errcode":50004}`).reply(userPath, okUser)
			},
			map[string]provider.PermissionState{"fieldEmail": unknown},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := verified()
			c.change(f)
			report, err := open(t, f).Verify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := states(report)
			if len(got) != 10 {
				t.Errorf("%d permissions, want 10", len(got))
			}
			for code, state := range got {
				want := granted
				if code == "Contact.User.Read" { // takes a person
					want = unknown
				}
				if s, ok := c.want[code]; ok {
					want = s
				}
				if state != want {
					t.Errorf("%s is %s, want %s", code, state, want)
				}
			}
			for _, p := range report.Permissions {
				if p.Name == "" || p.Needed.IsZero() || (p.State != granted && !strings.Contains(p.Remedy.ZH, p.Name)) {
					t.Errorf("permission %+v does not explain itself", p)
				}
			}
		})
	}
}

func TestVerifyScope(t *testing.T) {
	t.Parallel()
	f := verified()
	report, err := open(t, f).Verify(t.Context())
	if d := report.Scope.Departments; err != nil || len(d) != 1 || d[0].Name != "示例公司" {
		t.Errorf("scope = %+v, %v", report.Scope, err)
	}
	f.reply(scopesPath, `{"errcode":0,"auth_org_scopes":{"authed_dept":[7],"authed_user":["u1"]}}`).reply(deptPath, `{"errcode":60011}`)
	report, err = open(t, f).Verify(t.Context())
	if d := report.Scope.Departments; err != nil || len(d) != 1 || d[0].ID != "7" || len(report.Scope.People) != 1 {
		t.Errorf("scope without names = %+v, %v", report.Scope, err)
	}
}

func TestVerifyErrors(t *testing.T) {
	t.Parallel()
	f := verified().reply(scopesPath, `{"errcode":60020,"errmsg":"ip"}`)
	_, err := open(t, f).Verify(t.Context())
	if e := asError(t, err); e.Code != provider.PermissionDenied || !strings.Contains(e.Remedy.ZH, "服务器出口IP") {
		t.Errorf("error = %+v, want the whitelist", e)
	}

	ctx, cancel := context.WithCancel(t.Context())
	f = verified().on(userPath, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		say(w, okUser)
	})
	_, err = open(t, f).Verify(ctx)
	if e := asError(t, err); e.Code != provider.Canceled {
		t.Errorf("error = %+v, want canceled", e)
	}
}

// TestVerifyChangesNothing: only calls that read, and an update of nothing.
func TestVerifyChangesNothing(t *testing.T) {
	t.Parallel()
	f := verified()
	if _, err := open(t, f).Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	reading := map[string]bool{
		readPath:  true,
		tokenPath: true, scopesPath: true, listsubPath: true, deptPath: true, listPath: true, userPath: true, mobilePath: true,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.requests {
		if r.path == updateDept && string(r.body) == `{"dept_id":9007199254740991}` {
			continue
		}
		if !reading[r.path] {
			t.Errorf("Verify called %s", r.path)
		}
	}
}

// TestVerifyEvents: who wants events is told what is known of them.
func TestVerifyEvents(t *testing.T) {
	t.Parallel()
	const tags = `"user_add_org","user_modify_org","user_active_org","user_leave_org","org_dept_create","org_dept_modify","org_dept_remove"`
	for name, c := range map[string]struct {
		mode, registered string
		noKey            bool
		want             provider.PermissionState
	}{
		"none":           {mode: "none"},
		"stream":         {mode: "stream", want: provider.PermissionUnknown},
		"registered":     {mode: "callback", registered: `{"errcode":0,"url":"https://x","call_back_tag":[` + tags + `]}`, want: provider.PermissionGranted},
		"not registered": {mode: "callback", registered: `{"errcode":71007}`, want: provider.PermissionUnknown},
		"refused":        {mode: "callback", registered: `{"errcode":71013}`, want: provider.PermissionUnknown},
		"no key":         {mode: "callback", noKey: true, want: provider.PermissionMissing},
	} {
		s := subscribed(func(s *provider.Settings) {
			s.Values[provider.SettingEventMode] = c.mode
			if c.noKey {
				delete(s.Secrets, dingtalk.SettingCallbackToken)
			}
		})
		report, err := registrar(t, verified().reply(registeredPath, c.registered), s).Verify(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got provider.Permission
		for _, p := range report.Permissions {
			if p.Code == "" {
				got = p
			}
		}
		if got.State != c.want || got.State != "" && got.State != provider.PermissionGranted && got.Remedy.IsZero() {
			t.Errorf("%s: %+v, want %q", name, got, c.want)
		}
	}
}
