package transport

import (
	"context"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// messageSettingsBody are the tenant's settings of messages.
type messageSettingsBody struct {
	RetentionDays int        `json:"retentionDays"`
	Paused        bool       `json:"paused"`
	UpdatedBy     string     `json:"updatedBy"`
	UpdatedAt     *time.Time `json:"updatedAt"`
}

func messageSettingsOf(s messaging.Settings) messageSettingsBody {
	return messageSettingsBody{
		RetentionDays: s.RetentionDays, Paused: s.Paused, UpdatedBy: s.UpdatedBy, UpdatedAt: optionalTime(s.UpdatedAt),
	}
}

// messageSettingsChange is the body of PUT /messages/settings; what it leaves
// out is unchanged.
type messageSettingsChange struct {
	RetentionDays *int  `json:"retentionDays"`
	Paused        *bool `json:"paused"`
}

func (a *api) messageSettings(ctx context.Context, _ none) (messageSettingsBody, error) {
	s, err := a.services.Messages.Settings(ctx, tenantOf(ctx))
	return messageSettingsOf(s), err
}

func (a *api) saveMessageSettings(ctx context.Context, req messageSettingsChange) (messageSettingsBody, error) {
	s, err := a.services.Messages.SaveSettings(ctx, tenantOf(ctx), messaging.SettingsChange{
		RetentionDays: req.RetentionDays, Paused: req.Paused,
	})
	return messageSettingsOf(s), err
}

// quotaBody is how far a quota of an office app is used up in the present
// window of time.
type quotaBody struct {
	Quota messaging.Quota `json:"quota"`
	// AppID is the app's; "" for a webhook's.
	AppID string `json:"appId"`
	// Webhook is the name of the webhook whose quota it is; else "".
	Webhook string `json:"webhook"`
	// ProviderUserID is the person whose quota it is; else "".
	ProviderUserID provider.UserID `json:"providerUserId"`
	Limit          int             `json:"limit"`
	Used           int             `json:"used"`
	Remaining      int             `json:"remaining"`
	ResetsAt       time.Time       `json:"resetsAt"`
}

func quotaOf(u messaging.QuotaUse) quotaBody {
	b := quotaBody{
		Quota: u.Quota, AppID: u.AppID, Limit: u.Most, Used: u.N, Remaining: max(0, u.Most-u.N), ResetsAt: u.Ends.UTC(),
	}
	switch u.Quota {
	case messaging.QuotaWebhook:
		b.Webhook = u.Subject
	case messaging.QuotaContent: // the hash of the content has no ':'
		user := u.Subject[:max(0, strings.LastIndexByte(u.Subject, ':'))]
		b.ProviderUserID = provider.UserID(user)
	case messaging.QuotaPerson, messaging.QuotaEveryone, messaging.QuotaPeople:
		b.ProviderUserID = provider.UserID(u.Subject)
	}
	return b
}

func (a *api) quotas(ctx context.Context, _ none) (items[quotaBody], error) {
	uses, err := a.services.Messages.Quotas(ctx, tenantOf(ctx))
	if err != nil {
		return items[quotaBody]{}, err
	}
	return listOf(tenant.List[messaging.QuotaUse]{Items: uses}, quotaOf), nil
}
