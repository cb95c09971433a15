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
	Markdown   *Markdown   `json:"markdown,omitempty"`
	Link       *Link       `json:"link,omitempty"`
	ActionCard *ActionCard `json:"action_card,omitempty"`
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

// ActionCard is the body of a card with one button.
type ActionCard struct {
	Title       string `json:"title"`
	Markdown    string `json:"markdown"`
	SingleTitle string `json:"single_title"`
	SingleURL   string `json:"single_url"`
}

// TaskRequest names a sent message
// (topapi/message/corpconversation/getsendprogress and getsendresult).
type TaskRequest struct {
	AgentID int64 `json:"agent_id"`
	TaskID  int64 `json:"task_id"`
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
