package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func TestFullApps(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	settings := p.settingsOf("dingCCCC")
	p.secrets = append(p.secrets, settings["clientSecret"], settings["callbackToken"], settings["callbackAesKey"])
	create := func(body string) request {
		return request{method: http.MethodPost, path: "/apps", user: single, body: body}
	}
	p.golden(t, []step{
		{"providers", request{path: "/providers", user: stranger, tenant: here}},
		{"providers_english", request{path: "/providers", user: stranger, tenant: here, header: http.Header{"Accept-Language": {"en"}}}},
		{"list_empty", request{path: "/apps", user: single}},
		{"create_unknown_field", create(`{"provider":"dingtalk","settings":{},"tenantId":"1000"}`)},
		{"create_wrong_type", create(`{"provider":"dingtalk","settings":{"agentId":1}}`)},
		{"create_unknown_provider", create(`{"provider":"slack","settings":{}}`)},
		{"create_no_provider", create(`{}`)},
		{"create_invalid", create(`{"provider":"dingtalk","settings":{"agentId":"x","unknown":"1"}}`)},
		{"create", create(asJSON(t, map[string]any{"provider": "dingtalk", "settings": settings}))},
		{"create_again", create(asJSON(t, map[string]any{"provider": "dingtalk", "settings": settings}))},
		{"list", request{path: "/apps?provider=dingtalk", user: single}},
		{"list_unknown_provider", request{path: "/apps?provider=slack", user: single}},
		{"get_unknown", request{path: "/apps/nobody", user: single}},
		{"get_malformed", request{path: "/apps/no%20body", user: single}},
	})
	id := result[struct{ Items []struct{ ID string } }](t, p.do(t, request{path: "/apps", user: single})).Items[0].ID
	update := func(body string) request {
		return request{method: http.MethodPut, path: "/apps/" + id, user: single, body: body}
	}
	verify := request{method: http.MethodPost, path: "/apps/" + id + "/verify", user: single}
	p.golden(t, []step{
		{"get", request{path: "/apps/" + id, user: single}},
		{"verify", verify},
		{"update", update(`{"enabled":false,"settings":{"robotCode":"robot","clientSecret":"******"}}`)},
		{"update_secret", update(`{"settings":{"clientSecret":"wrong-secret"}}`)},
		{"verify_refused", verify},
		{"verify_refused_english", request{
			method: http.MethodPost, path: "/apps/" + id + "/verify", user: single,
			header: http.Header{"Accept-Language": {"fr, en;q=0.8, zh;q=0.5"}},
		}},
		{"verify_no_permission", request{method: http.MethodPost, path: "/apps/" + p.apps[here] + "/verify", user: stranger, tenant: here}},
	})
	p.secrets = append(p.secrets, "wrong-secret")
	p.emulator.Fail(dingtalktest.Fault{Path: "/gettoken", Kind: dingtalktest.Throttle})
	p.emulator.Fail(dingtalktest.Fault{Path: "/v1.0/oauth2/accessToken", Kind: dingtalktest.Throttle})
	p.golden(t, []step{
		{"delete", request{method: http.MethodDelete, path: "/apps/" + id, user: single}},
		{"delete_again", request{method: http.MethodDelete, path: "/apps/" + id, user: single}},
	})
}

