package thirdapp_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// TestREADMEShowsMinimal: the embedding that the READMEs show is the program
// that is compiled.
func TestREADMEShowsMinimal(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile("examples/minimal/main.go")
	if err != nil {
		t.Fatal(err)
	}
	shown := "```go\n" + string(program) + "```\n"
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		readme, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(readme), shown) {
			t.Errorf("%s does not show examples/minimal/main.go as it is", name)
		}
	}
}

// TestContentsInDocs: the guide to messages shows a content of every type that
// is accepted as it stands.
func TestContentsInDocs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"docs/messaging.md", "docs/messaging.zh-CN.md"} {
		guide, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var shown []provider.ContentType
		for line := range bytes.Lines(guide) {
			if !bytes.HasPrefix(line, []byte(`{"type": `)) {
				continue
			}
			var c provider.Content
			dec := json.NewDecoder(bytes.NewReader(line))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&c); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			} else if err := c.Validate(); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
			shown = append(shown, c.Type)
		}
		if !slices.Equal(shown, provider.ContentTypes()) {
			t.Errorf("%s shows %v, want %v", name, shown, provider.ContentTypes())
		}
	}
}
