package dingtalktest

import (
	"strconv"
	"sync"
	"time"
)

// Channel is the way a message goes.
type Channel string

// The channels.
const (
	// ChannelWork is a work notification.
	ChannelWork Channel = "work"
	// ChannelRobot is a message of an app's robot to people, one by one.
	ChannelRobot Channel = "robot"
	// ChannelGroup is a message of an app's robot to a group.
	ChannelGroup Channel = "group"
	// ChannelWebhook is a message of a custom robot to its group.
	ChannelWebhook Channel = "webhook"
)

// task is an accepted message of any channel. What comes after mu is guarded by
// it.
type task struct {
	channel Channel
	// id counts messages; it is the task id of work notifications. key is the
	// processQueryKey of robots.
	id  int64
	key string

	company *company
	// app is nil and webhook is not for a custom robot; group is nil outside
	// of groups.
	app     *app
	webhook *webhook
	group   *group
	agentID int64

	at       time.Time
	content  *content
	everyone bool
	targets  int
	// receivers are in the order of sending and never change.
	receivers []string
	forbidden []Forbidden
	failed    []string
	// slowed are those whom a robot could not write to for speed.
	slowed   []string
	badUsers []string
	badDepts []int64
	hash     contentHash
	mentions mentions

	mu        sync.Mutex
	polls     int
	read      map[string]struct{}
	readByAll bool
	recalled  bool
	// kept is how many receivers had the message when it was recalled.
	kept int
	bar  *StatusBar
	// lost is the fault that kept the answer from the caller.
	lost FaultKind
}

// name is how the outside calls the message.
func (t *task) name() string {
	if t.key != "" {
		return t.key
	}
	return strconv.FormatInt(t.id, 10)
}

func (t *task) forbid(userID string, code int) {
	t.forbidden = append(t.forbidden, Forbidden{UserID: userID, Code: code})
}

// progress returns how many receivers have the message and how far sending is,
// 0 to 1. The caller holds the lock.
func (t *task) progress(now time.Time, opts *Options) (sent int, done float64) {
	done = 1
	if opts.SendSteps > 0 && t.channel == ChannelWork {
		done = min(done, float64(t.polls)/float64(opts.SendSteps))
	}
	if opts.SendTime > 0 && t.channel != ChannelWebhook {
		done = min(done, max(0, float64(now.Sub(t.at))/float64(opts.SendTime)))
	}
	if t.recalled {
		return t.kept, done
	}
	return int(float64(len(t.receivers)) * done), done
}

// readers splits the receivers who have the message. The caller holds the lock.
func (t *task) readers(now time.Time, opts *Options) (read, unread []string) {
	sent, _ := t.progress(now, opts)
	have := t.receivers[:sent:sent]
	if opts.AutoRead || t.readByAll {
		return have, nil
	}
	for _, userID := range have {
		if _, ok := t.read[userID]; ok {
			read = append(read, userID)
		} else {
			unread = append(unread, userID)
		}
	}
	return read, unread
}

// hasRead tells whether one receiver has read it. The caller holds the lock.
func (t *task) hasRead(userID string, opts *Options) bool {
	_, ok := t.read[userID]
	return ok || opts.AutoRead || t.readByAll
}

// recall takes the message back from those who have it; again changes nothing.
func (t *task) recall(now time.Time, opts *Options) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.recalled {
		t.kept, _ = t.progress(now, opts)
		t.recalled = true
	}
}

// lose notes that the caller was not told.
func (t *task) lose(kind FaultKind) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost = kind
}
