package providertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// Render implements provider.MessageSender.
func (c *connection) Render(content provider.Content) (provider.Rendered, error) {
	if err := content.Validate(); err != nil {
		return provider.Rendered{}, err
	}
	var degraded []string
	if slices.Contains(c.fake.cfg.Degrades, content.Type) {
		degraded = []string{string(content.Type) + ": shown as text"}
	}
	body, err := json.Marshal(content)
	if err != nil {
		return provider.Rendered{}, fmt.Errorf("render: %w", err)
	}
	return provider.Rendered{Body: body, Degraded: degraded}, nil
}

// Send implements provider.MessageSender.
func (c *connection) Send(ctx context.Context, to provider.Audience, m provider.Rendered) (provider.Receipt, error) {
	s, err := c.fake.call(ctx, OpSend)
	if err != nil {
		return provider.Receipt{}, err
	}
	if s.Err != nil && !s.Done {
		return provider.Receipt{}, c.fake.failure(OpSend, s.Err)
	}
	if err := c.usable(OpSend); err != nil {
		return provider.Receipt{}, err
	}
	if err := c.fake.checkAudience(to, m); err != nil {
		return provider.Receipt{}, err
	}
	receipt := c.take(to, m)
	if s.Then != nil {
		s.Then()
	}
	if s.Err != nil {
		return provider.Receipt{}, c.fake.failure(OpSend, s.Err)
	}
	return receipt, nil
}

// take records an accepted message.
func (c *connection) take(to provider.Audience, m provider.Rendered) provider.Receipt {
	f := c.fake
	f.mu.Lock()
	defer f.mu.Unlock()
	id := fmt.Sprintf("task-%d", len(f.sent)+1)
	sent := Sent{TaskID: id, Users: slices.Clone(to.Users), Everyone: to.Everyone, Body: string(m.Body)}
	f.sent = append(f.sent, sent)
	f.tasks[id] = &task{sent: sent, at: c.now(), outcomes: make(map[provider.UserID]provider.PersonOutcome)}
	receipt := provider.Receipt{
		TaskID: id, RequestID: "request-" + id, Raw: fmt.Appendf(nil, `{"errcode":0,"task_id":%q}`, id),
	}
	for _, u := range to.Users {
		if e := f.refused[u]; e != nil {
			if receipt.Refused == nil {
				receipt.Refused = make(map[provider.UserID]*provider.Error)
			}
			receipt.Refused[u] = e
		}
	}
	return receipt
}

// checkAudience refuses what its callers promised not to ask for.
func (f *Fake) checkAudience(to provider.Audience, m provider.Rendered) error {
	kinds := 0
	for _, set := range []bool{len(to.Users) > 0, len(to.Departments) > 0, to.Everyone} {
		if set {
			kinds++
		}
	}
	limits := f.cfg.Limits
	switch {
	case kinds != 1:
		return f.errorf(OpSend, provider.InvalidArgument, "%d kinds of receivers, want one", kinds)
	case limits.UsersPerSend > 0 && len(to.Users) > limits.UsersPerSend:
		return f.errorf(OpSend, provider.InvalidArgument, "too many users")
	case limits.DepartmentsPerSend > 0 && len(to.Departments) > limits.DepartmentsPerSend:
		return f.errorf(OpSend, provider.InvalidArgument, "too many departments")
	case limits.MessageBytes > 0 && len(m.Body) > limits.MessageBytes:
		return f.errorf(OpSend, provider.InvalidArgument, "message too long")
	}
	return nil
}

// Track implements provider.MessageTracker.
func (c trackingConnection) Track(ctx context.Context, req provider.TrackRequest) (provider.TrackReport, error) {
	if _, err := c.begin(ctx, OpTrack); err != nil {
		return provider.TrackReport{}, err
	}
	f := c.fake
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tasks[req.TaskID]
	window := f.cfg.Limits.TrackWindow
	if t == nil || window > 0 && c.now().Sub(t.at) > window {
		return provider.TrackReport{}, f.errorf(OpTrack, provider.NotFound, "no such task")
	}
	report := provider.TrackReport{Done: t.done, Percent: t.percent}
	most := f.cfg.Limits.TrackUsers
	if t.sent.Everyone || most > 0 && req.Recipients > most {
		return report, nil
	}
	report.Outcomes = make(map[provider.UserID]provider.PersonOutcome, len(t.sent.Users))
	for _, u := range t.sent.Users {
		o, ok := t.outcomes[u]
		if !ok {
			o = provider.PersonOutcome{Outcome: provider.OutcomePending}
		}
		report.Outcomes[u] = o
	}
	return report, nil
}
