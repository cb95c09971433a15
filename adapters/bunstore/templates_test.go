package bunstore_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/messaging"
)

func TestTemplateStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunTemplates(t, func(tb testing.TB) messaging.Store { return open(tb) })
		})
	}
}
