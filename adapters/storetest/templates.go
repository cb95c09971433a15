package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// RunTemplates proves a messaging.TemplateStore: what it keeps, the numbers of
// versions, paging, the lock, and that tenants never see each other's rows.
func RunTemplates(t *testing.T, newStore func(tb testing.TB) messaging.Store) {
	t.Helper()
	tests := map[string]func(*testing.T, messaging.Store){
		"all fields are kept":         templateFields,
		"versions count on":           templateVersionsCountOn,
		"the oldest versions go":      oldTemplateVersionsGo,
		"deleted":                     deletedTemplate,
		"unknown":                     unknownTemplate,
		"in pages":                    templatesInPages,
		"versions in pages":           templateVersionsInPages,
		"rolled back":                 templateRolledBack,
		"isolation":                   templateIsolation,
		"the lock lets one by one in": templateLock,
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tests[name](t, newStore(t))
		})
	}
}

// keepAll is a number of versions that no test reaches.
const keepAll = 1000

// newTemplate returns a template whose n tells it from others of its name.
func newTemplate(t tenant.ID, name string, n int) messaging.Template {
	return messaging.Template{
		Tenant: t, Name: name, Description: fmt.Sprintf("第%d版", n),
		Contents: map[string]provider.Content{
			"zh": provider.NewText(fmt.Sprintf(`{{.name}} %d "引号" 'quote' ? \ $1`, n)),
			"en": provider.NewMarkdown("title", "{{raw .name}}"),
		},
		Variables: []messaging.Variable{
			{Name: "name", Description: "who", Required: true, Example: "张三", MaxLength: 20}, {Name: "b", Default: "x"},
		},
		CreatedBy: "id-9", CreatedByName: "张三", CreatedAt: instant(n),
	}
}

// addTemplate stores a template and returns it as it is kept.
func addTemplate(tb testing.TB, s messaging.Store, tpl messaging.Template) messaging.Template {
	tb.Helper()
	version, err := s.AddTemplateVersion(tb.Context(), tpl, keepAll)
	if err != nil {
		tb.Fatalf("AddTemplateVersion(%s): %v", tpl.Name, err)
	}
	tpl.Version = version
	return tpl
}

func wantTemplate(tb testing.TB, s messaging.Store, want messaging.Template, version int) {
	tb.Helper()
	got, err := s.Template(tb.Context(), want.Tenant, want.Name, version)
	if err != nil || !reflect.DeepEqual(got, want) {
		tb.Errorf("Template(%s, %d) = %+v, %v\nwant %+v", want.Name, version, got, err, want)
	}
}

func wantTemplateCount(tb testing.TB, s messaging.Store, t tenant.ID, want int) {
	tb.Helper()
	if got, err := s.CountTemplates(tb.Context(), t); err != nil || got != want {
		tb.Errorf("CountTemplates(%s) = %d, %v; want %d", t, got, err, want)
	}
}

func templateFields(t *testing.T, s messaging.Store) {
	full := addTemplate(t, s, newTemplate(here, "full", 1))
	wantTemplate(t, s, full, 0)
	wantTemplate(t, s, full, 1)
	bare := addTemplate(t, s, messaging.Template{
		Tenant: here, Name: "bare", Contents: map[string]provider.Content{"en": provider.NewText("x")}, CreatedAt: instant(2),
	})
	wantTemplate(t, s, bare, 0)
	wantTemplateCount(t, s, here, 2)
}

func templateVersionsCountOn(t *testing.T, s messaging.Store) {
	var want []messaging.Template
	for n := 1; n <= 3; n++ {
		tpl := addTemplate(t, s, newTemplate(here, "a", n))
		if tpl.Version != n {
			t.Errorf("got version %d, want %d", tpl.Version, n)
		}
		want = append([]messaging.Template{tpl}, want...)
	}
	if other := addTemplate(t, s, newTemplate(here, "b", 1)); other.Version != 1 {
		t.Errorf("another template begins with version %d", other.Version)
	}
	for _, tpl := range want {
		wantTemplate(t, s, tpl, tpl.Version)
	}
	wantTemplate(t, s, want[0], 0)
	if got := collect(t, 0, versionsOf(s, here, "a")); !reflect.DeepEqual(got, want) {
		t.Errorf("TemplateVersions: got %+v\nwant %+v", got, want)
	}
	wantTemplateCount(t, s, here, 2)
}

func oldTemplateVersionsGo(t *testing.T, s messaging.Store) {
	addTemplate(t, s, newTemplate(here, "b", 1))
	for n := 1; n <= 5; n++ {
		if _, err := s.AddTemplateVersion(t.Context(), newTemplate(here, "a", n), 3); err != nil {
			t.Fatal(err)
		}
	}
	var got []int
	for _, tpl := range collect(t, 0, versionsOf(s, here, "a")) {
		got = append(got, tpl.Version)
	}
	if !slices.Equal(got, []int{5, 4, 3}) {
		t.Errorf("kept versions %v, want the newest three", got)
	}
	_, err := s.Template(t.Context(), here, "a", 2)
	wantError(t, "Template of a version that went", err, tenant.ErrNotFound)
	wantTemplateCount(t, s, here, 2)
}

