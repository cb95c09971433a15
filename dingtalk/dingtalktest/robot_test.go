package dingtalktest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func robotText(content string) params {
	return params{"robotCode": robot, "msgKey": "sampleText", "msgParam": fmt.Sprintf(`{"content":%q}`, content)}
}

// sendRobot sends a text and returns the answer and the processQueryKey.
func (b *bundle) sendRobot(content string, users ...string) (a answer, key string) {
	b.t.Helper()
	a = b.callNew(pathRobotSend, robotText(content).with("userIds", users)).wantStatus(http.StatusOK)
	key, _ = a.body["processQueryKey"].(string)
	if key == "" {
		b.t.Fatalf("no processQueryKey in %s", a.raw)
	}
	return a, key
}

func (b *bundle) readStatus(key string) answer {
	b.t.Helper()
	return b.callNew(pathRobotRead+"?robotCode="+robot+"&processQueryKey="+url.QueryEscape(key), nil)
}

func TestRobotSend(t *testing.T) {
	t.Parallel()
	b := setup(t)
	check(t, b.SlowRobots(corp, "alice", true))
	a, key := b.sendRobot("你好", "bob", "nobody", "alice", "bob", "boss")
	equal(t, "invalid", texts(a.body["invalidStaffIdList"]), []string{"nobody"})
	equal(t, "flow control", texts(a.body["flowControlledStaffIdList"]), []string{"alice"})

	d := b.Deliveries()[0]
	same(t, "channel", d.Channel, dingtalktest.ChannelRobot)
	same(t, "id", d.ID, key)
	same(t, "corp and app", d.CorpID+" "+d.ClientID, corp+" key")
	same(t, "content", d.Content.String(), `sampleText "content"="你好"`)
	equal(t, "recipients", d.Recipients, []string{"bob", "boss"})
	equal(t, "invalid", d.InvalidUsers, []string{"nobody"})
	equal(t, "slowed", d.SlowedUsers, []string{"alice"})
	same(t, "no work notification", len(b.Sent()), 0)

	check(t, b.SlowRobots(corp, "alice", false))
	a, _ = b.sendRobot("你好", "alice")
	equal(t, "flow control no more", texts(a.body["flowControlledStaffIdList"]), nil)
	same(t, "received", fmt.Sprint(b.Received(corp)), "map[alice:1 bob:1 boss:1]")
	if err := b.SlowRobots("nobody", "bob", true); !errors.Is(err, dingtalktest.ErrNotFound) {
		t.Errorf("unknown company: got %v, want ErrNotFound", err)
	}
}

func TestRobotReading(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.SendTime = 10 * time.Second })
	_, key := b.sendRobot("读", "bob", "alice")
	same(t, "at once", b.readStatus(key).body["sendStatus"], any("PROCESSING"))
	same(t, "nobody has it yet", len(b.Inbox(corp, "bob")), 0)
	b.clock.Advance(10 * time.Second)
	check(t, b.ReadDelivery("alice", key))
	a := b.readStatus(key).wantStatus(http.StatusOK)
	same(t, "then", a.body["sendStatus"], any("SUCCESS"))
	list := a.body["messageReadInfoList"]
	equal(t, "users", pluck[string](list, "userId"), []string{"alice", "bob"})
	equal(t, "names", pluck[string](list, "name"), []string{`艾"丽丝`, "鲍勃"})
	equal(t, "states", pluck[string](list, "readStatus"), []string{"READ", "UNREAD"})

	check(t, b.ReadDeliveryByAll(key))
	equal(t, "all", pluck[string](b.readStatus(key).body["messageReadInfoList"], "readStatus"), []string{"READ", "READ"})
	for name, err := range map[string]error{
		"unknown key":         b.ReadDelivery("alice", "x"),
		"not a receiver":      b.ReadDelivery("carol", key),
		"unknown key, by all": b.ReadDeliveryByAll("x"),
	} {
		if !errors.Is(err, dingtalktest.ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", name, err)
		}
	}

	// The key is Base64: put into the query as it stands it is another one.
	b.callNew(pathRobotRead+"?robotCode="+robot+"&processQueryKey="+key, nil).wantNew(http.StatusBadRequest, "invalid.processQueryKey")
	b.callNew(pathRobotRead+"?robotCode="+robot, nil).wantNew(http.StatusBadRequest, "invalidParameter.processQueryKey.missing")
	b.callNew(pathRobotRead+"?processQueryKey=x", nil).wantNew(http.StatusBadRequest, "invalidParameter.robotCode.empty")
	b.clock.Advance(25 * time.Hour)
	b.fetch()
	b.readStatus(key).wantNew(http.StatusBadRequest, "processQueryKey.expireTime")
}

