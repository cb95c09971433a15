package dingtalk_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// byBody answers a path by the value of a field in the request.
func (f *fake) byBody(path, field string, answers map[string]string) *fake {
	return f.on(path, func(w http.ResponseWriter, _ *http.Request) {
		f.mu.Lock()
		last := f.requests[len(f.requests)-1]
		f.mu.Unlock()
		var body map[string]any
		if err := json.Unmarshal(last.body, &body); err != nil {
			say(w, `{"errcode":47001}`)
			return
		}
		answer, ok := answers[fmt.Sprint(body[field])]
		if !ok {
			answer = `{"errcode":50004,"errmsg":"out of scope"}`
		}
		say(w, answer)
	})
}

func dept(id, parent int, name string) string {
	return fmt.Sprintf(`{"errcode":0,"result":{"dept_id":%d,"parent_id":%d,"name":%q}}`, id, parent, name)
}

func TestScopeOfWholeCompany(t *testing.T) {
	t.Parallel()
	f := newFake().
		reply(scopesPath, `{"errcode":0,"auth_org_scopes":{"authed_dept":[7,1],"authed_user":["u9"]}}`).
		reply(deptPath, `{"errcode":0,"result":{"dept_id":1,"name":"示例公司"}}`)
	got, err := open(t, f).Scope(t.Context())
	want := provider.Scope{Departments: []provider.Department{{ID: "1", Name: "示例公司"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Scope() = %+v, %v; want %+v", got, err, want)
	}
	if n := f.count(deptPath); n != 1 {
		t.Errorf("%d departments read, want 1", n)
	}
}

// TestScopeOfParts: 7 and 9 are granted; 8 lies below 7, 12 two levels below 9;
// 3 and 4, above them, are not visible.
func TestScopeOfParts(t *testing.T) {
	t.Parallel()
	f := newFake().
		reply(scopesPath, `{"errcode":0,"auth_org_scopes":{"authed_dept":"[8,7,12,9]","authed_user":["u9","u8"]}}`).
		byBody(deptPath, "dept_id", map[string]string{
			"7": dept(7, 3, "研发"), "8": dept(8, 7, "前端"), "9": dept(9, 4, "市场"),
			"11": dept(11, 9, "品牌"), "12": dept(12, 11, "设计"),
		})
	got, err := open(t, f).Scope(t.Context())
	want := provider.Scope{
		Departments: []provider.Department{{ID: "7", Name: "研发"}, {ID: "9", Name: "市场", Order: 1}},
		People:      []provider.UserID{"u9", "u8"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Scope() = %+v, %v; want %+v", got, err, want)
	}
}

func TestScopeWithoutWhatIsGone(t *testing.T) {
	t.Parallel()
	f := newFake().
		reply(scopesPath, `{"errcode":0,"auth_org_scopes":{"authed_dept":[7,8]}}`).
		byBody(deptPath, "dept_id", map[string]string{"7": `{"errcode":60003}`, "8": dept(8, 1, "市场")})
	got, err := open(t, f).Scope(t.Context())
	want := provider.Scope{Departments: []provider.Department{{ID: "8", Name: "市场"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Scope() = %+v, %v; want %+v", got, err, want)
	}
}

func TestScopeErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scopes, dept string
		want         provider.Code
	}{
		"no scopes":          {`{"errcode":0}`, "", provider.Unavailable},
		"granted dept gone":  {`{"errcode":0,"auth_org_scopes":{"authed_dept":[7]}}`, `{"errcode":60003}`, provider.NotFound},
		"another department": {`{"errcode":0,"auth_org_scopes":{"authed_dept":[7]}}`, dept(8, 1, "x"), provider.Unavailable},
		"no permission":      {`{"errcode":0,"auth_org_scopes":{"authed_dept":[7]}}`, `{"errcode":60011}`, provider.PermissionDenied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake().reply(scopesPath, c.scopes).reply(deptPath, c.dept)
			_, err := open(t, f).Scope(t.Context())
			if got := provider.CodeOf(err); got != c.want {
				t.Errorf("code = %v (%v), want %v", got, err, c.want)
			}
		})
	}
}

func TestScopeOfNothing(t *testing.T) {
	t.Parallel()
	f := newFake().reply(scopesPath, `{"errcode":0,"auth_org_scopes":{"authed_dept":[],"authed_user":[]}}`)
	got, err := open(t, f).Scope(t.Context())
	if err != nil || len(got.Departments)+len(got.People) > 0 {
		t.Errorf("Scope() = %+v, %v; want nothing", got, err)
	}
}

func TestDepartments(t *testing.T) {
	t.Parallel()
	f := newFake().reply(listsubPath, `{"errcode":"0","result":[
		{"dept_id":"30","parent_id":1,"name":"研发"},{"dept_id":2,"parent_id":1,"name":"市场"}]}`)
	got, err := open(t, f).Departments(t.Context(), "1", "")
	want := provider.DepartmentPage{Departments: []provider.Department{
		{ID: "30", ParentID: "1", Name: "研发"}, {ID: "2", ParentID: "1", Name: "市场", Order: 1},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Departments() = %+v, %v; want %+v", got, err, want)
	}
	if body := string(f.to(listsubPath)[0].body); body != `{"dept_id":1,"language":"zh_CN"}` {
		t.Errorf("body = %s", body)
	}
}

func TestDepartmentsRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		parent provider.DepartmentID
		at     provider.Cursor
		answer string
		want   provider.Code
		calls  int
	}{
		"not a number":   {"root", "", "", provider.InvalidArgument, 0},
		"negative":       {"-7", "", "", provider.InvalidArgument, 0},
		"second page":    {"1", "100", "", provider.InvalidArgument, 0},
		"out of scope":   {"9", "", `{"errcode":50004}`, provider.PermissionDenied, 1},
		"gone":           {"9", "", `{"errcode":60003}`, provider.NotFound, 1},
		"without id":     {"9", "", `{"errcode":0,"result":[{"name":"x"}]}`, provider.Unavailable, 1},
		"its own parent": {"9", "", `{"errcode":0,"result":[{"dept_id":9}]}`, provider.Unavailable, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake().reply(listsubPath, c.answer)
			_, err := open(t, f).Departments(t.Context(), c.parent, c.at)
			if e := asError(t, err); e.Code != c.want {
				t.Errorf("error = %+v, want code %v", e, c.want)
			}
			if n := f.count(listsubPath); n != c.calls {
				t.Errorf("%d calls, want %d", n, c.calls)
			}
		})
	}
}

