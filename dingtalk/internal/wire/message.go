package wire

import "encoding/json"

// SendRequest sends a work notification
// (topapi/message/corpconversation/asyncsend_v2). The lists are joined by
// commas.
type SendRequest struct {
	AgentID     int64           `json:"agent_id"`
	Users       string          `json:"userid_list,omitempty"`
	Departments string          `json:"dept_id_list,omitempty"`
	Everyone    bool            `json:"to_all_user,omitempty"`
	Msg         json.RawMessage `json:"msg"`
}

// SendReply is the answer to a SendRequest.
type SendReply struct {
	TaskID Int `json:"task_id"`
}

// Msg is a message in DingTalk's form: the field named by MsgType is set.
type Msg struct {
	MsgType    string      `json:"msgtype"`
	Text       *Content    `json:"text,omitempty"`
	Image      *Media      `json:"image,omitempty"`
	Voice      *Voice      `json:"voice,omitempty"`
	File       *Media      `json:"file,omitempty"`
	Markdown   *Markdown   `json:"markdown,omitempty"`
	Link       *Link       `json:"link,omitempty"`
	ActionCard *ActionCard `json:"action_card,omitempty"`
	OA         *OA         `json:"oa,omitempty"`
}

// Media is the body of a picture or file.
type Media struct {
	MediaID string `json:"media_id"`
}

// Voice is the body of a recording.
type Voice struct {
	MediaID string `json:"media_id"`
	// Duration is in seconds.
	Duration string `json:"duration"`
}

// Content is the body of a text message.
type Content struct {
	Content string `json:"content"`
}

// Markdown is the body of a markdown message.
type Markdown struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Link is the body of a link message; all fields are required.
type Link struct {
	MessageURL string `json:"messageUrl"`
	PicURL     string `json:"picUrl"`
	Title      string `json:"title"`
	Text       string `json:"text"`
}

// ActionCard is the body of a card with one button, in the Single fields, or
// with several.
type ActionCard struct {
	Title       string `json:"title"`
	Markdown    string `json:"markdown"`
	SingleTitle string `json:"single_title,omitempty"`
	SingleURL   string `json:"single_url,omitempty"`
	// Orientation is Vertical or Horizontal.
	Orientation string       `json:"btn_orientation,omitempty"`
	Buttons     []CardButton `json:"btn_json_list,omitempty"`
}

// How the buttons of a card stand.
const (
	Vertical   = "0"
	Horizontal = "1"
)

// CardButton is one of several buttons of a card.
type CardButton struct {
	Title     string `json:"title"`
	ActionURL string `json:"action_url"`
}

// OA is the body of a structured announcement.
type OA struct {
	MessageURL string     `json:"message_url"`
	Head       OAHead     `json:"head"`
	StatusBar  *StatusBar `json:"status_bar,omitempty"`
	Body       OABody     `json:"body"`
}

// OAHead is the line on top. BgColor has eight digits, opacity first.
type OAHead struct {
	BgColor string `json:"bgcolor"`
	Text    string `json:"text"`
}

// StatusBar is the line that can be changed later. Bg is 0x and eight digits.
type StatusBar struct {
	Value string `json:"status_value"`
	Bg    string `json:"status_bg,omitempty"`
}

// OABody is what stands below the head.
type OABody struct {
	Title   string   `json:"title,omitempty"`
	Form    []OAForm `json:"form,omitempty"`
	Rich    *OARich  `json:"rich,omitempty"`
	Content string   `json:"content,omitempty"`
	Image   string   `json:"image,omitempty"`
	Author  string   `json:"author,omitempty"`
}

// OAForm is a row of the form.
type OAForm struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// OARich is a number shown large.
type OARich struct {
	Num  string `json:"num"`
	Unit string `json:"unit,omitempty"`
}

// TaskRequest names a sent message
// (topapi/message/corpconversation/getsendprogress and getsendresult).
type TaskRequest struct {
	AgentID int64 `json:"agent_id"`
	TaskID  int64 `json:"task_id"`
}

// RecallRequest takes a sent message back
// (topapi/message/corpconversation/recall).
type RecallRequest struct {
	AgentID int64 `json:"agent_id"`
	TaskID  int64 `json:"msg_task_id"`
}

// StatusRequest changes the status bar of a sent message
// (topapi/message/corpconversation/status_bar/update).
type StatusRequest struct {
	TaskRequest
	StatusBar
}

// ProgressReply is the answer of getsendprogress.
type ProgressReply struct {
	Progress *Progress `json:"progress"`
}

// Progress tells how far sending is.
type Progress struct {
	Percent Int `json:"progress_in_percent"`
	// Status is 0 not started, 1 running, 2 done.
	Status Int `json:"status"`
}

// ResultReply is the answer of getsendresult.
type ResultReply struct {
	SendResult *SendResult `json:"send_result"`
}

// SendResult lists the receivers by what became of the message.
type SendResult struct {
	Invalid   []Text      `json:"invalid_user_id_list"`
	Forbidden []Text      `json:"forbidden_user_id_list"`
	Failed    []Text      `json:"failed_user_id_list"`
	Read      []Text      `json:"read_user_id_list"`
	Unread    []Text      `json:"unread_user_id_list"`
	Reasons   []Forbidden `json:"forbidden_list"`
}

// Forbidden says why a receiver did not get the message.
type Forbidden struct {
	Code   Text `json:"code"`
	UserID Text `json:"userid"`
}
