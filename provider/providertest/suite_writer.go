package providertest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func runWriter(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"departments", writesDepartments},
		{"order of departments", ordersDepartments},
		{"people", writesPeople},
		{"leaves alone what is not named", leavesAlone},
		{"custom fields", writesExtension},
		{"leaders", writesLeaders},
		{"refuses departments", refusesDepartments},
		{"refuses people", refusesPeople},
		{"checks before asking", checksFirst},
		{"invitation", invites},
	})
	for _, fault := range []Fault{FaultThrottled, FaultDenied, FaultDown, FaultGarbled, FaultLost} {
		t.Run("says truly what was not done/"+string(fault), func(t *testing.T) {
			t.Parallel()
			createsUnderFault(t, newSubject(t, newHarness), fault)
		})
	}
}

// to returns a pointer to a copy.
func to[T any](v T) *T { return &v }

// newPerson is somebody whom no company of the suite has, with the fields that
// the office app has.
func (s subject) newPerson(in ...provider.DepartmentID) provider.PersonWrite {
	places := make([]provider.MembershipWrite, len(in))
	for i, id := range in {
		places[i] = provider.MembershipWrite{DepartmentID: id, Order: to(int64(i + 1))}
	}
	p := provider.PersonWrite{
		UserID: "suite-new", Name: to("新人"), Mobile: to("13912340000"), Email: to("new@example.com"),
		JobNumber: to("N-1"), Title: to("工程师"), Memberships: &places,
	}
	for name, field := range map[string]**string{
		"mobile": &p.Mobile, "email": &p.Email, "jobNumber": &p.JobNumber, "title": &p.Title,
	} {
		if s.lacks(name) {
			*field = nil
		}
	}
	return p
}

// lacks reports whether the office app has no such field.
func (s subject) lacks(field string) bool { return slices.Contains(s.Limits().Write.Lacks, field) }

// writerOf returns the ability and a department to write below, which has no
// department of the name 新部门.
func (s subject) writerOf(t *testing.T) (provider.DirectoryWriter, provider.DepartmentID) {
	t.Helper()
	w := ability[provider.DirectoryWriter](t, s)
	ability[provider.DirectoryReader](t, s) // what was written must be seen
	return w, s.Company.children("")[0].ID
}

// now reads what the office app has.
func (s subject) now(t *testing.T) Company {
	t.Helper()
	c, err := read(t, ability[provider.DirectoryReader](t, s), nil)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return c
}

// personNow reads one person with all memberships.
func (s subject) personNow(t *testing.T, id provider.UserID) (provider.Person, bool) {
	t.Helper()
	return s.now(t).person(func(p provider.Person) bool { return p.UserID == id })
}

func create(t *testing.T, w provider.DirectoryWriter, parent provider.DepartmentID, name string) provider.DepartmentID {
	t.Helper()
	id, err := w.CreateDepartment(t.Context(), provider.DepartmentWrite{Name: &name, ParentID: &parent})
	if err != nil || id == "" {
		t.Fatalf("CreateDepartment: id %q, %v", id, err)
	}
	return id
}

func (s subject) wantDepartment(t *testing.T, id, parent provider.DepartmentID, name string) {
	t.Helper()
	got, ok := s.now(t).department(id)
	if !ok || got.Name != name || got.ParentID != parent {
		t.Errorf("department %s is %+v (%t), want %q below %s", id, got, ok, name, parent)
	}
}

func writesDepartments(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	upper := create(t, w, top, "新部门")
	s.wantDepartment(t, upper, top, "新部门")
	lower := create(t, w, upper, "新部门") // below another parent the name is free
	s.wantDepartment(t, lower, upper, "新部门")
	if err := w.UpdateDepartment(t.Context(), lower, provider.DepartmentWrite{Name: to("改名")}); err != nil {
		t.Fatalf("UpdateDepartment, name: %v", err)
	}
	s.wantDepartment(t, lower, upper, "改名")
	if err := w.UpdateDepartment(t.Context(), lower, provider.DepartmentWrite{ParentID: &top}); err != nil {
		t.Fatalf("UpdateDepartment, parent: %v", err)
	}
	s.wantDepartment(t, lower, top, "改名")
	for _, id := range []provider.DepartmentID{lower, upper} {
		if err := w.DeleteDepartment(t.Context(), id); err != nil {
			t.Fatalf("DeleteDepartment: %v", err)
		}
	}
	wantCompany(t, s.now(t), s.Company)
}

