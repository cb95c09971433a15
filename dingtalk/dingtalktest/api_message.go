package dingtalktest

import (
	"net/http"
	"strconv"
	"time"
)

// Limits of work notifications (docs, "asynchronous sending of work
// notifications" and its companions, read 2026-11-22).
const (
	maxSendUsers       = 100
	maxSendDepartments = 20
	// maxStatusBarUsers is the most people of a message with a status bar.
	maxStatusBarUsers = 5
	// maxTrackedUsers is the most people the send result tells about; with
	// more the call times out.
	maxTrackedUsers = 100
	// trackWindow is how long a message can be asked about and recalled.
	trackWindow = 24 * time.Hour
)

// messageRoutes are the work notifications.
func messageRoutes() []route {
	at := func(path string, serve func(*call) *refusal) route {
		return route{oldAPI, http.MethodPost, "/topapi/message/corpconversation/" + path, appToken, PermissionBase, serve}
	}
	return []route{
		at("asyncsend_v2", (*call).sendMessage),
		at("getsendprogress", (*call).sendProgress),
		at("getsendresult", (*call).sendResult),
		at("recall", (*call).recallMessage),
	}
}

// audience is whom a message is for, as asked.
type audience struct {
	users       []string
	departments []int64
	everyone    bool
}

func (c *call) sendMessage() *refusal {
	agentID, refused := c.ownAgentID()
	if refused != nil {
		return refused
	}
	to, refused := c.readAudience()
	if refused != nil {
		return refused
	}
	raw := c.params.raw("msg")
	msg, refused := inspectMessage(raw)
	if refused != nil {
		return refused
	}
	if msg.statusBar && (to.everyone || len(to.departments) > 0 || len(to.users) > maxStatusBarUsers) {
		return errParameter
	}
	t := &task{
		app: c.app, agentID: agentID, at: c.at, kind: msg.kind, body: raw,
		everyone: to.everyone, contentHash: msg.hash,
	}
	targets := c.resolve(to, t)
	if refused := c.app.messages.admit(t, targets, c.app.company.currentDrops(), &c.em.opts); refused != nil {
		return refused
	}
	c.em.outbox.add(t)
	c.body = append(c.body, `"task_id":`...)
	c.body = append(appendInt(c.body, t.id), ',')
	return nil
}

// ownAgentID reads agent_id, which must be that of the token's app.
func (c *call) ownAgentID() (int64, *refusal) {
	id, present, valid := c.params.int("agent_id")
	switch {
	case !present:
		return 0, errAgentMissing
	case !valid || id != c.grant.AgentID:
		return 0, errAgent
	}
	return id, nil
}

func (c *call) readAudience() (audience, *refusal) {
	var to audience
	var valid bool
	if to.everyone, _, valid = c.params.bool("to_all_user"); !valid {
		return to, errParameter
	}
	to.users = c.params.list("userid_list")
	for _, text := range c.params.list("dept_id_list") {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return to, errParameter
		}
		to.departments = append(to.departments, id)
	}
	switch {
	case len(to.users) > maxSendUsers || len(to.departments) > maxSendDepartments:
		return to, errTooMany
	case !to.everyone && len(to.users) == 0 && len(to.departments) == 0:
		return to, errParameter
	}
	return to, nil
}

// resolve turns an audience into people, each once, and notes in the task what
// does not exist or is out of the app's scope.
func (c *call) resolve(to audience, t *task) []string {
	d := c.app.company.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	if to.everyone {
		return d.visibleBelow(c.grant, d.departments[RootID], nil, nil)
	}
	var targets []string
	taken := make(map[string]struct{}, len(to.users))
	for _, id := range to.users {
		if _, again := taken[id]; again {
			continue
		}
		e := d.people[id]
		if e == nil || !d.seesPersonLocked(c.grant, e.person) {
			t.badUsers = append(t.badUsers, id)
			continue
		}
		taken[id] = struct{}{}
		targets = append(targets, e.person.UserID)
	}
	for _, id := range to.departments {
		node := d.departments[id]
		if node == nil || !c.grant.whole && !d.seesLocked(c.grant, id) {
			t.badDepts = append(t.badDepts, id)
			continue
		}
		targets = d.visibleBelow(c.grant, node, taken, targets)
	}
	return targets
}

// visibleBelow appends those in and below a department whom the app may see and
// who are not taken yet; a nil set takes nobody. The caller holds the lock.
func (d *directory) visibleBelow(g *grant, top *department, taken map[string]struct{}, targets []string) []string {
	d.eachBelow(top, func(p *Person) {
		if !d.seesPersonLocked(g, p) {
			return
		}
		if taken != nil {
			if _, again := taken[p.UserID]; again {
				return
			}
			taken[p.UserID] = struct{}{}
		}
		targets = append(targets, p.UserID)
	})
	return targets
}

// ownTask finds the task that a call names, wrong says that it is not the app's
// or too old.
func (c *call) ownTask(name string, wrong *refusal) (*task, *refusal) {
	agentID, _, agentOK := c.params.int("agent_id")
	id, _, taskOK := c.params.int(name)
	if !agentOK || !taskOK || agentID != c.grant.AgentID {
		return nil, wrong
	}
	t := c.em.outbox.find(id)
	if t == nil || t.app != c.app || c.at.Sub(t.at) > trackWindow {
		return nil, wrong
	}
	return t, nil
}

func (c *call) sendProgress() *refusal {
	t, refused := c.ownTask("task_id", errIllegal)
	if refused != nil {
		return refused
	}
	const (
		notStarted = 0
		running    = 1
		done       = 2
	)
	c.app.messages.mu.Lock()
	t.polls++
	_, part := t.progress(c.at, &c.em.opts)
	c.app.messages.mu.Unlock()
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
	t, refused := c.ownTask("task_id", errIllegal)
	if refused != nil {
		return refused
	}
	if t.targets > maxTrackedUsers {
		return errUpstream
	}
	c.app.messages.mu.Lock()
	read, unread := t.readers(c.at, &c.em.opts)
	c.app.messages.mu.Unlock()
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
	t, refused := c.ownTask("msg_task_id", errParameter)
	if refused != nil {
		return refused
	}
	c.app.messages.mu.Lock()
	defer c.app.messages.mu.Unlock()
	if !t.recalled {
		t.kept, _ = t.progress(c.at, &c.em.opts)
		t.recalled = true
	}
	return nil
}
