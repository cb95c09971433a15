package transport_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// refusal fails unless err is nil or a refusal a person can read.
func refusal(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var refused *tenant.Error
	if !errors.As(err, &refused) || refused.Message.ZH == "" || refused.Message.EN == "" {
		t.Errorf("got %T %v, want a refusal in both languages", err, err)
		return
	}
	switch refused.Code {
	case provider.InvalidArgument, provider.NotFound, provider.Unsupported:
	default:
		t.Errorf("got code %s for %v", refused.Code, err)
	}
	if !utf8.ValidString(refused.Message.ZH + refused.Message.EN + refused.Field) {
		t.Errorf("refusal is not UTF-8: %q", refused)
	}
}

func post(body string) *http.Request {
	return httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
}

func FuzzDecodeSend(f *testing.F) {
	for _, seed := range []string{
		samples["messages.send"].body, `{}`, `null`, `[]`, `{"provider":1}`, `{"x":1}`, `{} {}`, `{"content":{"type":"\u0000"}}`,
		`{"expiresAt":"2030-01-01T00:00:00Z","onTooLong":"refuse"}`, `{"recipients":{"usernames":null}}`, `"\ud800"`,
	} {
		f.Add(seed, "key")
	}
	f.Fuzz(func(t *testing.T, body, key string) {
		r := post(body)
		r.Header.Set("Idempotency-Key", key)
		req, err := transport.DecodeSend(r)
		refusal(t, err)
		if err == nil && (req.IdempotencyKey != key || strings.Contains(strings.Join(req.Recipients.Usernames, ""), "\x00")) {
			t.Errorf("body %q: got %+v", body, req)
		}
	})
}

// dingtalkOnly is the registry of a host that offers DingTalk.
func dingtalkOnly(f *testing.F) (*provider.Registry, provider.Factory) {
	f.Helper()
	factory, err := dingtalk.New(dingtalk.Options{})
	check(f, err)
	registry, err := provider.NewRegistry(factory)
	check(f, err)
	return registry, factory
}

func FuzzDecodeTestMessage(f *testing.F) {
	registry, _ := dingtalkOnly(f)
	for _, seed := range []string{
		samples["message.test"].body, `{"app":"DINGTALK","sendAll":1,"content":1}`, `{"app":"DINGTALK","receiver":",","content":"x"}`,
		`{"tenantId":1000}`, `{"tenantId":"1000 "}`, `{"tenantId":1e3}`, `{"tenantId":{}}`, `{"app":null}`, `{"app":"`, `0`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		req, err := transport.DecodeTestMessage(registry, post(body))
		refusal(t, err)
		if err != nil {
			return
		}
		named := len(req.Recipients.Usernames)
		if req.Provider == "" || (named == 0) != req.Recipients.All || req.Content.Type != provider.TextContent {
			t.Errorf("body %q: got %+v, want somebody to be written to", body, req)
		}
		for _, name := range req.Recipients.Usernames {
			if name == "" || name != strings.TrimSpace(name) {
				t.Errorf("body %q: got receiver %q", body, name)
			}
		}
	})
}

func FuzzDecodeConfig(f *testing.F) {
	registry, factory := dingtalkOnly(f)
	for _, seed := range []string{
		samples["config.add"].body, samples["config.edit"].body, `{"thirdType":"wechat_enterprise","clientId":"x"}`,
		`{"clientId":true,"agentId":1.5,"status":"1","tenantId":""}`, `{"clientSecret":null}`, `{"status":2}`, `{"id":{}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		settings, err := transport.DecodeConfig(registry, post(body))
		refusal(t, err)
		for name := range settings {
			if !knownSetting(factory, name) {
				t.Errorf("body %q: got setting %q", body, name)
			}
		}
	})
}

func knownSetting(f provider.Factory, name string) bool {
	for _, st := range f.Settings() {
		if st.Name == name {
			return true
		}
	}
	return false
}

func FuzzDecodeQuery(f *testing.F) {
	for _, seed := range []string{
		"limit=1&cursor=abc", "limit=-1", "limit=9999999999999999999", "tenantId=1000&tenantId=2000", "tenantId=%00",
		"state=read,failed&kind=create", "username=a&role=b", "id=..%2f", "%zz", "cursor=" + strings.Repeat("x", 2000), "thirdType=\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := post("")
		r.URL = &url.URL{Path: "/", RawQuery: query}
		r.SetPathValue("id", "some-id")
		for _, err := range transport.DecodeQueries(r) {
			refusal(t, err)
		}
	})
}

func FuzzLanguage(f *testing.F) {
	f.Add("en-GB;q=0.8, zh;q=0.9, *;q=0.1")
	f.Add("en;q=;q=,;")
	f.Fuzz(func(t *testing.T, header string) {
		if got := transport.LanguageOf(header); got != "en" && got != "zh-CN" {
			t.Errorf("Accept-Language %q: got %q", header, got)
		}
	})
}
