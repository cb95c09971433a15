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
}

// Accounts tells who the platform's users are at an office app. The default
// implementation is adapters/bunstore; a host with its own user table plugs in
// its own. Each method makes one query, however many names it gets; it returns
// users in any order and leaves out those it does not know, who are not active,
// or who are not members of the tenant. It is safe for concurrent use.
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
}
