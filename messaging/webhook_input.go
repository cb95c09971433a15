package messaging

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The bounds of a webhook.
const (
	// MaxWebhooks is how many a tenant has.
	MaxWebhooks           = 200
	maxWebhookName        = 64
	maxWebhookURL         = 2048
	maxWebhookSecret      = 512
	maxWebhookKeywords    = 10
	maxWebhookKeyword     = 64
	maxWebhookDescription = 256
)

// WebhookInput is what a person enters about a webhook; nil means unchanged,
// or, for a new one, the zero value.
type WebhookInput struct {
	// Provider is the kind of office app, required for a new one and never
	// changed; "" means unchanged.
	Provider    provider.Kind
	Description *string
	// URL and SignSecret are secrets. tenant.Mask means unchanged; an empty
	// SignSecret takes it away. White space around them is cut.
	URL        *provider.Secret
	SignSecret *provider.Secret
	// Keywords are at most 10 of at most 64 bytes.
	Keywords *[]string
	// Enabled of a new one is true unless it says otherwise.
	Enabled *bool
}

// What is entered has secrets in it in clear: printed or logged, it does not
// show them.

// String implements fmt.Stringer.
func (in WebhookInput) String() string { return "webhook of " + string(in.Provider) }

// GoString implements fmt.GoStringer.
func (in WebhookInput) GoString() string { return in.String() }

// LogValue implements slog.LogValuer.
func (in WebhookInput) LogValue() slog.Value { return slog.StringValue(in.String()) }

// apply returns w as the input changes it, short of the secrets.
func (in WebhookInput) apply(w Webhook) Webhook {
	if in.Description != nil {
		w.Description = strings.TrimSpace(*in.Description)
	}
	if in.Keywords != nil {
		w.Keywords = nil
		for _, k := range *in.Keywords {
			w.Keywords = append(w.Keywords, strings.TrimSpace(k))
		}
	}
	if in.Enabled != nil {
		w.Enabled = *in.Enabled
	}
	return w
}

// replaces reports whether entering a secret sets it or takes it away, and what
// to. It is false for one that stays as it is.
func replaces(entered *provider.Secret) (provider.Secret, bool) {
	if entered == nil {
		return provider.Secret{}, false
	}
	v := strings.TrimSpace(entered.Reveal())
	if v == tenant.Mask {
		return provider.Secret{}, false
	}
	return provider.NewSecret(v), true
}

// validate looks at everything that needs no office app to be judged.
func (w Webhook) validate() error {
	if n := len(w.Description); n > maxWebhookDescription || !isPlainText(w.Description) {
		return errInvalidWebhook("description",
			fmt.Sprintf("描述无效（%d字节）：须为不超过%d字节的UTF-8文本，且不含控制字符", n, maxWebhookDescription),
			fmt.Sprintf("%d bytes; want at most %d bytes of UTF-8 without control characters", n, maxWebhookDescription))
	}
	if n := len(w.Keywords); n > maxWebhookKeywords {
		return errInvalidWebhook("keywords",
			fmt.Sprintf("关键词%d个，超过上限%d个", n, maxWebhookKeywords),
			fmt.Sprintf("%d keywords; at most %d", n, maxWebhookKeywords))
	}
	for i, k := range w.Keywords {
		if k == "" || len(k) > maxWebhookKeyword || !isPlainText(k) {
			return errInvalidWebhook(fmt.Sprintf("keywords[%d]", i),
				fmt.Sprintf("关键词须为1到%d字节的UTF-8文本，且不含控制字符", maxWebhookKeyword),
				fmt.Sprintf("want 1 to %d bytes of UTF-8 without control characters", maxWebhookKeyword))
		}
	}
	return nil
}

func isPlainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func checkWebhookName(name string) error {
	if validWebhookName(name) {
		return nil
	}
	return errInvalidWebhook("name",
		fmt.Sprintf("名称须为1到%d个字母、数字、点、下划线或连字符，且不能只有点", maxWebhookName),
		fmt.Sprintf("want 1 to %d letters, digits, '.', '_' or '-', not only dots", maxWebhookName))
}

// validWebhookName also refuses names that mean something else in a path.
func validWebhookName(name string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	return len(name) <= maxWebhookName && strings.Trim(name, ".") != "" && strings.Trim(name, allowed) == ""
}

// checkAddress asks the office app's own code whether an address can be right.
// The URL is looked at by itself first, so that the error names the field.
func checkAddress(sender provider.WebhookSender, a provider.Webhook) error {
	if a.URL.IsZero() {
		return errInvalidWebhook(webhookURLField, "Webhook地址不能为空", "the address must not be empty")
	}
	for _, f := range []struct {
		field  string
		secret provider.Secret
		most   int
	}{{webhookURLField, a.URL, maxWebhookURL}, {webhookSecretField, a.SignSecret, maxWebhookSecret}} {
		if n := len(f.secret.Reveal()); n > f.most {
			return errInvalidWebhook(f.field, fmt.Sprintf("%d字节，超过上限%d字节", n, f.most),
				fmt.Sprintf("%d bytes; at most %d", n, f.most))
		}
	}
	if problem := sender.CheckWebhook(provider.Webhook{URL: a.URL}); !problem.IsZero() {
		return errInvalidWebhook(webhookURLField, problem.ZH, problem.EN)
	}
	if problem := sender.CheckWebhook(a); !problem.IsZero() {
		return errInvalidWebhook(webhookSecretField, problem.ZH, problem.EN)
	}
	return nil
}
