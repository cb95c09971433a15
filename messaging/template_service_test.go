package messaging_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// greeting is a template in both languages.
func greeting() messaging.TemplateInput {
	return messaging.TemplateInput{
		Name: "greeting", Description: "问候",
		Contents: map[string]provider.Content{
			"zh": provider.NewText("你好，{{.name}}！{{.note}}"), "en": provider.NewText("Hello, {{.name}}! {{.note}}"),
		},
		Variables: []messaging.Variable{
			{Name: "name", Required: true, Example: "张三", MaxLength: 20}, {Name: "note", Default: "-"},
		},
	}
}

func saveTemplate(t *testing.T, b *bundle, in messaging.TemplateInput) messaging.Template {
	t.Helper()
	tpl, _, err := b.svc.SaveTemplate(b.ctx(), here, in)
	if err != nil {
		t.Fatalf("SaveTemplate: %v", err)
	}
	return tpl
}

func templateAudit(t *testing.T, b *bundle) []string {
	t.Helper()
	list, err := b.store.Audit(t.Context(), here, tenant.AuditFilter{}, tenant.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, e := range list.Items {
		rows = append(rows, fmt.Sprintf("%s %s %s %s", e.ActorName, e.Action, e.Target, e.Outcome))
	}
	return rows
}

func TestSaveTemplate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		first, created, err := b.svc.SaveTemplate(b.ctx(), here, greeting())
		if err != nil || !created || first.Version != 1 || first.CreatedByName != "test" || first.CreatedAt.IsZero() {
			t.Fatalf("first save: %+v, %t, %v", first, created, err)
		}
		again, created, err := b.svc.SaveTemplate(b.ctx(), here, greeting())
		if err != nil || created || again.Version != 1 {
			t.Errorf("the same again: version %d, %t, %v; want version 1", again.Version, created, err)
		}
		changed := greeting()
		changed.Description = "other"
		second, created, err := b.svc.SaveTemplate(b.ctx(), here, changed)
		if err != nil || created || second.Version != 2 {
			t.Errorf("a change: version %d, %t, %v; want version 2", second.Version, created, err)
		}
		for version, want := range map[int]messaging.Template{0: second, 1: first, 2: second} {
			got, err := b.svc.Template(b.ctx(), here, "greeting", version)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("version %d: got %+v, %v\nwant %+v", version, got, err, want)
			}
		}
		versions, err := b.svc.TemplateVersions(b.ctx(), here, "greeting", tenant.Page{})
		if err != nil || !reflect.DeepEqual(versions.Items, []messaging.Template{second, first}) {
			t.Errorf("TemplateVersions = %+v, %v", versions.Items, err)
		}
		list, err := b.svc.Templates(b.ctx(), here, tenant.Page{})
		if err != nil || !reflect.DeepEqual(list.Items, []messaging.Template{second}) {
			t.Errorf("Templates = %+v, %v", list.Items, err)
		}
		if got, want := templateAudit(t, b), []string{"test template.save greeting ok", "test template.save greeting ok"}; !reflect.DeepEqual(got, want) {
			t.Errorf("audit trail: got %q, want a row for each version", got)
		}
	})
}

func TestSaveTemplateExpecting(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		save := func(expected int) error {
			in := greeting()
			in.Expected, in.Description = &expected, fmt.Sprintf("on %d", expected)
			_, _, err := b.svc.SaveTemplate(b.ctx(), here, in)
			return err
		}
		wantRefusal(t, save(1), messaging.ErrTemplateChanged, "expectedVersion")
		if err := errors.Join(save(0), save(1)); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, save(0), messaging.ErrTemplateChanged, "expectedVersion")
		wantRefusal(t, save(1), messaging.ErrTemplateChanged, "expectedVersion")
		const racers = 4
		errs := make([]error, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				in, expected := greeting(), 2
				in.Expected, in.Description = &expected, fmt.Sprintf("racer %d", i)
				_, _, errs[i] = b.svc.SaveTemplate(b.ctx(), here, in)
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantRefusal(t, err, messaging.ErrTemplateChanged, "expectedVersion")
		}
		if won != 1 {
			t.Errorf("%d of %d savers who expected the same version succeeded, want 1", won, racers)
		}
	})
}

