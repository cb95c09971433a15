package main

import (
	"io"
	"os"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/provider"
)

// TestPrintsAKeyset: what is printed is one line that the sealer takes. It takes
// the place of the standard output, so that nothing runs beside it.
func TestPrintsAKeyset(t *testing.T) { //nolint:paralleltest // os.Stdout is everybody's
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = w
	main()
	os.Stdout = stdout
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	printed, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tinksecrets.New(provider.NewSecret(string(printed))); err != nil {
		t.Errorf("what is printed is no keyset: %v", err)
	}
}
