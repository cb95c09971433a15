package providertest

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Where a Fake's webhooks are, and how their secrets begin.
const (
	webhookHost  = "hooks.fake.test"
	webhookToken = "fake-token-"
	webhookSign  = "fake-sign-"
)

// Webhook returns the webhook of a group. Every name is a group of its own;
// messages are taken with its sign secret, or with none.
func (f *Fake) Webhook(group string) provider.Webhook {
	token := url.Values{"access_token": {webhookToken + group}}
	return provider.Webhook{
		URL:        provider.NewSecret("https://" + webhookHost + "/send?" + token.Encode()),
		SignSecret: provider.NewSecret(webhookSign + group),
	}
}

// Webhooks implements provider.WebhookFactory.
func (f *Fake) Webhooks(env provider.Environment) provider.WebhookSender {
	if env.Now == nil {
		env.Now = time.Now
	}
	return webhooks{fake: f, now: env.Now}
}

// webhooks sends to the groups of a Fake.
type webhooks struct {
	fake *Fake
	now  func() time.Time
}

// Limits implements provider.WebhookSender.
func (w webhooks) Limits() provider.Limits { return w.fake.limits() }

// CheckWebhook implements provider.WebhookSender.
func (w webhooks) CheckWebhook(hook provider.Webhook) provider.Text {
	if _, ok := groupOf(hook); !ok {
		return provider.Text{ZH: "不是模拟应用的群机器人地址", EN: "not the address of a group of the fake"}
	}
	if sign := hook.SignSecret.Reveal(); sign != "" && !strings.HasPrefix(sign, webhookSign) {
		return provider.Text{ZH: "加签密钥格式错误", EN: "the sign secret is malformed"}
	}
	return provider.Text{}
}

// groupOf returns the name in a webhook's address.
func groupOf(hook provider.Webhook) (string, bool) {
	u, err := url.Parse(hook.URL.Reveal())
	if err != nil || u.Scheme != "https" || u.User != nil || u.Host != webhookHost || u.Path != "/send" {
		return "", false
	}
	return strings.CutPrefix(u.Query().Get("access_token"), webhookToken)
}

// mentioning is a content with the people it mentions.
type mentioning struct {
	provider.Content
	Mentions *provider.Mentions `json:"mentions,omitempty"`
}

// RenderWebhook implements provider.WebhookSender. Text and markdown mention
// people.
func (w webhooks) RenderWebhook(c provider.Content, m provider.Mentions) (provider.Rendered, error) {
	if n := len(m.Users) + len(m.Mobiles); exceeds(n, w.fake.cfg.Limits.Mentions) {
		return provider.Rendered{}, w.fake.errorf("render", provider.InvalidArgument, "%d people mentioned", n)
	}
	form := mentioning{Content: c}
	able := c.Type == provider.TextContent || c.Type == provider.MarkdownContent
	if able && !m.IsZero() {
		form.Mentions = &m
	}
	rendered, err := w.fake.render(c, form)
	if err == nil && !able && !m.IsZero() {
		rendered.Degraded = append(rendered.Degraded, provider.Text{
			ZH: "提醒：" + string(c.Type) + "不显示", EN: "mentions: not shown with " + string(c.Type),
		})
	}
	return rendered, err
}

// SendWebhook implements provider.WebhookSender.
func (w webhooks) SendWebhook(
	ctx context.Context, hook provider.Webhook, m provider.Rendered, dedup string,
) (provider.Receipt, error) {
	return act(ctx, w.fake, OpWebhook, func() (provider.Receipt, error) {
		f := w.fake
		group, ok := groupOf(hook)
		sign := hook.SignSecret.Reveal()
		switch {
		case !ok || sign != "" && sign != webhookSign+group:
			return provider.Receipt{}, f.errorf(OpWebhook, provider.Unauthenticated, "no such group, or wrong sign")
		case exceeds(len(m.Body), f.cfg.Limits.WebhookBytes):
			return provider.Receipt{}, f.errorf(OpWebhook, provider.InvalidArgument, "message too long")
		}
		return w.take(group, m, dedup)
	})
}

// take records an accepted message, unless it is a repeat.
func (w webhooks) take(group string, m provider.Rendered, dedup string) (provider.Receipt, error) {
	f, now := w.fake, w.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	key := string(OpWebhook) + "\x00" + group + "\x00" + dedup
	if first, ok := f.receipts[key]; ok {
		return first, nil
	}
	minute := now.Truncate(time.Minute)
	if !f.spend(counter{"WebhookPerMinute", group, minute}, f.cfg.Limits.WebhookPerMinute) {
		return provider.Receipt{}, &provider.Error{
			Code: provider.ResourceExhausted, Provider: f.cfg.Kind, Op: string(OpWebhook), Upstream: "too fast", Unsent: true,
			RetryAfter: minute.Add(time.Minute).Sub(now), Remedy: provider.Text{ZH: "稍后重试", EN: "try again later"},
		}
	}
	f.keep(&f.webhooks, OpWebhook, Sent{Webhook: group, Body: string(m.Body), At: now})
	receipt := provider.Receipt{RequestID: fmt.Sprintf("request-hook-%d", len(f.webhooks)), Raw: []byte(`{"errcode":0}`)}
	if dedup != "" && f.cfg.Limits.WebhookDeduplicates {
		f.receipts[key] = receipt
	}
	return receipt, nil
}
