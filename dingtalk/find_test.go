package dingtalk_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func TestPersonByID(t *testing.T) {
	t.Parallel()
	f := newFake().reply(userPath, `{"errcode":0,"result":{"userid":"u1","unionid":"U1","name":"张三","mobile":"13800000001",
		"email":"z@x.example","org_email":"z@corp.example","manager_userid":"u0","active":true,"dept_id_list":[2,3],
		"dept_order_list":[{"dept_id":3,"order":9},{"dept_id":2,"order":-9223372036854775808}],
		"leader_in_dept":[{"dept_id":2,"leader":false},{"dept_id":3,"leader":true}]}}`)
	got, err := open(t, f).PersonByID(t.Context(), "U1")
	if err != nil {
		t.Fatal(err)
	}
	want := provider.Person{
		UserID: "u1", UnionID: "U1", Name: "张三", Mobile: "13800000001", Email: "z@x.example", ManagerID: "u0", ManagerKnown: true, Activated: true,
		Memberships: []provider.Membership{{DepartmentID: "2", Order: 9223372036854775807}, {DepartmentID: "3", Leader: true, Order: -9}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("PersonByID() = %+v, want %+v", got, want)
	}
}

func TestPersonByMobile(t *testing.T) {
	t.Parallel()
	for given, sent := range map[string]string{
		"13800000001": "13800000001", "+86-13800000001": "13800000001", "+852-61234567": "+852-61234567",
	} {
		f := newFake().reply(mobilePath, `{"errcode":0,"result":{"userid":"u1"}}`).reply(userPath, okUser)
		got, err := open(t, f).PersonByMobile(t.Context(), given)
		if err != nil || got.UserID != "u1" || got.Name != "张三" {
			t.Errorf("PersonByMobile(%q) = %+v, %v", given, got, err)
		}
		if body := string(f.to(mobilePath)[0].body); body != `{"mobile":"`+sent+`"}` {
			t.Errorf("%s: body = %s", given, body)
		}
	}
}

func TestMobileForms(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]string{
		`"mobile":"13800000001","state_code":"86"`:      "13800000001",
		`"mobile":"13800000001","state_code":"+86"`:     "13800000001",
		`"mobile":"13800000001"`:                        "13800000001",
		`"mobile":"+86-13800000001"`:                    "13800000001",
		`"mobile":"61234567","state_code":852`:          "+852-61234567",
		`"mobile":"+852-61234567","state_code":"852"`:   "+852-61234567",
		`"mobile":"","state_code":"852"`:                "",
		`"state_code":"86"`:                             "",
		`"mobile":null,"email":null,"extension":"oops"`: "",
	} {
		f := newFake().reply(userPath, `{"errcode":0,"result":{"userid":"u1",`+fields+`}}`)
		got, err := open(t, f).PersonByID(t.Context(), "u1")
		if err != nil || got.Mobile != want || got.Extension != nil {
			t.Errorf("%s: %+v, %v; want mobile %q", fields, got, err, want)
		}
	}
}

func TestPersonByUnionID(t *testing.T) {
	t.Parallel()
	f := newFake().reply(unionPath, `{"errcode":0,"result":{"contact_type":0,"userid":"u1"}}`).reply(userPath, okUser)
	got, err := open(t, f).PersonByUnionID(t.Context(), "U1")
	if err != nil || got.UserID != "u1" {
		t.Errorf("PersonByUnionID() = %+v, %v", got, err)
	}
	f = newFake().reply(unionPath, `{"errcode":0,"request_id":"r","result":{"contact_type":1,"userid":"x"}}`)
	_, err = open(t, f).PersonByUnionID(t.Context(), "U1")
	if e := asError(t, err); e.Code != provider.NotFound || e.RequestID != "r" {
		t.Errorf("external contact: %+v, want not_found", e)
	}
}

func TestNobodyFound(t *testing.T) {
	t.Parallel()
	gone := `{"errcode":60121,"errmsg":"no"}`
	f := newFake().reply(userPath, gone).reply(mobilePath, gone).reply(unionPath, gone)
	p := open(t, f)
	for name, find := range map[string]func() (provider.Person, error){
		"id":     func() (provider.Person, error) { return p.PersonByID(t.Context(), "u1") },
		"mobile": func() (provider.Person, error) { return p.PersonByMobile(t.Context(), "13800000001") },
		"union":  func() (provider.Person, error) { return p.PersonByUnionID(t.Context(), "U1") },
	} {
		if _, err := find(); provider.CodeOf(err) != provider.NotFound {
			t.Errorf("by %s: %v, want not_found", name, err)
		}
	}
}

func TestFindRefusesNonsense(t *testing.T) {
	t.Parallel()
	f := newFake()
	p := open(t, f)
	for name, find := range map[string]func() (provider.Person, error){
		"id":     func() (provider.Person, error) { return p.PersonByID(t.Context(), "") },
		"mobile": func() (provider.Person, error) { return p.PersonByMobile(t.Context(), "") },
		"union":  func() (provider.Person, error) { return p.PersonByUnionID(t.Context(), "") },
	} {
		if _, err := find(); asError(t, err).Code != provider.InvalidArgument {
			t.Errorf("empty %s: %v, want invalid_argument", name, err)
		}
	}
	f.reply(userPath, `{"errcode":0,"result":{"userid":"somebody else"}}`).reply(mobilePath, `{"errcode":0,"result":{}}`)
	if _, err := p.PersonByID(t.Context(), "u1"); asError(t, err).Code != provider.Unavailable {
		t.Errorf("answer about somebody else: %v, want unavailable", err)
	}
	if _, err := p.PersonByMobile(t.Context(), "13800000001"); asError(t, err).Code != provider.Unavailable {
		t.Errorf("answer about nobody: %v, want unavailable", err)
	}
}

func TestMobileStaysOutOfErrors(t *testing.T) {
	t.Parallel()
	f := newFake().reply(mobilePath, `{"errcode":60103,"errmsg":"bad mobile 13800000001 or +86-13800000001"}`)
	_, err := open(t, f).PersonByMobile(t.Context(), "+86-13800000001")
	if strings.Contains(err.Error(), "13800000001") {
		t.Errorf("error shows the number: %v", err)
	}
}