func TestRobotRecall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, first := b.sendRobot("一", "bob")
	b.clock.Advance(24*time.Hour + time.Second)
	b.fetch()
	_, second := b.sendRobot("二", "bob")
	recall := params{"robotCode": robot, "processQueryKeys": []string{second, "x", first, second}}
	a := b.callNew(pathRobotRecall, recall).wantStatus(http.StatusOK)
	equal(t, "succeeded", texts(a.body["successResult"]), []string{second, second})
	same(t, "failed", fmt.Sprint(a.object("failedResult")["x"], " ", a.object("failedResult")[first]), "invalid.processQueryKey processQueryKey.expireTime")
	same(t, "status", b.readStatus(second).body["sendStatus"], any("RECALLED"))
	inbox := b.Inbox(corp, "bob")
	same(t, "recalled", fmt.Sprint(inbox[0].Recalled, inbox[1].Recalled), "false true")

	b.callNew(pathRobotRecall, recall.without("processQueryKeys")).wantNew(http.StatusBadRequest, "invalidParameter.processQueryKey.missing")
	b.callNew(pathRobotRecall, recall.with("processQueryKeys", make([]string, 21))).wantNew(http.StatusBadRequest, "invalidParameter.processQueryKeys.overMax")
	b.callNew(pathRobotRecall, recall.with("processQueryKeys", "x")).wantNew(http.StatusBadRequest, "invalidParameter.param.invalid")
	b.callNew(pathRobotRecall, recall.without("robotCode")).wantNew(http.StatusBadRequest, "invalidParameter.robotCode.empty")
	// Sending and recalling differ in the case of one letter.
	b.callNew("/v1.0/robot/oToMessages/batchRecall", recall).wantNew(http.StatusNotFound, "InvalidAction.NotFound")
}

func TestRobotParameters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.AddApp(corp, dingtalktest.App{ClientID: "key2", ClientSecret: "s", AgentID: 1002, RobotCode: "other"}); err != nil {
		t.Fatal(err)
	}
	good := robotText("参数").with("userIds", []string{"bob"})
	for _, tc := range []struct {
		name string
		p    params
		code string
	}{
		{"no robot", good.without("robotCode"), "invalidParameter.robotCode.empty"},
		{"unknown robot", good.with("robotCode", "x"), "invalidParameter.robotCode.notExsit"},
		{"robot of another app", good.with("robotCode", "other"), "invalidParameter.robotCode.auth"},
		{"no users", good.without("userIds"), "invalidParameter.userIds.empty"},
		{"empty users", good.with("userIds", []string{}), "invalidParameter.userIds.empty"},
		{"users as text", good.with("userIds", "bob"), "invalidParameter.param.invalid"},
		{"21 users", good.with("userIds", make([]string, 21)), "invalidParameter.userIds.overMax"},
		{"20 users", good.with("userIds", make([]string, 20)), ""},
		{"no key", good.without("msgKey"), "invalidParameter.msgKey.empty"},
		{"unknown key", good.with("msgKey", "text"), "invalidParameter.msgKey.invalid"},
		{"key number", good.with("msgKey", 1), "invalidParameter.msgKey.invalid"},
		{"no param", good.without("msgParam"), "invalidParameter.msgParam.invalid"},
		{"param as an object", good.with("msgParam", params{"content": "x"}), "invalidParameter.msgParam.invalid"},
		{"param not JSON", good.with("msgParam", "x"), "invalidParameter.msgParam.invalid"},
		{"longest param", good.with("msgParam", `{"content":"`+strings.Repeat("x", 15_000-14)+`"}`), ""},
		{"param too long", good.with("msgParam", `{"content":"`+strings.Repeat("x", 15_001-14)+`"}`), "invalidParameter.msgParam.tooLong"},
	} {
		a := b.callNew(pathRobotSend, tc.p)
		if code, _ := a.body["code"].(string); code != tc.code {
			t.Errorf("%s: got %q, want %q: %s", tc.name, code, tc.code, a.raw)
		}
	}
}

func TestRobotNeedsPermissionAndToken(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) {
		a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), dingtalktest.PermissionRobot)
	}))
	good := robotText("权限").with("userIds", []string{"bob"})
	a := b.callNew(pathRobotSend, good).wantNew(http.StatusForbidden, "Forbidden.AccessDenied.AccessTokenPermissionDenied")
	equal(t, "requiredScopes", texts(a.object("accessdenieddetail")["requiredScopes"]), []string{"qyapi_robot_sendmsg"})
	check(t, b.UpdateApp("key", func(a *dingtalktest.App) { a.Permissions = nil }))
	b.callNew(pathRobotSend, good).wantStatus(http.StatusOK)
	b.ExpireTokens()
	b.callNew(pathRobotSend, good).wantNew(http.StatusBadRequest, "InvalidAuthentication")
	// The token belongs in the header.
	b.fetch()
	b.post(pathRobotSend+"?access_token="+b.token, good).wantNew(http.StatusBadRequest, "AuthenticationFailed.MissingParameter")
}

func TestRobotScope(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) { a.Scope = dingtalktest.Scope{UserIDs: []string{"bob"}} }))
	a, _ := b.sendRobot("范围", "bob", "carol")
	equal(t, "invalid", texts(a.body["invalidStaffIdList"]), []string{"carol"})
}

