package dingtalktest

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Stream mode (developerpedia, "stream protocol", read 2026-11-22).
const (
	// connectPath is where the endpoint of the gateway is.
	connectPath = "/connect"
	// ticketLife is how long a ticket opens a connection, once.
	ticketLife = 90 * time.Second
	// streamGrace is how long a client may use a connection that it was told to
	// leave.
	streamGrace = 10 * time.Second
)

// streamRoutes is the way to a connection.
func streamRoutes() []route {
	return []route{{newAPI, http.MethodPost, "/v1.0/gateway/connections/open", credentials, "", anyBody, (*call).openStream}}
}

// openStream hands out a ticket. The connection must be for events.
func (c *call) openStream() *refusal {
	if refused := c.checkCredentials(c.params.text("clientSecret")); refused != nil {
		return refused
	}
	var subscriptions []struct{ Type, Topic string }
	if json.Unmarshal([]byte(c.params.text("subscriptions")), &subscriptions) != nil ||
		!slices.ContainsFunc(subscriptions, func(s struct{ Type, Topic string }) bool { return s.Type == "EVENT" && s.Topic == "*" }) {
		return errParameter
	}
	scheme := "ws://"
	if c.r.TLS != nil {
		scheme = "wss://"
	}
	o := openObject(c.body)
	o.text("endpoint", scheme+c.r.Host+connectPath)
	o.text("ticket", c.em.streams.ticket(c.app, c.at))
	c.body = o.close()
	return nil
}

// streamTable holds the tickets and the connections.
type streamTable struct {
	mu      sync.Mutex
	tickets map[string]streamTicket
	open    map[*app][]*streamConn
}

type streamTicket struct {
	app  *app
	ends time.Time
}

func (t *streamTable) init() {
	t.tickets = make(map[string]streamTicket)
	t.open = make(map[*app][]*streamConn)
}

func (t *streamTable) ticket(a *app, now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	ticket := randomText()
	t.tickets[ticket] = streamTicket{a, now.Add(ticketLife)}
	return ticket
}

// use takes a ticket, which is good once.
func (t *streamTable) use(ticket string, now time.Time) *app {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.tickets[ticket]
	delete(t.tickets, ticket)
	if !ok || now.After(found.ends) {
		return nil
	}
	return found.app
}

func (t *streamTable) add(c *streamConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open[c.app] = append(t.open[c.app], c)
}

func (t *streamTable) remove(c *streamConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open[c.app] = slices.DeleteFunc(slices.Clone(t.open[c.app]), func(o *streamConn) bool { return o == c })
}

// of returns the connections of an app.
func (t *streamTable) of(a *app) []*streamConn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.open[a])
}

// streamConn is one connection of an app.
type streamConn struct {
	app  *app
	conn *websocket.Conn
	// done is closed when the connection has ended.
	done chan struct{}

	mu sync.Mutex
	// acks waits for the answers to frames, by message id.
	acks map[string]chan streamAck
	// leaving connections get no more events.
	leaving bool
}

// streamAck is what a client answers.
type streamAck struct {
	Code    int               `json:"code"`
	Headers map[string]string `json:"headers"`
	Data    string            `json:"data"`
}

// serveStream is a connection from its ticket to its end.
func (em *Emulator) serveStream(w http.ResponseWriter, r *http.Request) {
	a := em.streams.use(r.URL.Query().Get("ticket"), em.opts.Now())
	if a == nil {
		http.Error(w, "invalid ticket", http.StatusUnauthorized)
		return
	}
	if !em.enter() {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	defer em.work.Done()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // clients are no browsers
	if err != nil {
		return
	}
	defer conn.CloseNow() //nolint:errcheck // it has ended
	c := &streamConn{app: a, conn: conn, done: make(chan struct{}), acks: make(map[string]chan streamAck)}
	em.streams.add(c)
	a.courier.hurry()
	defer em.streams.remove(c)
	defer close(c.done)
	c.readAcks(em.life) //nolint:contextcheck // that of a request that became a WebSocket has ended
}

// enter counts the calling goroutine among those that Close waits for, unless
// it is too late.
func (em *Emulator) enter() bool {
	em.workMu.Lock()
	defer em.workMu.Unlock()
	if em.isClosed() {
		return false
	}
	em.work.Add(1)
	return true
}

// readAcks hands answers to whoever waits for them, until the client goes.
func (c *streamConn) readAcks(ctx context.Context) {
	for {
		_, text, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		var ack streamAck
		if json.Unmarshal(text, &ack) != nil {
			continue
		}
		c.mu.Lock()
		waiting := c.acks[ack.Headers["messageId"]]
		c.mu.Unlock()
		select {
		case waiting <- ack:
		default: // nobody asks, or it was answered twice
		}
	}
}

// ask sends a frame and waits for the answer.
func (c *streamConn) ask(ctx context.Context, id string, frame []byte) (streamAck, bool) {
	answer := make(chan streamAck, 1)
	c.mu.Lock()
	c.acks[id] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.acks, id)
		c.mu.Unlock()
	}()
	if c.conn.Write(ctx, websocket.MessageText, frame) != nil {
		return streamAck{}, false
	}
	select {
	case ack := <-answer:
		return ack, true
	case <-c.done:
	case <-ctx.Done():
	}
	return streamAck{}, false
}

