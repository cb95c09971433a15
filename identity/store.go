package identity

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Store is where bindings, settings and used tickets are kept.
// adapters/bunstore implements it; package adapters/storetest proves it. All
// methods are safe for concurrent use and join the transaction of the context.
type Store interface {
	tenant.TrailStore

	// Writers returns how many transactions can write at the same time, 1 or
	// more.
	Writers() int

	// Joined reports whether the context carries a transaction.
	Joined(ctx context.Context) bool

	// Binding returns the binding of a member, active or not; ErrNotFound when
	// the tenant has none.
	Binding(ctx context.Context, t tenant.ID, k Key) (Binding, error)

	// Bindings returns those of a tenant, by provider, organisation and member,
	// in an order of the store's own that is always the same.
	Bindings(ctx context.Context, t tenant.ID, f BindingFilter, p tenant.Page) (tenant.List[Binding], error)

	// HoldBindingsOf waits for the transactions that hold bindings of users in a
	// tenant, as UseTickets does, and lets nobody else hold them until this one
	// ends.
	HoldBindingsOf(ctx context.Context, t tenant.ID, userIDs ...string) error

	// Bind stores a new binding. An inactive one of the same account in the
	// same organisation gives way to it. ErrConflict when the member, or the
	// account, has another one.
	Bind(ctx context.Context, b Binding) error

	// Unbind removes a binding; ErrNotFound when the tenant has none of the key.
	Unbind(ctx context.Context, t tenant.ID, k Key) error

	// TenantsOf returns up to limit tenants whose enabled app of a provider
	// belongs to an organisation, in order.
	TenantsOf(ctx context.Context, kind provider.Kind, orgID string, limit int) ([]tenant.ID, error)

	// LoginSettings returns the tenant's settings, those of a new tenant when
	// nobody has saved any: Settings{Tenant: t, Unbound: UnboundDeny}.
	LoginSettings(ctx context.Context, t tenant.ID) (Settings, error)

	// SaveLoginSettings stores settings over those that were saved at a time, the
	// zero time for nobody's. ErrConflict when others are stored by now.
	SaveLoginSettings(ctx context.Context, s Settings, over time.Time) error

	// Use remembers that something was used, until a time when it is worth
	// nothing any more. ErrConflict when it was used before: of any number of
	// calls with one id, at any number of processes, one succeeds.
	Use(ctx context.Context, t tenant.ID, id string, until time.Time) error

	// UseTickets is Use of tickets, which tells what became of each. It holds
	// the bindings of their members until the transaction ends: whoever unbinds
	// one of them meanwhile waits, and then finds the session that the
	// transaction has stored. wait blocks on a binding that is being changed; use
	// it for a single ticket only, or two calls deadlock.
	UseTickets(ctx context.Context, wait bool, list ...Ticket) ([]TicketUse, error)

	// ReturnTickets undoes UseTickets, in its transaction.
	ReturnTickets(ctx context.Context, list ...Ticket) error

	// Choice returns the tenant that a user chose last, "" for none.
	Choice(ctx context.Context, userID string) (tenant.ID, error)

	// SaveChoice remembers it.
	SaveChoice(ctx context.Context, userID string, t tenant.ID, at time.Time) error

	// PruneLogins forgets up to limit things that have run out by now, and
	// returns how many.
	PruneLogins(ctx context.Context, now time.Time, limit int) (int, error)
}

// Ticket is the ticket of a member, worth nothing after a time.
type Ticket struct {
	Member
	ID    string
	Until time.Time
}

// TicketUse is what became of a ticket in UseTickets.
type TicketUse int

// What becomes of a ticket.
const (
	// TicketTaken was used now, and never before.
	TicketTaken TicketUse = iota + 1
	// TicketSpent was used before, or stands twice in one list.
	TicketSpent
	// TicketHeldUp was not used: without wait, because the binding of its member
	// is being changed. It may also be said where there is no binding.
	TicketHeldUp
)

// BindingFilter chooses bindings; zero fields choose all.
type BindingFilter struct {
	Provider provider.Kind
	UserID   string
}

