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
	return c.fake.render(content, content)
}

// render returns the form of a valid content, which is the JSON of a value.
func (f *Fake) render(content provider.Content, form any) (provider.Rendered, error) {
	if err := content.Validate(); err != nil {
		return provider.Rendered{}, err
	}
	if slices.Contains(f.cfg.Unsupported, content.Type) {
		return provider.Rendered{}, f.errorf("render", provider.Unsupported, "%s is not shown", content.Type)
	}
	if err := f.checkTexts(content); err != nil {
		return provider.Rendered{}, err
	}
	var degraded []provider.Text
	if slices.Contains(f.cfg.Degrades, content.Type) {
		degraded = []provider.Text{{ZH: string(content.Type) + "：显示为文本", EN: string(content.Type) + ": shown as text"}}
	}
	body, err := json.Marshal(form)
	if err != nil {
		return provider.Rendered{}, fmt.Errorf("render: %w", err)
	}
	return provider.Rendered{Body: body, Degraded: degraded}, nil
}

// checkTexts names the first text that is too long.
func (f *Fake) checkTexts(content provider.Content) error {
	var long *provider.ContentError
	content.Each(func(path, text string) {
		if long == nil && exceeds(len(text), f.cfg.LongestText) {
			long = &provider.ContentError{Field: path, TooLong: true, Problem: provider.Text{
				ZH: fmt.Sprintf("%d字节，超过模拟应用的上限%d字节", len(text), f.cfg.LongestText),
				EN: fmt.Sprintf("%d bytes; the fake takes at most %d", len(text), f.cfg.LongestText),
			}}
		}
	})
	if long == nil {
		return nil
	}
	return long
}

// Send implements provider.MessageSender.
func (c *connection) Send(ctx context.Context, to provider.Audience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	return act(ctx, c.fake, OpSend, func() (provider.Receipt, error) {
		if err := c.usable(OpSend); err != nil {
			return provider.Receipt{}, err
		}
		if err := c.fake.checkAudience(to, m); err != nil {
			return provider.Receipt{}, err
		}
		return c.take(to, m, dedup), nil
	})
}

// take records an accepted message, unless it is a repeat.
func (c *connection) take(to provider.Audience, m provider.Rendered, dedup string) provider.Receipt {
	f := c.fake
	f.mu.Lock()
	defer f.mu.Unlock()
	key := string(OpSend) + "\x00" + dedup
	if first, ok := f.receipts[key]; ok {
		return first
	}
	body, now := string(m.Body), c.now()
	id := fmt.Sprintf("task-%d", len(f.sent)+1)
	f.keep(&f.sent, OpSend, Sent{
		TaskID: id, Users: slices.Clone(to.Users), Departments: slices.Clone(to.Departments), Everyone: to.Everyone,
		Body: body, At: now, Beyond: f.beyond(to, body, now),
	})
	receipt := provider.Receipt{
		TaskID: id, RequestID: "request-" + id, Raw: fmt.Appendf(nil, `{"errcode":0,"task_id":%q}`, id),
		Refused: f.refusals(to.Users),
	}
	if dedup != "" && f.cfg.Limits.SendDeduplicates {
		f.receipts[key] = receipt
	}
	return receipt
}

// checkAudience refuses what its callers promised not to ask for.
func (f *Fake) checkAudience(to provider.Audience, m provider.Rendered) error {
	limits := f.cfg.Limits
	switch n := countTrue(len(to.Users) > 0, len(to.Departments) > 0, to.Everyone); {
	case n != 1:
		return f.errorf(OpSend, provider.InvalidArgument, "%d kinds of receivers, want one", n)
	case exceeds(len(to.Users), limits.UsersPerSend):
		return f.errorf(OpSend, provider.InvalidArgument, "too many users")
	case exceeds(len(to.Departments), limits.DepartmentsPerSend):
		return f.errorf(OpSend, provider.InvalidArgument, "too many departments")
	case exceeds(len(m.Body), limits.MessageBytes):
		return f.errorf(OpSend, provider.InvalidArgument, "message too long")
	}
	return nil
}

// exceeds reports whether n is above a limit; 0 is no limit.
func exceeds(n, limit int) bool { return limit > 0 && n > limit }

func countTrue(list ...bool) int {
	n := 0
	for _, b := range list {
		if b {
			n++
		}
	}
	return n
}

// Track implements provider.MessageTracker.
func (c *connection) Track(ctx context.Context, req provider.TrackRequest) (provider.TrackReport, error) {
	if _, err := c.begin(ctx, OpTrack); err != nil {
		return provider.TrackReport{}, err
	}
	f := c.fake
	f.mu.Lock()
	defer f.mu.Unlock()
	t, err := f.within(OpTrack, OpSend, req.TaskID, f.cfg.Limits.TrackWindow, c.now())
	if err != nil {
		return provider.TrackReport{}, err
	}
	report := provider.TrackReport{Done: t.done, Percent: t.percent}
	if len(t.sent.Users) > 0 && !exceeds(req.Recipients, f.cfg.Limits.TrackUsers) {
		report.Outcomes = t.report()
	}
	return report, nil
}

// Recall implements provider.MessageRecaller.
func (c *connection) Recall(ctx context.Context, taskID string) error {
	return c.change(ctx, OpRecall, func(f *Fake) error {
		t, err := f.within(OpRecall, OpSend, taskID, f.cfg.Limits.RecallWindow, c.now())
		if err == nil {
			t.sent.Recalled = true
		}
		return err
	})
}

// UpdateStatus implements provider.StatusUpdater. What was not sent as a notice
// with a status, or to too many, is an error of code FailedPrecondition.
func (c *connection) UpdateStatus(ctx context.Context, taskID string, s provider.Status) error {
	return c.change(ctx, OpStatus, func(f *Fake) error {
		if err := s.Validate(); err != nil {
			return err
		}
		limits := f.cfg.Limits
		t, err := f.within(OpStatus, OpSend, taskID, limits.StatusWindow, c.now())
		switch {
		case err != nil:
			return err
		case !t.hasStatus() || len(t.sent.Users) == 0 || exceeds(len(t.sent.Users), limits.StatusUsers):
			return f.errorf(OpStatus, provider.FailedPrecondition, "it has no status that can be changed")
		}
		t.sent.Status = s
		return nil
	})
}

// hasStatus reports whether the message is a notice with a status.
func (t *task) hasStatus() bool {
	var c provider.Content
	return json.Unmarshal([]byte(t.sent.Body), &c) == nil && c.Notice != nil && c.Notice.Status != nil
}

// change makes a call that changes something of what was sent. The lock is held
// during do.
func (c *connection) change(ctx context.Context, op Op, do func(f *Fake) error) error {
	_, err := act(ctx, c.fake, op, func() (struct{}, error) {
		if err := c.usable(op); err != nil {
			return struct{}{}, err
		}
		c.fake.mu.Lock()
		defer c.fake.mu.Unlock()
		return struct{}{}, do(c.fake)
	})
	return err
}
