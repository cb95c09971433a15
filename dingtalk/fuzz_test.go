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
		} {
			script.on(path, answer)
		}
		p := openWith(t, dingtalk.Options{CallsPerSecond: -1, Attempts: 1}, settings(),
			provider.Environment{Client: &http.Client{Transport: direct{script}}})
		exercise(t, p)
	})
}

func exercise(t *testing.T, p *dingtalk.Provider) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			if e := asError(t, err); e.Provider != provider.DingTalk || e.Op == "" || e.RetryAfter < 0 {
				t.Errorf("error = %+v", e)
			}
		}
	}
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
	receipt, err := p.Send(ctx, provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)})
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
