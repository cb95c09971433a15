package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Unbound is what becomes of somebody who logs in and is not bound.
type Unbound string

// The policies.
const (
	// UnboundDeny turns them away: the default.
	UnboundDeny Unbound = "deny"
	// UnboundBind binds them to the account of the tenant that has the mobile
	// number which the office app has of them, or which they verify.
	UnboundBind Unbound = "bind"
	// UnboundCreate is UnboundBind, and admits them to the tenant, with an
	// account of their own if need be.
	UnboundCreate Unbound = "create"
)

// Settings are what a tenant decides about logins.
type Settings struct {
	Tenant  tenant.ID
	Unbound Unbound
	// ReturnURLs are where people may be sent after a login, and whose pages may
	// be signed: an origin, and optionally the beginning of a path, in whole
	// segments.
	ReturnURLs []string
	// UpdatedBy is who saved them last, by user name; "" when nobody has.
	UpdatedBy string
	UpdatedAt time.Time
}

// SettingsChange is what shall become of settings; nil fields stay.
type SettingsChange struct {
	Unbound    *Unbound
	ReturnURLs *[]string
}

// MaxReturnURLs is how many return addresses a tenant may have.
const MaxReturnURLs = 50

// Settings returns what the tenant has decided. It needs ActionRead on
// ObjectConfig.
func (s *Service) Settings(ctx context.Context, t tenant.ID) (Settings, error) {
	if _, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectConfig, tenant.ActionRead); err != nil {
		return Settings{}, fmt.Errorf("identity: settings: %w", err)
	}
	settings, err := s.store.LoginSettings(ctx, t)
	if err != nil {
		return Settings{}, fmt.Errorf("identity: settings: %w", err)
	}
	return settings, nil
}

// SaveSettings changes what the tenant has decided. It needs ActionWrite on
// ObjectConfig. Refusals: an unknown policy, a malformed return address, too
// many of them.
func (s *Service) SaveSettings(ctx context.Context, t tenant.ID, change SettingsChange) (Settings, error) {
	var saved Settings
	op := tenant.Operation{Tenant: t, Need: tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionWrite}, Action: "login.settings"}
	err := s.administer(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		if err := s.checkChange(change); err != nil {
			return err
		}
		return s.trail.Commit(ctx, row, func(ctx context.Context) (err error) {
			saved, err = s.saveOver(ctx, t, change, row)
			return err
		})
	})
	if err != nil {
		return Settings{}, err
	}
	return saved, nil
}

// saveTries is how often a change is made anew because somebody else was first.
const saveTries = 10

// saveOver changes the settings that there are, and completes their row in the
// audit trail. What somebody else saves at the same time is changed, not undone.
func (s *Service) saveOver(
	ctx context.Context, t tenant.ID, change SettingsChange, row *tenant.AuditEntry,
) (Settings, error) {
	err := tenant.ErrConflict
	for range saveTries {
		var old Settings
		if old, err = s.store.LoginSettings(ctx, t); err != nil {
			return Settings{}, err
		}
		saved := change.over(old)
		saved.UpdatedBy, saved.UpdatedAt = row.ActorName, stamp(s.cfg.Now())
		if !saved.UpdatedAt.After(old.UpdatedAt) { // which tells the two apart
			saved.UpdatedAt = old.UpdatedAt.Add(time.Microsecond)
		}
		if err = s.store.SaveLoginSettings(ctx, saved, old.UpdatedAt); err == nil {
			row.Before, row.After = old.record(), saved.record()
			return saved, nil
		}
		if !errors.Is(err, tenant.ErrConflict) {
			return Settings{}, err
		}
	}
	return Settings{}, err
}

func (c SettingsChange) over(s Settings) Settings {
	if c.Unbound != nil {
		s.Unbound = *c.Unbound
	}
	if c.ReturnURLs != nil {
		s.ReturnURLs = slices.Clone(*c.ReturnURLs)
	}
	return s
}

func (s *Service) checkChange(c SettingsChange) error {
	known := []Unbound{UnboundDeny, UnboundBind, UnboundCreate}
	if c.Unbound != nil && !slices.Contains(known, *c.Unbound) {
		return tenant.Refuse(provider.InvalidArgument, "unknown_policy",
			"unbound只能是以下之一：deny, bind, create", "unbound: want one of deny, bind, create").WithField("unbound")
	}
	if c.ReturnURLs == nil {
		return nil
	}
	if n := len(*c.ReturnURLs); n > MaxReturnURLs {
		return tenant.Refuse(provider.InvalidArgument, "many_return_urls",
			fmt.Sprintf("返回地址%d个，超过上限%d个，请删除不再使用的", n, MaxReturnURLs),
			fmt.Sprintf("%d return addresses; at most %d: remove those that are no longer used", n, MaxReturnURLs)).WithField("returnUrls")
	}
	for _, entry := range *c.ReturnURLs {
		if problem := s.entryProblem(entry); !problem.IsZero() {
			return tenant.Refuse(provider.InvalidArgument, "invalid_return_url",
				"返回地址"+quoted(entry)+"："+problem.ZH, "return address "+quoted(entry)+": "+problem.EN).WithField("returnUrls")
		}
	}
	return nil
}

// quoted shows what somebody entered, shortened.
func quoted(s string) string {
	const most = 200 // bytes
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}

// settingsRecord is how settings look in the audit trail.
type settingsRecord struct {
	Unbound    Unbound  `json:"unbound"`
	ReturnURLs []string `json:"returnUrls"`
}

func (s Settings) record() []byte { return mustJSON(settingsRecord{s.Unbound, s.ReturnURLs}) }

// returnURL returns where a login may end: the address that was asked for, if it
// is on the list, or the only one there is.
func (s Settings) returnURL(asked string) (string, error) {
	if asked == "" {
		if len(s.ReturnURLs) != 1 {
			return "", tenant.Refuse(provider.InvalidArgument, "return_url_required",
				"缺少返回地址，请在returnUrl中给出登录设置允许的地址", "say in returnUrl to which of the addresses in the login settings to return").WithField("returnUrl")
		}
		asked = s.ReturnURLs[0]
	}
	if !s.allows(asked) {
		return "", ErrReturnURL
	}
	return asked, nil
}

// allows reports whether an address is on the list.
func (s Settings) allows(address string) bool {
	a, problem := parseAddress(address)
	return problem.IsZero() && slices.ContainsFunc(s.ReturnURLs, func(entry string) bool {
		e, problem := parseAddress(entry)
		return problem.IsZero() && a.origin == e.origin && below(a.path, e.path)
	})
}

// entryFor returns the first entry of an address's origin; without an address
// the first one, if all are of one origin.
func (s Settings) entryFor(address string) (string, bool) {
	first, origin := "", ""
	for _, entry := range s.ReturnURLs {
		e, problem := parseAddress(entry)
		switch {
		case !problem.IsZero():
		case address != "" && (address == e.origin || strings.HasPrefix(address, e.origin+"/")):
			return entry, true
		case address == "" && first != "" && e.origin != origin:
			return "", false
		case first == "":
			first, origin = entry, e.origin
		}
	}
	return first, address == "" && first != ""
}