func deletedTemplate(t *testing.T, s messaging.Store) {
	addTemplate(t, s, newTemplate(here, "a", 1))
	addTemplate(t, s, newTemplate(here, "a", 2))
	other := addTemplate(t, s, newTemplate(here, "b", 1))
	if err := s.DeleteTemplate(t.Context(), here, "a"); err != nil {
		t.Fatal(err)
	}
	for _, version := range []int{0, 1, 2} {
		_, err := s.Template(t.Context(), here, "a", version)
		wantError(t, "Template", err, tenant.ErrNotFound)
	}
	wantError(t, "DeleteTemplate again", s.DeleteTemplate(t.Context(), here, "a"), tenant.ErrNotFound)
	if got := collect(t, 0, versionsOf(s, here, "a")); len(got) != 0 {
		t.Errorf("TemplateVersions: got %+v, want none", got)
	}
	if got := collect(t, 0, templatesOf(s, here)); !reflect.DeepEqual(got, []messaging.Template{other}) {
		t.Errorf("Templates: got %+v, want the other", got)
	}
	wantTemplateCount(t, s, here, 1)
	again := addTemplate(t, s, newTemplate(here, "a", 3))
	if again.Version != 3 {
		t.Errorf("made again: got version %d, want 3, which was not used before", again.Version)
	}
	wantTemplate(t, s, again, 0)
	_, err := s.Template(t.Context(), here, "a", 2)
	wantError(t, "Template of a deleted version", err, tenant.ErrNotFound)
	wantTemplateCount(t, s, here, 2)
}

func unknownTemplate(t *testing.T, s messaging.Store) {
	addTemplate(t, s, newTemplate(here, "a", 1))
	for _, name := range []string{"", "b", "A"} {
		_, err := s.Template(t.Context(), here, name, 0)
		wantError(t, "Template", err, tenant.ErrNotFound)
		wantError(t, "DeleteTemplate", s.DeleteTemplate(t.Context(), here, name), tenant.ErrNotFound)
	}
	for _, version := range []int{2, -1, 1 << 40} {
		_, err := s.Template(t.Context(), here, "a", version)
		wantError(t, "Template", err, tenant.ErrNotFound)
	}
	const nul = "a\x00b"
	_, readErr := s.Template(t.Context(), here, nul, 0)
	_, listErr := s.TemplateVersions(t.Context(), here, nul, tenant.Page{})
	_, addErr := s.AddTemplateVersion(t.Context(), newTemplate(here, nul, 1), keepAll)
	for op, err := range map[string]error{
		"Template": readErr, "TemplateVersions": listErr, "AddTemplateVersion": addErr,
		"DeleteTemplate": s.DeleteTemplate(t.Context(), here, nul),
	} {
		if provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("%s of a name with NUL: got %v", op, err)
		}
	}
}

func templateRolledBack(t *testing.T, s messaging.Store) {
	stop := errors.New("stop")
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := s.AddTemplateVersion(ctx, newTemplate(here, "a", 1), keepAll); err != nil {
			t.Errorf("AddTemplateVersion: %v", err)
		}
		return stop
	})
	wantError(t, "InTx", err, stop)
	_, err = s.Template(t.Context(), here, "a", 0)
	wantError(t, "Template", err, tenant.ErrNotFound)
	if tpl := addTemplate(t, s, newTemplate(here, "a", 1)); tpl.Version != 1 {
		t.Errorf("got version %d, want 1", tpl.Version)
	}
}

func templateIsolation(t *testing.T, s messaging.Store) {
	mine := addTemplate(t, s, newTemplate(here, "a", 1))
	_, err := s.Template(t.Context(), there, "a", 0)
	wantError(t, "Template", err, tenant.ErrNotFound)
	wantError(t, "DeleteTemplate", s.DeleteTemplate(t.Context(), there, "a"), tenant.ErrNotFound)
	if got := collect(t, 0, templatesOf(s, there)); len(got) != 0 {
		t.Errorf("Templates: got %+v, want none", got)
	}
	if got := collect(t, 0, versionsOf(s, there, "a")); len(got) != 0 {
		t.Errorf("TemplateVersions: got %+v, want none", got)
	}
	wantTemplateCount(t, s, there, 0)
	for n := range 3 {
		if _, err := s.AddTemplateVersion(t.Context(), newTemplate(there, "a", n), 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteTemplate(t.Context(), there, "a"); err != nil {
		t.Fatal(err)
	}
	wantTemplate(t, s, mine, 0)
	if next := addTemplate(t, s, newTemplate(here, "a", 2)); next.Version != 2 {
		t.Errorf("got version %d, want 2", next.Version)
	}
	wantTemplateCount(t, s, here, 1)
}

// templateLock has several read the newest version and add the next one: under
// the lock nobody comes in between, and what is read after it is what is there.
func templateLock(t *testing.T, s messaging.Store) {
	errs := race(func(n int) error {
		return s.InTx(t.Context(), func(ctx context.Context) error {
			if err := s.LockTemplates(ctx, here); err != nil {
				return err
			}
			before, err := s.Template(ctx, here, "a", 0)
			if err != nil && !errors.Is(err, tenant.ErrNotFound) {
				return err
			}
			version, err := s.AddTemplateVersion(ctx, newTemplate(here, "a", n), keepAll)
			if err == nil && version != before.Version+1 {
				err = fmt.Errorf("read version %d and made version %d", before.Version, version)
			}
			return err
		})
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	wantTemplateCount(t, s, here, 1)
	if got := len(collect(t, 0, versionsOf(s, here, "a"))); got != racers {
		t.Errorf("got %d versions, want %d", got, racers)
	}
}