func TestFullMessages(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	send := func(body string, keys ...string) request {
		return request{
			method: http.MethodPost, path: "/messages", user: owner, tenant: here, body: body,
			header: http.Header{"Idempotency-Key": keys},
		}
	}
	const text = `"content":{"type":"text","text":{"content":"你好"}}`
	both := `{"provider":"dingtalk","recipients":{"usernames":["alice","bob"]},` + text + `}`
	p.golden(t, []step{
		{"send", send(both, "key-1")},
		{"send_other_with_key", send(strings.Replace(both, "bob", "nobody", 1), "key-1")},
		{"send_empty_key", send(both, "")},
		{"send_two_keys", send(both, "key-1", "key-2")},
		{"send_malformed_key", send(both, "key 1")},
		{"send_nothing", send(`{}`)},
		{"send_nobody", send(`{"provider":"dingtalk",` + text + `}`)},
		{"send_incomplete", send(`{"provider":"dingtalk","recipients":{"usernames":["alice"]},"content":{"type":"text","text":{"content":""}}}`)},
		{"send_wrong_type", send(`{"provider":"dingtalk","recipients":{"usernames":"alice"},` + text + `}`)},
		{"send_unknown_field", send(`{"provider":"dingtalk","to":["alice"],` + text + `}`)},
		{"send_too_far_ahead", send(`{"provider":"dingtalk","recipients":{"usernames":["alice"]},"sendAt":"2130-01-01T00:00:00Z",` + text + `}`)},
		{"send_stray_webhook", send(`{"provider":"dingtalk","webhook":"ops",` + text + `}`)},
		{"send_unknown_choice", send(`{"provider":"dingtalk","recipients":{"usernames":["alice"]},"onTooLong":"explode",` + text + `}`)},
		{"send_unknown_template", send(`{"provider":"dingtalk","recipients":{"usernames":["alice"]},"template":{"name":"nothing"}}`)},
		{"cancel_unknown", request{method: http.MethodPost, path: "/messages/nobody/cancel", user: owner, tenant: here}},
		{"recall_unknown", request{method: http.MethodPost, path: "/messages/nobody/recall", user: owner, tenant: here}},
		{"replay_unknown", request{method: http.MethodPost, path: "/messages/nobody/replay", user: owner, tenant: here}},
		{"list_unknown_state", request{path: "/messages?state=lost", user: owner, tenant: here}},
		{"list_unknown_state_english", request{
			path: "/messages?state=lost", user: owner, tenant: here, header: http.Header{"Accept-Language": {"en"}},
		}},
		{"list_malformed_since", request{path: "/messages?since=yesterday", user: owner, tenant: here}},
		{"send_content_wrong_type", send(`{"provider":"dingtalk","content":"你好"}`)},
		{"send_all_wrong_type", send(`{"provider":"dingtalk","recipients":{"all":"yes"},` + text + `}`)},
		{"list_unknown_provider", request{path: "/messages?provider=slack", user: owner, tenant: here}},
		{"deliveries_malformed", request{path: "/messages/no%20body/deliveries", user: owner, tenant: here}},
		{"deliveries_long_state", request{path: "/messages/x/deliveries?state=" + strings.Repeat("x", 1025), user: owner, tenant: here}},
		{"send_with_nulls", send(`{"provider":"dingtalk","recipients":{"usernames":["bob"]},"sendAt":null,"expiresAt":null,` + text + `}`)},
		{"send_malformed_time", send(`{"provider":"dingtalk","recipients":{"usernames":["alice"]},"expiresAt":"tomorrow",` + text + `}`)},
		{"send_expired", send(`{"provider":"dingtalk","recipients":{"usernames":["alice"]},"expiresAt":"2020-01-01T00:00:00Z",` + text + `}`)},
		{"send_not_configured", request{method: http.MethodPost, path: "/messages", user: single, body: both}},
		{"send_no_permission", request{method: http.MethodPost, path: "/messages", user: viewer, tenant: here, body: both}},
		{"list_limit", request{path: "/messages?limit=201", user: owner, tenant: here}},
		{"list_limit_zero", request{path: "/messages?limit=0", user: owner, tenant: here}},
		{"list_limit_word", request{path: "/messages?limit=ten", user: owner, tenant: here}},
		{"list_cursor", request{path: "/messages?cursor=%21%21", user: owner, tenant: here}},
		{"get_unknown", request{path: "/messages/nobody", user: owner, tenant: here}},
		{"deliveries_unknown", request{path: "/messages/nobody/deliveries", user: owner, tenant: here}},
	})
	type created struct{ ID string }
	first, again := result[created](t, p.do(t, send(both, "key-1"))), result[created](t, p.do(t, send(both, "key-1")))
	if first != again {
		t.Errorf("repeated request: message %s, then %s, want one", first.ID, again.ID)
	}
	type list struct {
		Items      []struct{ ID string }
		NextCursor string
	}
	var ids []string
	for cursor, more := "", true; more; more = cursor != "" {
		piece := result[list](t, p.do(t, request{path: "/messages?limit=1&cursor=" + cursor, user: viewer, tenant: here}))
		for _, m := range piece.Items {
			ids = append(ids, m.ID)
		}
		cursor = piece.NextCursor
	}
	if len(ids) != 2 {
		t.Fatalf("got messages %v, want 2", ids)
	}
	unbound := ids[0] // the newest: only bob, who is not bound
	p.golden(t, []step{
		{"get", request{path: "/messages/" + unbound, user: owner, tenant: here}},
		{"deliveries", request{path: "/messages/" + unbound + "/deliveries", user: owner, tenant: here}},
		{"deliveries_english", request{
			path: "/messages/" + unbound + "/deliveries?state=unbound,failed", user: owner, tenant: here,
			header: http.Header{"Accept-Language": {"en"}},
		}},
		{"deliveries_none", request{path: "/messages/" + unbound + "/deliveries?state=read", user: owner, tenant: here}},
		{"deliveries_unknown_state", request{path: "/messages/" + unbound + "/deliveries?state=lost", user: owner, tenant: here}},
	})
}

