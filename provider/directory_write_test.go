package provider_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

var writeLimits = provider.WriteLimits{
	DepartmentName: 4, DepartmentNameWithout: "-，", PersonName: 4, UserID: 4, Email: 6, JobNumber: 3, Title: 3, Extension: 12,
	Memberships: 2, MobileRequired: true, MobileFixed: true,
}

// wrongFields lists the fields an error of a Check names.
func wrongFields(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	if code := provider.CodeOf(err); code != provider.InvalidArgument {
		t.Errorf("code %s, want %s", code, provider.InvalidArgument)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v is not a joined error", err)
	}
	var fields []string
	for _, e := range joined.Unwrap() {
		var field *provider.FieldError
		if !errors.As(e, &field) || field.Problem.ZH == "" || field.Problem.EN == "" {
			t.Fatalf("%v is no FieldError in both languages", e)
		}
		fields = append(fields, field.Field)
	}
	return fields
}

func TestDepartmentWriteCheck(t *testing.T) {
	t.Parallel()
	fine, long, dash, wide, blank := "研发中心", "研发中心二", "a-b", "a，b", "  "
	root, none, first, zero := provider.DepartmentID("1"), provider.DepartmentID(""), int64(1), int64(0)
	nobody := []provider.UserID{}
	for name, c := range map[string]struct {
		write    provider.DepartmentWrite
		creating bool
		want     []string
	}{
		"creation":            {provider.DepartmentWrite{Name: &fine, ParentID: &root, Order: &first}, true, nil},
		"creation of nothing": {provider.DepartmentWrite{}, true, []string{"name", "parentId"}},
		"creation, leaders":   {provider.DepartmentWrite{Name: &fine, ParentID: &root, Leaders: &nobody}, true, []string{"leaders"}},
		"nothing changes":     {provider.DepartmentWrite{}, false, nil},
		"leaders cleared":     {provider.DepartmentWrite{Leaders: &nobody}, false, nil},
		"long name":           {provider.DepartmentWrite{Name: &long}, false, []string{"name"}},
		"character":           {provider.DepartmentWrite{Name: &dash}, false, []string{"name"}},
		"wide character":      {provider.DepartmentWrite{Name: &wide}, false, []string{"name"}},
		"blank, no parent":    {provider.DepartmentWrite{Name: &blank, ParentID: &none}, false, []string{"name", "parentId"}},
		"order":               {provider.DepartmentWrite{Order: &zero}, false, []string{"order"}},
	} {
		if got := wrongFields(t, c.write.Check(writeLimits, c.creating)); !slices.Equal(got, c.want) {
			t.Errorf("%s: wrong are %v, want %v", name, got, c.want)
		}
	}
}

func TestPersonWriteCheck(t *testing.T) {
	t.Parallel()
	fine, long, mobile, empty, broken := "李雷", strings.Repeat("李", 7), "13800000000", "", "a\xff"
	in := func(ids ...provider.DepartmentID) *[]provider.MembershipWrite {
		list := make([]provider.MembershipWrite, len(ids))
		for i, id := range ids {
			list[i].DepartmentID = id
		}
		return &list
	}
	for name, c := range map[string]struct {
		write    provider.PersonWrite
		creating bool
		want     []string
	}{
		"creation":            {provider.PersonWrite{Name: &fine, Mobile: &mobile, Memberships: in("1", "2")}, true, nil},
		"creation of nothing": {provider.PersonWrite{}, true, []string{"name", "mobile", "memberships"}},
		"nothing changes":     {provider.PersonWrite{}, false, nil},
		"long user id": {
			provider.PersonWrite{UserID: "abcde", Name: &fine, Mobile: &mobile, Memberships: in("1")}, true, []string{"userId"},
		},
		"fields cleared": {provider.PersonWrite{Email: &empty, JobNumber: &empty, Title: &empty}, false, nil},
		"mobile changes": {provider.PersonWrite{Mobile: &mobile}, false, []string{"mobile"}},
		"empty name":     {provider.PersonWrite{Name: &empty}, false, []string{"name"}},
		"not UTF-8":      {provider.PersonWrite{Name: &broken, Title: &broken}, false, []string{"name", "title"}},
		"all too long": {
			provider.PersonWrite{Name: &long, Email: &long, JobNumber: &long, Title: &long, Memberships: in("1", "2", "3")},
			false,
			[]string{"name", "email", "jobNumber", "title", "memberships"},
		},
		"user id":       {provider.PersonWrite{UserID: "abcde"}, false, nil},
		"extension":     {provider.PersonWrite{Extension: map[string]string{"工号": "12345"}}, false, []string{"extension"}},
		"no department": {provider.PersonWrite{Memberships: in()}, false, []string{"memberships"}},
		"twice, none": {
			provider.PersonWrite{Memberships: in("1", "1")}, false, []string{"memberships[1].departmentId"},
		},
		"empty department": {provider.PersonWrite{Memberships: in("")}, false, []string{"memberships[0].departmentId"}},
	} {
		if got := wrongFields(t, c.write.Check(writeLimits, c.creating)); !slices.Equal(got, c.want) {
			t.Errorf("%s: wrong are %v, want %v", name, got, c.want)
		}
		if err := c.write.Check(provider.WriteLimits{}, false); err != nil && (name == "all too long" || name == "mobile changes") {
			t.Errorf("%s without limits: %v", name, err)
		}
	}
}
