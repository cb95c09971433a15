package transport_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/thirdapp/thirdapp/identity"
)

// TestCompatCodeIsBegunHere: a link of somebody else's making, with their code in
// it, signs nobody in, however often it is opened and whatever the browser has
// done here before.
func TestCompatCodeIsBegunHere(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	login := compatLogin + "/oauth2/dingding/login?tenantId=1000&state=" + url.QueryEscape(frontEnd)
	headers := func(pairs ...string) http.Header {
		h := make(http.Header)
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	byScript := headers("Accept", "application/json, text/plain, */*", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "same-origin")
	for name, c := range map[string]struct {
		// asks is how the browser has asked for the app's ids before; nil has not.
		asks, opens http.Header
		in          bool
	}{
		"another site":                      {nil, headers("Referer", "https://evil.example.com/"), false},
		"another site, later":               {byScript, headers("Referer", "https://evil.example.com/"), false},
		"a look-alike":                      {byScript, headers("Referer", frontEnd+".evil.example.com/"), false},
		"no page":                           {nil, nil, false},
		"a page that is not told":           {byScript, nil, true},
		"an old browser":                    {headers(), nil, true},
		"another site's, not told":          {byScript, headers("Sec-Fetch-Site", "cross-site"), false},
		"a link has asked":                  {headers("Sec-Fetch-Mode", "navigate"), nil, false},
		"a link has asked, old browser":     {headers("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"), nil, false},
		"another site has asked":            {headers("Sec-Fetch-Site", "cross-site"), nil, false},
		"the front end":                     {nil, headers("Referer", frontEnd+"/"), true},
		"the front end, on a deeper page":   {byScript, headers("Referer", frontEnd+"/oauth2-app/login?x=y"), true},
		"the front end on a site by itself": {nil, headers("Referer", frontEnd+"/", "Sec-Fetch-Site", "cross-site"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := p.browser(t)
			if c.asks != nil {
				b.do(t, request{path: compatLogin + "/get/corpId/clientId?tenantId=1000", header: c.asks})
			}
			open := func() answer {
				return b.do(t, request{path: login + "&authCode=" + p.inAppCode(t, "dingAAAA", "p-alice"), header: c.opens})
			}
			a := open()
			if c.in {
				if a.status != http.StatusFound {
					t.Fatalf("HTTP %d %s", a.status, a.body)
				}
				if c.opens != nil {
					return // the page says again that it led here
				}
				a = open()
			}
			wantNoLogin(t, "the first time", a)
			wantNoLogin(t, "again", open())
		})
	}
}
