package dingtalktest

import (
	"math"
	"slices"
	"time"
)

// Rule is a rule of DingTalk's that Options.RulesOff can suspend.
type Rule string

// The rules that can be suspended.
const (
	// RuleDuplicates: a person gets the same content of an app once a day.
	RuleDuplicates Rule = "duplicates"
	// RulePerDay: Options.MessagesPerPersonPerDay.
	RulePerDay Rule = "per_day"
	// RulePerMinute: Options.PeoplePerMinute.
	RulePerMinute Rule = "per_minute"
	// RuleEveryone: Options.EveryonePerDay.
	RuleEveryone Rule = "everyone"
	// RuleMedia: media ids in messages must have been uploaded in the company.
	RuleMedia Rule = "media"
)

// Options configures an emulator. The zero value is an empty emulator with
// DingTalk's documented behaviour and without throttling.
type Options struct {
	// Companies live in the emulator from the start.
	Companies []Company
	// Now is the clock of tokens, limits and messages; default time.Now. The
	// delays of faults are real time.
	Now func() time.Time
	// TokenLifetime is how long an access token is valid; default 2 h (docs,
	// "get the access token of an internal app", read 2026-11-22). Answers tell
	// it in whole seconds.
	TokenLifetime time.Duration
	// CallsPerSecond bounds the calls of one app to one API; more are refused
	// with 90018. 0 is no bound; DingTalk's is 20 (docs, "call frequency
	// limit", read 2026-11-22).
	CallsPerSecond int
	// PeoplePerMinute bounds how many people one app reaches by work
	// notification; the rest is dropped with 143103 in the send result. Default
	// 5000 (docs, "asynchronous sending of work notifications", read
	// 2026-11-22).
	PeoplePerMinute int
	// MessagesPerPersonPerDay bounds how many work notifications of one app a
	// person gets a day; the rest is dropped with 143105. Default 500 (docs,
	// as above).
	MessagesPerPersonPerDay int
	// EveryonePerDay bounds how many work notifications of one app go to
	// everyone a day; more are refused with 41045. Default 3 (docs, "global
	// error codes", 41045, read 2026-11-22).
	EveryonePerDay int
	// RulesOff suspends rules, each for itself.
	RulesOff []Rule
	// SendSteps is in how many calls of getsendprogress a work notification
	// goes from accepted to sent. 0 sends at once.
	SendSteps int
	// SendTime is how long sending takes by the clock, webhooks excepted. 0
	// sends at once. With SendSteps too, the slower of both decides.
	SendTime time.Duration
	// AutoRead makes everybody read what they get.
	AutoRead bool
	// PushTimeout is how long a callback of an event may take; default 2.5 s
	// (docs, "receive callback message", read 2026-11-22). It is real time.
	PushTimeout time.Duration
	// EventRetry is when an event whose callback failed is told again; default
	// after 10 s and then after 30 s (docs, as above), after which it is in the
	// failed list. It is real time.
	EventRetry []time.Duration
	// EventRedelivery is when an event of Stream mode that was not acknowledged
	// is told again; default 60 s (developerpedia's tutorial, read 2026-11-22;
	// no page promises it). It is real time.
	EventRedelivery time.Duration
	// CallHistory is how many calls Emulator.Calls remembers, the newest, and
	// events Emulator.Events; default 10,000. Counts have no such bound.
	CallHistory int
	// MessageHistory is how many accepted messages are remembered, the newest,
	// for runs that would fill the memory. What is forgotten cannot be asked
	// about any more, neither here nor over the API; Emulator.Received still
	// counts it. 0 remembers all.
	MessageHistory int
	// Admin serves the administration API under /_emulator/. It shows the
	// secrets of the apps and asks for no credentials.
	Admin bool
}

const (
	defaultTokenLifetime  = 2 * time.Hour
	defaultDailyMessages  = 500
	defaultPerMinute      = 5000
	defaultEveryonePerDay = 3
	defaultCallHistory    = 10_000
	defaultPushTimeout    = 2500 * time.Millisecond
)

// withDefaults returns a copy in which nothing is left to decide.
func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.TokenLifetime <= 0 {
		o.TokenLifetime = defaultTokenLifetime
	}
	o.PeoplePerMinute = o.bound(RulePerMinute, o.PeoplePerMinute, defaultPerMinute)
	o.MessagesPerPersonPerDay = o.bound(RulePerDay, o.MessagesPerPersonPerDay, defaultDailyMessages)
	o.EveryonePerDay = o.bound(RuleEveryone, o.EveryonePerDay, defaultEveryonePerDay)
	if o.PushTimeout <= 0 {
		o.PushTimeout = defaultPushTimeout
	}
	if o.EventRedelivery <= 0 {
		o.EventRedelivery = time.Minute
	}
	if o.EventRetry == nil {
		o.EventRetry = []time.Duration{10 * time.Second, 30 * time.Second}
	}
	if o.CallHistory <= 0 {
		o.CallHistory = defaultCallHistory
	}
	return o
}

// bound is the number behind a rule, out of reach when the rule is suspended.
func (o *Options) bound(r Rule, value, otherwise int) int {
	switch {
	case !o.obeys(r):
		return math.MaxInt
	case value <= 0:
		return otherwise
	}
	return value
}

func (o *Options) obeys(r Rule) bool { return !slices.Contains(o.RulesOff, r) }
