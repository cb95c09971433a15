package thirdapp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// twins are a document and its translation.
func twins(name string) []string { return []string{name + ".md", name + ".zh-CN.md"} }

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documents returns the names of all that is written for people.
func documents(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md", "examples/*/*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no documents %s: %v", pattern, err)
		}
		all = append(all, names...)
	}
	return all
}

// code is what stands between backticks.
var code = regexp.MustCompile("`([^`]+)`")

// firstCells returns the code in the first cells of the table that comes after
// the last time that a text stands in a document.
func firstCells(document, text string) []string {
	var cells []string
	inside := false
	for line := range strings.Lines(document[strings.LastIndex(document, text)+1:]) {
		switch row, is := strings.CutPrefix(line, "|"); {
		case is:
			inside = true
			cell, _, _ := strings.Cut(row, "|")
			for _, m := range code.FindAllStringSubmatch(cell, -1) {
				cells = append(cells, m[1])
			}
		case inside:
			return cells
		}
	}
	return cells
}

// TestRequestsInDocs: what the documents tell people to request is in the
// description of the API.
func TestRequestsInDocs(t *testing.T) {
	t.Parallel()
	module, err := thirdapp.New(openStack(t, "sqlite:"+dbtest.SQLite(t)).Config)
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	module.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	var api struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &api); err != nil {
		t.Fatal(err)
	}
	served := func(method, asked string) bool {
		for path, operations := range api.Paths {
			if operations[strings.ToLower(method)] != nil && matches(path, asked) {
				return true
			}
		}
		return false
	}
	// The API does not list its own description; the last one is the example's.
	others := []string{"/docs", "/openapi.json", "/sys/sysDepart/list"}
	request := regexp.MustCompile(`\b(GET|POST|PUT|DELETE) +(?:\{(?:prefix|前缀)\})?(/[\w{}./]+)`)
	for _, name := range documents(t) {
		if strings.HasPrefix(name, "examples") || name == "CHANGELOG.md" {
			continue // which have paths of their own, and of former days
		}
		for _, m := range request.FindAllStringSubmatch(document(t, name), -1) {
			if !slices.Contains(others, m[2]) && !served(m[1], m[2]) {
				t.Errorf("%s names %s %s, which there is not", name, m[1], m[2])
			}
		}
	}
}

// matches tells whether a path of the API is the one that a document names: a
// parameter of it may stand there with a value.
func matches(path, asked string) bool {
	segments, named := strings.Split(path, "/"), strings.Split(asked, "/")
	return slices.EqualFunc(segments, named, func(a, b string) bool {
		return a == b || strings.HasPrefix(a, "{") && b != ""
	})
}

// TestLinksInDocs: a link leads to a file, and to a section that is in it.
func TestLinksInDocs(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, name := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(document(t, name), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, section, has := strings.Cut(m[1], "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			} else if has && !slices.Contains(sections(document(t, target)), section) {
				t.Errorf("%s links to %s: there is no such section", name, m[1])
			}
		}
	}
}

// sections returns the names by which headings are linked to, as GitHub makes
// them.
func sections(document string) []string {
	var names []string
	for line := range strings.Lines(document) {
		if heading, is := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); is && line[0] == '#' {
			names = append(names, strings.Map(func(r rune) rune {
				switch {
				case r == ' ':
					return '-'
				case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
					return unicode.ToLower(r)
				default:
					return -1
				}
			}, strings.TrimSpace(heading)))
		}
	}
	return names
}

// TestEventsInDocs: the tables of events have every type that there is.
func TestEventsInDocs(t *testing.T) {
	t.Parallel()
	module, err := thirdapp.New(openStack(t, "sqlite:"+dbtest.SQLite(t)).Config)
	if err != nil {
		t.Fatal(err)
	}
	types, err := module.Events().Types(tenant.AsSystem(t.Context(), "test"), "1000")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, e := range types {
		want = append(want, e.Name)
	}
	slices.Sort(want)
	for i, heading := range []string{"## Being told", "## 事件通知"} {
		var shown []string
		for _, guide := range []string{"docs/messaging", "docs/runs"} {
			for _, cell := range firstCells(document(t, twins(guide)[i]), heading) {
				if strings.HasPrefix(cell, ".") {
					cell = "directory.department" + cell
				}
				shown = append(shown, cell)
			}
		}
		slices.Sort(shown)
		if !slices.Equal(shown, want) {
			t.Errorf("%s: the tables show %v, want %v", heading, shown, want)
		}
	}
}

// TestConfigInDocs: the tables of settings have every field of the
// configuration.
func TestConfigInDocs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		document, after string
		config          any
		except          []string
	}{
		{"README", "`thirdapp.Config`", thirdapp.Config{}, []string{"Now"}},
		{"docs/messaging", "`thirdapp.Config.Messages`", messaging.Config{}, []string{"Logger", "Metrics", "Now"}},
		{"docs/messaging", "`thirdapp.Config.Events`", events.Config{}, []string{"Logger", "Now"}},
	}
	for _, tt := range tests {
		for _, name := range twins(tt.document) {
			shown := firstCells(document(t, name), tt.after)
			for _, f := range reflect.VisibleFields(reflect.TypeOf(tt.config)) {
				if !slices.Contains(shown, f.Name) && !slices.Contains(tt.except, f.Name) {
					t.Errorf("%s: the table of %s lacks %s", name, tt.after, f.Name)
				}
			}
			for _, field := range shown {
				if _, ok := reflect.TypeOf(tt.config).FieldByName(field); !ok && field != "Metrics" {
					t.Errorf("%s: %s has no field %s", name, tt.after, field)
				}
			}
		}
	}
}
