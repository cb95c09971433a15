package providertest

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Kind implements provider.Factory.
func (f *Fake) Kind() provider.Kind { return f.cfg.Kind }

// Title implements provider.Factory.
func (f *Fake) Title() provider.Text { return provider.Text{ZH: "模拟应用", EN: "Fake"} }

// Settings implements provider.Factory.
func (f *Fake) Settings() []provider.Setting {
	return []provider.Setting{
		{Name: provider.SettingOrgID, Title: provider.Text{ZH: "企业ID", EN: "Organisation"}, Required: true},
		{Name: provider.SettingClientID, Title: provider.Text{ZH: "应用Key", EN: "AppKey"}, Required: true},
		{
			Name: provider.SettingClientSecret, Title: provider.Text{ZH: "应用密钥", EN: "AppSecret"},
			Required: true, Secret: true,
		},
	}
}

// ValidSettings returns the settings of the app that the Fake knows.
func (f *Fake) ValidSettings() provider.Settings {
	return provider.Settings{
		Values:  map[string]string{provider.SettingOrgID: OrgID, provider.SettingClientID: ClientID},
		Secrets: map[string]provider.Secret{provider.SettingClientSecret: provider.NewSecret(ClientSecret)},
	}
}

// Abilities implements provider.Factory.
func (f *Fake) Abilities() []string {
	return slices.DeleteFunc(allAbilities(), func(name string) bool { return slices.Contains(f.cfg.Without, name) })
}

// Limits implements provider.Factory.
func (f *Fake) Limits() provider.Limits { return f.limits() }

// Identity implements provider.Factory.
func (f *Fake) Identity(s provider.Settings) string { return s.Value(provider.SettingClientID) }

// Open implements provider.Factory.
func (f *Fake) Open(_ context.Context, s provider.Settings, env provider.Environment) (provider.Provider, error) {
	if env.Now == nil {
		env.Now = time.Now
	}
	c := &connection{
		fake: f, now: env.Now, ended: make(chan struct{}),
		known: s.Value(provider.SettingClientID) == ClientID &&
			s.Secret(provider.SettingClientSecret).Reveal() == ClientSecret,
	}
	if len(f.cfg.Without) == 0 {
		return c, nil
	}
	return c.only(f.Abilities()), nil
}

// connection is a Provider of a Fake, with every ability.
type connection struct {
	fake *Fake
	now  func() time.Time
	// known is true when the credentials are those of the app.
	known  bool
	closed atomic.Bool
	// ended is closed with the connection.
	ended chan struct{}
}

// Kind implements provider.Provider.
func (c *connection) Kind() provider.Kind { return c.fake.cfg.Kind }

// Limits implements provider.Provider.
func (c *connection) Limits() provider.Limits { return c.fake.limits() }

// Close implements provider.Provider.
func (c *connection) Close() error {
	if !c.closed.Swap(true) {
		close(c.ended)
	}
	return nil
}

// Verify implements provider.Verifier.
func (c *connection) Verify(ctx context.Context) (provider.VerifyReport, error) {
	if _, err := c.begin(ctx, OpVerify); err != nil {
		return provider.VerifyReport{}, err
	}
	scope, err := c.Scope(ctx)
	if err != nil {
		return provider.VerifyReport{}, err
	}
	return provider.VerifyReport{
		Permissions: []provider.Permission{{
			Name: "通讯录只读权限", Code: "directory.read", State: provider.PermissionGranted,
			Needed: provider.Text{ZH: "同步通讯录", EN: "reading the directory"},
		}},
		Scope: scope,
	}, nil
}

// begin is the head of every call that reads.
func (c *connection) begin(ctx context.Context, op Op) (Step, error) {
	s, err := c.fake.call(ctx, op)
	switch {
	case err != nil:
		return s, err
	case s.Err != nil:
		return s, c.fake.failure(op, s.Err)
	}
	return s, c.usable(op)
}

func (c *connection) usable(op Op) error {
	switch {
	case c.closed.Load():
		return c.fake.errorf(op, provider.Unavailable, "the connection is closed")
	case !c.known:
		return c.fake.errorf(op, provider.Unauthenticated, "no app has these credentials")
	}
	return nil
}
