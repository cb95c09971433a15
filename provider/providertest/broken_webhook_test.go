package providertest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// webhookDefects are those of a WebhookSender.
func webhookDefects() map[string]defect {
	with := func(fails string, wrap func(provider.WebhookSender, provider.Environment) provider.WebhookSender) defect {
		return defect{fails: fails, factor: func(f provider.Factory) provider.Factory { return hooking{f, wrap} }}
	}
	return map[string]defect{
		"takes any address": with("webhook/refuses_other_addresses",
			func(s provider.WebhookSender, _ provider.Environment) provider.WebhookSender { return trusting{s} }),
		"shows the address": with("webhook/says_truly_what_was_not_sent/lost",
			func(s provider.WebhookSender, _ provider.Environment) provider.WebhookSender { return telling{s} }),
		"sends repeats": with("webhook/repeats_are_one_message",
			func(s provider.WebhookSender, _ provider.Environment) provider.WebhookSender {
				return &repeating{WebhookSender: s}
			}),
		"adds to what is full": with("webhook/takes_what_fills_the_limit",
			func(s provider.WebhookSender, _ provider.Environment) provider.WebhookSender { return adding{s} }),
		"mentions nobody": with("webhook/tells_of_mentions",
			func(s provider.WebhookSender, _ provider.Environment) provider.WebhookSender { return discreet{s} }),
		"follows redirects": with("webhook/follows_no_redirect",
			func(s provider.WebhookSender, env provider.Environment) provider.WebhookSender {
				return following{s, env}
			}),
	}
}

// hooking is a Factory whose WebhookSenders have a defect.
type hooking struct {
	provider.Factory
	wrap func(provider.WebhookSender, provider.Environment) provider.WebhookSender
}

func (h hooking) Webhooks(env provider.Environment) provider.WebhookSender {
	f, ok := h.Factory.(provider.WebhookFactory)
	if !ok {
		return nil
	}
	return h.wrap(f.Webhooks(env), env)
}

type trusting struct{ provider.WebhookSender }

func (trusting) CheckWebhook(w provider.Webhook) provider.Text {
	if strings.HasPrefix(w.URL.Reveal(), "https://") {
		return provider.Text{}
	}
	return provider.Text{ZH: "地址错误", EN: "wrong address"}
}

type telling struct{ provider.WebhookSender }

func (s telling) SendWebhook(ctx context.Context, w provider.Webhook, m provider.Rendered, dedup string) (provider.Receipt, error) {
	receipt, err := s.WebhookSender.SendWebhook(ctx, w, m, dedup)
	if err != nil {
		err = fmt.Errorf("post %s: %w", w.URL.Reveal(), err)
	}
	return receipt, err
}

type repeating struct {
	provider.WebhookSender
	calls int
}

func (s *repeating) SendWebhook(ctx context.Context, w provider.Webhook, m provider.Rendered, _ string) (provider.Receipt, error) {
	s.calls++
	return s.WebhookSender.SendWebhook(ctx, w, m, fmt.Sprint(s.calls))
}

// adding sends the dedup text in the body.
type adding struct{ provider.WebhookSender }

func (s adding) SendWebhook(ctx context.Context, w provider.Webhook, m provider.Rendered, dedup string) (provider.Receipt, error) {
	m.Body = append([]byte(`{"dedup":"`+dedup+`",`), m.Body[1:]...)
	return s.WebhookSender.SendWebhook(ctx, w, m, dedup)
}

type discreet struct{ provider.WebhookSender }

func (s discreet) RenderWebhook(c provider.Content, _ provider.Mentions) (provider.Rendered, error) {
	return s.WebhookSender.RenderWebhook(c, provider.Mentions{})
}

type following struct {
	provider.WebhookSender
	env provider.Environment
}

func (s following) SendWebhook(ctx context.Context, w provider.Webhook, m provider.Rendered, dedup string) (provider.Receipt, error) {
	if s.env.Client == nil {
		return s.WebhookSender.SendWebhook(ctx, w, m, dedup)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL.Reveal(), strings.NewReader(string(m.Body)))
	if err != nil {
		return provider.Receipt{}, err
	}
	resp, err := s.env.Client.Do(req)
	if err != nil {
		return provider.Receipt{}, &provider.Error{Code: provider.Unavailable, Provider: "fake", Op: "webhook"}
	}
	return provider.Receipt{}, resp.Body.Close()
}
