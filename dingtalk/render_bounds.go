package dingtalk

import (
	"fmt"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// The longest texts in a work notification, in characters (docs, "message
// types", read 2026-11-22, and the text of error 34016 for the card's title).
// The old Java SDK takes 500 for the URL of one button of several, too.
const (
	longestCardTitle   = 64
	longestButtonTitle = 20
	longestCardURL     = 500
	longestButtonURL   = 700
	longestButtonList  = 1000
	longestNoticeTitle = 50
)

// bound is the longest that a text of a content may be.
type bound struct {
	path, value string
	most        int
}

// within returns the error for the first text that is too long.
func within(bounds ...bound) error {
	for _, b := range bounds {
		if n := utf8.RuneCountInString(b.value); n > b.most {
			return tooLong(b.path, n, b.most)
		}
	}
	return nil
}

func tooLong(path string, length, most int) error {
	return &provider.ContentError{Field: path, TooLong: true, Problem: provider.Text{
		ZH: fmt.Sprintf("长度%d个字符，超过钉钉的上限%d个字符", length, most),
		EN: fmt.Sprintf("%d characters; DingTalk takes at most %d", length, most),
	}}
}

func checkCard(c provider.Card) error {
	bounds := []bound{{"content.card.title", c.Title, longestCardTitle}}
	longestURL := longestButtonURL
	if len(c.Buttons) == 1 {
		longestURL = longestCardURL
	}
	for i, b := range c.Buttons {
		at := fmt.Sprintf("content.card.buttons[%d].", i)
		bounds = append(bounds, bound{at + "title", b.Title, longestButtonTitle}, bound{at + "url", b.URL, longestURL})
	}
	return within(bounds...)
}

// checkButtonList: the list is bounded as a whole, too.
func checkButtonList(list []wire.CardButton) error {
	encoded, err := encode(list)
	if err != nil {
		return err
	}
	return within(bound{"content.card.buttons", string(encoded), longestButtonList})
}

// notShownError is a content that cannot be shown, not even degraded.
type notShownError struct{ content *provider.ContentError }

// notShown names the field with the type or value that a channel does not have.
func notShown[T ~string](path string, value T) error {
	return &notShownError{&provider.ContentError{Field: path, Problem: provider.Text{
		ZH: fmt.Sprintf("钉钉的该消息渠道不支持%q", string(value)),
		EN: fmt.Sprintf("this channel of DingTalk cannot show %q", string(value)),
	}}}
}

// Error implements error.
func (e *notShownError) Error() string { return e.content.Error() }

// Unwrap returns the *provider.ContentError.
func (e *notShownError) Unwrap() error { return e.content }

// ErrorCode makes provider.CodeOf answer Unsupported.
func (*notShownError) ErrorCode() provider.Code { return provider.Unsupported }
