package dingtalktest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// maxMessage bounds msg, in bytes (docs, "message types and data format", read
// 2026-11-22).
const maxMessage = 2048

// contentHash stands for the content of a message, however its JSON is laid
// out.
type contentHash [sha256.Size]byte

// wireMessage is a checked msg.
type wireMessage struct {
	kind      string
	hash      contentHash
	statusBar bool
}

// shape is a JSON object of a message under inspection. The first thing wrong
// with it sticks.
type shape struct {
	fields  map[string]json.RawMessage
	refused *refusal
}

func (s *shape) refuse(why *refusal) {
	if s.refused == nil {
		s.refused = why
	}
}

// text returns a field that must be a string of at most max characters; 0 is no
// bound.
func (s *shape) text(name string, max int) string {
	raw, ok := s.fields[name]
	if !ok {
		return ""
	}
	var v string
	if json.Unmarshal(raw, &v) != nil {
		s.refuse(errParameter)
		return ""
	}
	if max > 0 && utf8.RuneCountInString(v) > max {
		s.refuse(errTooLong)
	}
	return v
}

// required is text that must not be empty.
func (s *shape) required(name string, max int) string {
	v := s.text(name, max)
	if v == "" {
		s.refuse(errParameter)
	}
	return v
}

// link is a required URL, with any scheme: dingtalk:// and eapp:// count.
func (s *shape) link(name string, max int) {
	u, err := url.Parse(s.required(name, max))
	if s.refused == nil && (err != nil || u.Scheme == "") {
		s.refuse(errParameter)
	}
}

// media is a required media id.
func (s *shape) media(name string) {
	id := s.required(name, 0)
	if s.refused == nil && id[0] != '@' && id[0] != '$' {
		s.refuse(errMediaID)
	}
}

// object returns a field that must be an object, nil when absent.
func (s *shape) object(name string) *shape {
	raw, ok := s.fields[name]
	if !ok {
		return nil
	}
	inner := &shape{}
	if json.Unmarshal(raw, &inner.fields) != nil || inner.fields == nil {
		s.refuse(errParameter)
		return nil
	}
	return inner
}

// adopt takes over what is wrong with a part.
func (s *shape) adopt(part *shape) {
	if part != nil && part.refused != nil {
		s.refuse(part.refused)
	}
}

// inspectMessage checks a msg against the documented form of its type.
func inspectMessage(raw []byte) (wireMessage, *refusal) {
	if len(raw) == 0 {
		return wireMessage{}, errIllegal
	}
	if len(raw) > maxMessage {
		return wireMessage{}, errTooLong
	}
	msg := &shape{}
	if json.Unmarshal(raw, &msg.fields) != nil || msg.fields == nil {
		return wireMessage{}, errParameter
	}
	kind := msg.text("msgtype", 0)
	inspect := messageShapes[kind]
	if inspect == nil {
		return wireMessage{}, errMessageType
	}
	body := msg.object(kind)
	if body == nil {
		return wireMessage{}, errParameter
	}
	inspect(body)
	msg.adopt(body)
	if msg.refused != nil {
		return wireMessage{}, msg.refused
	}
	_, bar := body.fields["status_bar"]
	return wireMessage{kind: kind, hash: hashContent(raw), statusBar: bar && kind == "oa"}, nil
}

// messageShapes are the documented message types (docs, "message types and data
// format", read 2026-11-22). Lengths are those of error 34016; what the
// documentation merely suggests is not enforced.
var messageShapes = map[string]func(*shape){
	"text":  func(s *shape) { s.required("content", 5000) },
	"image": func(s *shape) { s.media("media_id") },
	"file":  func(s *shape) { s.media("media_id") },
	"voice": inspectVoice,
	"link": func(s *shape) {
		s.link("messageUrl", 0)
		s.required("picUrl", 0)
		s.required("title", 0)
		s.required("text", 0)
	},
	"markdown": func(s *shape) {
		s.required("title", 0)
		s.required("text", 5000)
	},
	"action_card": inspectActionCard,
	"oa":          inspectOA,
}

// inspectVoice: the duration is a text, of 1 to 59 seconds.
func inspectVoice(s *shape) {
	s.media("media_id")
	seconds, err := strconv.Atoi(s.required("duration", 0))
	if err != nil || seconds < 1 || seconds >= 60 {
		s.refuse(errParameter)
	}
}

// inspectActionCard: one button for the whole card, or a list of buttons.
func inspectActionCard(s *shape) {
	s.required("title", 64)
	s.required("markdown", 5000)
	list, many := s.fields["btn_json_list"]
	_, single := s.fields["single_title"]
	_, singleURL := s.fields["single_url"]
	switch {
	case many == (single || singleURL):
		s.refuse(errParameter)
	case many:
		s.inspectButtons(list)
	default:
		s.required("single_title", 20)
		s.link("single_url", 500)
	}
}

func (s *shape) inspectButtons(list json.RawMessage) {
	if o := s.required("btn_orientation", 0); o != "0" && o != "1" {
		s.refuse(errParameter)
	}
	if utf8.RuneCount(list) > 1000 {
		s.refuse(errTooLong)
	}
	var buttons []map[string]json.RawMessage
	if json.Unmarshal(list, &buttons) != nil || len(buttons) == 0 {
		s.refuse(errParameter)
	}
	for _, fields := range buttons {
		b := &shape{fields: fields}
		b.required("title", 20)
		b.link("action_url", 700)
		s.adopt(b)
	}
}

var (
	argbColor = regexp.MustCompile(`^[0-9A-Fa-f]{8}$`)
	barColor  = regexp.MustCompile(`^0x[0-9A-Fa-f]{8}$`)
)

func inspectOA(s *shape) {
	s.link("message_url", 0)
	head, body, bar := s.object("head"), s.object("body"), s.object("status_bar")
	if head == nil || body == nil {
		s.refuse(errParameter)
		return
	}
	if !argbColor.MatchString(head.required("bgcolor", 0)) {
		head.refuse(errParameter)
	}
	head.text("text", 0)
	body.text("title", 50)
	body.text("content", 0)
	body.text("image", 0)
	body.text("file_count", 0)
	body.text("author", 0)
	body.inspectForm()
	if rich := body.object("rich"); rich != nil {
		rich.text("num", 0)
		rich.text("unit", 0)
		body.adopt(rich)
	}
	if bar != nil {
		bar.required("status_value", 0)
		if c := bar.text("status_bg", 0); c != "" && !barColor.MatchString(c) {
			bar.refuse(errParameter)
		}
	}
	s.adopt(head)
	s.adopt(body)
	s.adopt(bar)
}

func (s *shape) inspectForm() {
	raw, ok := s.fields["form"]
	if !ok {
		return
	}
	var rows []struct{ Key, Value string }
	if json.Unmarshal(raw, &rows) != nil {
		s.refuse(errParameter)
	}
}

// hashContent gives the same hash to the same content in another layout.
func hashContent(raw []byte) contentHash {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) == nil {
		if same, err := json.Marshal(v); err == nil {
			raw = same
		}
	}
	return sha256.Sum256(raw)
}
