package messaging

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/provider"
)

const (
	maxKeyBytes  = 128
	maxNameBytes = 256
	maxURLBytes  = 500
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
	if r.OnTooLong == "" {
		r.OnTooLong = RefuseLong
	}
	r.SendAt, r.ExpiresAt = stamp(r.SendAt), stamp(r.ExpiresAt)
	return r
}

// validate looks at everything that needs no office app to be judged.
func (r Request) validate(now time.Time, maxRecipients int) error {
	for _, check := range []func() error{
		r.validChoices,
		func() error { return r.validTimes(now) },
		func() error { return validKey(r.IdempotencyKey) },
		func() error { return r.validRecipients(maxRecipients) },
		func() error { return r.Mentions.validate(maxRecipients) },
		r.validMore,
		r.validSource,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// validChoices checks the fields that have one of a few values.
func (r Request) validChoices() error {
	if r.Provider == "" && r.Channel != ChannelWebhook {
		return errInvalidRequest("provider", "未指定应用类型provider，例如dingtalk", "no provider is named, such as dingtalk")
	}
	if err := oneOf("channel", r.Channel, Channels()); err != nil {
		return err
	}
	if err := oneOf("onUnsupported", r.OnUnsupported, []OnUnsupported{Degrade, Refuse}); err != nil {
		return err
	}
	return oneOf("onTooLong", r.OnTooLong, []OnTooLong{RefuseLong, Split, Shorten})
}

func oneOf[S ~string](field string, value S, known []S) error {
	if slices.Contains(known, value) {
		return nil
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return errInvalidRequest(field,
		fmt.Sprintf("%s取值%q无效，只能是%s之一", field, value, strings.Join(names, "、")),
		fmt.Sprintf("unknown value %q; use one of %s", value, strings.Join(names, ", ")))
}

// maxAhead is how far ahead a message can be scheduled.
const maxAhead = 366 * 24 * time.Hour

func (r Request) validTimes(now time.Time) error {
	switch {
	case r.ExpiresAt.Year() > maxYear:
		return errInvalidRequest("expiresAt",
			fmt.Sprintf("过期时间无效：年份%d超过上限%d", r.ExpiresAt.Year(), maxYear),
			fmt.Sprintf("year %d; at most %d", r.ExpiresAt.Year(), maxYear))
	case r.SendAt.After(now.Add(maxAhead)):
		return errInvalidRequest("sendAt",
			fmt.Sprintf("发送时间%s过远，最多提前一年", r.SendAt.Format(time.RFC3339)),
			fmt.Sprintf("%s is too far ahead; at most one year", r.SendAt.Format(time.RFC3339)))
	case !r.SendAt.IsZero() && !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(r.SendAt):
		return errInvalidRequest("expiresAt", "过期时间须晚于发送时间sendAt", "it must be after sendAt")
	}
	return nil
}

// inTime refuses times that have passed.
func (r Request) inTime(now time.Time) error {
	switch {
	case !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(now):
		return errPast("expiresAt", "过期时间", r.ExpiresAt)
	case !r.SendAt.IsZero() && !r.SendAt.After(now):
		return errPast("sendAt", "发送时间", r.SendAt)
	}
	return nil
}

func errPast(field, zh string, t time.Time) error {
	return errInvalidRequest(field,
		fmt.Sprintf("%s%s已过，须晚于当前时间", zh, t.Format(time.RFC3339)),
		fmt.Sprintf("%s has passed; it must be in the future", t.Format(time.RFC3339)))
}

// validMore checks where a shortened content leads to.
func (r Request) validMore() error {
	switch {
	case r.OnTooLong != Shorten && r.MoreURL == "":
		return nil
	case r.OnTooLong != Shorten:
		return errInvalidRequest("moreUrl", "moreUrl仅在onTooLong为shorten时有效", "it goes with onTooLong: shorten only")
	}
	u, err := url.Parse(r.MoreURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(r.MoreURL) > maxURLBytes {
		return errInvalidRequest("moreUrl",
			fmt.Sprintf("onTooLong为shorten时须填写全文地址moreUrl（http或https，最长%d字节）", maxURLBytes),
			fmt.Sprintf("shorten needs the address of the whole text: http or https, at most %d bytes", maxURLBytes))
	}
	return nil
}

// validSource checks the content, which is given or comes from a template.
func (r Request) validSource() error {
	if r.Template == nil {
		return validContent(r.Content)
	}
	if r.Content.Type != "" {
		return errInvalidRequest("template", "content与template只能填写一项", "use content or template, not both")
	}
	return r.Template.validate()
}

func validContent(c provider.Content) error {
	if err := c.Validate(); err != nil {
		return errInvalidContent(err)
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

// validRecipients checks who is named, and that the channel reaches them.
func (r Request) validRecipients(limit int) error {
	to := r.Recipients
	people := to.count() - len(to.ConversationIDs)
	switch n := to.count(); {
	case r.Channel == ChannelWebhook && r.streamed:
		return errUnsupported("channel", "流式发送仅支持work和robot", "a stream goes by channel work or robot")
	case r.Channel == ChannelWebhook && r.Webhook == "":
		return errInvalidRequest("webhook", "请填写Webhook名称webhook", "name the webhook")
	case r.Channel == ChannelWebhook && (n > 0 || to.All):
		return errInvalidRequest("recipients",
			"群机器人Webhook没有接收人，需要提醒的人请填写mentions", "a webhook has no recipients; use mentions to call people by name")
	case r.Channel == ChannelWebhook:
		return nil
	case r.Webhook != "":
		return errInvalidRequest("webhook", "webhook仅在channel为webhook时有效", "it goes with channel: webhook only")
	case r.streamed && r.Channel == ChannelGroup:
		return errUnsupported("channel", "流式发送仅支持work和robot", "a stream goes by channel work or robot")
	case r.streamed:
		return nil
	case to.All && n > 0:
		return ErrAmbiguousRecipients
	case to.All && r.Channel != ChannelWork:
		return errUnsupported("recipients.all", "仅工作通知（channel为work）支持发送给所有人", "only channel work reaches everyone")
	case to.All:
		return nil
	case n == 0:
		return ErrNoRecipients
	case n > limit:
		return errTooManyRecipients(n, limit)
	case r.Channel == ChannelGroup && people > 0:
		return errInvalidRequest("recipients",
			"channel为group时只能填写群会话conversationIds", "channel group takes conversationIds only")
	case r.Channel != ChannelGroup && len(to.ConversationIDs) > 0:
		return errInvalidRequest("recipients.conversationIds",
			"conversationIds仅在channel为group时有效", "they go with channel: group only")
	}
	return to.validNames()
}

func (r Recipients) validNames() error {
	return firstError(
		validNames("recipients.usernames", r.Usernames),
		validNames("recipients.userIds", r.UserIDs),
		validNames("recipients.providerUserIds", r.ProviderUserIDs),
		validNames("recipients.departmentIds", r.DepartmentIDs),
		validNames("recipients.roles", r.Roles),
		validNames("recipients.conversationIds", r.ConversationIDs),
	)
}

func (m Mentions) validate(limit int) error {
	if n := m.count(); n > limit {
		return errInvalidRequest("mentions",
			fmt.Sprintf("提醒的人共%d个，超过上限%d个", n, limit), fmt.Sprintf("%d people; at most %d", n, limit))
	}
	return firstError(
		validNames("mentions.usernames", m.Usernames),
		validNames("mentions.userIds", m.UserIDs),
		validNames("mentions.providerUserIds", m.ProviderUserIDs),
		validNames("mentions.mobiles", m.Mobiles),
	)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
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

// stamp brings a time to the precision that stores keep.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
