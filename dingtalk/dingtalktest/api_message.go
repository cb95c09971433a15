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
	// barWindow is how long the status bar of a message can be changed.
	barWindow = 7 * 24 * time.Hour
)

// messageRoutes are the work notifications.
func messageRoutes() []route {
	at := func(path string, serve func(*call) *refusal) route {
		return route{oldAPI, http.MethodPost, "/topapi/message/corpconversation/" + path, appToken, PermissionBase, anyBody, serve}
	}
	return []route{
		at("asyncsend_v2", (*call).sendMessage),
		at("getsendprogress", (*call).sendProgress),
		at("getsendresult", (*call).sendResult),
		at("recall", (*call).recallMessage),
		at("status_bar/update", (*call).updateStatusBar),
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
	if refused := c.checkMedia(msg.media); refused != nil {
		return refused
	}
	t := c.newTask(ChannelWork, c.em.outbox.share(msg.kind, msg.kind, raw))
	t.agentID, t.everyone = agentID, to.everyone
	if c.em.opts.obeys(RuleDuplicates) {
		t.hash = hashContent(raw)
	}
	targets := c.resolve(to, t)
	if refused := c.app.messages.admit(t, targets, c.app.company.currentDrops(), &c.em.opts); refused != nil {
		return refused
	}
	c.accept(t)
	c.body = append(c.body, `"task_id":`...)
	c.body = append(appendInt(c.body, t.id), ',')
	return nil
}

// newTask returns a message of the app that calls.
func (c *call) newTask(channel Channel, what *content) *task {
	return &task{channel: channel, company: c.app.company, app: c.app, at: c.at, content: what}
}

// accept keeps a message, with whether its caller will hear of it.
func (c *call) accept(t *task) {
	t.lost = c.lost
	c.accepted = t
	c.em.outbox.add(t)
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
