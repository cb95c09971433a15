package dingtalk

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// What DingTalk allows an internal app. Where its sources disagree the smaller
// figure is taken.
const (
	// Calls per second, app and API, standard edition (docs, "call frequency
	// limit", read 2026-11-22).
	documentedCallsPerSecond = 20
	// User ids in one work notification (docs, "asynchronous sending of work
	// notifications", field userid_list, read 2026-11-22; the old Java SDK
	// checks 5000).
	usersPerSend = 100
	// Department ids in one work notification (same page, field dept_id_list;
	// the old Java SDK checks 500).
	departmentsPerSend = 20
	// Work notifications a day to everyone (same page, limits).
	everyonePerDay = 3
	// Bytes of the field msg (same page).
	messageBytes = 2048
	// Work notifications a day to one person from one app (same page, limits).
	sendsPerPersonPerDay = 500
	// How long the outcome can be asked for (docs, "result of work
	// notifications", read 2026-11-22).
	trackWindow = 24 * time.Hour
	// Receivers up to which the outcome names people; above, DingTalk's
	// getsendresult times out (same page).
	trackUsers = 100
	// Entries in a page of topapi/v2/user/list; the page gives no figure, the
	// old Java SDK enforces 100.
	peoplePageSize = 100
)

func limits(callsPerSecond int) provider.Limits {
	return provider.Limits{
		UsersPerSend:         usersPerSend,
		DepartmentsPerSend:   departmentsPerSend,
		EveryonePerDay:       everyonePerDay,
		MessageBytes:         messageBytes,
		CallsPerSecond:       max(callsPerSecond, 0),
		SendsPerPersonPerDay: sendsPerPersonPerDay,
		TrackWindow:          trackWindow,
		TrackUsers:           trackUsers,
		PeoplePageSize:       peoplePageSize,
	}
}
