package transport_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/transport"
)

// TestDocumentTexts: every text is in the document, says what no other one says,
// and is in its own language.
func TestDocumentTexts(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	said := make(map[string]map[string]bool)
	for _, lang := range []string{"zh", "en"} {
		said[lang] = make(map[string]bool)
		descriptions(p.rawDocument(t, lang), func(text string) { said[lang][text] = true })
	}
	before := make(map[provider.Text]string)
	for name, text := range transport.DocumentTexts() {
		switch {
		case !isIn("zh", text.ZH) || !isIn("en", text.EN):
			t.Errorf("%s is %+v, want Chinese and English", name, text)
		case !said["zh"][text.ZH] || !said["en"][text.EN]:
			t.Errorf("%s: nothing in the document says %q", name, text)
		case ofType(name) != "path" && before[text] != "" && ofType(before[text]) != ofType(name):
			t.Errorf("%s says what %s says: %q", name, before[text], text)
		}
		if ofType(name) != "path" { // whose parameters may be fields, too
			before[text] = name
		}
	}
}

// ofType returns the type that a text is about.
func ofType(name string) string { return name[:max(0, strings.LastIndexByte(name, '.'))] }

// TestEverythingIsDescribed: every field and parameter, in the document's own
// language.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, lang := range []string{"zh", "en"} {
		eachField(p.rawDocument(t, lang), "#", func(at, text string) {
			if !isIn(lang, text) {
				t.Errorf("%s: %s is described as %q", lang, at, text)
			}
		})
	}
}

// eachField visits the fields and parameters of a document with their
// descriptions.
func eachField(node any, at string, visit func(at, text string)) {
	switch n := node.(type) {
	case map[string]any:
		fields, _ := n["properties"].(map[string]any)
		if _, isField := n["type"].(map[string]any); n["type"] != nil && !isField { // it is a schema, and not a list of fields
			for name, field := range fields {
				visit(at+"/"+name, descriptionOf(field))
			}
		}
		if parameters, ok := n["parameters"].([]any); ok {
			for i, parameter := range parameters {
				visit(fmt.Sprintf("%s/parameters/%d", at, i), descriptionOf(parameter))
			}
		}
		for name, inner := range n {
			eachField(inner, at+"/"+name, visit)
		}
	case []any:
		for i, inner := range n {
			eachField(inner, fmt.Sprintf("%s/%d", at, i), visit)
		}
	}
}

func descriptionOf(node any) string {
	n, _ := node.(map[string]any)
	text, _ := n["description"].(string)
	return text
}

// rawDocument returns the document in a language.
func (p *platform) rawDocument(tb testing.TB, lang string) any {
	tb.Helper()
	a := p.do(tb, request{path: "/openapi.json", header: http.Header{"Accept-Language": {lang}}})
	var document any
	check(tb, json.Unmarshal([]byte(a.body), &document))
	return document
}

// descriptions visits the descriptions of a document.
func descriptions(node any, visit func(string)) {
	switch n := node.(type) {
	case map[string]any:
		if text, ok := n["description"].(string); ok {
			visit(text)
		}
		for _, inner := range n {
			descriptions(inner, visit)
		}
	case []any:
		for _, inner := range n {
			descriptions(inner, visit)
		}
	}
}

// isIn reports whether a text is in a language. English ones may have words of
// an office app's console in brackets.
func isIn(lang, text string) bool {
	var han, latin int
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	if lang == "zh" {
		return han > 0
	}
	return latin > 2*han
}
