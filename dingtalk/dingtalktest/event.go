package dingtalktest

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// The contact events of internal apps (docs, "contact events", read
// 2026-11-22).
const (
	EventUserAdded         = "user_add_org"
	EventUserModified      = "user_modify_org"
	EventUserLeft          = "user_leave_org"
	EventUserActivated     = "user_active_org"
	EventDepartmentCreated = "org_dept_create"
	EventDepartmentChanged = "org_dept_modify"
	EventDepartmentRemoved = "org_dept_remove"
)

// EventTypes returns the contact events that a change of the directory fires.
func EventTypes() []string {
	return []string{
		EventUserAdded, EventUserModified, EventUserLeft, EventUserActivated,
		EventDepartmentCreated, EventDepartmentChanged, EventDepartmentRemoved,
	}
}

// Event is a fact that a company's apps are told.
type Event struct {
	// ID is made when empty.
	ID   string `json:"id"`
	Type string `json:"type"`
	// CorpID and Time are the emulator's to fill in.
	CorpID string    `json:"corpId"`
	Time   time.Time `json:"time"`
	// UserIDs or DepartmentIDs are whom it is about.
	UserIDs       []string `json:"userIds,omitempty"`
	DepartmentIDs []int64  `json:"departmentIds,omitempty"`

	// changed are the fields of a modified person, before and after.
	changed map[string][2]string
}

// Tell tells the apps of a company of an event, be it true or not. It returns
// ErrNotFound for the company and ErrInvalid for an event without type.
func (em *Emulator) Tell(corpID string, e Event) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	if e.Type == "" {
		return fmt.Errorf("%w: event %q: type is empty", ErrInvalid, e.ID)
	}
	e.UserIDs, e.DepartmentIDs = slices.Clone(e.UserIDs), slices.Clone(e.DepartmentIDs)
	co.tell(e)
	return nil
}

// Events returns what the apps of a company were told, the oldest first; as
// many as Options.CallHistory allows. Changes fire events only while an app is
// told of them.
func (em *Emulator) Events(corpID string) []Event {
	co, err := em.company(corpID)
	if err != nil {
		return nil
	}
	co.newsMu.Lock()
	defer co.newsMu.Unlock()
	return slices.Clone(co.news)
}

// tell hands an event to the apps that want events. It is called by what
// changes the directory, with its locks held, so that events are in the order of
// changes.
func (co *company) tell(e Event) {
	apps := co.em.subscribers(co)
	if len(apps) == 0 {
		return
	}
	co.newsMu.Lock()
	defer co.newsMu.Unlock()
	// Times differ: those without an id are recognised by theirs.
	e.CorpID, e.Time = co.corpID, co.em.opts.Now()
	if last := co.lastNews.Add(time.Millisecond); e.Time.Before(last) {
		e.Time = last
	}
	co.lastNews = e.Time
	if e.ID == "" {
		e.ID = co.em.ids.next()
	}
	co.news = append(co.news, e)
	if extra := len(co.news) - co.em.opts.CallHistory; extra > 0 {
		co.news = slices.Delete(co.news, 0, extra)
	}
	for _, a := range apps {
		a.courier.post(e)
	}
}

// subscribers are the apps of a company that are told of events.
func (em *Emulator) subscribers(co *company) []*app {
	em.mu.RLock()
	defer em.mu.RUnlock()
	var list []*app
	for _, a := range co.apps {
		if a.subscribed() {
			list = append(list, a)
		}
	}
	return list
}

// appendFields appends what an event says, in the spelling of today or, with
// capitals, that of callbacks registered by API.
func (e *Event) appendFields(o *object, capitals bool) {
	name := func(today, older string) string {
		if capitals {
			return older
		}
		return today
	}
	o.text(name("timeStamp", "TimeStamp"), strconv.FormatInt(e.Time.UnixMilli(), 10))
	if len(e.UserIDs) > 0 {
		o.texts(name("userId", "UserId"), e.UserIDs)
	}
	if len(e.DepartmentIDs) > 0 {
		o.numbers(name("deptId", "DeptId"), e.DepartmentIDs)
	}
	if len(e.changed) > 0 && !capitals {
		e.appendDiff(o)
	}
}

// appendDiff: a field that was cleared is not in curr.
func (e *Event) appendDiff(o *object) {
	o.key("diffInfo")
	diff := openObject(o.b)
	for i, side := range []string{"prev", "curr"} {
		diff.key(side)
		values := openObject(diff.b)
		for _, field := range diffFields() {
			if pair, ok := e.changed[field.name]; ok {
				values.filled(field.name, pair[i])
			}
		}
		diff.b = values.close()
	}
	diff.text("userid", e.UserIDs[0])
	o.b = diff.close()
}

// message is the text of a callback.
func (e *Event) message(capitals bool) []byte {
	o := openObject(nil)
	o.text("EventType", e.Type)
	if !capitals {
		o.number("EventTime", e.Time.UnixMilli())
		o.text("BizId", strconv.FormatInt(e.Time.UnixNano(), 10))
		o.text("eventId", e.ID)
	}
	o.text("CorpId", e.CorpID)
	e.appendFields(&o, capitals)
	return o.close()
}

// diffField is a field of the company's that user_modify_org shows.
type diffField struct {
	name string
	of   func(*Person) string
}

// diffFields are those that were seen in diffInfo.
func diffFields() []diffField {
	return []diffField{
		{"name", func(p *Person) string { return p.Name }},
		{"managerUserid", func(p *Person) string { return p.ManagerUserID }},
		{"hiredDate", func(p *Person) string {
			if p.HiredDate.IsZero() {
				return ""
			}
			return strconv.FormatInt(p.HiredDate.UnixMilli(), 10)
		}},
		{"telephone", func(p *Person) string { return p.Telephone }},
		{"email", func(p *Person) string { return p.Email }},
		{"jobNumber", func(p *Person) string { return p.JobNumber }},
		{"workPlace", func(p *Person) string { return p.WorkPlace }},
	}
}

// diff returns the fields that differ.
func diff(before, after *Person) map[string][2]string {
	changed := make(map[string][2]string)
	for _, f := range diffFields() {
		if a, b := f.of(before), f.of(after); a != b {
			changed[f.name] = [2]string{a, b}
		}
	}
	return changed
}

// resetEvents forgets what was told and what is to be told.
func (em *Emulator) resetEvents() {
	for _, a := range em.allApps() {
		a.courier.reset()
	}
	em.mu.RLock()
	defer em.mu.RUnlock()
	for _, co := range em.ordered {
		co.newsMu.Lock()
		co.news = nil
		co.newsMu.Unlock()
	}
}
