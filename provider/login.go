package provider

import "context"

// LoginFlow finds out who somebody is at the office app. Codes are used once: a
// call is not repeated after it may have been carried out. A code that is not
// known, was used or has expired is an error of code Unauthenticated; somebody
// who is not of the app's organisation is NotFound or PermissionDenied.
type LoginFlow interface {
	// AuthorizeURL returns the page of the office app on which people say who
	// they are, by scanning it or otherwise. It makes no call.
	AuthorizeURL(req AuthorizeRequest) (string, error)

	// InAppIdentity redeems the code that a page inside of the office app got. An
	// office app may have one kind of code for both.
	InAppIdentity(ctx context.Context, code Secret) (LoginIdentity, error)

	// BrowserIdentity redeems the code with which the page of AuthorizeURL sent
	// somebody back.
	BrowserIdentity(ctx context.Context, code BrowserCode) (LoginIdentity, error)
}

// AuthorizeRequest is a login that begins in a browser.
type AuthorizeRequest struct {
	// RedirectURL is where the office app sends the person back, in the query
	// of which it puts a code and the State. It is registered there.
	RedirectURL string
	// State comes back unchanged. It is some 400 letters, digits, '-', '_'
	// and '.'. An office app that takes less as its own (WeCom: 128 letters and
	// digits) gets it in the query of the RedirectURL, as state.
	State string
	// Challenge is the PKCE challenge of the method S256 (RFC 7636). An office
	// app that has no PKCE leaves it out.
	Challenge string
	// Inside is true when the browser is the office app's own, which knows who
	// somebody is: WeCom has another page there, on which nothing is scanned. An
	// office app with one page for both makes no difference.
	Inside bool
}

// BrowserCode is what a login in a browser came back with.
type BrowserCode struct {
	Code Secret
	// RedirectURL and Verifier belong to the AuthorizeRequest: its RedirectURL,
	// and the PKCE verifier of its Challenge. What the office app has no use for
	// is not sent.
	RedirectURL string
	Verifier    Secret
}

// LoginIdentity is a member of the app's organisation who has proved to be it.
type LoginIdentity struct {
	// UserID is never empty. An office app may take the code of somebody from
	// outside of the organisation and tell no id of theirs (WeCom): that is the
	// error of an outsider.
	UserID UserID
	// UnionID is empty when the office app does not tell.
	UnionID UnionID
	// Name is the one in the organisation; empty where the office app does not
	// tell it with the identity, which is not worth another call.
	Name string
}

// PageSigner signs pages, so that they may use what the office app offers to
// pages inside of it.
type PageSigner interface {
	// SignPage signs the address of a page, http or https, as the page's browser
	// shows it; a fragment is left out. Whether the page is the tenant's own is
	// for the caller to check.
	SignPage(ctx context.Context, pageURL string) (PageSignature, error)
}

// PageSignature is what a page hands to the office app's script. It is no
// secret: whoever opens the page sees it.
type PageSignature struct {
	OrgID     string
	AgentID   string
	ClientID  string
	Nonce     string
	Timestamp int64
	Signature string
}

// CodeScripter is a LoginFlow whose pages inside of the office app get the code
// of InAppIdentity by a script. Without one the app's home page is the login in a
// browser, with AuthorizeRequest.Inside (WeCom).
type CodeScripter interface {
	// CodeScript makes no call.
	CodeScript() CodeScript
}

// CodeScript is what a login page runs inside of the office app. It is the
// provider package's own text, never a tenant's: the page trusts it.
type CodeScript struct {
	// URL is the office app's own script, http or https without user
	// information, query or fragment: the only one that the page loads from
	// elsewhere.
	URL string
	// Inside is a JavaScript expression that is true inside of the office app.
	// It is looked at once the script is loaded.
	Inside string
	// Ask is a JavaScript function that takes an object of corpId and clientId
	// and returns a Promise of a code. It may be called again for another one.
	Ask string
}
