package wire

import (
	"cmp"
	"encoding/json"
)

// StreamRequest asks for a connection of Stream mode
// (v1.0/gateway/connections/open).
type StreamRequest struct {
	ClientID      string               `json:"clientId"`
	ClientSecret  string               `json:"clientSecret"`
	Subscriptions []StreamSubscription `json:"subscriptions"`
	UserAgent     string               `json:"ua"`
}

// StreamSubscription is what a connection is for.
type StreamSubscription struct {
	Type  string `json:"type"`
	Topic string `json:"topic"`
}

// StreamEndpoint is the answer to a StreamRequest. The ticket is good for one
// connection.
type StreamEndpoint struct {
	Endpoint Text `json:"endpoint"`
	Ticket   Text `json:"ticket"`
}

// The types of frames, and the topics of FrameSystem.
const (
	FrameSystem   = "SYSTEM"
	FrameEvent    = "EVENT"
	FrameCallback = "CALLBACK"

	TopicPing       = "ping"
	TopicDisconnect = "disconnect"
)

// Frame is a message of the server.
type Frame struct {
	Type    Text         `json:"type"`
	Headers FrameHeaders `json:"headers"`
	// Data is JSON as text.
	Data Text `json:"data"`
}

// FrameHeaders are the headers of a Frame that matter. Times are in
// milliseconds.
type FrameHeaders struct {
	Topic         Text `json:"topic"`
	MessageID     Text `json:"messageId"`
	EventType     Text `json:"eventType"`
	EventID       Text `json:"eventId"`
	EventCorpID   Text `json:"eventCorpId"`
	EventBornTime Text `json:"eventBornTime"`
}

// Event returns the event of a frame, whose data have the ids only; of some
// types, org_change for one, they are empty.
func (f Frame) Event() (Event, error) {
	var e Event
	if err := json.Unmarshal([]byte(cmp.Or(f.Data, "{}")), &e); err != nil {
		return Event{}, err
	}
	e.EventType, e.EventID, e.CorpID, e.EventTime = f.Headers.EventType, f.Headers.EventID, f.Headers.EventCorpID, f.Headers.EventBornTime
	return e, nil
}

// FrameReply answers a Frame.
type FrameReply struct {
	Code    int          `json:"code"`
	Headers ReplyHeaders `json:"headers"`
	Message string       `json:"message"`
	// Data is JSON as text.
	Data string `json:"data"`
}

// ReplyHeaders repeat the id of the Frame.
type ReplyHeaders struct {
	MessageID   string `json:"messageId"`
	ContentType string `json:"contentType"`
}

// The codes of a FrameReply.
const (
	FrameOK       = 200
	FrameBad      = 400
	FrameNoTarget = 404
)

// Reply answers a frame.
func (f Frame) Reply(code int, message, data string) FrameReply {
	return FrameReply{
		Code: code, Headers: ReplyHeaders{MessageID: string(f.Headers.MessageID), ContentType: "application/json"},
		Message: message, Data: data,
	}
}
