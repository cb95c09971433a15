package bunstore_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/storetest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

func TestSyncStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunSync(t, func(tb testing.TB) dirsync.Store { return open(tb) })
		})
	}
}

func TestStreamStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunStreams(t, func(tb testing.TB) storetest.StreamStore { return open(tb) })
		})
	}
}
