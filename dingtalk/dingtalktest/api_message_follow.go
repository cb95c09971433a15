package dingtalktest

import (
	"regexp"
	"strconv"
	"time"
)

// ownTask finds the task that a call names, wrong says that it is not the app's
// or too old.
func (c *call) ownTask(name string, window time.Duration, wrong *refusal) (*task, *refusal) {
	agentID, _, agentOK := c.params.int("agent_id")
	id, _, taskOK := c.params.int(name)
	if !agentOK || !taskOK || agentID != c.grant.AgentID {
		return nil, wrong
	}
	t := c.em.outbox.find(id)
	if t == nil || t.channel != ChannelWork || t.app != c.app || c.at.Sub(t.at) > window {
		return nil, wrong
	}
	return t, nil
}

func (c *call) sendProgress() *refusal {
	t, refused := c.ownTask("task_id", trackWindow, errIllegal)
	if refused != nil {
		return refused
	}
	const (
		notStarted = 0
		running    = 1
		done       = 2
	)
	t.mu.Lock()
	t.polls++
	_, part := t.progress(c.at, &c.em.opts)
	t.mu.Unlock()
	status := int64(running)
	switch {
	case part >= 1:
		status = done
	case part <= 0:
		status = notStarted
	}
	c.field("progress", func(o *object) {
		o.number("progress_in_percent", int64(part*100))
		o.number("status", status)
	})
	return nil
}

func (c *call) sendResult() *refusal {
	t, refused := c.ownTask("task_id", trackWindow, errIllegal)
	if refused != nil {
		return refused
	}
	if t.targets > maxTrackedUsers {
		return errUpstream
	}
	t.mu.Lock()
	read, unread := t.readers(c.at, &c.em.opts)
	t.mu.Unlock()
	c.field("send_result", func(o *object) {
		o.texts("invalid_user_id_list", t.badUsers)
		o.key("forbidden_user_id_list")
		o.b = appendList(o.b, t.forbidden, func(b []byte, f Forbidden) []byte { return appendString(b, f.UserID) })
		o.texts("failed_user_id_list", t.failed)
		o.texts("read_user_id_list", read)
		o.texts("unread_user_id_list", unread)
		o.numbers("invalid_dept_id_list", t.badDepts)
		o.key("forbidden_list")
		o.b = appendList(o.b, t.forbidden, c.em.appendForbidden)
	})
	return nil
}

// appendForbidden appends why somebody did not get a message; count is the
// threshold they met.
func (em *Emulator) appendForbidden(b []byte, f Forbidden) []byte {
	count := 0
	switch f.Code {
	case CodePerDay:
		count = em.opts.MessagesPerPersonPerDay
	case CodePerMinute:
		count = em.opts.PeoplePerMinute
	case CodeDuplicate:
		count = 1
	}
	o := openObject(b)
	o.text("code", strconv.Itoa(f.Code))
	o.number("count", int64(count))
	o.text("userid", f.UserID)
	return o.close()
}

func (c *call) recallMessage() *refusal {
	t, refused := c.ownTask("msg_task_id", trackWindow, errParameter)
	if refused != nil {
		return refused
	}
	t.recall(c.at, &c.em.opts)
	return nil
}

// updateStatusBar changes the coloured line of a message of type oa that went
// to a few people. The documentation names 40056, 40035 and 41052; which of
// them answers what is our reading.
func (c *call) updateStatusBar() *refusal {
	if _, refused := c.ownAgentID(); refused != nil {
		return refused
	}
	t, refused := c.ownTask("task_id", barWindow, errIllegal)
	if refused != nil {
		return refused
	}
	bar := StatusBar{Value: c.params.text("status_value"), Background: c.params.text("status_bg")}
	if bar.Value == "" || bar.Background != "" && !newBarColor.MatchString(bar.Background) || t.content.kind != "oa" {
		return errIllegal
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, done := t.progress(c.at, &c.em.opts); done < 1 || t.everyone || t.targets > maxStatusBarUsers {
		return errStatusBar
	}
	if t.recalled {
		return errIllegal
	}
	t.bar = &bar
	return nil
}

var newBarColor = regexp.MustCompile(`^0x[Ff]{2}[0-9A-Fa-f]{6}$`)
