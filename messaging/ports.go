package messaging

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Connector opens a tenant's connection to an office app; *tenant.Service is
// one. It is asked for every message and answers from a cache. It asks for no
// permission: the service has done so.
type Connector interface {
	// Connect returns the enabled app of a kind, open. An error of code
	// NotFound, FailedPrecondition or InvalidArgument says that there is none
	// that can be used.
	Connect(ctx context.Context, t tenant.ID, kind provider.Kind) (tenant.Connection, error)
	// ConnectApp is Connect for the app of that id.
	ConnectApp(ctx context.Context, t tenant.ID, appID string) (tenant.Connection, error)
	// Webhooks returns what sends to group webhooks of a kind; an error that
	// errors.Is(err, provider.ErrUnsupported) finds when there is no such thing.
	Webhooks(kind provider.Kind) (provider.WebhookSender, error)
}

// Accounts tells who the platform's users are at an office app. The default
// implementation is adapters/bunstore; a host with its own user table plugs in
// its own, proved by storetest.RunMessagingAccounts. Each method makes one query,
// however many names it gets; it returns users in any order and leaves out those
// it does not know or who never were members of the tenant: pending members are
// not included. It is safe for concurrent use.
type Accounts interface {
	// ByUsername finds users by their account names.
	ByUsername(ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, usernames []string) ([]Account, error)
	// ByUserID finds users by the platform's ids.
	ByUserID(ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []string) ([]Account, error)
	// ByProviderUserID finds users by the office app's ids: those bound to one
	// of them.
	ByProviderUserID(ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []provider.UserID) ([]Account, error)
}

// Account is a user of the platform and who they are at an office app.
type Account struct {
	// UserID and Username are the platform's.
	UserID   string
	Username string
	// ProviderUserID is the person at the office app; "" when the user is not
	// bound, or no longer.
	ProviderUserID provider.UserID
	// Status tells whether the user can be sent anything; "" is AccountActive.
	Status AccountStatus
}

// AccountStatus is what a user is in the tenant.
type AccountStatus string

// The statuses. Only active users are sent messages.
const (
	AccountActive    AccountStatus = "active"
	AccountSuspended AccountStatus = "suspended"
	// AccountLeft is somebody who is suspended and whose binding is not active
	// any more.
	AccountLeft AccountStatus = "left"
)

// Audiences finds users by what they belong to. The default implementation,
// adapters/bunstore, knows departments and no roles; a host that has roles
// plugs in its own, proved by storetest.RunAudiences. It is safe for concurrent use.
type Audiences interface {
	// Members returns the users who belong to one of the departments, at any
	// depth, or have one of the roles: each once, in a fixed order, those after
	// a position, at most limit. next is the position to go on from, "" at the
	// end. Users of any status are returned. A department or role that does not
	// exist is a tenant.Error of code NotFound that names it.
	Members(
		ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of Selection, after string, limit int,
	) (list []Account, next string, err error)
}

// Publisher tells the platform what happened; *events.Service is one. The call
// joins the transaction of the context.
type Publisher interface {
	Publish(ctx context.Context, t tenant.ID, eventType, subject string) error
}
