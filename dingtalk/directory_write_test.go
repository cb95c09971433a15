package dingtalk_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
)

func ptr[T any](v T) *T { return &v }

func newDepartment() provider.DepartmentWrite {
	return provider.DepartmentWrite{Name: ptr("研发<中心>"), ParentID: ptr(provider.DepartmentID("1")), Order: ptr(int64(3))}
}

func newPerson() provider.PersonWrite {
	return provider.PersonWrite{
		UserID: "lilei", Name: ptr("李雷"), Mobile: ptr("+86-13800000009"),
		Memberships: &[]provider.MembershipWrite{{DepartmentID: "7", Order: ptr(int64(2))}, {DepartmentID: "1"}},
	}
}

// TestWriteRequests looks at what DingTalk gets.
func TestWriteRequests(t *testing.T) {
	t.Parallel()
	const ok = `{"errcode":0,"result":{"dept_id":7,"userid":"lilei"}}`
	full := newPerson()
	full.Email, full.JobNumber, full.Title = ptr("l@example.com"), ptr("N1"), ptr("")
	full.ManagerID, full.Extension = ptr(provider.UserID("boss")), map[string]string{"爱好": "围棋"}
	for name, c := range map[string]struct {
		path string
		call func(*dingtalk.Provider) error
		want string
	}{
		"create a department": {createDept, func(p *dingtalk.Provider) error {
			id, err := p.CreateDepartment(t.Context(), newDepartment())
			if id != "7" {
				t.Errorf("id %q, want 7", id)
			}
			return err
		}, `{"name":"研发<中心>","parent_id":1,"order":3}`},
		"change nothing": {updateDept, func(p *dingtalk.Provider) error {
			return p.UpdateDepartment(t.Context(), "7", provider.DepartmentWrite{})
		}, `{"dept_id":7}`},
		"leaders": {updateDept, func(p *dingtalk.Provider) error {
			return p.UpdateDepartment(t.Context(), "7", provider.DepartmentWrite{Leaders: &[]provider.UserID{"a", "b"}})
		}, `{"dept_id":7,"dept_manager_userid_list":"a,b"}`},
		"no leaders": {updateDept, func(p *dingtalk.Provider) error {
			return p.UpdateDepartment(t.Context(), "7", provider.DepartmentWrite{Leaders: &[]provider.UserID{}})
		}, `{"dept_id":7,"force_update_fields":"dept_manager_userid_list"}`},
		"delete a department": {deleteDept, func(p *dingtalk.Provider) error {
			return p.DeleteDepartment(t.Context(), "7")
		}, `{"dept_id":7}`},
		"create a person": {createUser, func(p *dingtalk.Provider) error {
			created, err := p.CreatePerson(t.Context(), full)
			if created.UserID != "lilei" || created.Invited {
				t.Errorf("created %+v", created)
			}
			return err
		}, `{"userid":"lilei","name":"李雷","mobile":"13800000009","email":"l@example.com","job_number":"N1","title":"",` +
			`"manager_userid":"boss","dept_id_list":"7,1","dept_order_list":[{"dept_id":7,"order":-2}],"extension":"{\"爱好\":\"围棋\"}"}`},
		"update a person": {updateUser, func(p *dingtalk.Provider) error {
			return p.UpdatePerson(t.Context(), "lilei", provider.PersonWrite{Extension: map[string]string{"a": ""}, ManagerID: ptr(provider.UserID(""))})
		}, `{"userid":"lilei","extension":"{\"a\":\"\"}","ext_attrs_update_mode":1,"force_update_fields":"manager_userid"}`},
		"delete a person": {deleteUser, func(p *dingtalk.Provider) error {
			return p.DeletePerson(t.Context(), "lilei")
		}, `{"userid":"lilei"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake().reply(c.path, ok)
			if err := c.call(openOnce(t, f)); err != nil {
				t.Fatal(err)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			last := f.requests[len(f.requests)-1]
			if last.path != c.path || string(last.body) != c.want {
				t.Errorf("%s got %s, want %s", last.path, last.body, c.want)
			}
		})
	}
}

// TestInvited: an invitation is no failure.
func TestInvited(t *testing.T) {
	t.Parallel()
	f := newFake().reply(createUser, `{"errcode":40103,"errmsg":"invited","request_id":"r"}`)
	created, err := open(t, f).CreatePerson(t.Context(), newPerson())
	if err != nil || !created.Invited || created.UserID != "" {
		t.Errorf("created %+v, %v; want Invited without an id", created, err)
	}
	if n := f.count(createUser); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// TestWriteRefusals looks at the error numbers of writing.
func TestWriteRefusals(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]provider.Code{
		"60005": provider.FailedPrecondition, "60006": provider.FailedPrecondition, "60007": provider.InvalidArgument,
		"60018": provider.InvalidArgument, "60021": provider.AlreadyExists, "60003": provider.NotFound, "60010": provider.InvalidArgument,
		"60104": provider.AlreadyExists, "60011": provider.PermissionDenied, "50004": provider.PermissionDenied,
		"12150": provider.FailedPrecondition, "40022": provider.FailedPrecondition, "41054": provider.InvalidArgument, "40023": provider.FailedPrecondition,
	} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			f := newFake().reply(updateUser, `{"errcode":`+number+`,"errmsg":"no l@example.com"}`)
			err := open(t, f).UpdatePerson(t.Context(), "u1", provider.PersonWrite{Email: ptr("l@example.com")})
			e := asError(t, err)
			if e.Code != want || !e.Unsent || strings.Contains(e.Error(), "l@example.com") {
				t.Errorf("error = %+v, want %s, Unsent, without the address", e, want)
			}
			if number == "40022" && !strings.Contains(e.Remedy.ZH, "重新添加") {
				t.Errorf("remedy %q does not say what to do about the person", e.Remedy.ZH)
			}
			if number == "60011" && !strings.Contains(e.Remedy.ZH, "qyapi_manage_addresslist") {
				t.Errorf("remedy %q does not name the permission", e.Remedy.ZH)
			}
		})
	}
}

// TestCreatingIsNotRepeated: what may have been done is not done again.
func TestCreatingIsNotRepeated(t *testing.T) {
	t.Parallel()
	f := newFake()
	for _, path := range []string{createDept, createUser, deleteDept, deleteUser} {
		f.reply(path, `{"errcode":15,"errmsg":"late"}`)
	}
	p := open(t, f)
	_, first := p.CreateDepartment(t.Context(), newDepartment())
	_, second := p.CreatePerson(t.Context(), newPerson())
	for _, err := range []error{first, second, p.DeleteDepartment(t.Context(), "7"), p.DeletePerson(t.Context(), "u1")} {
		if e := asError(t, err); e.Unsent || e.Code != provider.Unavailable {
			t.Errorf("error = %+v, want unavailable and perhaps sent", e)
		}
	}
	for _, path := range []string{createDept, createUser, deleteDept, deleteUser} {
		if n := f.count(path); n != 1 {
			t.Errorf("%d calls of %s, want 1", n, path)
		}
	}
}

// TestWritesRefusedHere: nothing is asked.
func TestWritesRefusedHere(t *testing.T) {
	t.Parallel()
	f := newFake()
	p := open(t, f)
	ctx := t.Context()
	moved := newDepartment()
	moved.ParentID = ptr(provider.DepartmentID("x"))
	_, noNumber := p.CreateDepartment(ctx, moved)
	placed := newPerson()
	placed.Memberships = &[]provider.MembershipWrite{{DepartmentID: "x"}}
	_, noPlace := p.CreatePerson(ctx, placed)
	for what, err := range map[string]error{
		"root":           p.UpdateDepartment(ctx, "1", provider.DepartmentWrite{}),
		"deleted root":   p.DeleteDepartment(ctx, "01"),
		"parent":         noNumber,
		"place":          noPlace,
		"comma":          p.UpdateDepartment(ctx, "7", provider.DepartmentWrite{Leaders: &[]provider.UserID{"a,b"}}),
		"dash":           p.UpdateDepartment(ctx, "7", provider.DepartmentWrite{Name: ptr("a-b")}),
		"mobile":         p.UpdatePerson(ctx, "u1", provider.PersonWrite{Mobile: ptr("13800000009")}),
		"nobody":         p.UpdatePerson(ctx, "", provider.PersonWrite{}),
		"nobody to go":   p.DeletePerson(ctx, ""),
		"no department":  p.DeleteDepartment(ctx, ""),
		"long extension": p.UpdatePerson(ctx, "u1", provider.PersonWrite{Extension: map[string]string{"a": strings.Repeat("长", 2000)}}),
	} {
		if e := asError(t, err); e.Code != provider.InvalidArgument || !e.Unsent {
			t.Errorf("%s: error = %+v, want an invalid argument, unsent", what, e)
		}
	}
	var field *provider.FieldError
	err := p.UpdatePerson(ctx, "u1", provider.PersonWrite{Mobile: ptr("1")})
	if !errors.As(err, &field) || field.Field != "mobile" {
		t.Errorf("error %v does not name the field", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.requests) > 0 {
		t.Errorf("asked %s", f.requests[0].path)
	}
}

// TestWrittenCompanyIsRead writes a company of some size and reads it back.
func TestWrittenCompanyIsRead(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t, dingtalktest.Company{CorpID: "dingempty", Name: "空公司"})
	p := connect(t, srv, "dingempty")
	parent := provider.DepartmentID("1")
	for i := range 30 {
		id, err := p.CreateDepartment(t.Context(), provider.DepartmentWrite{Name: ptr("第" + string(rune('a'+i)) + "级"), ParentID: &parent})
		if err != nil {
			t.Fatal(err)
		}
		w := newPerson()
		w.UserID, w.Mobile = "p"+provider.UserID(id), ptr("139000000"+string(rune('0'+i/10))+string(rune('0'+i%10)))
		w.Memberships = &[]provider.MembershipWrite{{DepartmentID: id}, {DepartmentID: parent}}
		if _, err := p.CreatePerson(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		parent = id
	}
	got, err := readAll(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	wantCompany(t, got, srv, "dingempty")
}
