package bunstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
)

// insertPlain stores any number of messages to one person each. One argument
// carries them all, so that the statement is always the same one.
const insertPlain = `
WITH input AS (
	SELECT * FROM json_to_recordset($1::json) AS message (
		tenant_id text, id text, provider text, app_id text, org_id text, channel text, content json, degraded json,
		at_least_once boolean, created_by text, created_by_name text, expires_at timestamptz, created_at timestamptz,
		webhook text, template_name text, template json, mentions json, duplicates json, send_at timestamptz,
		state text, next_at timestamptz, username text, user_id text, provider_user_id text)
), m AS (
	INSERT INTO thirdapp_messages (
		tenant_id, id, provider, app_id, channel, content, degraded, everyone, unbound, at_least_once,
		created_by, created_by_name, expires_at, created_at,
		webhook, template_name, template, mentions, duplicates, send_at, org_id, batches)
	SELECT tenant_id, id, provider, app_id, channel, content, degraded, FALSE, 0, at_least_once,
		created_by, created_by_name, expires_at, created_at,
		webhook, template_name, template, mentions, duplicates, send_at, org_id, 1 FROM input
), b AS (
	INSERT INTO thirdapp_message_batches (
		tenant_id, message_id, number, state, recipients, claim, attempts, next_at, maybe_sent,
		task_id, request_id, tracking, tracks, updated_at)
	SELECT tenant_id, id, 1, state, 1, '', 0, next_at, FALSE, '', '', FALSE, 0, created_at FROM input
)
INSERT INTO thirdapp_deliveries (tenant_id, message_id, batch, position, username, user_id, provider_user_id)
SELECT tenant_id, id, 1, 0, username, user_id, provider_user_id FROM input`

// plainMessage is a row of the input of insertPlain.
type plainMessage struct {
	TenantID       string       `json:"tenant_id"`
	ID             string       `json:"id"`
	Provider       string       `json:"provider"`
	AppID          string       `json:"app_id"`
	OrgID          string       `json:"org_id"`
	Channel        string       `json:"channel"`
	Content        any          `json:"content"`
	Degraded       degradations `json:"degraded,omitempty"`
	AtLeastOnce    bool         `json:"at_least_once"`
	CreatedBy      string       `json:"created_by"`
	CreatedByName  string       `json:"created_by_name"`
	ExpiresAt      time.Time    `json:"expires_at,omitzero"`
	CreatedAt      time.Time    `json:"created_at"`
	Webhook        string       `json:"webhook"`
	TemplateName   string       `json:"template_name"`
	Template       any          `json:"template,omitempty"`
	Mentions       any          `json:"mentions,omitempty"`
	Duplicates     []string     `json:"duplicates,omitempty"`
	SendAt         time.Time    `json:"send_at,omitzero"`
	State          string       `json:"state"`
	NextAt         time.Time    `json:"next_at"`
	Username       string       `json:"username"`
	UserID         string       `json:"user_id"`
	ProviderUserID string       `json:"provider_user_id"`
}

// isNotPlain reports whether a message is more than one to one person.
func isNotPlain(n messaging.NewMessage) bool {
	return len(n.Batches) != 1 || len(n.Batches[0]) != 1 || len(n.Unbound) > 0 || len(n.Message.Parts) > 0 ||
		n.Message.Everyone || n.Message.IdempotencyKey != "" || !n.Selection.Done
}

// createPlain stores messages to one person each.
func (s *Store) createPlain(ctx context.Context, list []messaging.NewMessage) error {
	rows := make([]plainMessage, len(list))
	for i, n := range list {
		rows[i] = plainOf(n)
	}
	input, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	_, err = s.handle(ctx).ExecContext(ctx, insertPlain, prepared(string(input))...)
	return storeError(err)
}

func plainOf(n messaging.NewMessage) plainMessage {
	m, to := rowOfMessage(n), n.Batches[0][0]
	state, next := growthOf(n).begin()
	row := plainMessage{
		TenantID: string(m.TenantID), ID: m.ID, Provider: string(m.Provider), AppID: m.AppID, OrgID: m.OrgID, Channel: string(m.Channel),
		Content: m.Content, Degraded: m.Degraded, AtLeastOnce: m.AtLeastOnce,
		CreatedBy: m.CreatedBy, CreatedByName: m.CreatedByName, ExpiresAt: m.ExpiresAt, CreatedAt: m.CreatedAt,
		Webhook: m.Webhook, TemplateName: m.TemplateName, Duplicates: m.Duplicates, SendAt: m.SendAt,
		State: string(state), NextAt: next,
		Username: to.Username, UserID: to.UserID, ProviderUserID: string(to.ProviderUserID),
	}
	if m.Template != nil {
		row.Template = m.Template
	}
	if m.Mentions != nil {
		row.Mentions = m.Mentions
	}
	return row
}
