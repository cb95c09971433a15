package thirdapp_test

import (
	"os"
	"strings"
	"testing"
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
