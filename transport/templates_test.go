package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/transport"
)

func TestFullTemplates(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	const path = "/templates/order.shipped"
	const contents = `"contents":{
		"zh":{"type":"markdown","markdown":{"title":"订单{{.order}}","text":"**{{.who}}**：{{.items | join \"、\"}}"}},
		"en":{"type":"text","text":{"content":"{{.who}}: {{number 2 .total}}"}}}`
	const variables = `"variables":[
		{"name":"who","required":true,"example":"张三","maxLength":10},{"name":"order","default":"-"},{"name":"items"},{"name":"total"}]`
	save := func(body string) request {
		return request{method: http.MethodPut, path: path, user: owner, tenant: here, body: body}
	}
	post := func(path, body string) request {
		return request{method: http.MethodPost, path: path, user: owner, tenant: here, body: body}
	}
	inEnglish := func(r request) request {
		r.header = http.Header{"Accept-Language": {"en"}}
		return r
	}
	valid := `{"description":"发货通知",` + contents + `,` + variables + `}`
	p.golden(t, []step{
		{"list_empty", request{path: "/templates", user: owner, tenant: here}},
		{"get_unknown", request{path: path, user: owner, tenant: here}},
		{"save", save(valid)},
		{"save_again", save(valid)},
		{"save_changed", save(`{` + contents + `,` + variables + `,"expectedVersion":1}`)},
		{"save_outdated", save(`{` + contents + `,` + variables + `,"expectedVersion":1,"description":"x"}`)},
		{"save_unknown_field", save(`{"name":"x",` + contents + `}`)},
		{"save_nothing", save(`{}`)},
		{"save_wrong_type", save(`{"contents":{"zh":{"type":"text","text":{"content":1}}}}`)},
		{"save_undeclared", save(`{` + contents + `}`)},
		{"save_hostile", save(`{"contents":{"zh":{"type":"text","text":{"content":"{{printf \"%1000000d\" 1}}"}}}}`)},
		{"save_bad_name", request{method: http.MethodPut, path: "/templates/Order%20Shipped", user: owner, tenant: here, body: valid}},
		{"save_no_permission", request{method: http.MethodPut, path: path, user: viewer, tenant: here, body: valid}},
		{"save_called_preview", request{method: http.MethodPut, path: "/templates/preview", user: owner, tenant: here, body: valid}},
		{"get_called_preview", request{path: "/templates/preview", user: owner, tenant: here}},
		{"get", request{path: path, user: viewer, tenant: here}},
		{"get_version", request{path: path + "?version=1", user: viewer, tenant: here}},
		{"get_version_unknown", request{path: path + "?version=3", user: viewer, tenant: here}},
		{"get_version_word", request{path: path + "?version=newest", user: viewer, tenant: here}},
		{"list", request{path: "/templates?limit=1", user: viewer, tenant: here}},
		{"versions", request{path: path + "/versions", user: viewer, tenant: here}},
		{"versions_cursor", request{path: path + "/versions?cursor=x", user: viewer, tenant: here}},
		{"versions_unknown", request{path: "/templates/nobody/versions", user: viewer, tenant: here}},

		{"preview", post(path+"/preview", `{"variables":{"items":["A*","B"]},"provider":"dingtalk"}`)},
		{"preview_english", inEnglish(post(path+"/preview", `{"variables":{"who":"Li","total":12345678901234567890123}}`))},
		{"preview_other_language", post(path+"/preview", `{"language":"en","variables":{"total":1234567.891}}`)},
		{"preview_version_unknown", post(path+"/preview", `{"version":9}`)},
		{"preview_unknown_variable", post(path+"/preview", `{"variables":{"nobody":1}}`)},
		{"preview_too_long", post(path+"/preview", `{"variables":{"who":"一二三四五六七八九十一"}}`)},
		{"preview_wrong_kind", inEnglish(post(path+"/preview", `{"variables":{"total":"many"}}`))},
		{"preview_variables_wrong_type", post(path+"/preview", `{"variables":[1]}`)},
		{"preview_unknown_channel", post(path+"/preview", `{"provider":"dingtalk","channel":"pigeon"}`)},
		{"preview_not_connected", request{
			method: http.MethodPost, path: "/templates/preview", user: single,
			body: `{"template":{"contents":{"en":{"type":"text","text":{"content":"x"}}}},"provider":"dingtalk"}`,
		}},
		{"preview_unsaved", post("/templates/preview", `{"template":{`+contents+`,`+variables+`},"variables":{"order":"A-1"},"provider":"dingtalk"}`)},
		{"preview_unsaved_invalid", post("/templates/preview", `{"template":{`+contents+`}}`)},
		{"preview_unsaved_unknown_field", post("/templates/preview", `{"name":"x"}`)},
		{"preview_no_permission", request{method: http.MethodPost, path: path + "/preview", user: viewer, tenant: here, body: `{}`}},

		{"wrong_method", request{method: http.MethodPost, path: path, user: owner, tenant: here, body: `{}`}},
		{"delete", request{method: http.MethodDelete, path: path, user: owner, tenant: here}},
		{"delete_again", request{method: http.MethodDelete, path: path, user: owner, tenant: here}},
		{"save_after_delete", save(valid)},
		{"audit", request{path: "/audit?limit=3", user: owner, tenant: here}},
	})
}

func FuzzDecodeTemplate(f *testing.F) {
	for _, seed := range []string{
		samples["templates.save"].body, samples["templates.previewUnsaved"].body, `{}`, `null`, `{"expectedVersion":1.5}`,
		`{"variables":{"a":1e999,"b":[{}],"c":null}}`, `{"variables":[{"name":"a","maxLength":-1}]}`, `{"template":null,"language":"en"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		in, err := transport.DecodeTemplateSave(post(body))
		refusal(t, err)
		if err == nil && strings.Contains(in.Description, "\x00") {
			t.Errorf("body %q: got %+v", body, in)
		}
		for _, unsaved := range []bool{true, false} {
			req, err := transport.DecodePreview(post(body), unsaved)
			refusal(t, err)
			if err == nil && (req.Language == "" || (req.Unsaved != nil) != unsaved) {
				t.Errorf("body %q: got %+v", body, req)
			}
		}
	})
}
