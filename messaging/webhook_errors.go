package messaging

import (
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The refusals about group webhooks; find them with errors.Is.
var (
	// ErrWebhookNotFound: the tenant has no webhook of that name.
	ErrWebhookNotFound = tenant.Refuse(provider.NotFound, "webhook_not_found",
		"群机器人Webhook不存在，请检查名称", "no group webhook of this name in this tenant").WithField("webhook")
	// ErrWebhookExists: the tenant has a webhook of that name.
	ErrWebhookExists = tenant.Refuse(provider.AlreadyExists, "webhook_exists",
		"该名称的群机器人Webhook已存在，请换用其他名称", "a group webhook of this name exists; choose another name").WithField("name")
	// ErrWebhookDisabled: it is there but switched off.
	ErrWebhookDisabled = tenant.Refuse(provider.FailedPrecondition, "webhook_disabled",
		"该群机器人Webhook已停用，请先启用", "the group webhook is disabled; an administrator of the tenant can enable it").
		WithField("webhook")
	// ErrTooManyWebhooks: the tenant has MaxWebhooks.
	ErrTooManyWebhooks = tenant.Refuse(provider.FailedPrecondition, "too_many_webhooks",
		fmt.Sprintf("群机器人Webhook已达上限%d个，请先删除不再使用的", MaxWebhooks),
		fmt.Sprintf("there are %d group webhooks, which is the most; delete some that are not used", MaxWebhooks))
	// ErrInvalidWebhook: a field has a value that is not allowed.
	ErrInvalidWebhook = tenant.Refuse(provider.InvalidArgument, "invalid_webhook",
		"群机器人Webhook配置有误", "the group webhook is not valid")
)

func errInvalidWebhook(field, zh, en string) error { return restate(ErrInvalidWebhook, field, zh, en) }

// errNoWebhooks says that an office app has no group webhooks.
func errNoWebhooks(kind provider.Kind, err error) error {
	if !errors.Is(err, provider.ErrUnsupported) {
		return err
	}
	return restate(ErrUnsupported, "provider",
		fmt.Sprintf("应用类型%q没有群机器人Webhook", kind), fmt.Sprintf("%q has no group webhooks", kind)).WithCause(err)
}

func errWebhookMissing(err error) error {
	if errors.Is(err, tenant.ErrNotFound) {
		return ErrWebhookNotFound.WithCause(err)
	}
	return err
}

func errWebhookUnreadable(field string, cause error) error {
	return tenant.Refuse(provider.Internal, "secret_unreadable",
		"已保存的密钥无法解密，请重新填写", "the stored secret cannot be decrypted; enter it again").
		WithField(field).WithCause(cause)
}
