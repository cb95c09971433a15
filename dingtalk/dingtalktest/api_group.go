package dingtalktest

import "strconv"

// maxGroupReaders is the most readers on a page (docs, "query the state of a
// robot's group message", read 2026-11-22).
const maxGroupReaders = 200

// ownGroup finds the group a call is about. Whether it still exists only counts
// for sending.
func (c *call) ownGroup() (*group, *refusal) {
	id := c.params.text("openConversationId")
	if id == "" {
		return nil, errGroupMissing
	}
	g := c.em.rooms.group(id)
	switch {
	case g == nil:
		return nil, errGroupInvalid
	case g.company != c.app.company:
		return nil, errGroupForeign
	}
	return g, nil
}

func (c *call) groupSend() *refusal {
	if refused := c.checkRobot(); refused != nil {
		return refused
	}
	g, refused := c.ownGroup()
	if refused != nil {
		return refused
	}
	what, refused := c.robotContent()
	if refused != nil {
		return refused
	}
	now := g.current()
	if now.Disbanded {
		return errGroupDisbanded
	}
	t := c.newTask(ChannelGroup, what)
	t.key, t.group = newQueryKey(), g
	t.receivers, t.targets = now.Members, len(now.Members)
	c.accept(t)
	o := openObject(c.body)
	o.text("processQueryKey", t.key)
	c.body = o.close()
	return nil
}

func (c *call) groupQuery() *refusal {
	if refused := c.checkRobot(); refused != nil {
		return refused
	}
	g, refused := c.ownGroup()
	if refused != nil {
		return refused
	}
	t, refused := c.ownKey(c.params.text("processQueryKey"), g)
	if refused != nil {
		return refused
	}
	size, present, valid := c.params.int("maxResults")
	if !present {
		size = maxGroupReaders
	}
	if !valid || size < 1 || size > maxGroupReaders {
		return errPageSize
	}
	at, _, valid := c.params.int("nextToken")
	status, read, _ := c.sendStatus(t)
	if !valid || at < 0 || at > int64(len(read)) {
		return errCursor
	}
	end := min(at+size, int64(len(read)))
	more := end < int64(len(read))
	o := openObject(c.body)
	o.text("sendStatus", status)
	o.texts("readUserIds", read[at:end])
	o.flag("hasMore", more)
	if more {
		o.text("nextToken", strconv.FormatInt(end, 10))
	}
	c.body = o.close()
	return nil
}

func (c *call) groupRecall() *refusal {
	if refused := c.checkRobot(); refused != nil {
		return refused
	}
	g, refused := c.ownGroup()
	if refused != nil {
		return refused
	}
	return c.recallKeys(g)
}
