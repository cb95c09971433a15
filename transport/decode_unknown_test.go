package transport_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestUnknownFieldByPath: what is misspelled deep inside is named by its path,
// with what there is.
func TestUnknownFieldByPath(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	content := func(c string) string { return `{` + toAlice + `,"content":` + c + `}` }
	for body, want := range map[string]string{
		content(`{"type":"feed","feed":{"links":[]}}`):                                            "未知字段：content.feed.links；可用的字段：items",
		content(`{"type":"feed","feed":{"items":[{"title":"a"},{"picture":"x"}]}}`):               "未知字段：content.feed.items[1].picture；可用的字段：imageUrl、title、url",
		`{"Provider":"dingtalk","recipients":{"users":["alice"]}}`:                                "未知字段：recipients.users；可用的字段：all、conversationIds、departmentIds、providerUserIds、roles、userIds、usernames",
		`{"template":{"name":"x","variables":{"a":{"b":1}}},"` + strings.Repeat("长", 50) + `":1}`: "未知字段：" + strings.Repeat("长", 21) + "…；可用的字段：atLeastOnce、",
	} {
		a := p.do(t, request{method: http.MethodPost, path: "/messages", user: owner, tenant: here, body: body})
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, want) {
			t.Errorf("%s: got HTTP %d %s, want %q", body, a.status, a.body, want)
		}
	}
}
