package dingtalk

import (
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

func checkMentions(m provider.Mentions) error {
	if n := len(m.Users) + len(m.Mobiles); n > mentionedPeople {
		return &provider.ContentError{Field: "mentions", Problem: provider.Text{
			ZH: fmt.Sprintf("当前提醒%d人，钉钉最多%d人", n, mentionedPeople),
			EN: fmt.Sprintf("%d people; DingTalk mentions at most %d", n, mentionedPeople),
		}}
	}
	return nil
}

// mention adds people to a message of type t and returns what is lost of them.
// DingTalk mentions those of field at whose id or number stands in the text as
// well. Of cards its page knows user ids alone, of links and feeds nobody (docs,
// "robot message type", read 2026-11-29).
func mention(msg *wire.WebhookMsg, t provider.ContentType, m provider.Mentions) []provider.Text {
	at := &wire.At{All: m.All}
	for _, u := range m.Users {
		at.UserIDs = append(at.UserIDs, string(u))
	}
	for _, number := range m.Mobiles {
		at.Mobiles = append(at.Mobiles, dingtalkMobile(number))
	}
	var lost []provider.Text
	switch {
	case msg.Text != nil:
		msg.Text.Content = withNames(msg.Text.Content, " ", at)
	case msg.Markdown != nil:
		msg.Markdown.Text = withNames(msg.Markdown.Text, "\n\n", at)
	case msg.ActionCard != nil && len(at.UserIDs) > 0:
		if at.All || len(at.Mobiles) > 0 {
			lost = []provider.Text{{ZH: string(t) + "：只能按用户ID提醒", EN: string(t) + ": mentions by user id only"}}
		}
		at.All, at.Mobiles = false, nil
		msg.ActionCard.Text = withNames(msg.ActionCard.Text, "\n\n", at)
	default:
		return []provider.Text{{ZH: string(t) + "：不能提醒任何人", EN: string(t) + ": mentions nobody"}}
	}
	msg.At = at
	return lost
}

// withNames appends the names that a text does not have.
func withNames(text, gap string, at *wire.At) string {
	var missing []string
	for _, names := range [][]string{at.Mobiles, at.UserIDs} {
		for _, name := range names {
			if !calls(text, name) {
				missing = append(missing, "@"+name)
			}
		}
	}
	if len(missing) == 0 {
		return text
	}
	return text + gap + strings.Join(missing, " ")
}

// calls reports whether a text has @name, and not as the beginning of a longer
// name.
func calls(text, name string) bool {
	for {
		_, after, found := strings.Cut(text, "@"+name)
		if !found {
			return false
		}
		if !goesOn(after) {
			return true
		}
		text = after
	}
}

// goesOn reports whether what stands behind a name makes it a longer one. A dot
// does between characters of a name; else it ends a sentence.
func goesOn(after string) bool {
	after = strings.TrimPrefix(after, ".")
	return after != "" && strings.ContainsAny(after[:1], nameCharacters)
}

// nameCharacters are those of user ids and numbers.
const nameCharacters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
