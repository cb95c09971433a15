package transport_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/transport"
)

// TestReasons: the document has every reason that the source knows, where a new
// one is added, and no other.
func TestReasons(t *testing.T) {
	t.Parallel()
	want := reasonsOfSource(t)
	for _, name := range inSentences() {
		if !want[name] {
			t.Errorf("there is no reason %s", name)
		}
		delete(want, name)
	}
	documented := make(map[string]bool)
	for _, name := range transport.Reasons() {
		documented[name] = true
		if !want[name] {
			t.Errorf("nothing refuses with the reason %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !documented[name] {
			t.Errorf("the document does not say what the reason %s is", name)
		}
	}
}

// inSentences are reasons that no client sees: those of changes of a push, which
// keep the message alone, and that of a stream of recipients, which Go hosts
// open.
func inSentences() []string {
	return []string{
		"another_directory", "changed_on_both_sides", "changed_since", "is_back", "left_meanwhile", "no_parent",
		"no_single_root", "not_created", "not_kept", "stream_cancelled",
	}
}

// reasonsOfSource returns the reasons that the source of the module names.
func reasonsOfSource(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	root := os.DirFS("..")
	check(t, fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasSuffix(d.Name(), "test") || slices.Contains([]string{"examples", "tools", ".git"}, d.Name())):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		source, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
		if err == nil {
			ast.Inspect(file, func(n ast.Node) bool { return addReason(t, names, n) })
		}
		return err
	}))
	return names
}

// addReason adds the reason that a node names: the second argument of
// tenant.Refuse, a field or constant Reason, and what errUnknown of package sync
// makes of a field.
func addReason(t *testing.T, names map[string]bool, n ast.Node) bool {
	t.Helper()
	switch n := n.(type) {
	case *ast.CallExpr:
		switch called(n) {
		case "Refuse":
			if len(n.Args) == 4 {
				add(names, "", n.Args[1])
				if sum, ok := n.Args[1].(*ast.BinaryExpr); ok && text(sum.X) != "unknown_" {
					t.Errorf("a reason is made of %q", text(sum.X))
				}
			}
		case "errUnknown":
			add(names, "unknown_", n.Args[0])
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Reason" {
			add(names, "", n.Value)
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if strings.HasPrefix(name.Name, "Reason") && i < len(n.Values) {
				add(names, "", n.Values[i])
			}
		}
	}
	return true
}

// called returns the name of what is called.
func called(n *ast.CallExpr) string {
	switch f := n.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// add adds a reason that is written as a text.
func add(names map[string]bool, before string, n ast.Expr) {
	if s := text(n); s != "" {
		names[before+s] = true
	}
}

// text returns a text that is written in the source, else "".
func text(n ast.Expr) string {
	literal, ok := n.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return s
}
