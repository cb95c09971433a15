package wholetest_test

import "testing"

// refusal is how a request is turned away.
type refusal struct {
	status int
	// code is the envelope's code; 0 means the same as status.
	code int
	// reason and field are those of the full family's error.
	reason, field string
	// zh and en are the whole messages.
	zh, en string
	// remedyZH and remedyEN are what the full family says apart.
	remedyZH, remedyEN string
}

// wantRefusal makes a request in both languages.
func wantRefusal(t *testing.T, h *host, r request, want refusal) {
	t.Helper()
	if want.code == 0 {
		want.code = want.status
	}
	for language, texts := range map[string][2]string{
		"zh-CN": {want.zh, want.remedyZH}, "en": {want.en, want.remedyEN},
	} {
		a := h.ask(t, r.in(language))
		if a.Success || a.status != want.status || a.Code != want.code {
			t.Errorf("%s: got HTTP %d %s, want HTTP %d, code %d", language, a.status, a.body, want.status, want.code)
		}
		if a.Error.Reason != want.reason || a.Error.Field != want.field {
			t.Errorf("%s: got reason %q about %q, want %q about %q", language, a.Error.Reason, a.Error.Field, want.reason, want.field)
		}
		if a.Message != texts[0] || a.Error.Remedy != texts[1] {
			t.Errorf("%s: got\n%q, remedy %q; want\n%q, remedy %q", language, a.Message, a.Error.Remedy, texts[0], texts[1])
		}
		if got := a.header.Get("Content-Language"); got != language {
			t.Errorf("the answer is in %q, want %q", got, language)
		}
	}
}
