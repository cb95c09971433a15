package dingtalktest

import (
	"encoding/json"
	"slices"
	"strings"
)

// maxMentions is the most people of one message's at (docs, "custom robot",
// read 2026-11-22).
const maxMentions = 50

// mentions are those whom a message really calls.
type mentions struct {
	mobiles, users []string
	everyone       bool
}

// people are mobile numbers and user ids.
func (m mentions) people() []string { return slices.Concat(m.mobiles, m.users) }

// webhookMessage is a checked body of a custom robot.
type webhookMessage struct {
	kind string
	uuid string
	// texts are titles and texts, in which keywords count.
	texts    []string
	mentions mentions
}

// inspectWebhook checks a body against the documented form of its type. Whatever
// is wrong with it is 40035, the documentation names no other number; fields
// that it does not name are refused, which the real servers may not do.
func inspectWebhook(raw []byte) (*webhookMessage, *refusal) {
	s := openShape(raw)
	if s == nil {
		return nil, errIllegal
	}
	msg := &webhookMessage{kind: s.text("msgtype", 0), uuid: s.text("msgUuid", 0)}
	inspect := webhookShapes[msg.kind]
	if inspect == nil {
		return nil, errWebhookType
	}
	body := s.object(msg.kind)
	if body == nil {
		return nil, errIllegal
	}
	msg.texts = inspect(body)
	s.adopt(body)
	called := s.readMentions()
	s.close()
	if s.refused != nil {
		return nil, errIllegal
	}
	text := msg.texts[len(msg.texts)-1]
	switch msg.kind {
	case "text", "markdown":
		msg.mentions = called.within(text)
	case "actionCard": // whose page names no other way
		msg.mentions = mentions{users: called.users}.within(text)
	}
	return msg, nil
}

// readMentions reads at; its field atMobiles may hold numbers as text only.
func (s *shape) readMentions() mentions {
	raw, ok := s.field("at")
	if !ok || string(raw) == "null" {
		return mentions{}
	}
	at := openShape(raw)
	if at == nil {
		s.refuse(errIllegal)
		return mentions{}
	}
	var m mentions
	m.mobiles, m.users = at.list("atMobiles"), at.list("atUserIds")
	if all, ok := at.field("isAtAll"); ok && json.Unmarshal(all, &m.everyone) != nil {
		at.refuse(errIllegal)
	}
	if len(m.mobiles)+len(m.users) > maxMentions {
		at.refuse(errIllegal)
	}
	s.adopt(at)
	return m
}

// list returns a field that must be a list of strings.
func (s *shape) list(name string) []string {
	raw, ok := s.field(name)
	if !ok {
		return nil
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		s.refuse(errIllegal)
	}
	return list
}

// within keeps those whom the text names, too: only they are called (docs,
// "custom robot", read 2026-11-22).
func (m mentions) within(text string) mentions {
	absent := func(one string) bool { return one == "" || !strings.Contains(text, "@"+one) }
	m.mobiles, m.users = slices.DeleteFunc(m.mobiles, absent), slices.DeleteFunc(m.users, absent)
	return m
}

// webhookShapes are the documented types; they return titles and texts, the
// text last. "empty" is for answers to people only.
var webhookShapes = map[string]func(*shape) []string{
	"text": func(s *shape) []string { return []string{s.required("content", 0)} },
	"link": func(s *shape) []string {
		s.link("messageUrl", 0)
		s.optionalLink("picUrl")
		return []string{s.required("title", 0), s.required("text", 0)}
	},
	"markdown": func(s *shape) []string {
		return []string{s.required("title", 0), s.required("text", 0)}
	},
	"actionCard": inspectWebhookCard,
	"feedCard":   inspectFeedCard,
}

// inspectWebhookCard: one button for the whole card, or a list of buttons.
func inspectWebhookCard(s *shape) []string {
	texts := []string{s.required("title", 0), s.required("text", 0)}
	s.oneOf("btnOrientation", "", "0", "1")
	s.oneOf("hideAvatar", "", "0", "1")
	many := s.has("btns")
	single := s.has("singleTitle") || s.has("singleURL")
	switch {
	case many == single:
		s.refuse(errIllegal)
	case many:
		s.objects("btns", func(b *shape) {
			b.required("title", 0)
			b.link("actionURL", 0)
		})
	default:
		s.required("singleTitle", 0)
		s.link("singleURL", 0)
	}
	return texts
}

func inspectFeedCard(s *shape) []string {
	var texts []string
	s.objects("links", func(l *shape) {
		texts = append(texts, l.required("title", 0))
		l.link("messageURL", 0)
		l.link("picURL", 0)
	})
	return texts
}