func TestRobotShapes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.addMedia("@pic", dingtalktest.MediaImage, 1)
	b.addMedia("@file", dingtalktest.MediaFile, 20<<20)
	b.addMedia("@video", dingtalktest.MediaVideo, 1)
	for id, name := range map[string]string{"@amr": "a.amr", "@mp3": "a.mp3"} {
		if _, err := b.AddMedia(corp, dingtalktest.Media{ID: id, Type: dingtalktest.MediaVoice, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	const card = `"title":"t","text":"x"`
	for _, tc := range []struct {
		key, param string
		ok         bool
	}{
		{"sampleText", `{"content":"x"}`, true},
		{"sampleText", `{"content":""}`, false},
		{"sampleText", `{"content":1}`, false},
		{"sampleText", `{"content":"x","at":"y"}`, false},
		{"sampleText", `["x"]`, false},
		{"sampleMarkdown", `{"title":"t","text":"x"}`, true},
		{"sampleMarkdown", `{"text":"x"}`, false},
		{"sampleImageMsg", `{"photoURL":"https://e.com/a.png"}`, true},
		{"sampleImageMsg", `{"photoURL":"@pic"}`, true},
		{"sampleImageMsg", `{"photoURL":"@no"}`, false},
		{"sampleImageMsg", `{"photoURL":"@file"}`, false},
		{"sampleImageMsg", `{"photoURL":""}`, false},
		{"sampleImageMsg", `{"photoUrl":"@pic"}`, false},
		{"sampleLink", `{"title":"t","text":"x","picUrl":"@pic","messageUrl":"https://e.com"}`, true},
		{"sampleLink", `{"title":"t","text":"x","messageUrl":"https://e.com"}`, true},
		{"sampleLink", `{"title":"t","text":"x","messageUrl":"e.com"}`, false},
		{"sampleActionCard", `{` + card + `,"singleTitle":"s","singleURL":"https://e.com"}`, true},
		{"sampleActionCard", `{` + card + `,"singleTitle":"s"}`, false},
		{"sampleActionCard2", `{` + card + `,"actionTitle1":"a","actionURL1":"https://e.com","actionTitle2":"b","actionURL2":"https://e.com"}`, true},
		{"sampleActionCard3", `{` + card + `,"actionTitle1":"a","actionURL1":"https://e.com"}`, true},
		{"sampleActionCard2", `{` + card + `}`, false},
		{"sampleActionCard2", `{` + card + `,"actionTitle1":"a"}`, false},
		{"sampleActionCard3", `{` + card + `,"actionTitle1":"a","actionURL1":"https://e.com","actionTitle3":"c","actionURL3":"https://e.com"}`, false},
		{"sampleActionCard2", `{` + card + `,"actionTitle1":"a","actionURL1":"https://e.com","actionTitle2":"b","actionURL2":"https://e.com","actionTitle3":"c","actionURL3":"https://e.com"}`, false},
		{"sampleActionCard6", `{` + card + `,"buttonTitle1":"a","buttonUrl1":"https://e.com","buttonTitle2":"b","buttonUrl2":"https://e.com"}`, true},
		{"sampleActionCard6", `{` + card + `,"buttonTitle1":"a","buttonUrl1":"https://e.com"}`, false},
		{"sampleAudio", `{"mediaId":"@amr","duration":"3000"}`, true},
		{"sampleAudio", `{"mediaId":"@mp3","duration":"3000"}`, false},
		{"sampleAudio", `{"mediaId":"@amr","duration":3000}`, false},
		{"sampleFile", `{"mediaId":"@file","fileName":"a.pdf","fileType":"pdf"}`, true},
		{"sampleFile", `{"mediaId":"@file","fileName":"a.ppt","fileType":"ppt"}`, false},
		{"sampleFile", `{"mediaId":"@no","fileName":"a.pdf","fileType":"pdf"}`, false},
		{"sampleVideo", `{"duration":"10","videoMediaId":"@video","videoType":"mp4","picMediaId":"@pic","height":"400","width":"600"}`, true},
		{"sampleVideo", `{"duration":"10","videoMediaId":"@video","videoType":"mp4","picMediaId":"@pic"}`, true},
		{"sampleVideo", `{"duration":"10","videoMediaId":"@video","videoType":"mov","picMediaId":"@pic"}`, false},
		{"sampleVideo", `{"duration":"10","videoMediaId":"@pic","videoType":"mp4","picMediaId":"@pic"}`, false},
		{"sampleVideo", `{"duration":"10","videoMediaId":"@video","videoType":"mp4","picMediaId":"@pic","height":"tall"}`, false},
	} {
		a := b.callNew(pathRobotSend, params{"robotCode": robot, "userIds": []string{"bob"}, "msgKey": tc.key, "msgParam": tc.param})
		if code, _ := a.body["code"].(string); (code == "") != tc.ok || code != "" && code != "invalidParameter.msgParam.invalid" {
			t.Errorf("%s %s: got %q, want ok %t", tc.key, tc.param, code, tc.ok)
		}
	}
	inbox := b.Inbox(corp, "bob")
	var sent map[string]string
	check(t, json.Unmarshal([]byte(`{"content":"x"}`), &sent))
	same(t, "fields", fmt.Sprint(inbox[0].Content.Fields), fmt.Sprint(sent))
}
