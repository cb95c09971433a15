package transport

import (
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// The bodies of requests whose decoders read them field by field, as the
// document tells them.

// testMessageFields are what decodeTestMessage reads.
type testMessageFields struct {
	App      looseText `json:"app"`
	Receiver looseText `json:"receiver"`
	SendAll  looseText `json:"sendAll"`
	Content  looseText `json:"content"`
	TenantID looseText `json:"tenantId"`
}

// testRecallFields are what decodeTestRecall reads.
type testRecallFields struct {
	App      looseText `json:"app"`
	TaskID   looseText `json:"msg_task_id"`
	TenantID looseText `json:"tenantId"`
}

// compatMobileFields are what decodeCompatMobile reads.
type compatMobileFields struct {
	Mobile        looseText `json:"mobile"`
	Captcha       looseText `json:"captcha"`
	ThirdUserUUID looseText `json:"thirdUserUuid"`
}

// compatBindFields are what decodeCompatBind reads; thirdType is not looked at.
type compatBindFields struct {
	ThirdUserUUID looseText `json:"thirdUserUuid"`
	ThirdType     looseText `json:"thirdType"`
	TenantID      looseText `json:"tenantId"`
}

// compatUnbindFields are what decodeCompatUnbind reads.
type compatUnbindFields struct {
	ID        looseText `json:"id"`
	SysUserID looseText `json:"sysUserId"`
	TenantID  looseText `json:"tenantId"`
}

// mediaParts are the parts of a mediaForm.
type mediaParts struct {
	Provider string   `json:"provider"`
	Kind     string   `json:"kind"`
	File     filePart `json:"file"`
}

// messageParts are the parts of a message with files: the message as JSON, and
// files under any other name.
type messageParts struct {
	Message newMessage `json:"message"`
	File    filePart   `json:"file"`
}

// webhookMessageFields are what decodeWebhookSend reads: a newMessage whose
// channel and webhook are those of the path, and which has no recipients.
// The two cannot share a struct: encoding/json names an embedded one in what it
// says of a wrong field.
type webhookMessageFields struct {
	Provider      provider.Kind           `json:"provider"`
	Content       provider.Content        `json:"content"`
	Template      *templateUseBody        `json:"template"`
	Mentions      mentionsBody            `json:"mentions"`
	SendAt        *string                 `json:"sendAt" schema:"date-time"`
	ExpiresAt     *string                 `json:"expiresAt" schema:"date-time"`
	OnUnsupported messaging.OnUnsupported `json:"onUnsupported"`
	OnTooLong     messaging.OnTooLong     `json:"onTooLong"`
	MoreURL       string                  `json:"moreUrl"`
	AtLeastOnce   bool                    `json:"atLeastOnce"`
}
