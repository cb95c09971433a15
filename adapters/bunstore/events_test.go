package bunstore_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/events"
)

func TestEventsStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunEvents(t, func(tb testing.TB) events.Store { return open(tb) })
		})
	}
}
