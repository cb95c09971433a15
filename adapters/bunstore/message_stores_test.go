package bunstore_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/messaging"
)

func TestQuotaStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunQuotas(t, func(tb testing.TB) storetest.QuotaStore { return open(tb) })
		})
	}
}

func TestMediaStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunMedia(t, func(tb testing.TB) messaging.MediaStore { return open(tb) })
		})
	}
}

func TestWebhookStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunWebhooks(t, func(tb testing.TB) storetest.WebhookStore { return open(tb) })
		})
	}
}

func TestMessageSettingsStore(t *testing.T) {
	t.Parallel()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunMessageSettings(t, func(tb testing.TB) storetest.SettingsStore { return open(tb) })
		})
	}
}
