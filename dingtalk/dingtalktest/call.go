package dingtalktest

import (
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// call is one request on its way through the emulator: read, identified,
// recorded, checked, answered, sent.
type call struct {
	em    *Emulator
	w     http.ResponseWriter
	r     *http.Request
	route *route // nil for a path that does not exist
	at    time.Time
	id    string

	// params are empty when unreadable is set.
	params     params
	unreadable *refusal

	// upload is the file of a request that carries one.
	upload upload
	// rawBody is the body of a message to a custom robot.
	rawBody []byte

	// token is what the request carried in the right place. app is whose it is,
	// also when it has expired, nil when unknown; grant is what app may do.
	token      string
	tokenValid bool
	app        *app
	grant      *grant
	// user is whose token came with a call that needs a user's.
	user string
	// webhook is the custom robot whose token came, nil for an unknown one.
	webhook *webhook

	entry *recordEntry

	// status and body are the answer; refused is set when it is a no.
	status  int
	body    []byte
	refused *refusal

	// lost is the fault that will keep the answer from the caller; accepted is
	// the message the call brought.
	lost     FaultKind
	accepted *task
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// maxPooled bounds the buffers kept for later.
const maxPooled = 1 << 20

func (em *Emulator) newCall(w http.ResponseWriter, r *http.Request) *call {
	return &call{
		em: em, w: w, r: r,
		route:  em.routes[r.URL.Path],
		at:     em.opts.Now(),
		id:     em.ids.next(),
		status: http.StatusOK,
		body:   (*buffers.Get().(*[]byte))[:0], //nolint:errcheck // the pool holds nothing else
	}
}

func (c *call) release() {
	if cap(c.body) <= maxPooled {
		b := c.body[:0]
		buffers.Put(&b)
	}
	c.body = nil
}

func (c *call) generation() generation { return generationOf(c.r.URL.Path) }

// identify finds out whose call it is, without judging it.
func (c *call) identify() {
	switch {
	case c.toWebhook():
		c.webhook = c.em.rooms.webhook(c.r.URL.Query().Get("access_token"))
	case c.route != nil && c.route.access == credentials:
		c.app = c.em.appByClientID(c.clientID())
	case c.route != nil && c.route.access == userAccess:
		c.identifyUser()
	default:
		c.token = c.sentToken()
		c.app, c.tokenValid = c.em.tokens.find(c.token, c.at)
	}
	if c.app != nil {
		c.grant = c.app.grant.Load()
	}
}

// identifyUser finds out which user's call it is. The token of an app is known,
// too, but stands for nobody.
func (c *call) identifyUser() {
	c.token = c.sentToken()
	u, known, valid := c.em.logins.user(c.token, c.at)
	if known {
		c.app, c.user, c.tokenValid = u.app, u.userID, valid
		return
	}
	c.app, c.tokenValid = c.em.tokens.find(c.token, c.at)
}

// toWebhook tells whether the call is for a custom robot.
func (c *call) toWebhook() bool { return c.route != nil && c.route.access == webhookToken }

// corpID is the company the call is about, "" when it is about none.
func (c *call) corpID() string {
	switch {
	case c.app != nil:
		return c.app.company.corpID
	case c.webhook != nil:
		return c.webhook.company.corpID
	}
	return ""
}

// sentToken returns the access token from where the API generation expects it:
// the header of the new one; the query of the old one, or its form, which
// DingTalk's own samples use.
func (c *call) sentToken() string {
	if c.generation() == newAPI {
		return c.r.Header.Get("X-Acs-Dingtalk-Access-Token")
	}
	if c.r.URL.RawQuery != "" && c.r.Method != http.MethodGet {
		if token := c.r.URL.Query().Get("access_token"); token != "" {
			return token
		}
	}
	if c.params.form != nil {
		return c.params.form.Get("access_token")
	}
	return ""
}

func (c *call) clientID() string {
	if c.generation() == newAPI {
		if id := c.params.text("clientId"); id != "" {
			return id
		}
		return c.params.text("appKey")
	}
	return c.params.text("appkey")
}

// answer serves the call into status and body.
func (c *call) answer() {
	refused := c.check()
	if refused == nil {
		c.openReply()
		refused = c.route.serve(c)
	}
	if refused != nil {
		c.refuse(refused)
		return
	}
	c.closeReply()
}

// check refuses what DingTalk's gateway would not let through.
func (c *call) check() *refusal {
	if c.route == nil || c.route.generation == newAPI && c.r.Method != c.route.method {
		return c.noSuchPath()
	}
	if c.r.Method != c.route.method {
		if c.route.method == http.MethodGet {
			return errNeedGET
		}
		return errNeedPOST
	}
	if c.unreadable != nil {
		return c.unreadable
	}
	switch c.route.access {
	case credentials:
		return nil
	case webhookToken:
		return c.checkWebhook()
	default:
		return c.checkApp()
	}
}

// checkApp refuses an app that may not make the call.
func (c *call) checkApp() *refusal {
	if refused := c.checkToken(); refused != nil {
		return refused
	}
	if refused := c.checkAddress(); refused != nil {
		return refused
	}
	if limit := c.em.opts.CallsPerSecond; limit > 0 && !c.app.throttle.allow(c.route, c.at, limit) {
		return errThrottled
	}
	if c.route.access == userAccess && c.user == "" {
		return missingPermission(c.app.clientID, c.route.permission)
	}
	if !c.grant.has(c.route.permission) {
		return missingPermission(c.app.clientID, c.route.permission)
	}
	return nil
}

func (c *call) checkToken() *refusal {
	switch {
	case c.token == "" && c.generation() == oldAPI && !isTopAPI(c.r.URL.Path):
		return errTokenMissing
	case c.token == "":
		return errTokenBlank
	case c.app == nil:
		return errTokenInvalid
	case !c.tokenValid:
		return errTokenExpired
	}
	return nil
}

// checkAddress asks the IP whitelist.
func (c *call) checkAddress() *refusal {
	if c.grant.allows(c.r.RemoteAddr) {
		return nil
	}
	return addressNotListed(hostOf(c.r.RemoteAddr), c.app.clientID)
}

// hostOf takes the port off an address.
func hostOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}

func (c *call) noSuchPath() *refusal {
	if c.generation() == newAPI {
		return errNoAction
	}
	if isTopAPI(c.r.URL.Path) {
		return &refusal{code: codeNoMethod, text: apiName(c.r.URL.Path)}
	}
	return errNoURI
}

// requestIDs makes the ids that answers carry, in DingTalk's look.
type requestIDs struct {
	base    uint64
	counter atomic.Uint64
}

func (ids *requestIDs) init() { ids.base = uint64(time.Now().UnixNano()) << 20 }

// next returns an id that this process does not use again. A multiplication by
// an odd number keeps numbers apart and makes them look unlike.
func (ids *requestIDs) next() string {
	return strconv.FormatUint((ids.base+ids.counter.Add(1))*0x9e3779b97f4a7c15, 36)
}