func ordersDepartments(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	parent := create(t, w, top, "新部门")
	late, early := create(t, w, parent, "甲"), create(t, w, parent, "乙")
	for id, order := range map[provider.DepartmentID]int64{late: 2, early: 1} {
		if err := w.UpdateDepartment(t.Context(), id, provider.DepartmentWrite{Order: &order}); err != nil {
			t.Fatalf("UpdateDepartment, order: %v", err)
		}
	}
	c := s.now(t)
	first, _ := c.department(early)
	second, _ := c.department(late)
	if first.Order >= second.Order {
		t.Errorf("order %d was written as 1, order %d as 2", first.Order, second.Order)
	}
}

// createPerson writes somebody and returns their id.
func createPerson(t *testing.T, w provider.DirectoryWriter, p provider.PersonWrite) provider.UserID {
	t.Helper()
	created, err := w.CreatePerson(t.Context(), p)
	if err != nil || created.UserID == "" || created.Invited {
		t.Fatalf("CreatePerson: %+v, %v; want an id", created, err)
	}
	return created.UserID
}

// wantWritten compares somebody with what was written.
func wantWritten(t *testing.T, got provider.Person, want provider.PersonWrite) {
	t.Helper()
	for field, f := range map[string]struct {
		got  string
		want *string
	}{
		"Name": {got.Name, want.Name}, "Mobile": {got.Mobile, want.Mobile}, "Email": {got.Email, want.Email},
		"JobNumber": {got.JobNumber, want.JobNumber}, "Title": {got.Title, want.Title},
	} {
		if f.got != *cmp.Or(f.want, new(string)) {
			t.Errorf("%s is %q, written was %q", field, f.got, *cmp.Or(f.want, new(string)))
		}
	}
	places := make(map[provider.DepartmentID]int64)
	for _, m := range got.Memberships {
		places[m.DepartmentID] = m.Order
	}
	wanted := make(map[provider.DepartmentID]int64)
	for _, m := range *want.Memberships {
		wanted[m.DepartmentID] = *m.Order
	}
	if !maps.Equal(places, wanted) {
		t.Errorf("places and orders are %v, written were %v", places, wanted)
	}
}

func writesPeople(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	a, b := create(t, w, top, "新部门"), create(t, w, top, "新部门二")
	write := s.newPerson(a, b)
	id := createPerson(t, w, write)
	if id != write.UserID {
		t.Errorf("created is %q, wished for %q", id, write.UserID)
	}
	got, _ := s.personNow(t, id)
	wantWritten(t, got, write)
	change := provider.PersonWrite{Name: to("老人"), Title: to(""), Memberships: &[]provider.MembershipWrite{{DepartmentID: b, Order: to(int64(7))}}}
	if s.lacks("title") {
		change.Title = nil
	}
	if err := w.UpdatePerson(t.Context(), id, change); err != nil {
		t.Fatalf("UpdatePerson: %v", err)
	}
	got, _ = s.personNow(t, id)
	write.Name, write.Title, write.Memberships = change.Name, change.Title, change.Memberships
	wantWritten(t, got, write)
	if err := w.DeletePerson(t.Context(), id); err != nil {
		t.Fatalf("DeletePerson: %v", err)
	}
	if _, ok := s.personNow(t, id); ok {
		t.Error("a deleted person is still there")
	}
	wantError(t, "DeletePerson again", s.Kind(), w.DeletePerson(t.Context(), id), provider.NotFound)
}

// leavesAlone updates nothing, and then the manager.
func leavesAlone(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	write := s.newPerson(create(t, w, top, "新部门"))
	id := createPerson(t, w, write)
	manager := s.Company.People[0].UserID
	for _, m := range []*provider.UserID{nil, &manager, to(provider.UserID(""))} {
		if m != nil && s.lacks("managerId") {
			continue
		}
		if err := w.UpdatePerson(t.Context(), id, provider.PersonWrite{ManagerID: m}); err != nil {
			t.Fatalf("UpdatePerson: %v", err)
		}
		got, _ := s.personNow(t, id)
		wantWritten(t, got, write)
		if finder, err := provider.As[provider.PersonFinder](s.Provider); err == nil && m != nil {
			if one, err := finder.PersonByID(t.Context(), id); err != nil || one.ManagerID != *m {
				t.Errorf("the manager is %q, %v; written was %q", one.ManagerID, err, *m)
			}
		}
	}
}

func writesExtension(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	if s.lacks("extension") {
		t.Skip("the office app has no custom fields")
	}
	write := s.newPerson(top)
	write.Extension = map[string]string{"爱好": "围棋", "工位": "4-12"}
	id := createPerson(t, w, write)
	got, _ := s.personNow(t, id)
	if len(got.Extension) == 0 {
		t.Skip("the office app shows no custom fields")
	}
	for _, step := range []struct{ write, want map[string]string }{
		{nil, map[string]string{"爱好": "围棋", "工位": "4-12"}},
		{map[string]string{"工位": "5-1"}, map[string]string{"爱好": "围棋", "工位": "5-1"}},
		{map[string]string{"爱好": ""}, map[string]string{"工位": "5-1"}},
	} {
		if err := w.UpdatePerson(t.Context(), id, provider.PersonWrite{Extension: step.write}); err != nil {
			t.Fatalf("UpdatePerson: %v", err)
		}
		got, _ := s.personNow(t, id)
		maps.DeleteFunc(got.Extension, func(_, value string) bool { return value == "" })
		if !maps.Equal(got.Extension, step.want) {
			t.Errorf("after %v the custom fields are %v, want %v", step.write, got.Extension, step.want)
		}
	}
}

