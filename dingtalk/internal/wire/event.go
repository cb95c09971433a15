package wire

import "encoding/json"

// Callback is the body of an event callback.
type Callback struct {
	Encrypt Text `json:"encrypt"`
}

// CallbackReply answers an event callback: all are texts, and the S of
// timeStamp is a capital.
type CallbackReply struct {
	Signature string `json:"msg_signature"`
	Timestamp string `json:"timeStamp"`
	Nonce     string `json:"nonce"`
	Encrypt   string `json:"encrypt"`
}

// Event is an event, decrypted. Older subscriptions spell its fields with
// capitals, UserId for userId; encoding/json takes both.
type Event struct {
	EventType Text `json:"eventType"`
	EventID   Text `json:"eventId"`
	BizID     Text `json:"bizId"`
	CorpID    Text `json:"corpId"`
	// EventTime and TimeStamp are in milliseconds, as a number or text.
	EventTime Text `json:"eventTime"`
	TimeStamp Text `json:"timeStamp"`
	EventIDs
}

// EventIDs are whom an event is about.
type EventIDs struct {
	UserIDs       Texts `json:"userId"`
	DepartmentIDs Texts `json:"deptId"`
}

// Texts is a list of texts, plain or as a JSON text, or a single one. null and
// "" leave it as it is.
type Texts []Text

// UnmarshalJSON implements json.Unmarshaler.
func (l *Texts) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil || s == "" {
		return err
	}
	if s[0] != '[' {
		*l = Texts{Text(s)}
		return nil
	}
	var list []Text
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return errNotTexts
	}
	*l = list
	return nil
}

// RegisterCallback registers or updates a callback
// (call_back/register_call_back and update_call_back).
type RegisterCallback struct {
	Tags   []string `json:"call_back_tag"`
	Token  string   `json:"token"`
	AESKey string   `json:"aes_key"`
	URL    string   `json:"url"`
}

// RegisteredCallback is the answer of call_back/get_call_back; it has token and
// key as well.
type RegisteredCallback struct {
	Tags Texts `json:"call_back_tag"`
	URL  Text  `json:"url"`
}
