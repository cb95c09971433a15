package dingtalk

import "net/http"

// The robot's APIs (docs, "robots", read 2026-11-22). Sending and reading spell
// oToMessages, recalling otoMessages, as DingTalk does.
//
//nolint:gochecknoglobals // constant table
var (
	apiRobotSend        = robotAPI("v1.0/robot/oToMessages/batchSend", false)
	apiRobotGroupSend   = robotAPI("v1.0/robot/groupMessages/send", false)
	apiRobotGroupRead   = robotAPI("v1.0/robot/groupMessages/query", true)
	apiRobotRecall      = robotRecall("v1.0/robot/otoMessages/batchRecall")
	apiRobotGroupRecall = robotRecall("v1.0/robot/groupMessages/recall")
	apiRobotRead        = api{
		path: "v1.0/robot/oToMessages/readStatus", gen: newAPI, method: http.MethodGet,
		repeatable: true, right: rightRobot,
	}
)

func robotAPI(path string, repeatable bool) api {
	return api{path: path, gen: newAPI, method: http.MethodPost, repeatable: repeatable, right: rightRobot}
}

// robotRecall: nothing has to be there yet to recall a message, so that the word
// which also means that means too old.
func robotRecall(path string) api {
	a := robotAPI(path, true)
	a.gone = []string{"processQueryKey.expireTime"}
	return a
}

// webhookAPI sends to a group webhook, whose URL holds its own token. A message
// with an id may be sent again: DingTalk takes those of one id for one message
// (docs, "custom robot", field msgUuid, read 2026-11-22).
func webhookAPI(identified bool) api {
	return api{path: webhookPath, method: http.MethodPost, open: true, repeatable: identified}
}

// webhookPath is where group webhooks live, without leading slash.
const webhookPath = "robot/send"