func writesLeaders(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	in := create(t, w, top, "新部门")
	id := createPerson(t, w, s.newPerson(in))
	for _, leaders := range [][]provider.UserID{{id}, {}} {
		if err := w.UpdateDepartment(t.Context(), in, provider.DepartmentWrite{Leaders: &leaders}); err != nil {
			t.Fatalf("UpdateDepartment, leaders: %v", err)
		}
		got, _ := s.personNow(t, id)
		at := slices.IndexFunc(got.Memberships, func(m provider.Membership) bool { return m.DepartmentID == in })
		if at < 0 || got.Memberships[at].Leader != (len(leaders) > 0) {
			t.Errorf("leaders %v were written, memberships are %+v", leaders, got.Memberships)
		}
	}
	s.keepsLeading(t, w, top, id)
	stranger := []provider.UserID{s.Company.People[0].UserID}
	err := w.UpdateDepartment(t.Context(), in, provider.DepartmentWrite{Leaders: &stranger})
	wantError(t, "a leader who is no member", s.Kind(), err, provider.FailedPrecondition)
}

// keepsLeading: somebody who comes to a department more stays what they are in
// those that they are in already.
func (s subject) keepsLeading(t *testing.T, w provider.DirectoryWriter, top provider.DepartmentID, id provider.UserID) {
	t.Helper()
	led, other := create(t, w, top, "新部门二"), create(t, w, top, "新部门三")
	places := []provider.MembershipWrite{{DepartmentID: led}}
	if err := w.UpdatePerson(t.Context(), id, provider.PersonWrite{Memberships: &places}); err != nil {
		t.Fatalf("UpdatePerson: %v", err)
	}
	if err := w.UpdateDepartment(t.Context(), led, provider.DepartmentWrite{Leaders: &[]provider.UserID{id}}); err != nil {
		t.Fatalf("UpdateDepartment, leaders: %v", err)
	}
	places = append(places, provider.MembershipWrite{DepartmentID: other})
	if err := w.UpdatePerson(t.Context(), id, provider.PersonWrite{Memberships: &places}); err != nil {
		t.Fatalf("UpdatePerson: %v", err)
	}
	got, _ := s.personNow(t, id)
	for _, m := range got.Memberships {
		if m.Leader != (m.DepartmentID == led) {
			t.Errorf("who led %s and was put into %s as well leads %s: %t", led, other, m.DepartmentID, m.Leader)
		}
	}
}

func refusesDepartments(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	const nowhere = provider.DepartmentID("987654321")
	upper := create(t, w, top, "新部门")
	lower := create(t, w, upper, "下级")
	_, taken := w.CreateDepartment(t.Context(), provider.DepartmentWrite{Name: to("新部门"), ParentID: &top})
	_, orphan := w.CreateDepartment(t.Context(), provider.DepartmentWrite{Name: to("孤儿"), ParentID: to(nowhere)})
	create(t, w, top, "另一个")
	for _, c := range []struct {
		what string
		err  error
		want provider.Code
	}{
		{"name of a sibling", taken, provider.AlreadyExists},
		{"unknown parent", orphan, provider.NotFound},
		{
			"renamed like a sibling",
			w.UpdateDepartment(t.Context(), upper, provider.DepartmentWrite{Name: to("另一个")}), provider.AlreadyExists,
		},
		{"below itself", w.UpdateDepartment(t.Context(), upper, provider.DepartmentWrite{ParentID: &lower}), provider.InvalidArgument},
		{"unknown", w.UpdateDepartment(t.Context(), nowhere, provider.DepartmentWrite{Name: to("谁")}), provider.NotFound},
		{"root", w.UpdateDepartment(t.Context(), top, provider.DepartmentWrite{Name: to("公司")}), provider.InvalidArgument},
		{"deleting the root", w.DeleteDepartment(t.Context(), top), provider.InvalidArgument},
		{"deleting one with departments", w.DeleteDepartment(t.Context(), upper), provider.FailedPrecondition},
		{"deleting an unknown one", w.DeleteDepartment(t.Context(), nowhere), provider.NotFound},
	} {
		wantError(t, c.what, s.Kind(), c.err, c.want)
	}
	createPerson(t, w, s.newPerson(lower))
	wantError(t, "deleting one with people", s.Kind(), w.DeleteDepartment(t.Context(), lower), provider.FailedPrecondition)
	s.wantDepartment(t, upper, top, "新部门")
	s.wantDepartment(t, lower, upper, "下级")
}