func TestSaveTemplateTogether(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		const racers = 6
		versions := make([]int, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				in := greeting()
				in.Description = fmt.Sprintf("racer %d", i)
				tpl, _, err := b.svc.SaveTemplate(b.ctx(), here, in)
				if err != nil {
					t.Errorf("SaveTemplate: %v", err)
				}
				versions[i] = tpl.Version
			})
		}
		wg.Wait()
		seen := make(map[int]bool)
		for _, v := range versions {
			seen[v] = true
		}
		if len(seen) != racers || !seen[1] || !seen[racers] {
			t.Errorf("got versions %v, want 1 to %d", versions, racers)
		}
	})
}

func TestSaveTemplateRefusals(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	for _, name := range []string{"", "Greeting", "a b", "a/b", "问候", "a\x00", string(make([]byte, 65))} {
		in := greeting()
		in.Name = name
		_, _, err := b.svc.SaveTemplate(b.ctx(), here, in)
		wantRefusal(t, err, messaging.ErrInvalidTemplate, "name")
	}
	in := greeting()
	in.Contents["en"] = provider.NewText("{{.nobody}}")
	_, _, err := b.svc.SaveTemplate(b.ctx(), here, in)
	wantRefusal(t, err, messaging.ErrInvalidTemplate, "contents.en.text.content")
	if rows := templateAudit(t, b); len(rows) != 1 || rows[0] != "test template.save  invalid_template" {
		t.Errorf("audit trail: got %q, want the first of the minute", rows)
	}
}

func TestTemplateLimits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		in := greeting()
		for i := range messaging.MaxTemplates {
			in.Name = fmt.Sprintf("t%d", i)
			tpl := messaging.Template{Tenant: here, Name: in.Name, Contents: in.Contents}
			if _, err := s.AddTemplateVersion(t.Context(), tpl, 1); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := b.svc.SaveTemplate(b.ctx(), here, greeting())
		wantRefusal(t, err, messaging.ErrTooManyTemplates, "name")
		saveTemplate(t, b, in) // a version more of one that is there
		if _, _, err := b.svc.SaveTemplate(b.ctx(), there, greeting()); err != nil {
			t.Errorf("another tenant: %v", err)
		}
		if err := b.svc.DeleteTemplate(b.ctx(), here, "t0"); err != nil {
			t.Fatal(err)
		}
		saveTemplate(t, b, greeting())
	})
}

func TestDeleteTemplate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		wantRefusal(t, b.svc.DeleteTemplate(b.ctx(), here, "greeting"), messaging.ErrTemplateNotFound, "")
		wantRefusal(t, b.svc.DeleteTemplate(b.ctx(), here, "\x00"), messaging.ErrTemplateNotFound, "")
		saveTemplate(t, b, greeting())
		if err := b.svc.DeleteTemplate(b.ctx(), here, "greeting"); err != nil {
			t.Fatal(err)
		}
		_, err := b.svc.Template(b.ctx(), here, "greeting", 1)
		wantRefusal(t, err, messaging.ErrTemplateNotFound, "")
		_, err = b.svc.TemplateVersions(b.ctx(), here, "greeting", tenant.Page{})
		wantRefusal(t, err, messaging.ErrTemplateNotFound, "")
		_, _, err = b.svc.FromTemplate(b.ctx(), here, messaging.TemplateUse{Name: "greeting"})
		wantRefusal(t, err, messaging.ErrTemplateNotFound, "template.name")
		if tpl, created, err := b.svc.SaveTemplate(b.ctx(), here, greeting()); err != nil || !created || tpl.Version != 2 {
			t.Errorf("saved again: version %d, %t, %v; want version 2 of a new template", tpl.Version, created, err)
		}
		want := []string{
			"test template.save greeting ok", "test template.delete greeting ok", "test template.save greeting ok",
			"test template.delete greeting template_not_found",
		}
		if got := templateAudit(t, b); !reflect.DeepEqual(got, want) {
			t.Errorf("audit trail: got %q, want %q", got, want)
		}
	})
}

