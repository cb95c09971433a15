package provider

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxVoiceSeconds = 60
	colorDigits     = 6
)

// Validate reports whether the content is complete: a known type, its field
// set and no other, nothing required empty, numbers within their bounds, texts
// of valid UTF-8 without NUL, which no database keeps, no page that is code
// instead of an address (javascript, vbscript, data). How long texts may be,
// and whether a URL leads anywhere, is not its concern. The error is a
// [*ContentError] that names the first field that is wrong.
func (c Content) Validate() error {
	has, known := c.body(c.Type)
	if !known {
		return contentError("content.type",
			fmt.Sprintf("不支持的消息类型%q，支持%s", c.Type, typeNames("、")),
			fmt.Sprintf("unknown type %q; known are %s", c.Type, typeNames(", ")))
	}
	if !has {
		return errEmpty("content." + string(c.Type))
	}
	for _, t := range contentTypes {
		if other, _ := c.body(t); other && t != c.Type {
			return contentError("content", "只能填写与type对应的一种内容", "only the field named by type may be set")
		}
	}
	if err := c.checkNumbers(); err != nil {
		return err
	}
	for _, f := range c.fields() {
		if err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

func (f field) check() error {
	switch {
	case f.required && *f.value == "":
		return errEmpty(f.path)
	case !utf8.ValidString(*f.value) || strings.IndexByte(*f.value, 0) >= 0:
		return contentError(f.path,
			"不是有效的UTF-8文本，或包含空字符（U+0000）", "not valid UTF-8, or has a NUL character in it")
	case strings.HasSuffix(f.path, ".url") && carriesCode(*f.value):
		return contentError(f.path,
			"不能是javascript、vbscript或data地址，请填写要打开的页面的地址",
			"a javascript, vbscript or data address; give that of the page to open")
	}
	return nil
}

// carriesCode reports whether a URL is itself what a browser would run or show,
// and leads nowhere. Browsers overlook blanks and control characters in it.
func carriesCode(address string) bool {
	scheme, _, _ := strings.Cut(address, ":")
	scheme = strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, scheme))
	return scheme == "javascript" || scheme == "vbscript" || scheme == "data"
}

// body reports whether the field of a type is set, and whether there is such a
// type.
func (c Content) body(t ContentType) (set, known bool) {
	switch t {
	case TextContent:
		return c.Text != nil, true
	case MarkdownContent:
		return c.Markdown != nil, true
	case LinkContent:
		return c.Link != nil, true
	case ImageContent:
		return c.Image != nil, true
	case FileContent:
		return c.File != nil, true
	case VoiceContent:
		return c.Voice != nil, true
	case CardContent:
		return c.Card != nil, true
	case NoticeContent:
		return c.Notice != nil, true
	case FeedContent:
		return c.Feed != nil, true
	}
	return false, false
}

func typeNames(separator string) string {
	var names []string
	for _, t := range contentTypes {
		names = append(names, string(t))
	}
	return strings.Join(names, separator)
}

// checkNumbers checks what is not a matter of empty or not.
func (c Content) checkNumbers() error {
	switch c.Type {
	case VoiceContent:
		return between("content.voice.duration", c.Voice.Duration, 1, maxVoiceSeconds)
	case FeedContent:
		return between("content.feed.items", len(c.Feed.Items), 1, MaxFeedItems)
	case CardContent:
		if l := c.Card.Layout; l != "" && l != LayoutVertical && l != LayoutHorizontal {
			return contentError("content.card.layout",
				fmt.Sprintf("取值%q无效，只能是%q或%q", l, LayoutVertical, LayoutHorizontal),
				fmt.Sprintf("unknown value %q; use %q or %q", l, LayoutVertical, LayoutHorizontal))
		}
		return between("content.card.buttons", len(c.Card.Buttons), 1, MaxButtons)
	case NoticeContent:
		return c.Notice.check()
	case TextContent, MarkdownContent, LinkContent, ImageContent, FileContent:
	}
	return nil
}

func (n Notice) check() error {
	if n.Title == "" && n.Text == "" {
		return contentError("content.notice", "title和text至少填写一项", "title or text is required")
	}
	if n.Head != nil && !isColor(n.Head.Color) {
		return errColor("content.notice.head.color")
	}
	if n.Status != nil && !isColor(n.Status.Color) {
		return errColor("content.notice.status.color")
	}
	return between("content.notice.form", len(n.Form), 0, MaxFormRows)
}

// Validate reports whether the status can be shown. The error is as that of
// Content.Validate; its field is status.text or status.color.
func (s Status) Validate() error {
	if !isColor(s.Color) {
		return errColor("status.color")
	}
	return field{"status.text", &s.Text, true}.check()
}

func isColor(s string) bool {
	return s == "" || len(s) == colorDigits && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

func between(path string, n, low, high int) error {
	if n >= low && n <= high {
		return nil
	}
	return contentError(path,
		fmt.Sprintf("当前为%d，须在%d到%d之间", n, low, high), fmt.Sprintf("%d; want %d to %d", n, low, high))
}

func errEmpty(path string) error { return contentError(path, "不能为空", "must not be empty") }

func errColor(path string) error {
	return contentError(path, "须为6位十六进制颜色，例如FF6600", "want six hexadecimal digits, such as FF6600")
}

func contentError(path, zh, en string) error {
	return &ContentError{Field: path, Problem: Text{ZH: zh, EN: en}}
}

// ContentError says which field of a [Content] is wrong and how.
type ContentError struct {
	// Field is the path in the JSON form, such as "content.text.content".
	Field   string
	Problem Text
	// TooLong is true when the field is longer than the office app takes: a
	// shorter one would do.
	TooLong bool
}

// Error implements error.
func (e *ContentError) Error() string { return e.Field + ": " + e.Problem.EN }

// ErrorCode makes CodeOf answer InvalidArgument.
func (*ContentError) ErrorCode() Code { return InvalidArgument }
