package dingtalk

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// eventKinds are the contact events of internal apps (docs, "contact events",
// read 2026-11-22).
//
//nolint:gochecknoglobals // constant table
var eventKinds = map[string]provider.EventKind{
	"user_add_org":    provider.PersonJoined,
	"user_modify_org": provider.PersonChanged,
	"user_active_org": provider.PersonActivated,
	"user_leave_org":  provider.PersonLeft,
	"org_dept_create": provider.DepartmentCreated,
	"org_dept_modify": provider.DepartmentChanged,
	"org_dept_remove": provider.DepartmentRemoved,
}

// maxEventText bounds what is kept of an event's id and type, in bytes. Whoever
// has the app's token and key can sign a megabyte of either.
const maxEventText = 128

// event maps a decoded event.
func event(e wire.Event) provider.Event {
	return provider.Event{
		ID: eventID(e), Kind: eventKinds[string(e.EventType)], Type: eventType(string(e.EventType)), OrgID: string(e.CorpID),
		At:          eventTime(string(e.EventTime), string(e.TimeStamp)),
		People:      distinct[provider.UserID](e.UserIDs),
		Departments: distinct[provider.DepartmentID](e.DepartmentIDs),
	}
}

// eventType cuts a type that is none of DingTalk's.
func eventType(name string) string {
	if len(name) <= maxEventText {
		return name
	}
	return strings.ToValidUTF8(name[:maxEventText], "")
}

// eventID is DingTalk's own id or, in older subscriptions, which have none, and
// in place of one that is too long, made of what the event says.
func eventID(e wire.Event) string {
	if e.EventID != "" && len(e.EventID) <= maxEventText {
		return string(e.EventID)
	}
	parts := []string{string(e.CorpID), string(e.EventType), string(e.BizID)}
	switch {
	case e.EventID != "":
		parts = append(parts, string(e.EventID))
	case e.BizID == "":
		parts = append(parts, string(e.EventTime), string(e.TimeStamp))
		for _, list := range []wire.Texts{e.UserIDs, e.DepartmentIDs} {
			for _, id := range list {
				parts = append(parts, string(id))
			}
			parts = append(parts, "")
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "sha256-" + hex.EncodeToString(sum[:16])
}

// eventTime reads the first of several times that makes sense.
func eventTime(texts ...string) time.Time {
	for _, text := range texts {
		if at, ok := unixTime(text); ok {
			return at
		}
	}
	return time.Time{}
}

// inMilliseconds is where times stop to be in seconds: as milliseconds it is a
// day in 1973, as seconds one in the year 5138.
const inMilliseconds = 100_000_000_000

// unixTime reads milliseconds, and the seconds that some samples of DingTalk's
// have.
func unixTime(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n <= 0:
		return time.Time{}, false
	case n < inMilliseconds:
		return time.Unix(n, 0), true
	}
	return time.UnixMilli(n), true
}

// distinct returns the ids of a list, each once. A report may name tens of
// thousands: whoever has the app's token and key can make one.
func distinct[T ~string](list wire.Texts) []T {
	var ids []T
	seen := make(map[wire.Text]bool, len(list))
	for _, id := range list {
		if id != "" && !seen[id] {
			ids, seen[id] = append(ids, T(id)), true
		}
	}
	return ids
}
