package dingtalktest

import (
	"math"
	"strconv"
)

// maxMsgParam bounds msgParam, in bytes (docs, "robot sends group messages",
// read 2026-11-22; the page of one-to-one messages names no bound).
const maxMsgParam = 15_000

// inspectMsgParam checks a robot's msgParam against the form of its msgKey.
func (c *call) inspectMsgParam(key, param string) *refusal {
	inspect := robotShapes[key]
	switch {
	case key == "":
		return errMsgKeyEmpty
	case inspect == nil:
		return errMsgKeyUnknown
	case len(param) > maxMsgParam:
		return errMsgParamTooLong
	}
	s := openShape([]byte(param))
	if s == nil {
		return errMsgParam
	}
	inspect(s)
	s.close()
	if s.refused != nil || c.checkMedia(s.media) != nil || !c.audioOK(key, s) {
		return errMsgParam
	}
	return nil
}

// audioOK tells whether the upload of sampleAudio has a format that robots play.
func (c *call) audioOK(key string, s *shape) bool {
	return key != "sampleAudio" || c.em.hasFormat(s.text("mediaId", 0), "ogg", "amr")
}

// robotShapes are the documented templates by msgKey (docs, "robot message
// types", read 2026-11-22). All fields are text. Which may be left out is not
// said: pictures of links, further buttons, height and width are taken as such;
// fields that the page does not name are refused.
var robotShapes = map[string]func(*shape){
	"sampleText":     func(s *shape) { s.required("content", 0) },
	"sampleMarkdown": func(s *shape) { s.titleAndText() },
	"sampleImageMsg": func(s *shape) {
		s.required("photoURL", 0)
		s.picture("photoURL")
	},
	"sampleLink": func(s *shape) {
		s.titleAndText()
		s.picture("picUrl")
		s.link("messageUrl", 0)
	},
	"sampleActionCard": func(s *shape) {
		s.titleAndText()
		s.required("singleTitle", 0)
		s.link("singleURL", 0)
	},
	"sampleActionCard2": func(s *shape) { s.actionCard(2) },
	"sampleActionCard3": func(s *shape) { s.actionCard(3) },
	"sampleActionCard4": func(s *shape) { s.actionCard(4) },
	"sampleActionCard5": func(s *shape) { s.actionCard(5) },
	"sampleActionCard6": func(s *shape) {
		s.titleAndText()
		s.button("buttonTitle", "buttonUrl", 1)
		s.button("buttonTitle", "buttonUrl", 2)
	},
	"sampleAudio": func(s *shape) {
		s.upload("mediaId", MediaVoice)
		s.number("duration", 1, math.MaxInt32)
	},
	"sampleFile": func(s *shape) {
		s.upload("mediaId", "")
		s.required("fileName", 0)
		s.oneOf("fileType", "xlsx", "pdf", "zip", "rar", "doc", "docx")
	},
	"sampleVideo": func(s *shape) {
		s.number("duration", 1, math.MaxInt32)
		s.upload("videoMediaId", MediaVideo)
		s.oneOf("videoType", "mp4")
		s.upload("picMediaId", MediaImage)
		s.optionalNumber("height")
		s.optionalNumber("width")
	},
}

func (s *shape) titleAndText() {
	s.required("title", 0)
	s.required("text", 0)
}

// actionCard has 1 to most buttons, numbered without a gap.
func (s *shape) actionCard(most int) {
	s.titleAndText()
	s.button("actionTitle", "actionURL", 1)
	for n := 2; n <= most; n++ {
		title, link := "actionTitle"+strconv.Itoa(n), "actionURL"+strconv.Itoa(n)
		if s.fields[title] == nil && s.fields[link] == nil {
			return
		}
		s.button("actionTitle", "actionURL", n)
	}
}

func (s *shape) button(title, link string, n int) {
	s.required(title+strconv.Itoa(n), 0)
	s.link(link+strconv.Itoa(n), 0)
}

func (s *shape) optionalNumber(name string) {
	if s.text(name, 0) != "" {
		s.number(name, 1, math.MaxInt32)
	}
}
