package dingtalktest

import (
	"crypto/rand"
	"net/http"
	"time"
)

// Limits of app robots (docs, "batch send of one-to-one messages by robot" and
// its companions, read 2026-11-22; the text of one error says 100 people).
const (
	maxRobotUsers = 20
	maxRobotKeys  = 20
	// robotWindow is how long a message can be asked about and recalled.
	robotWindow = 24 * time.Hour
)

// robotRoutes are the robots of apps. Sending and asking say oToMessages,
// recalling otoMessages, as the documentation prints them.
func robotRoutes() []route {
	at := func(method, path string, serve func(*call) *refusal) route {
		return route{newAPI, method, "/v1.0/robot/" + path, appToken, PermissionRobot, anyBody, serve}
	}
	return []route{
		at(http.MethodPost, "oToMessages/batchSend", (*call).robotSend),
		at(http.MethodGet, "oToMessages/readStatus", (*call).robotReadStatus),
		at(http.MethodPost, "otoMessages/batchRecall", (*call).robotRecall),
		at(http.MethodPost, "groupMessages/send", (*call).groupSend),
		at(http.MethodPost, "groupMessages/query", (*call).groupQuery),
		at(http.MethodPost, "groupMessages/recall", (*call).groupRecall),
	}
}

// checkRobot refuses a robotCode that is not that of the token's app.
func (c *call) checkRobot() *refusal {
	code := c.params.text("robotCode")
	switch code {
	case "":
		return errRobotCodeEmpty
	case c.grant.RobotCode:
		return nil
	}
	for _, a := range c.em.allApps() {
		if a.grant.Load().RobotCode == code {
			return errRobotCodeOthers
		}
	}
	return errRobotCodeUnknown
}

// robotContent reads and checks msgKey and msgParam, which is a JSON text.
func (c *call) robotContent() (*content, *refusal) {
	key, keyOK := c.params.quoted("msgKey")
	if !keyOK {
		return nil, errMsgKeyUnknown
	}
	param, paramOK := c.params.quoted("msgParam")
	if !paramOK {
		return nil, errMsgParam
	}
	if refused := c.inspectMsgParam(key, param); refused != nil {
		return nil, refused
	}
	return c.em.outbox.share(key, "", []byte(param)), nil
}

func (c *call) robotSend() *refusal {
	if refused := c.checkRobot(); refused != nil {
		return refused
	}
	users, valid := c.params.texts("userIds")
	switch {
	case !valid:
		return errParam
	case len(users) == 0:
		return errUserIDsEmpty
	case len(users) > maxRobotUsers:
		return errUserIDsTooMany
	}
	what, refused := c.robotContent()
	if refused != nil {
		return refused
	}
	t := c.newTask(ChannelRobot, what)
	t.key = newQueryKey()
	c.addressRobot(t, users)
	c.accept(t)
	o := openObject(c.body)
	o.text("processQueryKey", t.key)
	o.texts("invalidStaffIdList", t.badUsers)
	o.texts("flowControlledStaffIdList", t.slowed)
	c.body = o.close()
	return nil
}

// addressRobot finds out who gets a robot's message, each once. People out of
// the app's scope count as unknown, which is our reading.
func (c *call) addressRobot(t *task, users []string) {
	slowed := c.app.company.currentSlowed()
	d := c.app.company.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	t.receivers = make([]string, 0, len(users))
	taken := make(map[string]struct{}, len(users))
	for _, id := range users {
		if _, again := taken[id]; again {
			continue
		}
		taken[id] = struct{}{}
		e := d.people[id]
		_, slow := slowed[id]
		switch {
		case e == nil || !d.seesPersonLocked(c.grant, e.person):
			t.badUsers = append(t.badUsers, id)
		case slow:
			t.slowed = append(t.slowed, id)
		default:
			t.receivers = append(t.receivers, e.person.UserID)
		}
	}
	t.targets = len(t.receivers)
}

// newQueryKey makes a processQueryKey. Like real ones it is Base64, and breaks
// when it is put into a query as it stands.
func newQueryKey() string { return rand.Text() + "+/" + rand.Text() + "==" }

// ownKey finds the robot's message that a key stands for; of a group nil is
// one-to-one.
func (c *call) ownKey(key string, of *group) (*task, *refusal) {
	if key == "" {
		return nil, errKeyAbsent
	}
	t := c.em.outbox.findKey(key)
	if t == nil || t.app != c.app || t.group != of {
		return nil, errKeyInvalid
	}
	if c.at.Sub(t.at) > robotWindow {
		return nil, errKeyExpired
	}
	return t, nil
}

// sendStatus tells how far a robot's message is, and who of those who have it
// has read it.
func (c *call) sendStatus(t *task) (status string, read, unread []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	read, unread = t.readers(c.at, &c.em.opts)
	_, done := t.progress(c.at, &c.em.opts)
	switch {
	case t.recalled:
		return "RECALLED", read, unread
	case done < 1:
		return "PROCESSING", read, unread
	}
	return "SUCCESS", read, unread
}

func (c *call) robotReadStatus() *refusal {
	if refused := c.checkRobot(); refused != nil {
		return refused
	}
	t, refused := c.ownKey(c.params.text("processQueryKey"), nil)
	if refused != nil {
		return refused
	}
	status, read, unread := c.sendStatus(t)
	type reader struct{ userID, state string }
	readers := make([]reader, 0, len(read)+len(unread))
	for _, id := range read {
		readers = append(readers, reader{id, "READ"})
	}
	for _, id := range unread {
		readers = append(readers, reader{id, "UNREAD"})
	}
	o := openObject(c.body)
	o.text("sendStatus", status)
	o.key("messageReadInfoList")
	o.b = appendList(o.b, readers, func(b []byte, r reader) []byte { return c.appendReader(b, r.userID, r.state) })
	c.body = o.close()
	return nil
}

// appendReader appends what is known about one receiver. readTimestamp is not
// supported yet, says the documentation.
func (c *call) appendReader(b []byte, userID, state string) []byte {
	name := ""
	if p := c.app.company.directory.person(userID); p != nil {
		name = p.Name
	}
	o := openObject(b)
	o.text("name", name)
	o.text("userId", userID)
	o.text("readStatus", state)
	o.number("readTimestamp", 0)
	return o.close()
}

func (c *call) robotRecall() *refusal {
	if refused := c.checkRobot(); refused != nil {
		return refused
	}
	return c.recallKeys(nil)
}

// recallKeys recalls messages of one group, or one-to-one ones. The reasons are
// names of the error table; the documentation does not print any.
func (c *call) recallKeys(of *group) *refusal {
	keys, valid := c.params.texts("processQueryKeys")
	switch {
	case !valid:
		return errParam
	case len(keys) == 0:
		return errKeyAbsent
	case len(keys) > maxRobotKeys:
		return errKeysTooMany
	}
	succeeded := make([]string, 0, len(keys))
	failed := make(map[string]string)
	for _, key := range keys {
		t, refused := c.ownKey(key, of)
		if refused != nil {
			failed[key] = refused.name
			continue
		}
		t.recall(c.at, &c.em.opts)
		succeeded = append(succeeded, key)
	}
	o := openObject(c.body)
	o.texts("successResult", succeeded)
	o.key("failedResult")
	o.b = appendMap(o.b, failed)
	c.body = o.close()
	return nil
}
