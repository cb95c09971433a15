package recent_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/internal/recent"
)

func TestMap(t *testing.T) {
	t.Parallel()
	m := recent.Map[int, string]{Size: 10}
	if got, ok := m.Get(1); ok {
		t.Errorf("empty: got %q", got)
	}
	m.Put(1, "used")
	m.Put(2, "unused")
	for n := range 1000 {
		m.Put(100+n, "")
		if got, ok := m.Get(1); !ok || got != "used" {
			t.Fatalf("after %d others: got %q, %v; want what is used kept", n+1, got, ok)
		}
	}
	if _, ok := m.Get(2); ok {
		t.Error("what is not used is kept")
	}
	kept := 0
	for n := range 1000 {
		if _, ok := m.Get(100 + n); ok {
			kept++
		}
	}
	if kept > 20 {
		t.Errorf("%d are kept, want 20 at most", kept)
	}
}

// TestMapReplaces: what is put again takes no more room.
func TestMapReplaces(t *testing.T) {
	t.Parallel()
	m := recent.Map[int, int]{Size: 2}
	m.Put(1, 0)
	for n := range 100 {
		m.Put(2, n)
	}
	if _, ok := m.Get(1); !ok {
		t.Error("forgotten, although only one other came")
	}
	if got, _ := m.Get(2); got != 99 {
		t.Errorf("got %d, want the last one", got)
	}
}
