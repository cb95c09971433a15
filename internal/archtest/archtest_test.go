package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// source is one Go file of the module.
type source struct {
	path   string // below the module root, with forward slashes
	pkg    string // its folder; "." is the root
	inTest bool
	syntax *ast.File
}

// A wrong arrow is mended by moving code or by an interface in the package that
// needs the other one; the table changes when the architecture does.
func TestArrows(t *testing.T) {
	t.Parallel()
	unknown := map[string]bool{}
	for _, file := range sources(t) {
		a, ok := find(table, file.pkg)
		if !ok && !unknown[file.pkg] {
			unknown[file.pkg] = true
			t.Errorf("package %s is not in the table of arrows", file.pkg)
		}
		for _, spec := range file.syntax.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatalf("%s: import %s: %v", file.path, spec.Path.Value, err)
			}
			if ok && !mayImport(a, file.inTest, path) {
				t.Errorf("%s imports %s; package %s may import of this module %q, of others %q",
					file.path, path, file.pkg, a.module, a.outside)
			}
		}
	}
}

// What happens at import time cannot be configured, ordered or tested.
func TestNoInitFunctions(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		for _, decl := range file.syntax.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function", file.path)
			}
		}
	}
}

func TestEveryPackageHasDocGo(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, file := range sources(t) {
		if file.syntax.Name.Name == "main" {
			continue
		}
		has := filepath.Base(file.path) == "doc.go" && file.syntax.Doc != nil
		documented[file.pkg] = documented[file.pkg] || has
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc.go with a package comment", pkg)
		}
	}
}

// sources parses the Go files of the module, whatever their build constraints.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatalf("the module root: %v", err)
	}
	var files []source
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && foreign(path):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		below = filepath.ToSlash(below)
		files = append(files, source{
			path: below, pkg: filepath.ToSlash(filepath.Dir(below)),
			inTest: strings.HasSuffix(below, "_test.go"), syntax: syntax,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// foreign reports whether a folder is no part of the module, by the go
// command's own rules.
func foreign(folder string) bool {
	name := filepath.Base(folder)
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}
