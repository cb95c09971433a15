package jobs_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
)

func TestAgain(t *testing.T) {
	t.Parallel()
	d, ok := jobs.AsAgain(fmt.Errorf("messaging: %w", jobs.Again(time.Minute)))
	if !ok || d != time.Minute {
		t.Errorf("got %s, %t; want 1m0s, true", d, ok)
	}
	if _, ok := jobs.AsAgain(errors.New("x")); ok {
		t.Error("another error is taken for Again")
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	cause, ok := jobs.AsDrop(fmt.Errorf("messaging: %w", jobs.Drop(gone)))
	if !ok || !errors.Is(cause, gone) {
		t.Errorf("got %v, %t; want the cause, true", cause, ok)
	}
	if _, ok := jobs.AsDrop(gone); ok {
		t.Error("another error is taken for Drop")
	}
}
