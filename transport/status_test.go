package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/transport"
)

// Every code of the contract must be in the table, whoever adds one.
func TestEveryCodeHasAStatus(t *testing.T) {
	t.Parallel()
	known := 0
	for c := provider.OK; !strings.HasPrefix(c.String(), "code("); c++ {
		known++
		own, upstream, text := transport.Status(c)
		if own < 200 || own > 599 || upstream < 200 || upstream > 599 || text.ZH == "" || text.EN == "" {
			t.Errorf("%s: status %d, upstream %d, text %+v; want all of them set", c, own, upstream, text)
		}
		if upstream == http.StatusUnauthorized || upstream == http.StatusForbidden {
			t.Errorf("%s of an office app: status %d would be about the caller", c, upstream)
		}
	}
	if known != transport.CodeCount {
		t.Errorf("the table has %d rows, the contract %d codes", transport.CodeCount, known)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for header, wanted := range map[string]string{
		"": "zh-CN", "zh-CN,zh;q=0.9,en;q=0.8": "zh-CN", "en": "en", "EN-us": "en", "en-US,en;q=0.9,zh-CN;q=0.8": "en",
		"zh-TW": "zh-CN", "fr": "zh-CN", "fr, en;q=0.1": "en", "de;q=0.9, en;q=0.5, zh;q=0.6": "zh-CN",
		"*": "zh-CN", "*, en": "zh-CN", "en, *": "en", "en;q=0, zh": "zh-CN", "en;q=0": "zh-CN",
		"en;q=2": "zh-CN", "en;q=x": "zh-CN", "en;q=nan": "zh-CN", "english": "zh-CN", ";;,,": "zh-CN", "en ; q = 1": "en",
	} {
		if got := transport.LanguageOf(header); got != wanted {
			t.Errorf("Accept-Language %q: got %s, want %s", header, got, wanted)
		}
	}
}
