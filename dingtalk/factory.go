package dingtalk

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// factory opens Providers. All that it keeps is whether DingTalk refuses this
// server's address.
type factory struct {
	options Options
	ban     *ban
}

var (
	_ provider.Factory        = factory{}
	_ provider.WebhookFactory = factory{}
)

// New returns DingTalk's factory for a provider.Registry. Zero options have
// defaults; the error names every option that is wrong.
func New(o Options) (provider.Factory, error) {
	o = o.WithDefaults()
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("dingtalk: %w", err)
	}
	o.APIBaseURL = strings.TrimRight(o.APIBaseURL, "/")
	o.OAPIBaseURL = strings.TrimRight(o.OAPIBaseURL, "/")
	o.LoginBaseURL = strings.TrimRight(o.LoginBaseURL, "/")
	o.AllowedWebhookHosts = slices.Clone(o.AllowedWebhookHosts)
	return factory{options: o, ban: new(ban)}, nil
}

// Kind returns provider.DingTalk.
func (factory) Kind() provider.Kind { return provider.DingTalk }

// Title returns DingTalk's names.
func (factory) Title() provider.Text { return provider.Text{ZH: "钉钉", EN: "DingTalk"} }

// Settings lists what a tenant enters.
func (factory) Settings() []provider.Setting { return settings() }

// Abilities lists the abilities of [Provider].
func (factory) Abilities() []string {
	return []string{
		"CallbackRegistrar", "CodeScripter", "DepartmentFinder", "DirectoryReader", "DirectoryWriter", "EventDecoder", "EventStreamer", "LoginFlow", "MediaUploader", "MessageRecaller", "MessageSender", "MessageTracker", "PageSigner", "PersonFinder",
		"RobotRecaller", "RobotSender", "RobotTracker", "StatusUpdater", "Verifier",
	}
}

// Limits returns what DingTalk allows an internal app.
func (f factory) Limits() provider.Limits { return limits(f.options.CallsPerSecond) }

// Identity returns the Client ID, which is unique across all companies.
func (factory) Identity(s provider.Settings) string { return s.Value(provider.SettingClientID) }

// Open returns a [*Provider]. The error is that of provider.CheckSettings.
func (f factory) Open(_ context.Context, s provider.Settings, env provider.Environment) (provider.Provider, error) {
	if err := provider.CheckSettings(settings(), s); err != nil {
		return nil, fmt.Errorf("dingtalk: open: %w", err)
	}
	agentID, err := strconv.ParseInt(s.Value(provider.SettingAgentID), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("dingtalk: open: %s is not a number", provider.SettingAgentID)
	}
	keys, err := callbackKeys(s)
	if err != nil {
		return nil, fmt.Errorf("dingtalk: open: %w", err)
	}
	p := &Provider{
		callbackKeys: keys, callbackPair: currentPair(s), eventMode: s.Value(provider.SettingEventMode),
		agentID: agentID, language: f.options.Language, robotCode: s.Value(SettingRobotCode),
		callsPerSecond: f.options.CallsPerSecond, release: func() {},
		corpID: s.Value(provider.SettingOrgID), loginBase: f.options.LoginBaseURL, pageScript: f.options.PageScriptURL,
		legacyPages: f.options.LegacyPageSignature,
	}
	p.life, p.end = context.WithCancel(context.Background())
	if env.Client == nil {
		transport := newTransport()
		env.Client = &http.Client{Transport: transport}
		p.release = transport.CloseIdleConnections
	}
	if env.Now == nil {
		env.Now = time.Now
	}
	p.client = newClient(f.options, env, credentials{
		clientID:     s.Value(provider.SettingClientID),
		clientSecret: s.Secret(provider.SettingClientSecret),
	}, f.ban)
	p.pageTickets = newTokenSource(p.fetchPageTicket, env.Now, p.client.patience())
	return p, nil
}

// newTransport returns a connection pool for one host that is called by many
// goroutines; the standard one keeps two idle connections per host.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   5 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}
