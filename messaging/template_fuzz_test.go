package messaging_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// FuzzTemplate parses and renders whatever comes: it ends in a refusal or in a
// text within the limits, soon.
func FuzzTemplate(f *testing.F) {
	sources := hostile()
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		f.Add(sources[name], `{"list":[1,2,3],"long":"abc","number":7}`)
	}
	f.Add(`{{range $i, $v := .list}}{{if $i}}, {{end}}{{$v | upper | trunc 3}}{{end}}`, `{"list":["a",{"b":[null,true,1.5e3]}]}`)
	f.Add(`{{with $x := .object}}{{$x.a}}{{index $x "a"}}{{(index $.list 0)}}{{end}}`, `{"object":{"a":"b"},"list":[0]}`)
	f.Add(`{{date "2006" .long}}{{number 2 .number}}{{url .long}}{{raw .long}}{{"{{"}}{{/* x */}}`, `{"long":"2026-01-01","number":1e300}`)
	f.Fuzz(func(t *testing.T, source, values string) {
		var given map[string]any
		dec := json.NewDecoder(strings.NewReader(values))
		dec.UseNumber()
		if dec.Decode(&given) != nil {
			given = nil
		}
		names := []string{"list", "object", "objects", "long", "number", "none"}
		plain, marked := sourceOf(source, names...), sourceOf("x", names...)
		marked.Contents["zh"] = provider.NewMarkdown("t", source)
		for _, tpl := range []messaging.Template{plain, marked} {
			checked := tpl.Check()
			wantReadable(t, checked)
			content, err := tpl.Render(t.Context(), "zh", given)
			wantReadable(t, err)
			if err != nil {
				continue
			}
			if checked != nil {
				t.Errorf("%q cannot be saved (%v) and can be rendered", source, checked)
			}
			content.Map(func(path, text string) string {
				if len(text) > 64<<10 || !utf8.ValidString(text) || strings.Contains(text, "\x00") {
					t.Errorf("%q with %q: %s has %d bytes, or no text", source, values, path, len(text))
				}
				return text
			})
		}
	})
}

// wantReadable fails unless err is nil or a refusal a person can read.
func wantReadable(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var refusal *tenant.Error
	if !errors.As(err, &refusal) || refusal.Code != provider.InvalidArgument || refusal.Field == "" {
		t.Errorf("got %v, want a refusal of a field", err)
		return
	}
	if m := refusal.Message; m.ZH == "" || m.EN == "" || !utf8.ValidString(m.ZH+m.EN) || len(m.EN) > 2000 {
		t.Errorf("got message %q", m)
	}
}
