package messaging

import (
	"context"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/thirdapp/thirdapp/provider"
)

// render makes a content of a template; language is the one it is in.
func (tpl Template) render(
	ctx context.Context, language string, given map[string]any,
) (content provider.Content, used string, err error) {
	used, err = tpl.language(language)
	if err != nil {
		return provider.Content{}, "", err
	}
	values, err := tpl.values(given)
	if err != nil {
		return provider.Content{}, "", err
	}
	content, err = tpl.renderContent(ctx, "contents."+used, tpl.Contents[used], values)
	return content, used, err
}

// language chooses what is there: the language that was asked for, or the
// other.
func (tpl Template) language(asked string) (string, error) {
	known := templateLanguages()
	if asked != "" && !slices.Contains(known, asked) {
		return "", errInvalidRequest("language",
			"语言只能是以下之一："+strings.Join(known, ", "), "want one of "+strings.Join(known, ", "))
	}
	for _, language := range append([]string{asked}, known...) {
		if _, ok := tpl.Contents[language]; ok {
			return language, nil
		}
	}
	return "", ErrTemplateNotFound
}

func (tpl Template) renderContent(
	ctx context.Context, at string, content provider.Content, values map[string]any,
) (provider.Content, error) {
	r := &rendering{ctx: ctx, steps: maxTemplateSteps, room: maxRendered}
	declared := tpl.declared()
	var fault error
	content = content.Map(func(path, source string) string {
		if fault != nil {
			return ""
		}
		var text string
		r.escaped = isMarkdown(path)
		if text, fault = r.text(source, declared, values); fault != nil {
			fault = errRendering(fieldOf(at, path), fault)
		}
		return text
	})
	if fault != nil {
		return provider.Content{}, fault
	}
	if err := content.Validate(); err != nil {
		return provider.Content{}, errRendered(at, err)
	}
	return content, nil
}

// isMarkdown reports whether the text of a content at a path is markdown.
func isMarkdown(path string) bool {
	return path == "content.markdown.text" || path == "content.card.text"
}

// rendering is the rendering of one content. Its limits are for all texts
// together. It belongs to one goroutine.
type rendering struct {
	// ctx is here since the functions of templates get none.
	ctx context.Context
	// steps and room are what is left: pieces of work, and bytes of output.
	steps, room int
	// escaped is true while the text is markdown.
	escaped bool
	out     strings.Builder
}

// text renders one source. Values is not changed.
func (r *rendering) text(source string, declared map[string]bool, values map[string]any) (string, error) {
	tree, err := parseSource(source, declared)
	if err != nil {
		return "", err
	}
	if err := r.spend(guard(tree.Root)); err != nil {
		return "", err
	}
	functions := templateFunctions(r)
	maps.Copy(functions, template.FuncMap{
		showFunction: r.show, stepFunction: r.step, entriesFunction: r.entries,
	})
	t, err := template.New(sourceName).Option("missingkey=error").Funcs(functions).AddParseTree(sourceName, tree)
	if err != nil {
		return "", err
	}
	r.out.Reset()
	if err := t.Execute(r, values); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

// Write takes output while there is room.
func (r *rendering) Write(p []byte) (int, error) {
	if len(p) > r.room {
		return 0, faultf("渲染结果超过%d字节", "the result is longer than %d bytes", maxRendered)
	}
	r.room -= len(p)
	return r.out.Write(p)
}

// spend takes steps, and ends the rendering when there are none left or its
// context has ended.
func (r *rendering) spend(steps int) error {
	if r.steps -= steps; r.steps < 0 {
		return faultf("模板过于复杂，循环次数过多", "the template does too much: too many rounds of range")
	}
	return r.ctx.Err()
}

// bytesPerStep is how many bytes a function handles in one step.
const bytesPerStep = 64

func (r *rendering) step(steps int) (string, error) { return "", r.spend(steps) }

// entries lets a list or an object pass on to range. Sorting the keys of an
// object counts.
func (r *rendering) entries(v any) (any, error) {
	const stepsPerKey = 4
	switch v := v.(type) {
	case nil, []any:
		return v, nil
	case map[string]any:
		return v, r.spend(stepsPerKey * len(v))
	}
	return nil, errKind("用range遍历", "gone through with range", v)
}

// show turns a value into what is written.
func (r *rendering) show(v any) (string, error) {
	if s, ok := v.(rawText); ok {
		return string(s), r.spend(1 + len(s)/bytesPerStep)
	}
	s, ok := plainText(v)
	if !ok {
		return "", errKind("显示", "shown", v)
	}
	if err := r.spend(1 + len(s)/bytesPerStep); err != nil {
		return "", err
	}
	if _, isText := v.(string); isText && r.escaped {
		s = escapeMarkdown(s)
	}
	return s, nil
}
