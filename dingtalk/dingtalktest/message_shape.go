package dingtalktest

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
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
	statusBar bool
	media     []mediaUse
}

// inspectMessage checks a msg against the documented form of its type.
func inspectMessage(raw []byte) (wireMessage, *refusal) {
	if len(raw) == 0 {
		return wireMessage{}, errIllegal
	}
	if len(raw) > maxMessage {
		return wireMessage{}, errTooLong
	}
	msg := openShape(raw)
	if msg == nil {
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
	msg.close()
	if msg.refused != nil {
		return wireMessage{}, msg.refused
	}
	_, bar := body.fields["status_bar"]
	return wireMessage{kind: kind, statusBar: bar && kind == "oa", media: msg.media}, nil
}

// messageShapes are the documented message types (docs, "message types and data
// format", read 2026-11-22). Lengths are those of error 34016; what the
// documentation merely suggests is not enforced. Fields that it does not name
// are refused, which the real servers may not do.
var messageShapes = map[string]func(*shape){
	"text":  func(s *shape) { s.required("content", 5000) },
	"image": func(s *shape) { s.upload("media_id", MediaImage) },
	"file": func(s *shape) {
		s.upload("media_id", "")
		s.media[0].most = maxSentFile
	},
	"voice": func(s *shape) {
		s.upload("media_id", MediaVoice)
		s.number("duration", 1, 59)
	},
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

// inspectActionCard: one button for the whole card, or a list of buttons.
func inspectActionCard(s *shape) {
	s.required("title", 64)
	s.required("markdown", 5000)
	many := s.has("btn_json_list") || s.has("btn_orientation")
	single := s.has("single_title") || s.has("single_url")
	switch {
	case many == single:
		s.refuse(errParameter)
	case many:
		s.inspectButtons()
	default:
		s.required("single_title", 20)
		s.link("single_url", 500)
	}
}

func (s *shape) inspectButtons() {
	s.oneOf("btn_orientation", "0", "1")
	if list, _ := s.field("btn_json_list"); utf8.RuneCount(list) > 1000 {
		s.refuse(errTooLong)
	}
	s.objects("btn_json_list", func(b *shape) {
		b.required("title", 20)
		b.link("action_url", 700)
	})
}

var (
	argbColor = regexp.MustCompile(`^[0-9A-Fa-f]{8}$`)
	barColor  = regexp.MustCompile(`^0x[0-9A-Fa-f]{8}$`)
)

func inspectOA(s *shape) {
	s.link("message_url", 0)
	s.optionalLink("pc_message_url")
	head, body, bar := s.object("head"), s.object("body"), s.object("status_bar")
	if head == nil || body == nil {
		s.refuse(errParameter)
		return
	}
	if !argbColor.MatchString(head.required("bgcolor", 0)) {
		head.refuse(errParameter)
	}
	head.text("text", 0)
	body.inspectOABody()
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

func (s *shape) inspectOABody() {
	s.text("title", 50)
	for _, name := range []string{"content", "file_count", "author"} {
		s.text(name, 0)
	}
	// A picture is a media id; the page says nothing about other texts.
	if image := s.text("image", 0); isMediaID(image) {
		s.media = append(s.media, mediaUse{id: image, kind: MediaImage})
	}
	if form, ok := s.fields["form"]; ok && string(form) != "[]" {
		s.objects("form", func(row *shape) {
			row.text("key", 0)
			row.text("value", 0)
		})
	}
	s.known = append(s.known, "form")
	if rich := s.object("rich"); rich != nil {
		rich.text("num", 0)
		rich.text("unit", 0)
		s.adopt(rich)
	}
}

// hashContent gives the same hash to the same content in another layout.
func hashContent(raw []byte) contentHash {
	if v, err := decodeNumbers(raw); err == nil {
		if same, err := json.Marshal(v); err == nil {
			raw = same
		}
	}
	return sha256.Sum256(raw)
}