// Accounts are the platform's people, as far as logins are concerned. The
// default implementation is adapters/bunstore's People; a host with a user
// table of its own plugs in its own. CreateAccount and AdmitAccount are called
// inside of a transaction, which travels in the context, and are rolled back
// with it.
type Accounts interface {
	// Account returns a user as the tenant sees them; ErrNotFound when there is
	// no such user. Somebody who is not a member is an AccountStranger.
	Account(ctx context.Context, t tenant.ID, userID string) (Account, error)

	// AccountByName is Account by user name.
	AccountByName(ctx context.Context, t tenant.ID, username string) (Account, error)

	// AccountByMobile is Account by a number in the form of
	// provider.Person.Mobile, which belongs to one user at most.
	AccountByMobile(ctx context.Context, t tenant.ID, mobile string) (Account, error)

	// AccountsByID returns those of the users that exist, in any order.
	AccountsByID(ctx context.Context, t tenant.ID, ids []string) ([]Account, error)

	// CreateAccount makes an account without a password that is an active
	// member of the tenant. ErrConflict when its name or number is taken.
	CreateAccount(ctx context.Context, t tenant.ID, n NewAccount) (Account, error)

	// AdmitAccount makes a stranger an active member of the tenant.
	AdmitAccount(ctx context.Context, t tenant.ID, userID string) error

	// AccountTenants returns the tenants that a user is an active member of.
	AccountTenants(ctx context.Context, userID string) ([]tenant.ID, error)
}

// Account is a user of the platform in one tenant.
type Account struct {
	UserID   string
	Username string
	// Name is what people call them.
	Name      string
	Mobile    string
	AvatarURL string
	Status    AccountStatus
}

// AccountStatus tells whether an account may be used in a tenant.
type AccountStatus string

// The states of an account.
const (
	AccountActive AccountStatus = "active"
	// AccountPending waits to be admitted.
	AccountPending AccountStatus = "pending"
	// AccountSuspended was suspended in the tenant.
	AccountSuspended AccountStatus = "suspended"
	// AccountDisabled was disabled on the whole platform.
	AccountDisabled AccountStatus = "disabled"
	// AccountStranger is not a member of the tenant.
	AccountStranger AccountStatus = "stranger"
)

// NewAccount is an account to be made at a first login.
type NewAccount struct {
	// Username is the mobile number, or made up where there is none.
	Username string
	Name     string
	// Mobile may be empty.
	Mobile string
}

// Sessions are the host's own. adapters/jwtauth has an implementation.
type Sessions interface {
	// Issue returns a new session, never one that exists. It is called inside
	// of the transaction that uses the ticket up, which travels in the context:
	// an error leaves the ticket good.
	Issue(ctx context.Context, req SessionRequest) (Session, error)

	// Revoke ends the sessions that Issue has given. It is called by a job, and
	// again after an error.
	Revoke(ctx context.Context, r Revocation) error
}

// BatchIssuer is met by Sessions that can issue several at once. Exchanges that
// come at the same time then share a transaction.
type BatchIssuer interface {
	// IssueAll is Issue for several people, in their order: all of them or none.
	IssueAll(ctx context.Context, list ...SessionRequest) ([]Session, error)
}

// SessionRequest says whose session it is, and where it holds.
type SessionRequest struct {
	UserID   string
	Username string
	// Tenant is the one that the person logged in to, Provider the office app
	// they came from.
	Tenant   tenant.ID
	Provider provider.Kind
	// Tenants are the tenants in which the session holds, Tenant among them. It
	// must hold in no other one, not by way of tenant.RolePlatformAdmin either.
	Tenants []tenant.ID
}

// Session is what the person's client presents from now on.
type Session struct {
	Token     provider.Secret
	ExpiresAt time.Time
}

// SessionRecord is how a session is remembered, by who issues them, so that it
// can be revoked.
type SessionRecord struct {
	// Tenant is that of the SessionRequest.
	Tenant    tenant.ID
	UserID    string
	ID        string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Revocation names sessions that end.
type Revocation struct {
	// Tenant is that of the SessionRequest.
	Tenant tenant.ID
	UserID string
	// Before spares sessions that were issued later.
	Before time.Time
}

// Codes verifies mobile numbers by short message. It limits how often numbers
// are written to, and how often a code is tried: the Service counts the tries of
// one proof, member and number in a tenant, and knows neither the code nor who
// else asks for it.
type Codes interface {
	// SendCode sends a code to a number. It answers the same, and in the same
	// time, whether or not somebody has the number.
	SendCode(ctx context.Context, t tenant.ID, mobile string) error

	// CheckCode reports whether a code is the one that was sent, lately, and uses
	// it up then. A code that was missed five times is worth nothing any more,
	// whoever has missed it.
	CheckCode(ctx context.Context, t tenant.ID, mobile, code string) (bool, error)
}
