package transport_test

import (
	"encoding/json"
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
		case !inChinese(text.ZH) || text.EN == "" || inChinese(text.EN):
			t.Errorf("%s is %+v, want Chinese and English", name, text)
		case !said["zh"][text.ZH] || !said["en"][text.EN]:
			t.Errorf("%s: nothing in the document says %q", name, text)
		case before[text] != "" && !strings.HasPrefix(name, "path.") && !strings.HasPrefix(before[text], "path."):
			t.Errorf("%s says what %s says: %q", name, before[text], text)
		}
		before[text] = name
	}
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

func inChinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}
