package transport

import (
	"net/http"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Principal is who sends a request, as the host knows them.
type Principal struct {
	// UserID is the platform user's stable id; grants go by it. It is never
	// empty.
	UserID string
	// Username is shown in audit rows.
	Username string
	// Tenants are the tenants the user is an active member of: a request acts
	// in one of these, unless the user holds tenant.RolePlatformAdmin. A host
	// with a single tenant puts tenant.Default here.
	Tenants []tenant.ID
	// Bounded principals act in Tenants only, whatever roles they hold: those
	// whose session came out of a login to one of them.
	Bounded bool
}

// Authenticator tells who sends a request. It is called before the body is
// read and must not read it; it is safe for concurrent use. For a stream of
// events it is called again while the stream lasts, at every Config.Heartbeat:
// an answer other than the first user ends it, an outage does not.
//
// One that goes by a cookie knows nobody on requests of foreign pages, such as
// http.CrossOriginProtection finds and those of links whose Sec-Fetch-Site is
// cross-site: browsers send the cookie with them, and on compatible paths a GET
// starts runs.
//
// An error of code Unavailable, DeadlineExceeded, Canceled or Internal (see
// provider.CodeOf) means that it could not find out. Every other error is
// answered with HTTP status 401: with the message of [ErrTokenMissing],
// [ErrTokenInvalid], [ErrTokenExpired], [ErrUserUnknown], [ErrUserLocked] or
// another *tenant.Error of code Unauthenticated, and with that of
// ErrTokenInvalid for an error of any other type, whose text is logged and not
// shown.
type Authenticator func(*http.Request) (Principal, error)

// What an Authenticator answers to a request it does not let in.
var (
	// ErrTokenMissing: the request carries no credentials.
	ErrTokenMissing = tenant.Refuse(provider.Unauthenticated, "token_missing",
		"token为空!", "no access token: send one in the X-Access-Token header")

	// ErrTokenInvalid: the credentials are malformed or forged.
	ErrTokenInvalid = tenant.Refuse(provider.Unauthenticated, "token_invalid",
		"Token非法无效!", "the access token is not valid; sign in again")

	// ErrTokenExpired: the credentials were good once.
	ErrTokenExpired = tenant.Refuse(provider.Unauthenticated, "token_expired",
		"Token失效，请重新登录!", "the access token has expired; sign in again")

	// ErrUserUnknown: the credentials are those of nobody.
	ErrUserUnknown = tenant.Refuse(provider.Unauthenticated, "user_unknown",
		"用户不存在!", "the user of the access token does not exist")

	// ErrUserLocked: the user may not sign in at present.
	ErrUserLocked = tenant.Refuse(provider.Unauthenticated, "user_locked",
		"账号已被锁定,请联系管理员!", "the account is locked; ask an administrator")
)
