package dingtalktest

import (
	"net/http"
	"strconv"
	"strings"
)

// codeNoMethod is the answer of /topapi to a path that does not exist (seen
// with made-up credentials, 2026-09-11).
const codeNoMethod = 22

// apiName turns a path into the name the gateway knows it by.
func apiName(path string) string {
	name := strings.ReplaceAll(strings.TrimPrefix(path, "/topapi/"), "/", ".")
	return "不合法ApiName，ApiName = dingtalk.oapi." + name
}

// openReply begins a yes; the handler appends fields, each followed by a comma
// in the old API.
func (c *call) openReply() {
	c.body = c.body[:0]
	if c.generation() == oldAPI {
		c.body = append(c.body, `{"errcode":0,"errmsg":"ok",`...)
	}
}

func (c *call) closeReply() {
	if c.generation() == oldAPI {
		c.closeOld()
	}
}

// closeOld ends an answer of the old API, which so far ends in a comma. Custom
// robots answer without request_id (docs, "custom robot", read 2026-11-22).
func (c *call) closeOld() {
	if c.toWebhook() {
		c.body[len(c.body)-1] = '}'
		return
	}
	c.body = append(c.body, `"request_id":`...)
	c.body = appendString(c.body, c.id)
	c.body = append(c.body, '}')
}

// result appends the result object of the old API; fill appends its fields.
func (c *call) result(fill func(*object)) {
	c.field("result", fill)
}

// field appends an object under a name of its own.
func (c *call) field(name string, fill func(*object)) {
	c.body = append(c.body, '"')
	c.body = append(c.body, name...)
	c.body = append(c.body, '"', ':')
	o := openObject(c.body)
	fill(&o)
	c.body = append(o.close(), ',')
}

// refuse replaces the answer by a no.
func (c *call) refuse(why *refusal) {
	c.refused = why
	c.body = c.body[:0]
	if c.generation() == newAPI {
		c.refuseNew(why)
		return
	}
	c.refuseOld(why)
}

func (c *call) refuseOld(why *refusal) {
	o := openObject(c.body)
	switch {
	case why == errGatewayBusy:
		o.number("errcode", codeGateway)
		o.text("sub_code", "")
		o.text("sub_msg", "")
		o.text("errmsg", "")
	case why.gateway && isTopAPI(c.r.URL.Path):
		code := strconv.Itoa(why.code)
		o.number("errcode", codeGateway)
		o.text("sub_code", code)
		o.text("sub_msg", why.text)
		o.text("errmsg", "ding talk error[subcode="+code+",submsg="+why.text+"]")
	case why.code == codeUpstream:
		o.number("errcode", codeUpstream)
		o.text("errmsg", "Remote service error")
		o.text("sub_code", why.text)
		o.text("sub_msg", "远程服务调用超时")
	case why.code == codeNoMethod:
		o.number("errcode", codeNoMethod)
		o.text("errmsg", "Invalid method")
		o.text("sub_msg", why.text)
	default:
		o.number("errcode", int64(why.code))
		o.text("errmsg", why.text)
	}
	c.body = append(o.b, ',')
	c.closeOld()
}

func (c *call) refuseNew(why *refusal) {
	c.status = why.status
	if c.status == 0 {
		c.status = http.StatusBadRequest
	}
	message := why.message
	if message == "" {
		message = why.text
	}
	o := openObject(c.body)
	o.text("code", why.name)
	o.text("requestid", c.id)
	o.text("message", message)
	if len(why.scopes) > 0 {
		o.key("accessdenieddetail")
		detail := openObject(o.b)
		detail.texts("requiredScopes", why.scopes)
		o.b = detail.close()
	}
	c.body = o.close()
}

// outcome is the answer in a word, for the record.
func (c *call) outcome() string {
	switch {
	case c.refused == nil:
		return "ok"
	case c.generation() == newAPI:
		return c.refused.name
	default:
		return strconv.Itoa(c.refused.code)
	}
}

// send writes the answer to the client.
func (c *call) send() {
	c.sendHeader(len(c.body))
	c.w.Write(c.body) //nolint:errcheck // a client that went away hears no complaint
}

// sendHeader announces an answer of size bytes.
func (c *call) sendHeader(size int) {
	h := c.w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(size)}
	if c.generation() == newAPI {
		h["X-Acs-Request-Id"] = []string{c.id}
		h["X-Acs-Trace-Id"] = []string{c.id}
	}
	c.w.WriteHeader(c.status)
}

var jsonType = []string{"application/json;charset=UTF-8"}
