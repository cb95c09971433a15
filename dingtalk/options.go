package dingtalk

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// The hosts of DingTalk's two API generations, and of its login page.
const (
	DefaultAPIBaseURL   = "https://api.dingtalk.com"
	DefaultOAPIBaseURL  = "https://oapi.dingtalk.com"
	DefaultLoginBaseURL = "https://login.dingtalk.com"
)

// DefaultPageScriptURL is the script by which pages talk to the DingTalk app
// around them (docs, "client SDK", read 2026-11-29).
const DefaultPageScriptURL = "https://g.alicdn.com/dingding/dingtalk-jsapi/3.1.0/dingtalk.open.js"

// Bounds of the Options.
const (
	minCallTimeout = 5 * time.Second
	maxCallTimeout = 2 * time.Minute
	maxAttempts    = 10
	maxPace        = 1000
)

// Options are the settings of this host for DingTalk, the same for all tenants.
// The zero value is right for the public DingTalk.
type Options struct {
	// APIBaseURL is where the new API lives, http or https without user
	// information, query or fragment; default DefaultAPIBaseURL. Another one is
	// a private edition or the emulator.
	APIBaseURL string
	// OAPIBaseURL is where the old API lives; default DefaultOAPIBaseURL.
	OAPIBaseURL string
	// LoginBaseURL is where people log in with a browser; default
	// DefaultLoginBaseURL.
	LoginBaseURL string
	// PageScriptURL is the script that login pages inside of DingTalk load;
	// default DefaultPageScriptURL, or dingtalk.open.js below an APIBaseURL that is
	// not DingTalk's: the emulator serves it there. For a private edition that
	// does not, name where its script is.
	PageScriptURL string
	// LegacyPageSignature signs pages by SHA-1, as documented until 2022,
	// instead of SHA-256: for old private editions.
	LegacyPageSignature bool
	// CallsPerSecond bounds the calls per app and API, 1 to 1000; default 20,
	// which is what DingTalk allows apps of the standard edition (docs, "call
	// frequency limit", read 2026-11-22). Calls are
	// spread evenly at 95 % of it. -1 = no pacing.
	CallsPerSecond int
	// CallTimeout bounds one HTTP call, 5 s to 2 min; default 10 s. DingTalk's
	// own side gives up after about 3 s (developerpedia, read 2026-11-22), so
	// that less would abandon calls it still works on.
	CallTimeout time.Duration
	// Attempts is how often a call is made that may be repeated, the first one
	// included, 1 to 10; default 3, DingTalk's own advice for errcode -1 (docs,
	// "global error codes", read 2026-11-22). A message is sent again only when
	// the attempt before certainly took no effect.
	Attempts int
	// Language of department names and titles where the company keeps both, and
	// of the few words this package adds to messages: "zh_CN" (default) or
	// "en_US".
	Language string
	// AllowedWebhookHosts are hosts, each with an optional port, that group
	// webhooks may have beside DingTalk's and those of the base URLs. They are
	// called by https only.
	AllowedWebhookHosts []string
	// Metrics counts calls; its zero fields discard.
	Metrics Metrics
	// Tracer follows calls, each attempt by itself, without the wait for its
	// turn: "dingtalk" and the path of the API. nil follows none.
	Tracer provider.Tracer
}

// WithDefaults returns a copy with the defaults filled in.
func (o Options) WithDefaults() Options {
	if o.APIBaseURL == "" {
		o.APIBaseURL = DefaultAPIBaseURL
	}
	if o.OAPIBaseURL == "" {
		o.OAPIBaseURL = DefaultOAPIBaseURL
	}
	if o.LoginBaseURL == "" {
		o.LoginBaseURL = DefaultLoginBaseURL
	}
	if o.PageScriptURL == "" {
		o.PageScriptURL = DefaultPageScriptURL
		if o.APIBaseURL != DefaultAPIBaseURL {
			o.PageScriptURL = strings.TrimRight(o.APIBaseURL, "/") + "/dingtalk.open.js"
		}
	}
	if o.CallsPerSecond == 0 {
		o.CallsPerSecond = documentedCallsPerSecond
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = 10 * time.Second
	}
	if o.Attempts == 0 {
		o.Attempts = 3
	}
	if o.Language == "" {
		o.Language = "zh_CN"
	}
	return o
}

// Validate returns everything that is wrong with the options, joined. It
// expects the defaults to be filled in.
func (o Options) Validate() error {
	problems := []error{
		checkBaseURL("APIBaseURL", o.APIBaseURL),
		checkBaseURL("OAPIBaseURL", o.OAPIBaseURL),
		checkBaseURL("LoginBaseURL", o.LoginBaseURL),
		checkBaseURL("PageScriptURL", o.PageScriptURL),
	}
	if strings.ContainsAny(o.PageScriptURL, " ;,'\"") {
		problems = append(problems, errors.New("PageScriptURL: must not hold spaces, quotes, ';' or ','"))
	}
	if o.CallsPerSecond != -1 && (o.CallsPerSecond < 1 || o.CallsPerSecond > maxPace) {
		problems = append(problems, outside("CallsPerSecond", o.CallsPerSecond, fmt.Sprintf("1 to %d, or -1 for no pacing", maxPace)))
	}
	if o.CallTimeout < minCallTimeout || o.CallTimeout > maxCallTimeout {
		problems = append(problems, outside("CallTimeout", o.CallTimeout, fmt.Sprintf("%s to %s", minCallTimeout, maxCallTimeout)))
	}
	if o.Attempts < 1 || o.Attempts > maxAttempts {
		problems = append(problems, outside("Attempts", o.Attempts, fmt.Sprintf("1 to %d", maxAttempts)))
	}
	if o.Language != "zh_CN" && o.Language != "en_US" {
		problems = append(problems, outside("Language", o.Language, "zh_CN or en_US"))
	}
	for _, host := range o.AllowedWebhookHosts {
		if u, err := url.Parse("https://" + host); err != nil || u.Host != host || u.Hostname() == "" {
			problems = append(problems, outside("AllowedWebhookHosts", strconv.Quote(host), "a host name, or one with a port"))
		}
	}
	return errors.Join(problems...)
}

func outside(field string, value any, bound string) error {
	return fmt.Errorf("%s %v: %s", field, value, bound)
}

// checkBaseURL does not repeat the URL: it may hold a password.
func checkBaseURL(field, raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return fmt.Errorf("%s: not a URL", field)
	case u.User != nil:
		return fmt.Errorf("%s: must not hold a user name or password", field)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s: scheme %q, want http or https", field, u.Scheme)
	case u.Host == "":
		return fmt.Errorf("%s: no host", field)
	case strings.ContainsAny(raw, "?#"):
		return fmt.Errorf("%s: must not hold a query or fragment", field)
	}
	return nil
}
