package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

func templatesInPages(t *testing.T, s messaging.Store) {
	names := []string{"-", ".a", "0", "a", "a-b", "a.b", "a0", "a_b", "ab", "b"}
	for i := range names {
		name := names[(i*7)%len(names)]
		addTemplate(t, s, newTemplate(here, name, 1))
		addTemplate(t, s, newTemplate(here, name, 2))
	}
	addTemplate(t, s, newTemplate(there, "a", 1))
	for _, size := range []int{1, 3, len(names), 0} {
		var got []string
		for _, tpl := range collect(t, size, templatesOf(s, here)) {
			got = append(got, tpl.Name)
			if tpl.Version != 2 {
				t.Errorf("%s: got version %d, want the newest", tpl.Name, tpl.Version)
			}
		}
		if !slices.Equal(got, names) {
			t.Errorf("pages of %d: got %v, want %v", size, got, names)
		}
	}
	list, err := s.TemplateVersions(t.Context(), here, "a", tenant.Page{Limit: 1})
	if err != nil || list.Next == "" {
		t.Fatalf("TemplateVersions: %v, next %q", err, list.Next)
	}
	wantCursorRefused(t, list.Next, templatesOf(s, here))
}

func templateVersionsInPages(t *testing.T, s messaging.Store) {
	var want []int
	for n := 1; n <= 12; n++ {
		addTemplate(t, s, newTemplate(here, "a", n))
		want = append([]int{n}, want...)
	}
	addTemplate(t, s, newTemplate(here, "b", 1))
	for _, size := range []int{1, 5, 12, 0} {
		var got []int
		for _, tpl := range collect(t, size, versionsOf(s, here, "a")) {
			got = append(got, tpl.Version)
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: got %v, want %v", size, got, want)
		}
	}
	list, err := s.Templates(t.Context(), here, tenant.Page{Limit: 1})
	if err != nil || list.Next == "" {
		t.Fatalf("Templates: %v, next %q", err, list.Next)
	}
	wantCursorRefused(t, list.Next, versionsOf(s, here, "a"))
}

func templatesOf(s messaging.Store, t tenant.ID) func(context.Context, tenant.Page) (tenant.List[messaging.Template], error) {
	return func(ctx context.Context, p tenant.Page) (tenant.List[messaging.Template], error) {
		return s.Templates(ctx, t, p)
	}
}

func versionsOf(
	s messaging.Store, t tenant.ID, name string,
) func(context.Context, tenant.Page) (tenant.List[messaging.Template], error) {
	return func(ctx context.Context, p tenant.Page) (tenant.List[messaging.Template], error) {
		return s.TemplateVersions(ctx, t, name, p)
	}
}
