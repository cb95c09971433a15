package dingtalktest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// app is one app at run time. What an administrator may change stands in a
// grant that is replaced as a whole, so that requests read it without a lock.
type app struct {
	company  *company
	clientID string
	grant    atomic.Pointer[grant]

	throttle throttle
	courier  *courier
	// registered is the callback that the app registered by API; nil for none.
	registered atomic.Pointer[registration]
	messages   messageState
	// updateMu serialises changes of the grant.
	updateMu sync.Mutex
}

// grant is an App compiled for checking requests. It never changes.
type grant struct {
	App

	// permissions is nil when everything is granted.
	permissions map[string]bool
	whole       bool
	departments map[int64]bool
	people      map[string]bool
	allowed     []netip.Prefix
}

func newGrant(a App) (*grant, error) {
	if err := a.validate(); err != nil {
		return nil, err
	}
	g := &grant{
		App:         a,
		departments: make(map[int64]bool, len(a.Scope.Departments)),
		people:      make(map[string]bool, len(a.Scope.UserIDs)),
	}
	if a.Permissions != nil {
		g.permissions = make(map[string]bool, len(a.Permissions))
		for _, p := range a.Permissions {
			g.permissions[p] = true
		}
	}
	for _, id := range a.Scope.Departments {
		g.departments[id] = true
	}
	for _, id := range a.Scope.UserIDs {
		g.people[id] = true
	}
	g.whole = g.departments[RootID] || len(g.departments) == 0 && len(g.people) == 0
	allowed, err := parsePrefixes(a.IPWhitelist)
	if err != nil {
		return nil, fmt.Errorf("app %q: %w", a.ClientID, err)
	}
	g.allowed = allowed
	return g, nil
}

func parsePrefixes(texts []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range texts {
		p, err := parsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%w: ip whitelist: %q is neither an address nor a prefix", ErrInvalid, text)
		}
		list = append(list, p)
	}
	return list, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

func (g *grant) has(permission string) bool {
	return g.permissions == nil || permission == "" || g.permissions[permission]
}

// allows tells whether the app may be called from the address of remote, in the
// form host:port.
func (g *grant) allows(remote string) bool { return allowed(g.allowed, remote) }

// allowed tells whether remote, in the form host:port, is in a list; an empty
// one lets everybody in.
func allowed(list []netip.Prefix, remote string) bool {
	if len(list) == 0 {
		return true
	}
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	addr := from.Addr().Unmap()
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// defaultApp makes the app of a company that was given none. It is the same for
// the same company, so that a demo's credentials survive a restart.
func defaultApp(corpID string) App {
	sum := sha256.Sum256([]byte("app of " + corpID))
	clientID := "ding" + hex.EncodeToString(sum[:8])
	return App{
		Name:         "默认应用",
		ClientID:     clientID,
		RobotCode:    clientID,
		ClientSecret: hex.EncodeToString(sum[:]),
		AgentID:      1_000_000_000 + int64(binary.BigEndian.Uint32(sum[8:])),
	}
}

// newApp checks an app against those of its company and the whole emulator. The
// caller holds em.mu.
func (em *Emulator) newApp(co *company, siblings []*app, a App) (*app, error) {
	g, err := newGrant(a)
	if err != nil {
		return nil, err
	}
	if em.apps[a.ClientID] != nil || slices.ContainsFunc(siblings, func(s *app) bool { return s.clientID == a.ClientID }) {
		return nil, fmt.Errorf("%w: client id %q", ErrExists, a.ClientID)
	}
	if slices.ContainsFunc(siblings, func(s *app) bool { return s.grant.Load().AgentID == a.AgentID }) {
		return nil, fmt.Errorf("%w: agent id %d", ErrExists, a.AgentID)
	}
	one := &app{company: co, clientID: a.ClientID}
	one.courier = newCourier(em, one)
	one.grant.Store(g)
	return one, nil
}

// AddApp adds an app to a company. It returns ErrNotFound, ErrInvalid or
// ErrExists.
func (em *Emulator) AddApp(corpID string, a App) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	em.mu.Lock()
	defer em.mu.Unlock()
	one, err := em.newApp(co, co.apps, a)
	if err != nil {
		return err
	}
	em.apps[a.ClientID] = one
	co.apps = append(slices.Clip(co.apps), one)
	return nil
}

// UpdateApp changes an app's grant while it is in use: permissions, scope,
// secret, IP whitelist. The function gets a copy; client id and agent id stay
// as they are. It returns ErrNotFound or ErrInvalid.
func (em *Emulator) UpdateApp(clientID string, change func(*App)) error {
	em.mu.RLock()
	one := em.apps[clientID]
	em.mu.RUnlock()
	if one == nil {
		return fmt.Errorf("%w: app %q", ErrNotFound, clientID)
	}
	one.updateMu.Lock()
	defer one.updateMu.Unlock()
	old := one.grant.Load().App
	a := old
	a.Permissions = slices.Clone(old.Permissions)
	if old.Callback != nil {
		cb := *old.Callback
		a.Callback = &cb
	}
	change(&a)
	a.ClientID, a.AgentID = old.ClientID, old.AgentID
	g, err := newGrant(a)
	if err != nil {
		return err
	}
	one.grant.Store(g)
	return nil
}

// Apps returns the apps of a company with their credentials, nil for an unknown
// company.
func (em *Emulator) Apps(corpID string) []App {
	em.mu.RLock()
	defer em.mu.RUnlock()
	co := em.companies[corpID]
	if co == nil {
		return nil
	}
	apps := make([]App, len(co.apps))
	for i, a := range co.apps {
		apps[i] = a.grant.Load().App
	}
	return apps
}

func (em *Emulator) appByClientID(clientID string) *app {
	em.mu.RLock()
	defer em.mu.RUnlock()
	return em.apps[clientID]
}

// allApps returns every app in the order of companies and apps.
func (em *Emulator) allApps() []*app {
	em.mu.RLock()
	defer em.mu.RUnlock()
	var all []*app
	for _, co := range em.ordered {
		all = append(all, co.apps...)
	}
	return all
}
