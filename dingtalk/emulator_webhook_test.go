package dingtalk_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
)

func TestEmulatorWebhookLimits(t *testing.T) {
	t.Parallel()
	of := newOffice(t, dingtalktest.Options{}, dingtalktest.Webhook{Secret: hookSecret, Keywords: []string{"告警"}})
	m, err := of.hooks.RenderWebhook(provider.NewText("你好"), provider.Mentions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = of.hooks.SendWebhook(t.Context(), of.hook, m, "a")
	if e := asError(t, err); e.Upstream != "310000" || e.Code != provider.FailedPrecondition {
		t.Errorf("without the keyword: %+v, want 310000", e)
	}
	unsigned := of.hook
	unsigned.SignSecret = provider.Secret{}
	if _, err = of.hooks.SendWebhook(t.Context(), unsigned, m, "b"); provider.CodeOf(err) != provider.FailedPrecondition {
		t.Errorf("unsigned: %v, want failed_precondition", err)
	}
	if m, err = of.hooks.RenderWebhook(provider.NewText("告警：磁盘"), provider.Mentions{}); err != nil {
		t.Fatal(err)
	}
	limit := of.hooks.Limits().WebhookPerMinute
	for i := range limit {
		if _, err := of.hooks.SendWebhook(t.Context(), of.hook, m, strconv.Itoa(i)); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	_, err = of.hooks.SendWebhook(t.Context(), of.hook, m, "more")
	if e := asError(t, err); e.Code != provider.ResourceExhausted || e.RetryAfter != 10*time.Minute || !e.Unsent {
		t.Errorf("one more: %+v, want resource_exhausted for 10 minutes", e)
	}
	if got := len(of.srv.WebhookMessages(of.token)); got != limit {
		t.Errorf("%d messages, want %d", got, limit)
	}
}

// TestEmulatorWebhookIsSentOnce: the answer is lost, and the message with an id
// made again.
func TestEmulatorWebhookIsSentOnce(t *testing.T) {
	t.Parallel()
	of := newOffice(t, dingtalktest.Options{}, dingtalktest.Webhook{})
	script := of.srv.Fail(dingtalktest.Fault{Path: webhookPath, Kind: dingtalktest.Reset, AfterEffect: true, Times: 1})
	if _, err := of.hooks.SendWebhook(t.Context(), of.hook, helloHook, "one"); err != nil || script.Hits() != 1 {
		t.Errorf("SendWebhook: %v after %d lost answers", err, script.Hits())
	}
	if got := len(of.srv.WebhookMessages(of.token)); got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}
