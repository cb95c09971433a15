package dingtalk_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
)

func TestOptionsDefaults(t *testing.T) {
	t.Parallel()
	zero := dingtalk.Options{}
	got := zero.WithDefaults()
	want := dingtalk.Options{
		APIBaseURL: "https://api.dingtalk.com", OAPIBaseURL: "https://oapi.dingtalk.com",
		LoginBaseURL:   "https://login.dingtalk.com",
		PageScriptURL:  "https://g.alicdn.com/dingding/dingtalk-jsapi/3.1.0/dingtalk.open.js",
		CallsPerSecond: 20, CallTimeout: 10 * time.Second, Attempts: 3, Language: "zh_CN",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("WithDefaults() = %+v, want %+v", got, want)
	}
	if !reflect.DeepEqual(zero, dingtalk.Options{}) {
		t.Errorf("WithDefaults changed its receiver: %+v", zero)
	}
	if err := got.Validate(); err != nil {
		t.Errorf("defaults are not valid: %v", err)
	}
	private := dingtalk.Options{APIBaseURL: "https://ding.example.com/"}.WithDefaults()
	if want := "https://ding.example.com/dingtalk.open.js"; private.PageScriptURL != want {
		t.Errorf("the script of a private edition is at %q, want %q", private.PageScriptURL, want)
	}
}

func TestOptionsNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := dingtalk.New(dingtalk.Options{
		APIBaseURL: "https://admin:hunter2@api.example", OAPIBaseURL: "ftp://x", CallsPerSecond: -2,
		CallTimeout: time.Second, Attempts: 11, Language: "de", PageScriptURL: "https://x.example/a.js; script-src *",
	})
	if err == nil {
		t.Fatal("New accepted wrong options")
	}
	for _, field := range []string{"APIBaseURL", "OAPIBaseURL", "CallsPerSecond -2", "CallTimeout 1s", "Attempts 11", "Language de", "PageScriptURL"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("error %q does not name %s", err, field)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %q holds the password of a URL", err)
	}
}

func TestOptionsBaseURL(t *testing.T) {
	t.Parallel()
	for raw, ok := range map[string]bool{
		"http://127.0.0.1:8080":       true,
		"https://ding.example/proxy/": true,
		"ding.example":                false,
		"https://":                    false,
		"https://x?a=b":               false,
		"https://x#f":                 false,
		"https://user@x":              false,
		"https://%zz":                 false,
	} {
		_, err := dingtalk.New(dingtalk.Options{OAPIBaseURL: raw})
		if (err == nil) != ok {
			t.Errorf("base URL %q: error %v, want ok = %v", raw, err, ok)
		}
	}
}