func refusesPeople(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	write := s.newPerson(top)
	createPerson(t, w, write)
	sameID, sameMobile, lost := write, write, write
	sameID.Mobile, sameID.Email = to("13912340001"), nil
	sameMobile.UserID, sameMobile.Email = "suite-other", nil
	lost.UserID, lost.Mobile, lost.Email = "suite-other", to("13912340002"), nil
	lost.Memberships = &[]provider.MembershipWrite{{DepartmentID: "987654321"}}
	for _, c := range []struct {
		what  string
		write provider.PersonWrite
		want  provider.Code
	}{
		{"user id of somebody", sameID, provider.AlreadyExists},
		{"mobile of somebody", sameMobile, provider.AlreadyExists},
		{"unknown department", lost, provider.NotFound},
	} {
		_, err := w.CreatePerson(t.Context(), c.write)
		wantError(t, c.what, s.Kind(), err, c.want)
	}
	err := w.UpdatePerson(t.Context(), "no-such-person", provider.PersonWrite{Name: to("谁")})
	wantError(t, "updating nobody", s.Kind(), err, provider.NotFound)
	if _, ok := s.personNow(t, "suite-other"); ok {
		t.Error("a person who was refused is there")
	}
}

// checksFirst: an office app that hangs is not asked about what is wrong anyway.
func checksFirst(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	long := strings.Repeat("长", max(s.Limits().Write.PersonName, s.Limits().Write.DepartmentName)+1)
	if s.Limits().Write.DepartmentName == 0 || s.Limits().Write.PersonName == 0 {
		long = ""
	}
	person := s.newPerson(top)
	person.Name = &long
	defer s.breakDown(t, FaultHang)()
	for what, call := range map[string]func(context.Context) error{
		"CreateDepartment": func(ctx context.Context) error {
			_, err := w.CreateDepartment(ctx, provider.DepartmentWrite{Name: &long, ParentID: &top})
			return err
		},
		"CreatePerson": func(ctx context.Context) error {
			_, err := w.CreatePerson(ctx, person)
			return err
		},
		"UpdateDepartment": func(ctx context.Context) error {
			return w.UpdateDepartment(ctx, "987654321", provider.DepartmentWrite{Name: &long})
		},
		"UpdatePerson": func(ctx context.Context) error {
			return w.UpdatePerson(ctx, "anybody", provider.PersonWrite{Name: &long})
		},
	} {
		err := during(t, FaultHang, call)
		wantError(t, what, s.Kind(), err, provider.InvalidArgument)
		var field *provider.FieldError
		if !errors.As(err, &field) || field.Field != "name" {
			t.Errorf("%s: %v does not name the field", what, err)
		}
		var e *provider.Error
		if errors.As(err, &e) && !e.Unsent {
			t.Errorf("%s: what was never asked is not Unsent", what)
		}
	}
}

func invites(t *testing.T, s subject) {
	w, top := s.writerOf(t)
	if s.AskConsent == nil {
		t.Skip("the harness cannot make anybody agree first")
	}
	write := s.newPerson(top)
	accept := s.AskConsent(t, *write.Mobile)
	created, err := w.CreatePerson(t.Context(), write)
	if err != nil || !created.Invited {
		t.Fatalf("CreatePerson of somebody who has to agree: %+v, %v; want Invited", created, err)
	}
	if _, ok := s.personNow(t, write.UserID); ok {
		t.Error("somebody is there before they agreed")
	}
	accept()
	got, _ := s.personNow(t, write.UserID)
	wantWritten(t, got, write)
}

// createsUnderFault: what is Unsent was not done, and what was not done is at
// most unsure.
func createsUnderFault(t *testing.T, s subject, fault Fault) {
	w, top := s.writerOf(t)
	restore := s.breakDown(t, fault)
	err := during(t, fault, func(ctx context.Context) error {
		_, err := w.CreatePerson(ctx, s.newPerson(top))
		return err
	})
	restore()
	wantError(t, "CreatePerson", s.Kind(), err, codesOf(fault)...)
	_, there := s.personNow(t, "suite-new")
	var e *provider.Error
	if errors.As(err, &e) && e.Unsent && there {
		t.Errorf("the error (%v) is Unsent, and the person is there", err)
	}
	if there {
		_, err := w.CreatePerson(t.Context(), s.newPerson(top))
		wantError(t, "CreatePerson again", s.Kind(), err, provider.AlreadyExists)
	}
}
