package transport_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/transport"
)

// webhookURL is an address in the form of DingTalk's.
const webhookURL = "https://oapi.dingtalk.com/robot/send?access_token=hook-token-5d1f"

func TestFullWebhooks(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.secrets = append(p.secrets, "hook-token-5d1f", "SEC-sign-77")
	create := func(user, body string) request {
		return request{method: http.MethodPost, path: "/webhooks", user: user, tenant: here, body: body}
	}
	update := func(name, body string) request {
		return request{method: http.MethodPut, path: "/webhooks/" + name, user: owner, tenant: here, body: body}
	}
	whole := `{"name":"ops.1","provider":"dingtalk","description":"值班群","url":"` + webhookURL +
		`","signSecret":"SEC-sign-77","keywords":["告警","alert"]}`
	p.golden(t, []step{
		{"list_empty", request{path: "/webhooks", user: owner, tenant: here}},
		{"create", create(owner, whole)},
		{"create_again", create(owner, whole)},
		{"create_nothing", create(owner, `{}`)},
		{"create_no_url", create(owner, `{"name":"x","provider":"dingtalk"}`)},
		{"create_foreign_url", create(owner, `{"name":"x","provider":"dingtalk","url":"https://example.com/hook-token-5d1f"}`)},
		{"create_malformed_secret", create(owner, `{"name":"x","provider":"dingtalk","url":"`+webhookURL+`","signSecret":"x"}`)},
		{"create_malformed_name", create(owner, `{"name":"a/b","provider":"dingtalk","url":"`+webhookURL+`"}`)},
		{"create_unknown_provider", create(owner, `{"name":"x","provider":"slack","url":"`+webhookURL+`"}`)},
		{"create_unknown_field", create(owner, `{"name":"x","secret":"SEC-sign-77"}`)},
		{"create_wrong_type", create(owner, `{"name":"x","keywords":"告警"}`)},
		{"create_no_permission", create(viewer, whole)},
		{"get", request{path: "/webhooks/ops.1", user: owner, tenant: here}},
		{"get_unknown", request{path: "/webhooks/nobody", user: owner, tenant: here}},
		{"get_malformed", request{path: "/webhooks/no%20body", user: owner, tenant: here}},
		{"get_no_permission", request{path: "/webhooks/ops.1", user: viewer, tenant: here}},
		{"update", update("ops.1", `{"url":"******","signSecret":"******","enabled":false,"keywords":[],"description":null}`)},
		{"update_secret", update("ops.1", `{"signSecret":""}`)},
		{"update_name", update("ops.1", `{"name":"other"}`)},
		{"update_unknown", update("nobody", `{}`)},
		{"update_english", request{
			method: http.MethodPut, path: "/webhooks/ops.1", user: owner, tenant: here, body: `{"url":"http://x"}`,
			header: http.Header{"Accept-Language": {"en"}},
		}},
		{"wrong_method", request{method: http.MethodPatch, path: "/webhooks/ops.1", user: owner, tenant: here}},
		{"list", request{path: "/webhooks", user: owner, tenant: here}},
		{"delete", request{method: http.MethodDelete, path: "/webhooks/ops.1", user: owner, tenant: here}},
		{"delete_again", request{method: http.MethodDelete, path: "/webhooks/ops.1", user: owner, tenant: here}},
		{"audit", request{path: "/audit?limit=3", user: owner, tenant: here}},
	})
}

func TestFullMessageSettings(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	save := func(user, body string) request {
		return request{method: http.MethodPut, path: "/messages/settings", user: user, tenant: here, body: body}
	}
	p.golden(t, []step{
		{"defaults", request{path: "/messages/settings", user: viewer, tenant: here}},
		{"pause", save(owner, `{"paused":true,"retentionDays":30}`)},
		{"resume", save(owner, `{"paused":false}`)},
		{"read", request{path: "/messages/settings", user: viewer, tenant: here}},
		{"too_long", save(owner, `{"retentionDays":3651}`)},
		{"wrong_type", save(owner, `{"retentionDays":"30"}`)},
		{"no_permission", save(viewer, `{"paused":true}`)},
		{"wrong_method", request{method: http.MethodDelete, path: "/messages/settings", user: owner, tenant: here}},
		{"quotas_empty", request{path: "/quotas", user: viewer, tenant: here}},
		{"quotas_no_permission", request{path: "/quotas", user: stranger, tenant: here}},
	})
}

func TestFullQuotas(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	a := p.do(t, request{
		method: http.MethodPost, path: "/messages", user: owner, tenant: here,
		body: `{"provider":"dingtalk","recipients":{"all":true},"content":{"type":"text","text":{"content":"hello"}}}`,
	})
	if a.status != http.StatusAccepted {
		t.Fatalf("got HTTP %d %s", a.status, a.body)
	}
	type quota struct {
		Quota, AppID, Webhook, ProviderUserID string
		Limit, Used, Remaining                int
		ResetsAt                              time.Time
	}
	var list struct{ Items []quota }
	p.eventually(t, "a message to everyone is counted", func() bool {
		list = result[struct{ Items []quota }](t, p.do(t, request{path: "/quotas", user: viewer, tenant: here}))
		return len(list.Items) > 0
	})
	got := list.Items[0]
	if !got.ResetsAt.After(time.Now()) {
		t.Errorf("quota resets at %s, want a time to come", got.ResetsAt)
	}
	got.ResetsAt = time.Time{}
	if want := (quota{Quota: "everyone_per_day", AppID: p.apps[here], Limit: 3, Used: 1, Remaining: 2}); got != want {
		t.Errorf("quota %+v, want %+v", got, want)
	}
}

func FuzzDecodeWebhooks(f *testing.F) {
	for _, seed := range []string{
		samples["webhooks.create"].body, samples["webhooks.update"].body, samples["settings.save"].body,
		`{"url":null,"keywords":null}`, `{"name":1}`, `{"keywords":["\u0000"]}`, `[]`, `{"retentionDays":1e9}`, `{} {}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, err := range transport.DecodeWebhooks(post(""), body) {
			refusal(t, err)
			if err != nil && strings.Contains(err.Error(), "hook-token-5d1f") {
				t.Errorf("body %q: a secret shows in %v", body, err)
			}
		}
	})
}
