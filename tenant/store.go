package tenant

import (
	"context"
	"encoding/json"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// App is one tenant's connection to an office app.
type App struct {
	ID       string
	Tenant   ID
	Provider provider.Kind
	// Identity names the app at the office app (provider.Factory.Identity); no
	// two connections share one, in whatever tenants.
	Identity string
	// Enabled: a tenant has at most one enabled app per provider.
	Enabled bool
	// Version grows by one with every change.
	Version int64
	// Values are the settings that are not secret, by provider.Setting.Name.
	Values map[string]string
	// Secrets are the sealed secret settings.
	Secrets   map[string]Sealed
	CreatedAt time.Time
	UpdatedAt time.Time
}

// OrgID returns the organisation's id at the office app.
func (a App) OrgID() string { return a.Values[provider.SettingOrgID] }

// Sealed is an encrypted secret.
type Sealed struct {
	// KeyID names the key it was sealed with.
	KeyID      string
	Ciphertext []byte
}

// Sealer encrypts secrets. The associated data binds a ciphertext to its place:
// opened for another tenant, app or field it is an error. adapters/tinksecrets
// is the implementation on Tink. Safe for concurrent use.
type Sealer interface {
	Seal(ctx context.Context, plaintext provider.Secret, associated string) (Sealed, error)
	// Open decrypts; an error never contains the plaintext.
	Open(ctx context.Context, s Sealed, associated string) (provider.Secret, error)
	// CurrentKey returns the id of the key that Seal uses now. A secret sealed
	// with another one is sealed anew when what has it is next written, and by a
	// Resealer.
	CurrentKey() string
}

// Transactor runs fn in one transaction of the store: with the context given to
// fn every store call, and every job enqueued, is part of it. It commits when
// fn returns nil. Within a transaction it joins. fn must not call an office
// app.
type Transactor interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Page asks for a piece of a list.
type Page struct {
	// Limit is the largest number of items, 1 to 200; 0 means 50.
	Limit int
	// Cursor is the Next of the piece before; "" is the first.
	Cursor string
}

// The bounds of Page.Limit.
const (
	DefaultPageLimit = 50
	MaxPageLimit     = 200
)

// Size returns the limit, with its default and bound applied.
func (p Page) Size() int {
	switch {
	case p.Limit <= 0:
		return DefaultPageLimit
	case p.Limit > MaxPageLimit:
		return MaxPageLimit
	}
	return p.Limit
}

// List is a piece of a list; Next is "" on the last one.
type List[T any] struct {
	Items []T
	Next  string
}

// Store is where app connections, grants and the audit trail are kept.
// adapters/bunstore implements it; package adapters/storetest proves it. All
// methods are safe for concurrent use and join the transaction of the context.
// A malformed cursor is an Error of code InvalidArgument.
type Store interface {
	TrailStore

	// CreateApp stores a new app. ErrConflict when its ID or Identity exists
	// (any tenant), or its tenant has an enabled app of the provider; which
	// one is told by [*ConflictError].
	CreateApp(ctx context.Context, a App) error

	// UpdateApp stores a over the version before it (a.Version-1).
	// ErrNotFound when the tenant has no such app, ErrConflict when the version
	// has moved on or a unique key is taken ([*ConflictError]).
	UpdateApp(ctx context.Context, a App) error

	// DeleteApp removes an app with its secrets; ErrNotFound when the tenant
	// has none of that id.
	DeleteApp(ctx context.Context, t ID, id string) error

	// App returns an app of the tenant, ErrNotFound when there is none.
	App(ctx context.Context, t ID, id string) (App, error)

	// AppOwner returns the tenant that has an app, ErrNotFound when none has.
	AppOwner(ctx context.Context, id string) (ID, error)

	// Apps returns all apps of the tenant, oldest first. Providers other than
	// kind are left out; "" is every provider.
	Apps(ctx context.Context, t ID, kind provider.Kind) ([]App, error)

	// AppVersion returns the id and version of the enabled app of a provider,
	// ErrNotFound when there is none. It is called often and reads one small
	// row.
	AppVersion(ctx context.Context, t ID, kind provider.Kind) (id string, version int64, err error)

	// AppSecretTenants returns at most limit tenants after another, in byte
	// order, that have secrets of apps sealed with any key but the given one.
	// It looks beyond a tenant, as GrantChanges does.
	AppSecretTenants(ctx context.Context, key string, after ID, limit int) ([]ID, error)

	// ReplaceAppSecret stores a sealed secret of an app in the place of old,
	// without a new version of the app. ErrConflict when old is not what is
	// stored there.
	ReplaceAppSecret(ctx context.Context, t ID, appID, name string, old, next Sealed) error

	// AddGrant stores a grant; changed is false when it was there.
	AddGrant(ctx context.Context, g Grant) (changed bool, err error)

	// RemoveGrant takes a grant away; changed is false when there was none.
	RemoveGrant(ctx context.Context, t ID, userID string, role Role) (changed bool, err error)

	// Grants returns the grants in a tenant, by user name and role.
	Grants(ctx context.Context, t ID, p Page) (List[Grant], error)

	// GrantChanges returns what was granted and removed, in all tenants, after
	// the given version, in the order of commits, and the newest version; 0
	// asks for every grant there is. No committed change is ever skipped. The
	// function is called for each change and must not call the store.
	GrantChanges(ctx context.Context, after int64, each func(GrantChange)) (version int64, err error)

	// ClearTenant removes rows of a tenant from all that is kept for any
	// service, about limit of them, in one transaction, and returns how many;
	// 0 says that nothing is left but what the Removal keeps. All apps, with
	// their secrets, and all grants go in the first call: a grant is taken away
	// as by RemoveGrant and loses its names.
	ClearTenant(ctx context.Context, t ID, what Removal, limit int) (rows int, err error)

	// Audit returns what a filter asks for of a tenant's trail, newest first. A
	// cursor is good for the same filter.
	Audit(ctx context.Context, t ID, f AuditFilter, p Page) (List[AuditEntry], error)

	// NextAuditTenant returns the first tenant after another that has an audit
	// trail, "" when there is none. The order is the store's own, the same each
	// time, and begins after "". It looks beyond a tenant, as GrantChanges does.
	NextAuditTenant(ctx context.Context, after ID) (ID, error)

	// PruneAudit removes entries of a tenant's trail from before a time, at most
	// limit of the oldest, and returns how many there were.
	PruneAudit(ctx context.Context, t ID, before time.Time, limit int) (int, error)
}

// ConflictError says which unique key of an app is taken. errors.Is finds
// ErrConflict in it.
type ConflictError struct {
	// Key is "identity", "enabled", "version" or "id".
	Key string
}

// Error implements error.
func (e *ConflictError) Error() string { return "conflict: " + e.Key }

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// Grant gives a user a role in a tenant.
type Grant struct {
	Tenant    ID
	UserID    string
	Username  string
	Role      Role
	GrantedBy string
	CreatedAt time.Time
}

// GrantChange is a grant that was given or, with Removed, taken.
type GrantChange struct {
	Tenant  ID
	UserID  string
	Role    Role
	Removed bool
}

// AuditFilter selects rows of the audit trail: those that meet all of it. Zero
// fields select everything.
type AuditFilter struct {
	// Actor is an Actor's Username.
	Actor string
	// Action is what was done, such as "app.create".
	Action string
	// Since and Before bound the time of the entry; Since is included.
	Since, Before time.Time
}

// AuditEntry is one row of the audit trail: who did what in which tenant.
type AuditEntry struct {
	// ID is unique in the tenant and sorts by time: a later entry has a greater
	// one.
	ID     string
	Tenant ID
	At     time.Time
	// ActorID and ActorName are the Actor's UserID and Username.
	ActorID   string
	ActorName string
	// Action is what was done, such as "app.create" or "grant.add".
	Action string
	// Target names what it was done to, such as an app's id.
	Target string
	// Outcome is "ok", or the reason of the refusal.
	Outcome string
	// Before and After show the change, without secrets; either may be nil.
	Before json.RawMessage
	After  json.RawMessage
}

// Users finds the platform's people. The default implementation is
// adapters/bunstore; a host with its own user table plugs in its own.
type Users interface {
	// UserByName returns the user of that name who is an active member of the
	// tenant, ErrNotFound when there is none. For Platform any user of the
	// platform is found.
	UserByName(ctx context.Context, t ID, username string) (User, error)
}

// User is a person of the platform.
type User struct {
	ID       string
	Username string
	// Name is what people call them.
	Name string
}
