package messaging

import (
	"context"
	"strconv"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// channel is a way to send, open: what differs between work notifications,
// robots and webhooks. The functions that are nil are what it cannot do.
type channel struct {
	kind  provider.Kind
	appID string
	orgID string
	// identity is the app's at the office app; "" for webhooks.
	identity string
	// perSend is how many people a call takes, 0 for any number, and maxBytes
	// how long a rendered message is.
	perSend  int
	maxBytes int
	limits   provider.Limits
	// deduplicates is true when a call that is repeated sends nothing twice.
	deduplicates bool
	keywords     []string

	render func(c provider.Content, m provider.Mentions) (provider.Rendered, error)
	send   func(ctx context.Context, w Work, m provider.Rendered) (provider.Receipt, error)
	track  func(ctx context.Context, req provider.TrackRequest) (provider.TrackReport, error)
	recall func(ctx context.Context, w Work) error
}

// openFor opens the channel that a request asks for.
func (s *Service) openFor(ctx context.Context, t tenant.ID, r Request) (channel, error) {
	if r.Channel == ChannelWebhook {
		return s.openHook(ctx, t, r.Webhook)
	}
	conn, err := s.conns.Connect(ctx, t, r.Provider)
	if err != nil {
		return channel{}, err
	}
	return channelOf(conn, r.Channel)
}

// openAgain opens the channel that a batch is to be sent on. Where the app is
// that of another organisation by now it is ErrAppChanged: ids of people are
// unique within one only, and the message would reach somebody else.
func (s *Service) openAgain(ctx context.Context, w Work) (channel, error) {
	to, err := s.reopen(ctx, w)
	if err == nil && w.OrgID != "" && w.OrgID != to.orgID {
		err = ErrAppChanged
	}
	return to, err
}

// openAccepted opens the channel that a batch was accepted on.
func (s *Service) openAccepted(ctx context.Context, w Work) (channel, error) {
	to, err := s.reopen(ctx, w)
	if err == nil {
		err = w.Batch.knownTo(to.identity, to.orgID, w.OrgID)
	}
	return to, err
}

// knownTo is ErrAppChanged for a batch that was accepted by another app at the
// office app: this one does not know the task, or knows another one of that id.
// If that app is unknown, the organisations are compared.
func (b Batch) knownTo(identity, orgID, orgOfMessage string) error {
	same := b.AppIdentity == identity
	if b.AppIdentity == "" {
		same = orgOfMessage == "" || orgOfMessage == orgID
	}
	if !same {
		return ErrAppChanged
	}
	return nil
}

func (s *Service) reopen(ctx context.Context, w Work) (channel, error) {
	if w.Channel == ChannelWebhook {
		return s.openHook(ctx, w.Batch.Tenant, w.Webhook)
	}
	conn, err := s.conns.ConnectApp(ctx, w.Batch.Tenant, w.AppID)
	if err != nil {
		return channel{}, err
	}
	return channelOf(conn, w.Channel)
}

func channelOf(conn tenant.Connection, name Channel) (channel, error) {
	c := channel{
		kind: conn.App.Provider, appID: conn.App.ID, orgID: conn.App.OrgID(), identity: conn.App.Identity,
		limits: conn.Provider.Limits(),
	}
	switch name {
	case ChannelRobot:
		return c.robot(conn.Provider, false)
	case ChannelGroup:
		return c.robot(conn.Provider, true)
	case ChannelWork, ChannelWebhook:
	}
	return c.work(conn.Provider)
}

// work is the channel of work notifications.
func (c channel) work(p provider.Provider) (channel, error) {
	sender, err := provider.As[provider.MessageSender](p)
	if err != nil {
		return channel{}, err
	}
	c.perSend, c.maxBytes = c.limits.UsersPerSend, c.limits.MessageBytes
	c.deduplicates, c.render = c.limits.SendDeduplicates, unmentioned(sender.Render)
	c.send = func(ctx context.Context, w Work, m provider.Rendered) (provider.Receipt, error) {
		return sender.Send(ctx, provider.Audience{Users: w.Users, Everyone: w.Everyone}, m, w.dedup())
	}
	if tracker, err := provider.As[provider.MessageTracker](p); err == nil {
		c.track = tracker.Track
	}
	if recaller, err := provider.As[provider.MessageRecaller](p); err == nil {
		c.recall = func(ctx context.Context, w Work) error { return recaller.Recall(ctx, w.Batch.TaskID) }
	}
	return c, nil
}

// robot is the channel of the app's robot, to people or to a group.
func (c channel) robot(p provider.Provider, group bool) (channel, error) {
	sender, err := provider.As[provider.RobotSender](p)
	if err != nil {
		return channel{}, err
	}
	c.perSend, c.maxBytes = c.limits.RobotUsersPerSend, c.limits.RobotBytes
	if group {
		c.perSend = 1
	}
	c.deduplicates, c.render = c.limits.RobotDeduplicates, unmentioned(sender.RenderRobot)
	c.send = func(ctx context.Context, w Work, m provider.Rendered) (provider.Receipt, error) {
		return sender.SendRobot(ctx, w.robotAudience(), m, w.dedup())
	}
	if tracker, err := provider.As[provider.RobotTracker](p); err == nil {
		c.track = tracker.TrackRobot
	}
	if recaller, err := provider.As[provider.RobotRecaller](p); err == nil {
		c.recall = func(ctx context.Context, w Work) error {
			return recaller.RecallRobot(ctx, w.conversation(), w.Batch.TaskID)
		}
	}
	return c, nil
}

// dedup is the text that repeats of a batch's call are known by, at most
// provider.MaxDedup bytes.
func (w Work) dedup() string { return w.Batch.MessageID + "-" + strconv.Itoa(w.Batch.Number) }

func (w Work) robotAudience() provider.RobotAudience {
	if w.Channel == ChannelGroup {
		return provider.RobotAudience{Conversation: w.conversation()}
	}
	return provider.RobotAudience{Users: w.Users}
}

// conversation returns the group that a batch goes to, "" for people.
func (w Work) conversation() provider.ConversationID {
	if w.Channel != ChannelGroup || len(w.Users) == 0 {
		return ""
	}
	return provider.ConversationID(w.Users[0])
}

// openHook opens the channel of a stored webhook.
func (s *Service) openHook(ctx context.Context, t tenant.ID, name string) (channel, error) {
	hook, address, sender, err := s.openWebhook(ctx, t, name)
	if err != nil {
		return channel{}, err
	}
	limits := sender.Limits()
	return channel{
		kind: hook.Provider, limits: limits, perSend: 1, maxBytes: limits.WebhookBytes,
		deduplicates: limits.WebhookDeduplicates, keywords: hook.Keywords,
		render: sender.RenderWebhook,
		send: func(ctx context.Context, w Work, m provider.Rendered) (provider.Receipt, error) {
			return sender.SendWebhook(ctx, address, m, w.dedup())
		},
	}, nil
}

// unmentioned is for channels that cannot mention anybody.
func unmentioned(
	render func(provider.Content) (provider.Rendered, error),
) func(provider.Content, provider.Mentions) (provider.Rendered, error) {
	return func(c provider.Content, m provider.Mentions) (provider.Rendered, error) {
		rendered, err := render(c)
		if err == nil && !m.IsZero() {
			rendered.Degraded = append(rendered.Degraded, provider.Text{
				ZH: "提醒：该渠道不支持", EN: "mentions: not shown on this channel",
			})
		}
		return rendered, err
	}
}
