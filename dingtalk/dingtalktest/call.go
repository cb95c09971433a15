package dingtalktest

import (
	"bytes"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 20

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

	// token is what the request carried in the right place. app is whose it is,
	// also when it has expired, nil when unknown; grant is what app may do.
	token      string
	tokenValid bool
	app        *app
	grant      *grant

	entry *recordEntry

	// status and body are the answer; refused is set when it is a no.
	status  int
	body    []byte
	refused *refusal
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

// read takes in the parameters.
func (c *call) read() {
	var ok bool
	if c.r.Method == http.MethodGet {
		if c.params, ok = parseForm(c.r.URL.RawQuery); !ok {
			c.unreadable = errIllegal
		}
		return
	}
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil {
		c.unreadable = errJSON
		return
	}
	if len(body) > maxBody {
		c.unreadable = errTooLarge
		return
	}
	c.params, c.unreadable = parseBody(c.generation(), c.r.Header.Get("Content-Type"), body)
}

// parseBody reads a request's body. The old API takes JSON and forms, the new
// one JSON only.
func parseBody(g generation, contentType string, body []byte) (params, *refusal) {
	media, charset := contentTypeOf(contentType)
	if charset != "" && charset != "utf-8" {
		return params{}, errCharset
	}
	var p params
	ok := true
	switch {
	case media == "application/json":
		if len(bytes.TrimSpace(body)) > 0 {
			p, ok = parseObject(body)
		}
	case media == "application/x-www-form-urlencoded" && g == oldAPI:
		p, ok = parseForm(string(body))
	default:
		return params{}, errContentType
	}
	if !ok {
		return params{}, errJSON
	}
	return p, nil
}

func contentTypeOf(header string) (media, charset string) {
	switch header {
	case "application/json", "application/json; charset=utf-8":
		return "application/json", ""
	}
	media, attributes, err := mime.ParseMediaType(header)
	if err != nil {
		return "", ""
	}
	return media, string(bytes.ToLower([]byte(attributes["charset"])))
}

// identify finds out whose call it is, without judging it.
func (c *call) identify() {
	if c.route != nil && c.route.access == credentials {
		c.app = c.em.appByClientID(c.clientID())
	} else {
		c.token = c.sentToken()
		c.app, c.tokenValid = c.em.tokens.find(c.token, c.at)
	}
	if c.app != nil {
		c.grant = c.app.grant.Load()
	}
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
	if c.route.access == credentials {
		return nil
	}
	if refused := c.checkToken(); refused != nil {
		return refused
	}
	if refused := c.checkAddress(); refused != nil {
		return refused
	}
	if limit := c.em.opts.CallsPerSecond; limit > 0 && !c.app.throttle.allow(c.route, c.at, limit) {
		return errThrottled
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
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		host = c.r.RemoteAddr
	}
	return addressNotListed(host, c.app.clientID)
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
