package tenant_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// office is an office app that counts its connections.
type office struct {
	kind  provider.Kind
	title provider.Text

	mu     sync.Mutex
	opened []*connection
	// onOpen is called by each Open before it returns.
	onOpen func(ctx context.Context, s provider.Settings) error
	// settings are further ones, as a new version of the provider has them.
	settings []provider.Setting
	// verifies is false for an office app that cannot tell.
	verifies bool
}

// connection is one of its open connections.
type connection struct {
	office   *office
	settings provider.Settings
	mu       sync.Mutex
	closed   int
	closeErr error
}

// verifier is a connection that can tell.
type verifier struct{ *connection }

func newOffice(kind provider.Kind, zh, en string) *office {
	return &office{kind: kind, title: provider.Text{ZH: zh, EN: en}, verifies: true}
}

func (o *office) Kind() provider.Kind     { return o.kind }
func (o *office) Title() provider.Text    { return o.title }
func (o *office) Limits() provider.Limits { return provider.Limits{} }
func (o *office) Abilities() []string     { return []string{"Verifier"} }

func (o *office) Settings() []provider.Setting {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]provider.Setting{
		{Name: provider.SettingOrgID, Title: provider.Text{ZH: "企业ID", EN: "Corp ID"}, Required: true},
		{Name: provider.SettingClientID, Title: provider.Text{ZH: "AppKey", EN: "AppKey"}, Required: true},
		{
			Name: provider.SettingClientSecret, Title: provider.Text{ZH: "AppSecret", EN: "AppSecret"},
			Required: true, Secret: true, MaxLength: 40,
		},
		{Name: "eventMode", Title: provider.Text{ZH: "事件", EN: "Events"}, Enum: []string{"none", "callback"}},
		{Name: "callbackToken", Title: provider.Text{ZH: "Token", EN: "Token"}, Secret: true},
	}, o.settings...)
}

func (o *office) Identity(s provider.Settings) string { return s.Value(provider.SettingClientID) }

func (o *office) Open(ctx context.Context, s provider.Settings, _ provider.Environment) (provider.Provider, error) {
	o.mu.Lock()
	c := &connection{office: o, settings: s}
	o.opened = append(o.opened, c)
	onOpen := o.onOpen
	o.mu.Unlock()
	if onOpen != nil {
		if err := onOpen(ctx, s); err != nil {
			return nil, err
		}
	}
	if o.verifies {
		return verifier{c}, nil
	}
	return c, nil
}

func (o *office) set(change func(o *office)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(o)
}

// wantOpen fails the test unless so many connections were opened in all, and so
// many of them are not closed.
func (o *office) wantOpen(tb testing.TB, when string, opened, open int) {
	tb.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	left := 0
	for _, c := range o.opened {
		c.mu.Lock()
		if c.closed == 0 {
			left++
		}
		if c.closed > 1 {
			tb.Errorf("%s: a connection was closed %d times", when, c.closed)
		}
		c.mu.Unlock()
	}
	if len(o.opened) != opened || left != open {
		tb.Errorf("%s: got %d connections opened and %d open, want %d and %d", when, len(o.opened), left, opened, open)
	}
}

func (c *connection) Kind() provider.Kind     { return c.office.kind }
func (c *connection) Limits() provider.Limits { return provider.Limits{} }

func (c *connection) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed++
	return c.closeErr
}

// secretOf returns a secret that a Provider was opened with.
func secretOf(tb testing.TB, p provider.Provider, name string) string {
	tb.Helper()
	v, err := provider.As[verifier](p)
	if err != nil {
		tb.Fatal(err)
	}
	return v.settings.Secret(name).Reveal()
}

var errWrongSecret = &provider.Error{
	Code: provider.Unauthenticated, Provider: provider.DingTalk, Op: "gettoken", Upstream: "40089",
	Err: errors.New("wrong secret"),
}

// Verify knows the AppSecret "wrong".
func (v verifier) Verify(context.Context) (provider.VerifyReport, error) {
	if v.settings.Secret(provider.SettingClientSecret).Reveal() == "wrong" {
		return provider.VerifyReport{}, errWrongSecret
	}
	return provider.VerifyReport{Permissions: []provider.Permission{{Name: "通讯录", State: provider.PermissionGranted}}}, nil
}
