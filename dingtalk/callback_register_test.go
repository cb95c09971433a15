package dingtalk_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// Paths of callbacks.
const (
	registerPath   = "/call_back/register_call_back"
	updatePath     = "/call_back/update_call_back"
	registeredPath = "/call_back/get_call_back"
	unregisterPath = "/call_back/delete_call_back"
)

func registrar(t *testing.T, f *fake, s provider.Settings) *dingtalk.Provider {
	t.Helper()
	return openWith(t, dingtalk.Options{CallsPerSecond: -1, Attempts: 1}, s,
		provider.Environment{Client: &http.Client{Transport: direct{f}}})
}

func TestRegisterCallback(t *testing.T) {
	t.Parallel()
	f := newFake().reply(registerPath, `{"errcode":71006,"errmsg":"exists"}`).reply(updatePath, `{"errcode":0}`)
	p := registrar(t, f, subscribed())
	if err := p.RegisterCallback(t.Context(), "https://example.com/x"); err != nil {
		t.Fatal(err)
	}
	var body struct {
		Tags               []string `json:"call_back_tag"`
		Token, AESKey, URL string
	}
	sent := f.to(updatePath)[0]
	if err := json.Unmarshal([]byte(strings.Replace(string(sent.body), "aes_key", "aeskey", 1)), &body); err != nil {
		t.Fatal(err)
	}
	if body.Token != testToken || body.AESKey != testAESKey || body.URL != "https://example.com/x" ||
		len(body.Tags) != 7 || !slices.Contains(body.Tags, "org_dept_remove") {
		t.Errorf("sent %s", sent.body)
	}

	older := newFake().reply(registerPath, `{"errcode":400041,"errmsg":"exists"}`).reply(updatePath, `{"errcode":0}`)
	if err := registrar(t, older, subscribed()).RegisterCallback(t.Context(), "https://example.com/x"); err != nil || older.count(updatePath) != 1 {
		t.Errorf("registered under the other number: %v, %d updates; want one", err, older.count(updatePath))
	}

	f.reply(registerPath, `{"errcode":71012,"errmsg":"token `+testToken+` and `+testAESKey+`"}`)
	e := asError(t, p.RegisterCallback(t.Context(), "https://example.com/x"))
	if e.Code != provider.FailedPrecondition || !strings.Contains(e.Remedy.ZH, "回调地址") ||
		strings.Contains(e.Error(), testToken) || strings.Contains(e.Error(), testAESKey) {
		t.Errorf("error = %+v", e)
	}
	e = asError(t, registrar(t, f, settings()).RegisterCallback(t.Context(), "https://example.com/x"))
	if e.Code != provider.FailedPrecondition || !e.Unsent || e.Remedy.IsZero() {
		t.Errorf("without token: %+v", e)
	}
}

func TestCallbackRegistration(t *testing.T) {
	t.Parallel()
	all := `"user_add_org","user_modify_org","user_active_org","user_leave_org","org_dept_create","org_dept_modify","org_dept_remove"`
	for body, want := range map[string]provider.CallbackRegistration{
		`{"errcode":71007}`:  {},
		`{"errcode":400040}`: {},
		`{"errcode":0,"call_back_tag":[` + all + `,"more"],"url":"https://x"}`:                   {URL: "https://x", Complete: true},
		`{"errcode":0,"call_back_tag":"[` + strings.ReplaceAll(all, `"`, `\"`) + `]","url":"u"}`: {URL: "u", Complete: true},
		`{"errcode":0,"call_back_tag":["user_add_org"],"url":"https://x"}`:                       {URL: "https://x"},
	} {
		p := registrar(t, newFake().reply(registeredPath, body), subscribed())
		if got, err := p.CallbackRegistration(t.Context()); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", body, got, err, want)
		}
	}
	p := registrar(t, newFake().reply(registeredPath, `{"errcode":0}`).reply(unregisterPath, `{"errcode":71007}`), subscribed())
	_, err := p.CallbackRegistration(t.Context())
	if e := asError(t, err); e.Code != provider.Unavailable {
		t.Errorf("an answer without content: %+v", e)
	}
	if err := p.UnregisterCallback(t.Context()); err != nil {
		t.Errorf("taking back what is not there: %v", err)
	}
	p = registrar(t, newFake().reply(unregisterPath, `{"errcode":400040}`), subscribed())
	if err := p.UnregisterCallback(t.Context()); err != nil {
		t.Errorf("taking back what is not there, by its other number: %v", err)
	}
}

// TestRegisterCallbackRefused: an address that DingTalk does not reach is not
// blamed on token and key.
func TestRegisterCallbackRefused(t *testing.T) {
	t.Parallel()
	for remedy, numbers := range map[string]string{
		"勾选事件":           "71008",
		"公网以POST访问":      "71009 71012 400051 400052 400054",
		"不接受该回调地址":       "71011 71013 400050 400053",
		"callbackAesKey": "71010 900004",
	} {
		for _, number := range strings.Fields(numbers) {
			p := registrar(t, newFake().reply(registerPath, `{"errcode":`+number+`}`), subscribed())
			e := asError(t, p.RegisterCallback(t.Context(), "https://example.com/x"))
			if e.Code != provider.FailedPrecondition || !strings.Contains(e.Remedy.ZH, remedy) || e.Remedy.EN == "" {
				t.Errorf("%s: %v, %+v; want a remedy with %q", number, e, e.Remedy, remedy)
			}
		}
	}
}
