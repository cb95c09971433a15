package dingtalk_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// FuzzAnswers gives one answer to every ability. Whatever it is, nothing
// panics, an error is one of the contract, and a page is complete.
func FuzzAnswers(f *testing.F) {
	for _, name := range []string{"user_list.json", "user_get.json", "listsub.json", "send_result.json"} {
		body, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(200, body)
	}
	f.Add(200, []byte(`{"errcode":88,"sub_code":"88","sub_msg":"{\"errcode\":88,\"sub_code\":88,\"sub_msg\":\"{}\"}"}`))
	f.Add(200, []byte(`{"status":1111}`))
	f.Add(403, []byte(`{"code":"Forbidden.AccessDenied.x","accessdenieddetail":{"requiredScopes":["a"]}}`))
	f.Add(302, []byte(`<html>punish`))
	f.Add(200, []byte(`{"processQueryKey":"k","invalidStaffIdList":["u1"],"flowControlledStaffIdList":[7],"filteredStaffIdList":null}`))
	f.Add(200, []byte(`{"sendStatus":"SUCCESS","messageReadInfoList":[{"userId":"u1","readStatus":"READ"}],"readUserIds":["u1"],"hasMore":"true","nextToken":5}`))
	f.Add(200, []byte(`{"successResult":["1"],"failedResult":{"1":"robot.processQueryKey.expired"}}`))
	f.Add(400, []byte(`{"code":"invalidParameter.robotCode.notExsit","requestid":"r"}`))
	f.Add(200, []byte(`{"accessToken":"a","corpId":"ding0123","unionId":"U","jsapiTicket":"t","expireIn":"7"}`))
	f.Add(200, []byte(`{"errcode":0,"result":{"dept_id":7,"userid":"u1","unionId":"U"}}`))
	f.Add(200, []byte(`{"errcode":40103,"errmsg":"invited"}`))
	f.Add(200, []byte(`{"errcode":0,"media_id":"@l","task_id":"7"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			t.Skip("no HTTP status")
		}
		script := newFake()
		answer := func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			say(w, string(body))
		}
		for _, path := range []string{
			scopesPath, deptPath, listsubPath, listPath, userPath, mobilePath, unionPath, sendPath, trackPath, resultPath, "/v1.0/x",
			recallPath, statusPath, uploadPath, robotPath, groupPath, readPath, readersPath, unsendPath, ungroupPath, webhookPath,
			codePath, userTokenPath, selfPath, ticketPath, createDept, updateDept, deleteDept, createUser, updateUser, deleteUser,
		} {
			script.on(path, answer)
		}
		env := provider.Environment{Client: &http.Client{Transport: direct{script}}}
		options := dingtalk.Options{CallsPerSecond: -1, Attempts: 1}
		p := openWith(t, options, robotSettings(), env)
		exercise(t, p)
		exerciseWriting(t, p)
		exerciseMessages(t, p, webhooksOf(t, options, env))
		exerciseLogin(t, p)
	})
}

func exercise(t *testing.T, p *dingtalk.Provider) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) { t.Helper(); wantProviderError(t, err) }
	_, err := p.Scope(ctx)
	check(err)
	_, err = p.Departments(ctx, "1", "")
	check(err)
	page, err := p.People(ctx, "1", "5")
	check(err)
	for _, person := range page.People {
		if person.UserID == "" || len(person.Memberships) != 1 || person.Memberships[0].DepartmentID != "1" {
			t.Errorf("person = %+v", person)
		}
	}
	_, err = p.PersonByMobile(ctx, "13800000001")
	check(err)
	_, err = p.PersonByUnionID(ctx, "U")
	check(err)
	receipt, err := p.Send(ctx, provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "")
	check(err)
	if err == nil && receipt.TaskID == "" {
		t.Error("accepted without a task")
	}
	_, err = p.Track(ctx, provider.TrackRequest{TaskID: "1", Recipients: 1})
	check(err)
	_, err = p.CallNewAPI(ctx, "v1.0/x")
	check(err)
	_, err = p.Verify(ctx)
	check(err)
}

// wantProviderError looks at an error if there is one.
func wantProviderError(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if e := asError(t, err); e.Provider != provider.DingTalk || e.Op == "" || e.RetryAfter < 0 {
		t.Errorf("error = %+v", e)
	}
}

func exerciseWriting(t *testing.T, p *dingtalk.Provider) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) { t.Helper(); wantProviderError(t, err) }
	id, err := p.CreateDepartment(ctx, newDepartment())
	check(err)
	if err == nil && id == "" {
		t.Error("created a department without an id")
	}
	created, err := p.CreatePerson(ctx, newPerson())
	check(err)
	if err == nil && created.UserID == "" && !created.Invited {
		t.Error("created a person without an id")
	}
	check(p.UpdateDepartment(ctx, "2", newDepartment()))
	check(p.DeleteDepartment(ctx, "2"))
	check(p.UpdatePerson(ctx, "u1", provider.PersonWrite{}))
	check(p.DeletePerson(ctx, "u1"))
}

func exerciseMessages(t *testing.T, p *dingtalk.Provider, hooks provider.WebhookSender) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) { t.Helper(); wantProviderError(t, err) }
	check(p.Recall(ctx, "1"))
	check(p.UpdateStatus(ctx, "1", provider.Status{Text: "x"}))
	people := provider.RobotAudience{Users: []provider.UserID{"u1"}}
	for _, to := range []provider.RobotAudience{people, {Conversation: "c"}} {
		receipt, err := p.SendRobot(ctx, to, helloRobot, "")
		check(err)
		if err == nil && receipt.TaskID == "" && len(receipt.Refused) == 0 {
			t.Error("accepted without a task")
		}
		report, err := p.TrackRobot(ctx, provider.TrackRequest{TaskID: "1", Recipients: 1, Conversation: to.Conversation})
		check(err)
		if _, nobody := report.Outcomes[""]; nobody || err == nil && report.Outcomes == nil {
			t.Errorf("report = %+v", report)
		}
		check(p.RecallRobot(ctx, to.Conversation, "1"))
	}
	uploaded, err := p.Upload(ctx, picture("x"))
	check(err)
	if err == nil && uploaded.ID == "" {
		t.Error("uploaded without an id")
	}
	_, err = hooks.SendWebhook(ctx, webhook("https://oapi.dingtalk.com/robot/send?access_token=x", hookSecret), helloHook, "id")
	check(err)
}

func exerciseLogin(t *testing.T, p *dingtalk.Provider) {
	t.Helper()
	who, err := p.InAppIdentity(t.Context(), provider.NewSecret("c"))
	wantProviderError(t, err)
	if err == nil && who.UserID == "" {
		t.Error("nobody came in")
	}
	who, err = p.BrowserIdentity(t.Context(), provider.BrowserCode{Code: provider.NewSecret("c")})
	wantProviderError(t, err)
	if err == nil && (who.UserID == "" || who.UnionID == "") {
		t.Error("nobody came in")
	}
	s, err := p.SignPage(t.Context(), "https://app.example.com/")
	wantProviderError(t, err)
	if err == nil && s.Signature == "" {
		t.Error("signed without a signature")
	}
}