func TestFullGrants(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	grant := func(user, body string) request {
		return request{method: http.MethodPost, path: "/grants", user: user, tenant: here, body: body}
	}
	revoke := func(query string) request {
		return request{method: http.MethodDelete, path: "/grants?" + query, user: owner, tenant: here}
	}
	p.golden(t, []step{
		{"list", request{path: "/grants", user: owner, tenant: here}},
		{"add", grant(owner, `{"username":"stranger","role":"sender"}`)},
		{"add_unknown_user", grant(owner, `{"username":"foreign","role":"sender"}`)},
		{"add_unknown_role", grant(owner, `{"username":"stranger","role":"king"}`)},
		{"add_platform_admin", grant(owner, `{"username":"owner","role":"platform_admin"}`)},
		{"add_no_name", grant(owner, `{"role":"sender"}`)},
		{"add_no_permission", grant(viewer, `{"username":"viewer","role":"owner"}`)},
		{"remove", revoke("username=stranger&role=sender")},
		{"remove_again", revoke("username=stranger&role=sender")},
		{"remove_by_id", revoke("userId=id-viewer&role=viewer")},
		{"remove_nobody", revoke("role=sender")},
		{"remove_no_role", revoke("username=stranger")},
		{"remove_control_character", revoke("username=a%00b&role=sender")},
		{"audit_no_permission", request{path: "/audit", user: stranger, tenant: here}},
		{"audit", request{path: "/audit?limit=3", user: owner, tenant: here}},
		{"audit_filtered", request{path: "/audit?actor=owner&action=grant.remove&since=2020-01-01T00:00:00Z&limit=1", user: owner, tenant: here}},
		{"audit_of_nobody", request{path: "/audit?actor=nobody", user: owner, tenant: here}},
		{"audit_bad_time", request{path: "/audit?since=yesterday", user: owner, tenant: here}},
		{"audit_wrong_way_round", request{path: "/audit?since=2026-02-01T00:00:00Z&before=2026-01-01T00:00:00Z", user: owner, tenant: here}},
	})
}

func TestFullErrors(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.golden(t, []step{
		{"no_token", request{path: "/apps"}},
		{"invalid_token_english", request{path: "/apps", user: "forged", header: http.Header{"Accept-Language": {"en"}}}},
		{"outage", request{path: "/apps", user: "outage"}},
		{"foreign_tenant", request{path: "/apps", user: owner, tenant: there}},
		{"malformed_tenant", request{path: "/apps", user: owner, tenant: "a b"}},
		{"other_tenant_in_query", request{path: "/apps?tenantId=2000", user: owner, tenant: here}},
		{"query_does_not_select", request{path: "/apps?tenantId=1000", user: owner}},
		{"unknown_path", request{path: "/nowhere", user: owner}},
		{"unknown_path_without_token", request{path: "/apps/1/nowhere"}},
		{"wrong_method", request{method: http.MethodPatch, path: "/apps/1"}},
		{"empty_body", request{method: http.MethodPost, path: "/apps", user: owner, tenant: here}},
		{"malformed_body", request{method: http.MethodPost, path: "/apps", user: owner, tenant: here, body: `{"provider" "x"}`}},
		{"not_an_object", request{method: http.MethodPost, path: "/apps", user: owner, tenant: here, body: `7`}},
		{"trailing", request{method: http.MethodPost, path: "/apps", user: owner, tenant: here, body: `{}x`}},
		{"too_large", request{
			method: http.MethodPost, path: "/apps", user: owner, tenant: here,
			body: `{"provider":"` + strings.Repeat("x", 1<<20) + `"}`,
		}},
	})
}
