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
	// User ids in one message of a robot (docs, "send one-on-one chat messages
	// in batches", field userIds, read 2026-11-22; the text of its error
	// overMax says 100).
	robotUsersPerSend = 20
	// Work notifications a day to everyone (docs, "asynchronous sending of work
	// notifications", limits).
	everyonePerDay = 3
	// Bytes of the field msg (same page).
	messageBytes = 2048
	// Bytes of a robot's msgParam (docs, "the robot sends a group message",
	// field msgParam, read 2026-11-22). The body that is counted holds it and a
	// little more.
	robotBytes = 15000
	// Bytes of the body of a call to a webhook. The page of the custom robot
	// gives no figure, its refusal does: 460101 "message too long, exceed 20000
	// bytes" (timonwong/prometheus-webhook-dingtalk, issue 30).
	webhookCallBytes = 20000
	// Bytes of a webhook message: the text that it is remembered by goes into
	// the same body, as the field msgUuid which with
	// provider.MaxDedup bytes stays below 100.
	webhookBytes = webhookCallBytes - 100
	// Work notifications a day to one person from one app (docs, "asynchronous
	// sending of work notifications", limits).
	sendsPerPersonPerDay = 500
	// The same work notification a day to one person from one app (same page).
	sameContentPerDay = 1
	// People whom the work notifications of one app reach in a minute (same
	// page).
	peoplePerMinute = 5000
	// Messages a minute to one webhook; more make it rest for ten minutes
	// (docs, "custom robots send group messages", read 2026-11-22).
	webhookPerMinute = 20
	// How long the outcome can be asked for (docs, "result of work
	// notifications" and "read status" of robots, read 2026-11-22; the head of
	// the page of the progress says 7 days).
	trackWindow = 24 * time.Hour
	// Receivers up to which the outcome names people; above, DingTalk's
	// getsendresult times out (same page).
	trackUsers = 100
	// How long a message can be recalled (docs, "recall work notifications" and
	// "batch recall" of robots, read 2026-11-22).
	recallWindow = 24 * time.Hour
	// How long a status bar can be changed (docs, "update the status bar of
	// work notifications", read 2026-11-22).
	statusWindow = 7 * 24 * time.Hour
	// Receivers of a notification with a status bar (docs, "message types",
	// field oa.status_bar, read 2026-11-22).
	statusUsers = 5
	// People a webhook message mentions (docs, "custom robots send group
	// messages", field atUserIds, read 2026-11-22).
	mentionedPeople = 50
	// Entries in a page of topapi/v2/user/list; the page gives no figure, the
	// old Java SDK enforces 100.
	peoplePageSize = 100
	// Lengths of what is written of a department and a person (docs, "create a
	// department" and "create a user", read 2026-11-22), and of how many
	// departments the field dept_id_list takes.
	departmentNameLength = 64
	userIDLength         = 64
	personNameLength     = 80
	emailLength          = 50
	jobNumberLength      = 50
	titleLength          = 200
	extensionLength      = 2000
	departmentsOfPerson  = 100
	// People in a page of the readers of a group's message (docs, "query the
	// read status of a message", field maxResults, read 2026-11-22).
	readersPageSize = 200
)

const mebibyte = 1 << 20

// mediaLimits is what media/upload takes (docs, "upload media files", read
// 2026-11-22). Messages take files of up to 10 MB ("message types", field
// file.media_id), which the text of error 40006 says as well; what it says of
// pictures, 1 MB, is older than the page.
func mediaLimits() map[provider.MediaKind]provider.MediaLimit {
	return map[provider.MediaKind]provider.MediaLimit{
		provider.MediaImage: {Bytes: 20 * mebibyte, Extensions: []string{"jpg", "gif", "png", "bmp"}},
		provider.MediaVoice: {Bytes: 2 * mebibyte, Extensions: []string{"amr", "mp3", "wav"}},
		provider.MediaVideo: {Bytes: 20 * mebibyte, Extensions: []string{"mp4"}},
		provider.MediaFile: {Bytes: 10 * mebibyte, Extensions: []string{
			"doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar",
		}},
	}
}

// departmentNameWithout are the characters a department's name must not have
// (docs, "create a department", field name).
const departmentNameWithout = "-,，"

// writeLimits: a person's mobile number is needed to create them, and only they
// can change it (docs, "update user information": error 40022).
func writeLimits() provider.WriteLimits {
	return provider.WriteLimits{
		DepartmentName: departmentNameLength, DepartmentNameWithout: departmentNameWithout,
		UserID: userIDLength, PersonName: personNameLength, Email: emailLength, JobNumber: jobNumberLength,
		Title: titleLength, Extension: extensionLength, Memberships: departmentsOfPerson,
		MobileRequired: true, MobileFixed: true,
	}
}

// limits are those of a connection that makes so many calls a second; without
// pacing the people reached in a minute are not counted either.
func limits(callsPerSecond int) provider.Limits {
	l := provider.Limits{
		UsersPerSend:         usersPerSend,
		DepartmentsPerSend:   departmentsPerSend,
		RobotUsersPerSend:    robotUsersPerSend,
		MessageBytes:         messageBytes,
		RobotBytes:           robotBytes,
		WebhookBytes:         webhookBytes,
		EveryonePerDay:       everyonePerDay,
		SendsPerPersonPerDay: sendsPerPersonPerDay,
		SameContentPerDay:    sameContentPerDay,
		WebhookPerMinute:     webhookPerMinute,
		WebhookDeduplicates:  true, // by msgUuid (docs, "custom robots send group messages")
		Zone:                 china,
		TrackWindow:          trackWindow,
		TrackUsers:           trackUsers,
		RecallWindow:         recallWindow,
		StatusWindow:         statusWindow,
		StatusUsers:          statusUsers,
		Mentions:             mentionedPeople,
		Media:                mediaLimits(),
		PeoplePageSize:       peoplePageSize,
		Write:                writeLimits(),
	}
	if callsPerSecond > 0 {
		l.CallsPerSecond, l.PeoplePerMinute = callsPerSecond, peoplePerMinute
	}
	return l
}
