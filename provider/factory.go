package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"
)

// Factory describes one office app and opens connections to it. It is safe for
// concurrent use. What it keeps is of this server, never of a tenant: that the
// office app refuses its address, say.
type Factory interface {
	Kind() Kind

	// Title is the office app's name.
	Title() Text

	// Settings lists what a tenant must or may enter, in the order a form
	// shows them.
	Settings() []Setting

	// Abilities lists the Go names of the interfaces of this package its
	// Providers have, such as "MessageSender", sorted.
	Abilities() []string

	// Limits returns what its Providers will return.
	Limits() Limits

	// Identity returns what names the app at the office app, the same for
	// every tenant that might enter it: DingTalk's AppKey, WeCom's corp id and
	// agent id. Two connections of one identity are refused. The settings are
	// valid.
	Identity(s Settings) string

	// Open returns a Provider for valid settings. It makes no call to the
	// office app: wrong credentials show on first use.
	Open(ctx context.Context, s Settings, env Environment) (Provider, error)
}

// Environment is what a host lends to a [Factory]'s Providers. Zero fields
// have working defaults.
type Environment struct {
	// Client makes the HTTP calls; the default has timeouts and a connection
	// pool made for one busy host.
	Client *http.Client
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Setting is one thing a tenant enters to connect an office app.
type Setting struct {
	// Name is the JSON field, camel case, such as "clientSecret".
	Name  string
	Title Text
	// Help tells where to find the value; may be empty.
	Help Text
	// Secret values are stored sealed and never shown again.
	Secret   bool
	Required bool
	// MaxLength bounds the value, in bytes; 0 means 256.
	MaxLength int
	// Enum lists the allowed values; empty allows any.
	Enum []string
	// Default is what an absent value means.
	Default string
	// Check looks at a present value and returns what is wrong with it, or a
	// zero Text; may be nil. It must not repeat a secret's value.
	Check func(value string) Text
}

const defaultMaxLength = 256

// The settings that this module knows by name. An office app leaves out those
// that it does not have.
const (
	// SettingOrgID is the organisation's id at the office app. Every office app
	// needs it: bindings and the mirror are kept by it, and where it is empty two
	// organisations that a tenant connects one after the other are one.
	SettingOrgID = "corpId"
	// SettingAgentID is the app's numeric id inside the organisation.
	SettingAgentID = "agentId"
	// SettingClientID is the app's public key, also called AppKey.
	SettingClientID = "clientId"
	// SettingClientSecret is the app's secret, also called AppSecret.
	SettingClientSecret = "clientSecret"
	// SettingEventMode is how events arrive: EventModeNone, EventModeCallback or
	// EventModeStream. Office apps that tell of no events have no such setting.
	SettingEventMode = "eventMode"
)

// The values of SettingEventMode.
const (
	EventModeNone = "none"
	// EventModeCallback: the office app calls an address, see EventDecoder.
	EventModeCallback = "callback"
	// EventModeStream: over a connection that this side opens, see
	// EventStreamer.
	EventModeStream = "stream"
)

// Settings is what one tenant entered, by Setting.Name.
type Settings struct {
	Values  map[string]string
	Secrets map[string]Secret
}

// Value returns a setting that is not a secret, "" when absent.
func (s Settings) Value(name string) string { return s.Values[name] }

// Secret returns a secret setting, zero when absent.
func (s Settings) Secret(name string) Secret { return s.Secrets[name] }

// SettingError says which setting is wrong and how.
type SettingError struct {
	Name    string
	Title   Text
	Problem Text
}

// Error implements error.
func (e *SettingError) Error() string { return e.Name + ": " + e.Problem.EN }

// ErrorCode makes CodeOf answer InvalidArgument.
func (*SettingError) ErrorCode() Code { return InvalidArgument }

// maxUnknown is how many unknown settings are told: somebody can send tens of
// thousands.
const maxUnknown = 10

// CheckSettings compares s with the list and returns every problem, each a
// [*SettingError], joined: missing required settings, with the Help that says
// where to find them, values too long, outside of an enum or refused by a Check,
// and the first ten names that are unknown.
func CheckSettings(list []Setting, s Settings) error {
	var problems []error
	add := func(st Setting, zh, en string) {
		problems = append(problems, &SettingError{Name: st.Name, Title: st.Title, Problem: Text{ZH: zh, EN: en}})
	}
	known := make(map[string]bool, len(list))
	for _, st := range list {
		known[st.Name] = true
		v := s.Value(st.Name)
		if st.Secret {
			v = s.Secret(st.Name).Reveal()
		}
		limit := st.MaxLength
		if limit == 0 {
			limit = defaultMaxLength
		}
		switch {
		case v == "" && st.Required:
			add(st, "不能为空"+inBrackets("（", st.Help.ZH, "）"), "must not be empty"+inBrackets(" (", st.Help.EN, ")"))
		case v == "":
		case len(v) > limit:
			add(st, fmt.Sprintf("长度%d字节，超过上限%d字节", len(v), limit), fmt.Sprintf("%d bytes; at most %d", len(v), limit))
		case len(st.Enum) > 0 && !slices.Contains(st.Enum, v):
			all := strings.Join(st.Enum, ", ")
			add(st, "只能是以下之一："+all, "must be one of "+all)
		case st.Check != nil:
			if p := st.Check(v); !p.IsZero() {
				add(st, p.ZH, p.EN)
			}
		}
	}
	unknown := slices.DeleteFunc(s.names(), func(name string) bool { return known[name] })
	for _, name := range unknown[:min(len(unknown), maxUnknown)] {
		add(Setting{Name: name}, "未知的配置项", "unknown setting")
	}
	return errors.Join(problems...)
}

// inBrackets returns a text in brackets, "" when there is none.
func inBrackets(open, text, end string) string {
	if text == "" {
		return ""
	}
	return open + text + end
}

func (s Settings) names() []string {
	names := make([]string, 0, len(s.Values)+len(s.Secrets))
	for n := range s.Values {
		names = append(names, n)
	}
	for n := range s.Secrets {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
