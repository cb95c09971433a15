package archtest_test

import "testing"

// The rules themselves, on a table of their own.
func TestMayImport(t *testing.T) {
	t.Parallel()
	table := []arrows{
		{from: "contract"},
		{from: "contract/contracttest", module: []string{"contract"}, support: true},
		{from: "app", module: []string{"contract", "app/internal/..."}, outside: []string{"golang.org/x/time"}},
		{from: "app/internal/..."},
		{from: "service", module: []string{"contract"}},
		{from: "cmd/...", any: true},
	}
	const module = modulePath + "/"
	tests := []struct {
		name   string
		pkg    string
		inTest bool
		path   string
		want   bool
	}{
		{"standard library", "contract", false, "net/http", true},
		{"another module from std-only code", "contract", false, "github.com/google/uuid", false},
		{"cgo", "app", false, "C", false},
		{"testing", "service", false, "testing", false},
		{"below testing", "service", false, "testing/fstest", false},
		{"testing in a test", "service", true, "testing", true},
		{"testing in a support package", "contract/contracttest", false, "testing", true},
		{"listed package", "app", false, module + "contract", true},
		{"unlisted package", "contract", false, module + "app", false},
		{"unlisted package in a test", "contract", true, module + "app", true},
		{"the root", "service", false, modulePath, false},
		{"own internal package", "app", false, module + "app/internal/wire", true},
		{"a package that only begins like a listed one", "app", false, module + "contractor", false},
		{"listed module", "app", false, "golang.org/x/time/rate", true},
		{"a module that only begins like a listed one", "app", false, "golang.org/x/timeless", false},
		{"support package", "service", false, module + "contract/contracttest", false},
		{"support package in a test", "service", true, module + "contract/contracttest", true},
		{"own package from an external test", "service", true, module + "service", true},
		{"another module in a test", "service", true, "go.uber.org/goleak", true},
		{"anything from a program", "cmd/server", false, module + "contract/contracttest", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, ok := find(table, tt.pkg)
			if !ok {
				t.Fatalf("package %s is not in the table", tt.pkg)
			}
			if got := mayImport(a, tt.inTest, tt.path); got != tt.want {
				t.Errorf("%s (test file %t) imports %s: got %t, want %t", tt.pkg, tt.inTest, tt.path, got, tt.want)
			}
		})
	}
}

func TestFindUnknownPackage(t *testing.T) {
	t.Parallel()
	if a, ok := find([]arrows{{from: "."}, {from: "examples/..."}}, "exampleset"); ok {
		t.Errorf("got the line %q for a package that is not in the table", a.from)
	}
}