func TestFromTemplate(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	saveTemplate(t, b, greeting())
	only := greeting()
	delete(only.Contents, "zh")
	saveTemplate(t, b, only)
	values := map[string]any{"name": "李娜"}
	for _, c := range []struct {
		use      messaging.TemplateUse
		want     string
		version  int
		language string
	}{
		{messaging.TemplateUse{}, "Hello, 李娜! -", 2, "en"},
		{messaging.TemplateUse{Language: "zh"}, "Hello, 李娜! -", 2, "en"},
		{messaging.TemplateUse{Version: 1}, "你好，李娜！-", 1, "zh"},
		{messaging.TemplateUse{Version: 1, Language: "en"}, "Hello, 李娜! -", 1, "en"},
	} {
		c.use.Name, c.use.Variables = "greeting", values
		content, ref, err := b.svc.FromTemplate(b.ctx(), here, c.use)
		want := messaging.TemplateRef{Name: "greeting", Version: c.version, Language: c.language}
		if err != nil || ref != want || content.Text.Content != c.want {
			t.Errorf("%+v: got %+v of %+v, %v; want %q of %+v", c.use, content.Text, ref, err, c.want, want)
		}
	}
	for name, c := range map[string]struct {
		use   messaging.TemplateUse
		want  *tenant.Error
		field string
	}{
		"version":          {messaging.TemplateUse{Name: "greeting", Version: 3}, messaging.ErrTemplateNotFound, "template.name"},
		"name":             {messaging.TemplateUse{Name: "a\x00"}, messaging.ErrTemplateNotFound, "template.name"},
		"language":         {messaging.TemplateUse{Name: "greeting", Language: "fr"}, messaging.ErrInvalidRequest, "template.language"},
		"missing variable": {messaging.TemplateUse{Name: "greeting"}, messaging.ErrInvalidVariable, "template.variables.name"},
	} {
		_, _, err := b.svc.FromTemplate(b.ctx(), here, c.use)
		t.Run(name, func(t *testing.T) { t.Parallel(); wantRefusal(t, err, c.want, c.field) })
	}
	_, _, err := b.svc.FromTemplate(b.ctx(), there, messaging.TemplateUse{Name: "greeting", Variables: values})
	wantRefusal(t, err, messaging.ErrTemplateNotFound, "template.name")
}

