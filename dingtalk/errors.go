package dingtalk

import (
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// class is what the client itself does about a refusal.
type class int

const (
	// plain: nothing; the code says it all.
	plain class = iota
	// tokenRefused: renew the access token, repeat once.
	tokenRefused
	// busy: repeat with growing pauses.
	busy
	// stalled: as busy, but the request may have been carried out.
	stalled
	// throttled: slow down, then repeat.
	throttled
	// banned: make no call at all for a while.
	banned
	// notGranted: a permission is missing.
	notGranted
	// outOfScope: the app may not see this part of the directory.
	outOfScope
	// behindRight: what is wrong shows only to those who have the permission.
	behindRight
)

// ruling is what a refusal means.
type ruling struct {
	code   provider.Code
	class  class
	pause  pause
	remedy provider.Text
}

// family is a set of error numbers and names with one meaning. A name that ends
// with * is a prefix. Names are compared without regard to case and without the
// leading "Forbidden.AccessDenied.".
type family struct {
	names  string
	ruling ruling
}

// families is DingTalk's list of refusals (docs, "global error codes", "call
// frequency limit" and the error section of each API's page, read 2026-11-22).
var families = []family{ //nolint:gochecknoglobals // constant table
	// Access token and credentials.
	{"40001 40014 42001 InvalidAuthentication", ruling{provider.Unauthenticated, tokenRefused, 0, remedyCredentials}},
	{"40089 40096 invalidClientIdOrSecret invalid.client unauthorized.client", ruling{provider.Unauthenticated, plain, 0, remedyCredentials}},
	{"40013 41002", ruling{provider.InvalidArgument, plain, 0, remedyCorpID}},
	{"40078 40079 40029 40102 42003 42007 42008 invalidCode", ruling{provider.Unauthenticated, plain, 0, remedyLoginAgain}},

	// Busy. 88 is the gateway whose authorisation service did not answer: the
	// call was not let through. The others come from behind the gateway, or do
	// not say where from: -1 and 1002 are "the system is busy".
	{"88", ruling{provider.Unavailable, busy, 0, remedyWait}},
	{
		"-1 1002 15 34015 400001 isp.* system.busy systemBusy system.error systemError unknownError server.error unknown.send.result",
		ruling{provider.Unavailable, stalled, 0, remedyWait},
	},

	// Speed.
	{"90018 90002 QpsLimit*", ruling{provider.ResourceExhausted, throttled, oneSecond, remedySlow}},
	// 41046 to 41048 are of work notifications: to everyone, and to people.
	{"QpmLimit* 41046 41047 41048", ruling{provider.ResourceExhausted, throttled, nextMinute, remedySlow}},
	// A group webhook that got more than 20 messages in a minute rests for ten.
	// 130101 is an older number for it.
	{"410100 130101", ruling{provider.ResourceExhausted, throttled, tenMinutes, remedySlow}},
	{
		"90001 90003 90004 90005 90006 90007 90008 90009 90010 90011 90012 90013 90014 90017 45009 " +
			"send.too.fast send.byToken.tooFast too.many.people too.many.group request.too.fast requestTooMuch qps.exceed.limit",
		ruling{provider.ResourceExhausted, throttled, 0, remedySlow},
	},
	{"1111", ruling{provider.ResourceExhausted, banned, fiveMinutes, remedyBanned}},

	// Quotas.
	{"90020 ApiCountLimitForOrg", ruling{provider.ResourceExhausted, plain, nextMonth, remedyMonthlyQuota}},
	{"daily.call.limit integrated.qps.exceed", ruling{provider.ResourceExhausted, plain, nextDay, remedyMonthlyQuota}},
	{"41045", ruling{provider.ResourceExhausted, plain, nextDay, remedyEveryone}},

	// Permission, scope, configuration.
	{"60011 43007 AccessTokenPermissionDenied forbidden.accessDenied unauthorized", ruling{provider.PermissionDenied, notGranted, 0, provider.Text{}}},
	{"50002 50004", ruling{provider.PermissionDenied, outOfScope, 0, remedyScope}},
	{"60020 IpNotInWhiteList", ruling{provider.PermissionDenied, plain, 0, remedyIP}},
	{"41028", ruling{provider.PermissionDenied, plain, 0, remedyNotEveryone}},
	{"41044", ruling{provider.PermissionDenied, plain, 0, remedyMayNotSend}},
	{"40056", ruling{provider.FailedPrecondition, plain, 0, remedyAgentID}},
	{"50003 50005 48002", ruling{provider.FailedPrecondition, plain, 0, remedyStopped}},
	{"41052", ruling{provider.FailedPrecondition, plain, 0, remedyStatusBar}},

	// Robots and webhooks. 300001 and 300005 are older numbers, both "token is
	// not exist" (timonwong/prometheus-webhook-dingtalk, issues 91 and 226).
	{"310000 keywords.not.match sign.not.match ip.not.match", ruling{provider.FailedPrecondition, plain, 0, remedyWebhook}},
	{"400101 400106 300001 300005 token.notExisted", ruling{provider.NotFound, plain, 0, remedyWebhookGone}},
	{
		"400102 bot.stopped template.* chatbotId.notAllow.sendOTO robot.oto.notExist resource.not.found resource.unavailable " +
			"invalidParameter.robotCode invalidParameter.robotCode.* invalidParameter.invalid",
		ruling{provider.FailedPrecondition, behindRight, 0, remedyRobot},
	},
	{
		"auth.error not.allowed.robotCode bot.forbidden.sendMessage send.forbidden only.groupAdmin.canAtAll invalidParameter.token.invalid",
		ruling{provider.PermissionDenied, behindRight, 0, remedyRobot},
	},
	{
		"400013 group.disbanded session.notExisted session.expired invalid.openConversationId openConversationId.notExisted " +
			"conversation.org.notMatch conversation.org.dismatch",
		ruling{provider.NotFound, behindRight, 0, remedyConversation},
	},
	{"invalid.processQueryKey robot.processQueryKey.expired notRevoke.all.messages", ruling{provider.NotFound, behindRight, 0, remedyTooOld}},
	// Not yet there, or no longer; a caller that asks in time sees the former.
	{"processQueryKey.expireTime", ruling{provider.Unavailable, behindRight, 0, remedyNotReady}},

	{"invalidParameter.msgParam.invalid", ruling{provider.InvalidArgument, plain, 0, remedyRobotContent}},

	// The subject of the call.
	{
		"60121 33012 60003 60004 46004 40104 invalidParameter.user.notFound staffId.notExisted",
		ruling{provider.NotFound, plain, 0, provider.Text{}},
	},
	{"60102 60104 60106 60107 60016 60021 40021", ruling{provider.AlreadyExists, plain, 0, provider.Text{}}},

	// Registered callbacks: two generations of numbers, and those of the
	// encryption. 71010 is a parameter in the wrong form; of ours, only token
	// and key come from somebody's hand.
	{"71007 400040", ruling{provider.NotFound, plain, 0, provider.Text{}}},
	{"71006 400041", ruling{provider.AlreadyExists, plain, 0, provider.Text{}}},
	{"71008", ruling{provider.FailedPrecondition, plain, 0, remedyCallbackTag}},
	{"71009 71012 400051 400052 400054", ruling{provider.FailedPrecondition, plain, 0, remedyCallbackAnswer}},
	{"71011 71013 400050 400053", ruling{provider.FailedPrecondition, plain, 0, remedyCallbackURL}},
	{
		"71010 900001 900002 900003 900004 900005 900006 900007 900008 900009 900010",
		ruling{provider.FailedPrecondition, plain, 0, remedyCallbackKey},
	},

	// Writing the directory.
	{"60005 60006", ruling{provider.FailedPrecondition, plain, 0, remedyNotEmpty}},
	{"60007 60018", ruling{provider.InvalidArgument, plain, 0, remedyRoot}},
	{"60002 60110", ruling{provider.FailedPrecondition, plain, 0, remedyDepartments}},
	{"40031 40093", ruling{provider.FailedPrecondition, plain, 0, remedyLeaders}},
	{"40019 40020 40023 40024", ruling{provider.FailedPrecondition, plain, 0, remedyFull}},
	{"60120", ruling{provider.FailedPrecondition, plain, 0, remedyPersonDisabled}},
	{"12150", ruling{provider.FailedPrecondition, plain, 0, remedyHR}},
	{"40022", ruling{provider.FailedPrecondition, plain, 0, remedyOtherMobile}},
	{"41054", ruling{provider.InvalidArgument, plain, 0, remedyMobile}},
	{"60122", ruling{provider.InvalidArgument, plain, 0, remedyExtension}},
	{
		"40011 40025 60001 60009 60010 60109 600109 60111 60112 60113 60118 60123 60128 60510",
		ruling{provider.InvalidArgument, plain, 0, provider.Text{}},
	},
	// 460101 is the size of a webhook message, 101002 an older number for it.
	{
		"34016 45002 40048 41049 60022 430101 430102 430103 430104 460101 101002 contain.* param.contentUnsafe invalidParameter.msgParam.tooLong",
		ruling{provider.InvalidArgument, plain, 0, remedyContent},
	},
	{"40004 40005 40006", ruling{provider.InvalidArgument, plain, 0, remedyFile}},
	{"40007", ruling{provider.InvalidArgument, plain, 0, remedyMediaID}},
	{
		"40000 40008 40009 40035 40068 40069 47001 400002 44002 43001 43002 43003 43004 43005 43006 43008 43009 " +
			"41001 41003 41004 41005 41006 41007 41008 41009 41010 41011 41029 41102 44001 60103 400105 " +
			"param.* invalidParameter* invalid.param.* miss.* illegal.* receivers.exceed sendMessage.model.notMatch",
		ruling{provider.InvalidArgument, plain, 0, provider.Text{}},
	},
	{"22 404 InvalidAction.NotFound", ruling{provider.Unsupported, plain, 0, provider.Text{}}},
}

// rulings indexes families by lower-case name; prefixes end with *.
var rulings = index(families) //nolint:gochecknoglobals // constant table

func index(list []family) map[string]ruling {
	m := make(map[string]ruling)
	for _, f := range list {
		for _, name := range strings.Fields(f.names) {
			m[strings.ToLower(name)] = f.ruling
		}
	}
	return m
}

const deniedPrefix = "forbidden.accessdenied."

// ruleFor looks up a number or name. Of several prefixes the longest counts.
func ruleFor(name string) (ruling, bool) {
	name = strings.TrimPrefix(strings.ToLower(name), deniedPrefix)
	if r, ok := rulings[name]; ok {
		return r, true
	}
	for n := len(name) - 1; n > 0; n-- {
		if r, ok := rulings[name[:n]+"*"]; ok {
			return r, true
		}
	}
	return ruling{}, false
}

// classOf tells what kind of refusal err is; plain when it is none.
func classOf(err error) class {
	e, ok := asError(err)
	if !ok {
		return plain
	}
	r, known := ruleFor(e.Upstream)
	if !known && e.Code == provider.ResourceExhausted {
		return throttled // by HTTP status 429 alone
	}
	return r.class
}
