package provider

import (
	"fmt"
	"time"
)

// ContentType names what a [Content] holds.
type ContentType string

// The content types. Which of them a provider can show, and as what, is told by
// [MessageSender.Render].
const (
	TextContent     ContentType = "text"
	MarkdownContent ContentType = "markdown"
	LinkContent     ContentType = "link"
)

// Content is a neutral message: exactly the field named by Type is set.
type Content struct {
	Type     ContentType `json:"type"`
	Text     *TextBody   `json:"text,omitempty"`
	Markdown *Markdown   `json:"markdown,omitempty"`
	Link     *Link       `json:"link,omitempty"`
}

// TextBody is plain text.
type TextBody struct {
	Content string `json:"content"`
}

// Markdown is formatted text. Title is what the list of chats shows.
type Markdown struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Link is a text that opens a page. URL is absolute, http or https (or the
// office app's own scheme).
type Link struct {
	Title    string `json:"title"`
	Text     string `json:"text"`
	URL      string `json:"url"`
	ImageURL string `json:"imageUrl,omitempty"`
}

// NewText returns a plain text content.
func NewText(content string) Content {
	return Content{Type: TextContent, Text: &TextBody{Content: content}}
}

// NewMarkdown returns a markdown content.
func NewMarkdown(title, text string) Content {
	return Content{Type: MarkdownContent, Markdown: &Markdown{Title: title, Text: text}}
}

// NewLink returns a link content; imageURL may be empty.
func NewLink(title, text, url, imageURL string) Content {
	return Content{Type: LinkContent, Link: &Link{Title: title, Text: text, URL: url, ImageURL: imageURL}}
}

// Rendered is a message in an office app's own form.
type Rendered struct {
	// Body is the office app's own JSON; it is what counts against
	// Limits.MessageBytes.
	Body []byte
	// Degraded names what the office app cannot show and how it is shown
	// instead, such as "markdown: table shown as text".
	Degraded []string
}

// Audience is who receives a message. Exactly one of the fields is set; lists
// are within Limits.
type Audience struct {
	Users       []UserID
	Departments []DepartmentID
	Everyone    bool
}

// Receipt is an office app's word that it accepted a message. Acceptance is not
// delivery.
type Receipt struct {
	// TaskID names the accepted batch in MessageTracker and MessageRecaller.
	TaskID string
	// RequestID is what the office app's support asks for.
	RequestID string
	// Refused are users of the audience the office app turned away at once,
	// with the reason.
	Refused map[UserID]*Error
	// Raw is the office app's own answer, JSON, without secrets.
	Raw []byte
}

// Outcome is what became of a message for one person.
type Outcome string

// The outcomes, from least to most certain.
const (
	// OutcomePending: not known yet.
	OutcomePending Outcome = "pending"
	// OutcomeDelivered: it arrived and is unread.
	OutcomeDelivered Outcome = "delivered"
	// OutcomeRead: the person opened it.
	OutcomeRead Outcome = "read"
	// OutcomeFailed: it will not arrive; the Error says why.
	OutcomeFailed Outcome = "failed"
)

// TrackReport is what an office app knows about an accepted batch.
type TrackReport struct {
	// Done is true when the office app has finished sending; outcomes then
	// change only from delivered to read.
	Done bool
	// Percent is the progress of sending, 0 to 100.
	Percent int
	// Outcomes has an entry for each person the office app reports on; it is
	// nil where the office app has no per-person report (see
	// TrackRequest.Recipients).
	Outcomes map[UserID]PersonOutcome
}

// PersonOutcome is one person's entry in a [TrackReport]. Err is set for
// OutcomeFailed.
type PersonOutcome struct {
	Outcome Outcome
	Err     *Error
}

// Limits is what an office app allows, as data. 0 means the office app sets no
// such limit; the comment of the provider's package names the source of each.
type Limits struct {
	// UsersPerSend and DepartmentsPerSend bound the lists in an Audience.
	UsersPerSend       int
	DepartmentsPerSend int
	// EveryonePerDay is how many messages a day may go to everyone.
	EveryonePerDay int
	// MessageBytes bounds Rendered.Body, in bytes of UTF-8.
	MessageBytes int
	// CallsPerSecond bounds calls per app and API.
	CallsPerSecond int
	// SendsPerPersonPerDay is how many messages one person may get a day from
	// one app.
	SendsPerPersonPerDay int
	// TrackWindow is how long after sending the outcome can be asked for.
	TrackWindow time.Duration
	// TrackUsers is the largest number of recipients of a batch for which the
	// office app reports outcomes person by person.
	TrackUsers int
	// PeoplePageSize is how many people one page of a directory read holds.
	PeoplePageSize int
}

// Validate reports whether the content is complete: a known type, its field
// set and no other, nothing required empty. The error is for the caller of the
// API and names the field.
func (c Content) Validate() error {
	set := 0
	for _, ok := range []bool{c.Text != nil, c.Markdown != nil, c.Link != nil} {
		if ok {
			set++
		}
	}
	if set > 1 {
		return &ContentError{Field: "content", Problem: Text{
			ZH: "只能填写与type对应的一种内容", EN: "only the field named by type may be set",
		}}
	}
	switch c.Type {
	case TextContent:
		return firstEmpty("text", c.Text != nil, func() []field {
			return []field{{"content.text.content", c.Text.Content}}
		})
	case MarkdownContent:
		return firstEmpty("markdown", c.Markdown != nil, func() []field {
			return []field{{"content.markdown.title", c.Markdown.Title}, {"content.markdown.text", c.Markdown.Text}}
		})
	case LinkContent:
		return firstEmpty("link", c.Link != nil, func() []field {
			return []field{
				{"content.link.title", c.Link.Title},
				{"content.link.text", c.Link.Text},
				{"content.link.url", c.Link.URL},
			}
		})
	default:
		return &ContentError{Field: "content.type", Problem: Text{
			ZH: fmt.Sprintf("不支持的消息类型%q，支持text、markdown、link", c.Type),
			EN: fmt.Sprintf("unknown type %q; known are text, markdown, link", c.Type),
		}}
	}
}

// ContentError says which field of a [Content] is wrong and how.
type ContentError struct {
	// Field is the path in the JSON form, such as "content.text.content".
	Field   string
	Problem Text
}

// Error implements error.
func (e *ContentError) Error() string { return e.Field + ": " + e.Problem.EN }

// ErrorCode makes CodeOf answer InvalidArgument.
func (*ContentError) ErrorCode() Code { return InvalidArgument }

type field struct{ path, value string }

func firstEmpty(kind string, present bool, fields func() []field) error {
	empty := Text{ZH: "不能为空", EN: "must not be empty"}
	if !present {
		return &ContentError{Field: "content." + kind, Problem: empty}
	}
	for _, f := range fields() {
		if f.value == "" {
			return &ContentError{Field: f.path, Problem: empty}
		}
	}
	return nil
}
