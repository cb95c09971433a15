package messaging

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/provider"
)

const (
	maxKeyBytes  = 128
	maxNameBytes = 256
	maxYear      = 9999 // the last that RFC 3339 can write
)

// normal returns the request with its defaults filled in.
func (r Request) normal() Request {
	if r.Channel == "" {
		r.Channel = ChannelWork
	}
	if r.OnUnsupported == "" {
		r.OnUnsupported = Degrade
	}
	r.ExpiresAt = stamp(r.ExpiresAt)
	return r
}

// validate looks at everything that needs no office app to be judged.
func (r Request) validate(now time.Time, maxRecipients int) error {
	switch {
	case r.Provider == "":
		return errInvalidRequest("provider", "未指定应用类型，例如dingtalk", "no provider is named, such as dingtalk")
	case r.Channel != ChannelWork:
		return errUnsupported("channel",
			fmt.Sprintf("暂不支持发送渠道%q，目前支持%q", r.Channel, ChannelWork),
			fmt.Sprintf("channel %q is not supported; %q is", r.Channel, ChannelWork))
	case r.OnUnsupported != Degrade && r.OnUnsupported != Refuse:
		return errInvalidRequest("onUnsupported",
			fmt.Sprintf("onUnsupported取值%q无效，只能是%q或%q", r.OnUnsupported, Degrade, Refuse),
			fmt.Sprintf("unknown value %q; use %q or %q", r.OnUnsupported, Degrade, Refuse))
	case r.ExpiresAt.Year() > maxYear:
		return errInvalidRequest("expiresAt",
			fmt.Sprintf("过期时间无效：年份%d超过上限%d", r.ExpiresAt.Year(), maxYear),
			fmt.Sprintf("year %d; at most %d", r.ExpiresAt.Year(), maxYear))
	case !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(now):
		return errInvalidRequest("expiresAt",
			fmt.Sprintf("过期时间%s已过，须晚于当前时间", r.ExpiresAt.Format(time.RFC3339)),
			fmt.Sprintf("%s has passed; it must be in the future", r.ExpiresAt.Format(time.RFC3339)))
	}
	if err := validKey(r.IdempotencyKey); err != nil {
		return err
	}
	if err := r.Recipients.validate(maxRecipients); err != nil {
		return err
	}
	return validContent(r.Content)
}

// validContent also refuses the one character that no database keeps in a text.
func validContent(c provider.Content) error {
	if err := c.Validate(); err != nil {
		return errInvalidContent(err)
	}
	var texts []string
	switch c.Type {
	case provider.TextContent:
		texts = []string{c.Text.Content}
	case provider.MarkdownContent:
		texts = []string{c.Markdown.Title, c.Markdown.Text}
	case provider.LinkContent:
		texts = []string{c.Link.Title, c.Link.Text, c.Link.URL, c.Link.ImageURL}
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
			return restate(ErrInvalidContent, "content."+string(c.Type),
				"内容不是有效的UTF-8文本，或包含空字符（U+0000）", "the text is not valid UTF-8, or has a NUL character in it")
		}
	}
	return nil
}

func validKey(key string) error {
	ok := len(key) <= maxKeyBytes
	for i := range len(key) {
		ok = ok && key[i] > ' ' && key[i] < 0x7f
	}
	if ok {
		return nil
	}
	return errInvalidRequest("idempotencyKey",
		fmt.Sprintf("幂等键无效（%d字节）：须为1到%d个可见ASCII字符，不含空格", len(key), maxKeyBytes),
		fmt.Sprintf("%d bytes; want 1 to %d printable ASCII characters without spaces", len(key), maxKeyBytes))
}

func (r Recipients) validate(limit int) error {
	switch n := r.count(); {
	case len(r.DepartmentIDs) > 0:
		return errUnsupported("recipients.departmentIds",
			"暂不支持按部门发送，请使用usernames、userIds、providerUserIds或all",
			"sending to departments is not supported; use usernames, userIds, providerUserIds or all")
	case r.All && n > 0:
		return ErrAmbiguousRecipients
	case !r.All && n == 0:
		return ErrNoRecipients
	case n > limit:
		return errTooManyRecipients(n, limit)
	}
	if err := validNames("usernames", r.Usernames); err != nil {
		return err
	}
	if err := validNames("userIds", r.UserIDs); err != nil {
		return err
	}
	return validNames("providerUserIds", r.ProviderUserIDs)
}

func validNames[S ~string](list string, names []S) error {
	for i, name := range names {
		if !validName(string(name)) {
			return errInvalidRecipient(list, i)
		}
	}
	return nil
}

func validName(s string) bool {
	if s == "" || len(s) > maxNameBytes || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// fits checks the rendered message against what the request and the office app
// allow.
func (r Request) fits(m provider.Rendered, limits provider.Limits) error {
	if len(m.Degraded) > 0 && r.OnUnsupported == Refuse {
		return errWouldDegrade(r.Provider, m.Degraded)
	}
	if limits.MessageBytes > 0 && len(m.Body) > limits.MessageBytes {
		return errContentTooLong(r.Provider, len(m.Body), limits.MessageBytes)
	}
	return nil
}

// stamp brings a time to the precision that stores keep.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
