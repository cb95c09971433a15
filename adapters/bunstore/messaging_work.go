package bunstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

const whereBatch = "tenant_id = ? AND message_id = ? AND number = ?"

// selectWork reads batches with what is needed of their messages. The function
// list_of puts the users into a JSON array.
const selectWork = `
SELECT b.*, m.provider, m.app_id, m.org_id, m.channel, m.webhook, m.mentions, m.everyone, m.at_least_once,
	m.created_at, m.send_at, m.expires_at, m.recall_at, m.cancelled_at IS NOT NULL AS cancelled,
	COALESCE(json_array_length(m.parts), 0) AS parts,
	CASE WHEN b.part = 0 THEN m.content ELSE m.parts -> (b.part - 1) END AS content,
	EXISTS (SELECT 1 FROM thirdapp_message_settings c WHERE c.tenant_id = b.tenant_id AND c.paused) AS paused,
	CASE WHEN b.state IN ('pending', 'scheduled', 'sending') OR m.channel IN ('group', 'webhook') THEN (
		SELECT list_of(d.provider_user_id ORDER BY d.position)
		FROM thirdapp_deliveries d
		WHERE d.tenant_id = b.tenant_id AND d.message_id = b.message_id AND d.batch = b.number
			AND (d.state IS NULL OR m.channel IN ('group', 'webhook')) AND d.provider_user_id <> ''
	) END AS users
FROM ?0
JOIN thirdapp_message_batches b ON ` + ofHeld + `
JOIN thirdapp_messages m ON m.tenant_id = b.tenant_id AND m.id = b.message_id`

// workView is a row of selectWork.
type workView struct {
	batchRow `bun:",extend"`

	Provider    provider.Kind
	AppID       string
	OrgID       string
	Channel     messaging.Channel
	Webhook     string
	Mentions    *provider.Mentions `bun:"type:json"`
	Everyone    bool
	AtLeastOnce bool
	CreatedAt   time.Time
	SendAt      time.Time `bun:",nullzero"`
	ExpiresAt   time.Time `bun:",nullzero"`
	RecallAt    time.Time `bun:",nullzero"`
	Parts       int
	Content     provider.Content `bun:"type:json"`
	Cancelled   bool
	Paused      bool
	Users       []provider.UserID `bun:"type:json"`
}

// Work implements messaging.BatchStore. It is one statement, and one more for
// each part of a split message.
func (s *Store) Work(ctx context.Context, refs ...messaging.BatchRef) (map[messaging.BatchRef]messaging.Work, error) {
	found, err := s.work(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("bunstore: work: %w", storeError(err))
	}
	return found, nil
}

func (s *Store) work(ctx context.Context, refs []messaging.BatchRef) (map[messaging.BatchRef]messaging.Work, error) {
	if err := checkRefs(refs); err != nil || len(refs) == 0 {
		return nil, err
	}
	rows := heldValues(refs, func(r *messaging.BatchRef) messaging.BatchRef { return *r }).values
	list := "json_group_array"
	if s.postgres() {
		list = "json_agg"
	}
	var views []workView
	err := s.idb(ctx).NewRaw(strings.Replace(selectWork, "list_of", list, 1), rows).Scan(ctx, &views)
	if err != nil {
		return nil, err
	}
	found := make(map[messaging.BatchRef]messaging.Work, len(views))
	for _, v := range views {
		w := v.work()
		if v.Part > 0 {
			if w.Earlier, w.Later, err = s.neighbours(ctx, v.batchRow); err != nil {
				return nil, err
			}
		}
		found[v.ref()] = w
	}
	return found, nil
}

func (v workView) work() messaging.Work {
	return messaging.Work{
		Batch: v.batch(), Claim: v.Claim, Provider: v.Provider, AppID: v.AppID, OrgID: v.OrgID, Channel: v.Channel, Webhook: v.Webhook,
		Mentions: orZero(v.Mentions), Everyone: v.Everyone, AtLeastOnce: v.AtLeastOnce,
		CreatedAt: v.CreatedAt.UTC(), SendAt: utcOrZero(v.SendAt), ExpiresAt: utcOrZero(v.ExpiresAt), RecallAt: utcOrZero(v.RecallAt),
		Content: v.Content, Parts: v.Parts, Moved: v.Moved, Cancelled: v.Cancelled, Paused: v.Paused, Users: nilIfEmpty(v.Users),
	}
}

func checkRefs(refs []messaging.BatchRef) error {
	for _, r := range refs {
		if err := checkText(string(r.Tenant), r.MessageID); err != nil {
			return err
		}
	}
	return nil
}

// neighbours returns the state of the batch with the part before, "" when the
// batch follows none, and whether there is one with the part after.
func (s *Store) neighbours(ctx context.Context, of batchRow) (earlier messaging.DeliveryState, later bool, err error) {
	var rows []batchRow
	err = s.idb(ctx).NewSelect().Model(&rows).Column("number", "state", "follows").
		Where("tenant_id = ? AND message_id = ?", of.TenantID, of.MessageID).
		Where("number IN (?, ?)", of.Number-1, of.Number+1).Scan(ctx)
	for _, r := range rows {
		switch {
		case r.Number > of.Number:
			later = r.Follows
		case of.Follows:
			earlier = r.State
		}
	}
	return earlier, later, err
}
