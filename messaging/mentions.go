package messaging

import (
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// mentioned finds out who the people that a request mentions are at the office
// app. Those who are nobody there are returned as differences. Webhooks belong
// to no organisation, so that accounts are looked up in that of the tenant's
// enabled app.
func (s *Service) mentioned(ctx context.Context, t tenant.ID, r Request) (provider.Mentions, []provider.Text, error) {
	m := provider.Mentions{
		Users: slices.Clone(r.Mentions.ProviderUserIDs), Mobiles: r.Mentions.Mobiles, All: r.Mentions.All,
	}
	if len(r.Mentions.Usernames)+len(r.Mentions.UserIDs) == 0 {
		return m, nil, nil
	}
	conn, err := s.conns.Connect(ctx, t, r.Provider)
	if err != nil {
		return m, nil, fmt.Errorf("mentions: %w", err)
	}
	ro, err := s.resolve(ctx, t, channel{kind: r.Provider, orgID: conn.App.OrgID()}, Recipients{
		Usernames: r.Mentions.Usernames, UserIDs: r.Mentions.UserIDs,
	})
	if err != nil {
		return m, nil, err
	}
	for _, p := range ro.bound {
		m.Users = append(m.Users, p.ProviderUserID)
	}
	var missing []provider.Text
	for _, u := range ro.unbound {
		name := u.Recipient.Username + u.Recipient.UserID
		missing = append(missing, provider.Text{
			ZH: "提醒：" + name + "：" + u.Failure.Message.ZH, EN: "mentions: " + name + ": " + u.Failure.Message.EN,
		})
	}
	return m, missing, nil
}
