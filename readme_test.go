package thirdapp_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
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

// TestRolesInDocs: the table of roles is the policy that is enforced.
func TestRolesInDocs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"docs/roles.md", "docs/roles.zh-CN.md"} {
		guide, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		shown := rolesIn(string(guide))
		for role, permissions := range tenant.Roles() {
			var want []string
			for _, p := range permissions {
				want = append(want, p.String())
			}
			slices.Sort(want)
			if got := shown[role]; !slices.Equal(got, want) {
				t.Errorf("%s: %s may %v, want %v", name, role, got, want)
			}
			delete(shown, role)
		}
		if len(shown) > 0 {
			t.Errorf("%s has roles that there are not: %v", name, shown)
		}
	}
}

// rolesIn reads a table with a row for each permission and a column for each
// role.
func rolesIn(guide string) map[tenant.Role][]string {
	may := make(map[tenant.Role][]string)
	var roles []string
	for line := range strings.Lines(guide) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		switch {
		case len(cells) < 3 || strings.HasPrefix(cells[0], "-"):
		case roles == nil:
			roles = cells[2:]
		default:
			for i, mark := range cells[2:] {
				if mark == "✓" {
					may[tenant.Role(roles[i])] = append(may[tenant.Role(roles[i])], cells[0])
				}
			}
		}
	}
	for role := range may {
		slices.Sort(may[role])
	}
	return may
}