func TestPeoplePages(t *testing.T) {
	t.Parallel()
	f := newFake().byBody(listPath, "cursor", map[string]string{
		"0": `{"errcode":0,"result":{"has_more":true,"next_cursor":100,"list":[{"userid":"a","dept_order":5,"leader":true}]}}`,
		"100": `{"errcode":0,"result":{"has_more":"false","list":[{"userid":"b","unionid":"U","name":"李四","avatar":"https://a","state_code":"852",
			"mobile":"61234567","email":"","org_email":"li@corp.example","job_number":7,"title":"经理","active":"true","dept_id_list":[3,4],
			"extension":"{\"爱好\":\"登山\",\"级别\":3}","dept_order":"176294576350761512","leader":false}]}}`,
	})
	p := open(t, f)
	first, err := p.People(t.Context(), "3", "")
	if err != nil {
		t.Fatal(err)
	}
	want := provider.PersonPage{Next: "100", People: []provider.Person{
		{UserID: "a", Memberships: []provider.Membership{{DepartmentID: "3", Leader: true, Order: -5}}},
	}}
	if !reflect.DeepEqual(first, want) {
		t.Errorf("first page = %+v, want %+v", first, want)
	}
	last, err := p.People(t.Context(), "3", first.Next)
	if err != nil {
		t.Fatal(err)
	}
	want = provider.PersonPage{People: []provider.Person{{
		UserID: "b", UnionID: "U", Name: "李四", AvatarURL: "https://a", Mobile: "+852-61234567", Email: "li@corp.example",
		JobNumber: "7", Title: "经理", Activated: true, Extension: map[string]string{"爱好": "登山", "级别": "3"},
		Memberships: []provider.Membership{{DepartmentID: "3", Order: -176294576350761512}},
	}}}
	if !reflect.DeepEqual(last, want) {
		t.Errorf("last page = %+v, want %+v", last, want)
	}
	if body := string(f.to(listPath)[1].body); body != `{"dept_id":3,"cursor":100,"size":100,"language":"zh_CN"}` {
		t.Errorf("body = %s", body)
	}
}

func TestEmptyDepartment(t *testing.T) {
	t.Parallel()
	f := newFake().reply(listPath, `{"errcode":0,"result":{"has_more":false}}`)
	page, err := open(t, f).People(t.Context(), "3", "")
	if err != nil || len(page.People) > 0 || page.Next != "" {
		t.Errorf("People() = %+v, %v; want an empty last page", page, err)
	}
}

// TestPagesThatCannotBeTrusted: an answer that does not say whether it is the
// last page, goes in circles or names nobody must not end a listing.
func TestPagesThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	for name, result := range map[string]string{
		"no has_more":    `{"list":[{"userid":"a"}]}`,
		"empty object":   `{}`,
		"no next cursor": `{"has_more":true,"list":[{"userid":"a"}]}`,
		"going back":     `{"has_more":true,"next_cursor":50,"list":[{"userid":"a"}]}`,
		"nobody":         `{"has_more":false,"list":[{"name":"x"}]}`,
		"null":           `{"has_more":false,"list":[null]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake().reply(listPath, `{"errcode":0,"result":`+result+`}`)
			_, err := openOnce(t, f).People(t.Context(), "3", "50")
			if e := asError(t, err); e.Code != provider.Unavailable {
				t.Errorf("error = %+v, want unavailable", e)
			}
		})
	}
}

func TestForeignCursorIsRefused(t *testing.T) {
	t.Parallel()
	f := newFake()
	p := open(t, f)
	for _, at := range []provider.Cursor{"abc", "-1", "0"} {
		_, err := p.People(t.Context(), "3", at)
		if e := asError(t, err); e.Code != provider.InvalidArgument || !e.Unsent {
			t.Errorf("cursor %q: %+v, want invalid_argument", at, e)
		}
	}
	if n := f.count(listPath); n > 0 {
		t.Errorf("%d calls, want none", n)
	}
}