func TestPreviewTemplate(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{MessageBytes: 1000}})
	saveTemplate(t, b, greeting())
	p, err := b.svc.PreviewTemplate(b.ctx(), here, messaging.PreviewRequest{Name: "greeting", Provider: b.fake.Kind()})
	if err != nil || p.Content.Text.Content != "你好，张三！-" || p.Template.Version != 1 || p.Template.Language != "zh" {
		t.Fatalf("stored: got %+v, %v", p, err)
	}
	if p.Measure == nil || p.Measure.Bytes == 0 || p.Measure.MaxBytes != 1000 {
		t.Errorf("measure: got %+v", p.Measure)
	}
	in := greeting()
	p, err = b.svc.PreviewTemplate(b.ctx(), here, messaging.PreviewRequest{
		Unsaved: &in, Language: "en", Variables: map[string]any{"name": "Li", "note": "Bye."},
	})
	if err != nil || p.Content.Text.Content != "Hello, Li! Bye." || p.Template != (messaging.TemplateRef{Language: "en"}) || p.Measure != nil {
		t.Errorf("unsaved: got %+v, %v", p, err)
	}
	in.Contents["en"] = provider.NewText("{{")
	_, err = b.svc.PreviewTemplate(b.ctx(), here, messaging.PreviewRequest{Unsaved: &in})
	wantRefusal(t, err, messaging.ErrInvalidTemplate, "template.contents.en.text.content")
	_, err = b.svc.PreviewTemplate(b.ctx(), here, messaging.PreviewRequest{Name: "nobody"})
	wantRefusal(t, err, messaging.ErrTemplateNotFound, "")
	_, err = b.svc.PreviewTemplate(b.ctx(), here, messaging.PreviewRequest{Name: "greeting", Provider: b.fake.Kind(), Channel: "pigeon"})
	wantRefusal(t, err, messaging.ErrInvalidRequest, "channel")

	b.conns.fail(tenant.ErrNotConfigured)
	p, err = b.svc.PreviewTemplate(b.ctx(), here, messaging.PreviewRequest{Name: "greeting", Provider: b.fake.Kind()})
	if err != nil || p.Measure != nil || p.Content.Text == nil {
		t.Errorf("not connected: got %+v, %v; want a preview without measure", p, err)
	}
	b.conns.fail(tenant.ErrUnavailable)
	_, err = b.svc.PreviewTemplate(b.ctx(), here, messaging.PreviewRequest{Name: "greeting", Provider: b.fake.Kind()})
	if !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("outage: got %v", err)
	}
}

func TestTemplatePermissions(t *testing.T) {
	t.Parallel()
	users := grants{"v": tenant.RoleViewer, "s": tenant.RoleSender, "o": tenant.RoleOperator}
	b := newBundle(t, openSQLite(t), options{authz: users})
	saveTemplate(t, b, greeting())
	type op struct {
		name string
		run  func(ctx context.Context, t tenant.ID) error
		may  string
	}
	changed := greeting()
	changed.Description = "changed"
	for _, o := range []op{
		{"Template", func(ctx context.Context, t tenant.ID) error {
			_, err := b.svc.Template(ctx, t, "greeting", 0)
			return err
		}, "vso"},
		{"Templates", func(ctx context.Context, t tenant.ID) error {
			_, err := b.svc.Templates(ctx, t, tenant.Page{})
			return err
		}, "vso"},
		{"TemplateVersions", func(ctx context.Context, t tenant.ID) error {
			_, err := b.svc.TemplateVersions(ctx, t, "greeting", tenant.Page{})
			return err
		}, "vso"},
		{"PreviewTemplate", func(ctx context.Context, t tenant.ID) error {
			_, err := b.svc.PreviewTemplate(ctx, t, messaging.PreviewRequest{Name: "greeting"})
			return err
		}, "so"},
		{"SaveTemplate", func(ctx context.Context, t tenant.ID) error {
			_, _, err := b.svc.SaveTemplate(ctx, t, changed)
			return err
		}, "o"},
		{"DeleteTemplate", func(ctx context.Context, t tenant.ID) error { return b.svc.DeleteTemplate(ctx, t, "greeting") }, "o"},
	} {
		for _, user := range []string{"v", "s", "o", "x"} {
			ctx := tenant.WithActor(t.Context(), tenant.Actor{UserID: user, Username: user})
			may := false
			for _, m := range o.may {
				may = may || string(m) == user
			}
			if err := o.run(ctx, here); errors.Is(err, tenant.ErrForbidden) == may || may && err != nil {
				t.Errorf("%s as %s: got %v", o.name, user, err)
			}
			if err := o.run(ctx, there); !errors.Is(err, tenant.ErrForbidden) {
				t.Errorf("%s as %s in another tenant: got %v", o.name, user, err)
			}
		}
		if err := o.run(t.Context(), here); !errors.Is(err, tenant.ErrNoActor) {
			t.Errorf("%s without actor: got %v", o.name, err)
		}
	}
	if got, want := templateAudit(t, b)[0], "x template.delete greeting forbidden"; got != want {
		t.Errorf("newest row of the audit trail: got %q, want %q", got, want)
	}
}