// frame makes a frame of the server.
func (em *Emulator) frame(kind, topic, id string, headers map[string]string, data []byte) []byte {
	all := map[string]string{
		"topic": topic, "messageId": id, "contentType": "application/json",
		"time": strconv.FormatInt(em.opts.Now().UnixMilli(), 10),
	}
	for name, value := range headers {
		all[name] = value
	}
	o := openObject(nil)
	o.text("specVersion", "1.0")
	o.text("type", kind)
	o.key("headers")
	o.b = appendMap(o.b, all)
	o.text("data", string(data))
	return o.close()
}

// stream makes one attempt to tell an app of an event over one of its
// connections, chosen at random. What is not acknowledged is told again.
func (a *app) stream(em *Emulator, e *Event) outcome {
	again := outcome{again: true, after: em.opts.EventRedelivery}
	open := slices.DeleteFunc(em.streams.of(a), (*streamConn).isLeaving)
	if len(open) == 0 {
		return again
	}
	ctx, cancel := em.untilClosed()
	defer cancel()
	ctx, late := context.WithTimeout(ctx, em.opts.PushTimeout)
	defer late()
	id := em.ids.next()
	ack, ok := open[rand.IntN(len(open))].ask(ctx, id, em.frame("EVENT", "*", id, map[string]string{ //nolint:gosec // as the gateway, any
		"eventType": e.Type, "eventId": e.ID, "eventCorpId": e.CorpID,
		"eventBornTime":     strconv.FormatInt(e.Time.UnixMilli(), 10),
		"eventUnifiedAppId": "00000000-0000-4000-8000-" + a.clientID,
	}, e.streamData()))
	var answer struct{ Status string }
	if !ok || ack.Code != http.StatusOK || json.Unmarshal([]byte(ack.Data), &answer) != nil || answer.Status != "SUCCESS" {
		return again
	}
	return outcome{}
}

// streamData is what a frame says of an event: of those about the company as a
// whole nothing, not even braces.
func (e *Event) streamData() []byte {
	if e.Type == "org_change" || e.Type == "org_remove" {
		return nil
	}
	data := openObject(nil)
	e.appendFields(&data, false)
	return data.close()
}

func (c *streamConn) isLeaving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leaving
}

// StreamConnections returns how many connections of Stream mode an app has.
func (em *Emulator) StreamConnections(clientID string) int {
	a := em.appByClientID(clientID)
	if a == nil {
		return 0
	}
	return len(em.streams.of(a))
}

// DisconnectStreams asks the clients of an app to leave their connections, and
// closes those they still use 10 s later. Events go to others.
func (em *Emulator) DisconnectStreams(clientID string) {
	for _, c := range em.streamsOf(clientID) {
		c.mu.Lock()
		c.leaving = true
		c.mu.Unlock()
		em.begin(func() {
			ctx, cancel := em.untilClosed()
			defer cancel()
			ctx, late := context.WithTimeout(ctx, streamGrace)
			defer late()
			id := em.ids.next()
			c.ask(ctx, id, em.frame("SYSTEM", "disconnect", id, nil, []byte(`{"reason":"connection is expired"}`)))
			select {
			case <-c.done:
			case <-ctx.Done():
				c.conn.CloseNow() //nolint:errcheck // nobody is there
			}
		})
	}
}

// CutStreams ends the connections of an app without a word.
func (em *Emulator) CutStreams(clientID string) {
	for _, c := range em.streamsOf(clientID) {
		c.conn.CloseNow() //nolint:errcheck // it is to be cut
	}
}

// PingStreams pings the clients of an app as the gateway does and returns how
// many echoed it.
func (em *Emulator) PingStreams(clientID string) int {
	echoes := 0
	for _, c := range em.streamsOf(clientID) {
		ctx, cancel := em.untilClosed()
		ctx, late := context.WithTimeout(ctx, em.opts.PushTimeout)
		id := em.ids.next()
		data := `{"opaque":"` + id + `"}`
		if ack, ok := c.ask(ctx, id, em.frame("SYSTEM", "ping", id, nil, []byte(data))); ok && ack.Code == http.StatusOK && ack.Data == data {
			echoes++
		}
		late()
		cancel()
	}
	return echoes
}

func (em *Emulator) streamsOf(clientID string) []*streamConn {
	if a := em.appByClientID(clientID); a != nil {
		return em.streams.of(a)
	}
	return nil
}
