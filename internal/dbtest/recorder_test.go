package dbtest_test

import (
	"fmt"
	"runtime"
	"testing"
)

// recorder is a testing.TB that remembers how its test ended instead of ending
// the real one.
type recorder struct {
	testing.TB

	failed, skipped bool
	message         string
}

// record runs f with a recorder until it returns or ends the test.
func record(t *testing.T, f func(testing.TB)) *recorder {
	t.Helper()
	rec := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(rec)
	}()
	<-done
	return rec
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failed, r.message = true, fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped, r.message = true, fmt.Sprintf(format, args...)
	runtime.Goexit()
}
