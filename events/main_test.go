package events_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/thirdapp/thirdapp/internal/dbtest"
)

func TestMain(m *testing.M) {
	code := dbtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, "goleak:", err)
		code = 1
	}
	os.Exit(code)
}
