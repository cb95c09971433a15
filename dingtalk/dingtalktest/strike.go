package dingtalktest

import (
	"net"
	"net/http"
	"time"
)

// strike answers a call the way a fault wants it.
func (em *Emulator) strike(c *call, f *Fault) {
	served := f.AfterEffect || f.Kind == Truncate || f.Kind == Delay
	if served {
		if f.Kind != Delay {
			c.lost = f.Kind
		}
		c.answer()
	}
	c.entry.finish("fault:"+string(f.Kind), served)
	switch {
	case f.Delay > 0:
		em.wait(c, f.Delay)
	case f.Kind == Timeout:
		em.hold(c, nil)
	}
	switch f.Kind {
	case Delay:
		c.send()
	case Truncate:
		c.truncate()
	case Reset:
		c.reset()
	case ServerError:
		c.sendPage(statusOr(f.Status, http.StatusInternalServerError))
	case Garbage:
		c.sendPage(statusOr(f.Status, http.StatusOK))
	case Timeout:
		c.sendPage(http.StatusGatewayTimeout)
	case Banned:
		c.status = http.StatusOK
		c.body = append(c.body[:0], `{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"`...)
		c.body = append(c.body, c.id...)
		c.body = append(c.body, `"}`...)
		c.send()
	default:
		c.status = http.StatusOK
		c.refuse(c.faultRefusal(f))
		c.send()
	}
}

// faultRefusal is the answer of the kinds that answer like DingTalk. Custom
// robots have numbers of their own, and tokens that do not expire.
func (c *call) faultRefusal(f *Fault) *refusal {
	switch {
	case c.toWebhook() && f.Kind == Throttle:
		return errWebhookTooFast
	case c.toWebhook() && f.Kind == TokenExpired:
		return errWebhookToken
	}
	return f.refusal()
}

func statusOr(status, otherwise int) int {
	if status == 0 {
		return otherwise
	}
	return status
}

// wait lets time pass. When nobody waits for the answer any more, the call ends
// here and the connection with it.
func (em *Emulator) wait(c *call, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	em.hold(c, timer.C)
}

// hold keeps a call until the channel says so; a nil channel never does.
func (em *Emulator) hold(c *call, until <-chan time.Time) {
	select {
	case <-until:
		return
	case <-em.closed:
	case <-c.r.Context().Done():
	}
	if c.accepted != nil && c.lost == "" {
		c.accepted.lose(Delay)
	}
	panic(http.ErrAbortHandler)
}

// truncate announces the whole answer and sends half of it.
func (c *call) truncate() {
	c.sendHeader(len(c.body))
	c.w.Write(c.body[:len(c.body)/2])       //nolint:errcheck // the connection ends here anyway
	http.NewResponseController(c.w).Flush() //nolint:errcheck // as above
	panic(http.ErrAbortHandler)
}

// reset ends the connection so that the client sees "connection reset by peer".
// Where the connection is out of reach (HTTP/2), it is merely closed.
func (c *call) reset() {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) //nolint:errcheck // without it the client sees an end instead of a reset
	}
	conn.Close() //nolint:errcheck // nobody is left to tell
}

// sendPage answers with a page for people, as proxies do.
func (c *call) sendPage(status int) {
	const page = "<!DOCTYPE html><html><head><title>error</title></head><body><h1>服务暂时不可用</h1></body></html>"
	c.w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	c.w.WriteHeader(status)
	c.w.Write([]byte(page)) //nolint:errcheck // a client that went away hears no complaint
}
