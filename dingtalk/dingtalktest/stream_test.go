package dingtalktest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

const pathStream = "/v1.0/gateway/connections/open"

func streamRequest() params {
	return params{
		"clientId": "key", "clientSecret": "secret", "ua": "test",
		"subscriptions": []map[string]string{{"type": "EVENT", "topic": "*"}},
	}
}

// client is a connection of Stream mode.
type client struct {
	conn *websocket.Conn

	mu     sync.Mutex
	heard  []map[string]any
	answer string // the status of answers to events; "" is no answer
	ended  chan struct{}
}

// openClient opens a connection that answers events with a status.
func openClient(t *testing.T, b *bundle, status string) *client {
	t.Helper()
	a := b.post(pathStream, streamRequest()).wantStatus(http.StatusOK)
	endpoint, ticket := texts([]any{a.body["endpoint"]})[0], texts([]any{a.body["ticket"]})[0]
	before := b.StreamConnections("key")
	conn, _, err := websocket.Dial(t.Context(), endpoint+"?ticket="+url.QueryEscape(ticket), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{conn: conn, answer: status, ended: make(chan struct{})}
	t.Cleanup(func() {
		conn.CloseNow() //nolint:errcheck // may have ended
		<-c.ended
	})
	go c.listen(t.Context())
	await(t, func() bool { return b.StreamConnections("key") == before+1 })
	return c
}

func (c *client) listen(ctx context.Context) {
	defer close(c.ended)
	for {
		_, text, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		var f struct {
			Type    string            `json:"type"`
			Headers map[string]string `json:"headers"`
			Data    string            `json:"data"`
		}
		if json.Unmarshal(text, &f) != nil {
			return
		}
		c.mu.Lock()
		c.heard = append(c.heard, map[string]any{"type": f.Type, "topic": f.Headers["topic"], "event": f.Headers["eventType"], "data": f.Data, "id": f.Headers["eventId"]})
		data := f.Data
		if f.Type == "EVENT" {
			data = `{"status":"` + c.answer + `"}`
		}
		silent := c.answer == ""
		c.mu.Unlock()
		if silent {
			continue
		}
		reply, _ := json.Marshal(map[string]any{ //nolint:errchkjson // texts
			"code": http.StatusOK, "headers": map[string]string{"messageId": f.Headers["messageId"]}, "message": "OK", "data": data,
		})
		if c.conn.Write(ctx, websocket.MessageText, reply) != nil {
			return
		}
		if f.Headers["topic"] == "disconnect" {
			c.conn.Close(websocket.StatusNormalClosure, "") //nolint:errcheck // it was asked to
			return
		}
	}
}

func (c *client) set(status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = status
}

func (c *client) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.heard)
}

func streaming(t *testing.T) *bundle {
	t.Helper()
	return setup(t, withApp(func(a *dingtalktest.App) { a.Stream = true }), func(o *dingtalktest.Options) {
		o.EventRedelivery, o.PushTimeout = time.Millisecond, 50*time.Millisecond
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	b := streaming(t)
	if err := b.RemovePerson(corp, "bob"); err != nil { // waits for a connection
		t.Fatal(err)
	}
	c := openClient(t, b, "SUCCESS")
	await(t, func() bool { return c.count() == 1 })
	first := c.heard[0]
	if first["type"] != "EVENT" || first["topic"] != "*" || first["event"] != "user_leave_org" || first["id"] == "" {
		t.Errorf("frame = %v", first)
	}
	var data struct {
		UserID []string `json:"userId"`
	}
	if err := json.Unmarshal([]byte(first["data"].(string)), &data); err != nil || len(data.UserID) != 1 { //nolint:errcheck // a panic is a failure, too
		t.Errorf("data = %v, %v", first["data"], err)
	}
	same(t, "echoes", b.PingStreams("key"), 1)
	for _, status := range []string{"LATER", "", "NONSENSE"} {
		before := c.count()
		c.set(status)
		if err := b.Tell(corp, dingtalktest.Event{Type: "again"}); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { return c.count() >= before+2 })
		c.set("SUCCESS")
		await(t, func() bool { return b.EventsPending("key") == 0 })
	}
	same(t, "pings of nobody", b.PingStreams("nobody"), 0)
	same(t, "connections of nobody", b.StreamConnections("nobody"), 0)
}

// TestStreamConnections: each event goes to one, and leaving ones get none.
func TestStreamConnections(t *testing.T) {
	t.Parallel()
	b := streaming(t)
	one, two := openClient(t, b, "SUCCESS"), openClient(t, b, "SUCCESS")
	const many = 40
	for range many {
		if err := b.Tell(corp, dingtalktest.Event{Type: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	await(t, func() bool { return b.EventsPending("key") == 0 })
	if n, m := one.count(), two.count(); n+m != many || n == 0 || m == 0 {
		t.Errorf("the connections got %d and %d events, want %d together", n, m, many)
	}
	b.DisconnectStreams("key")
	<-one.ended
	<-two.ended
	await(t, func() bool { return b.StreamConnections("key") == 0 })
	three := openClient(t, b, "SUCCESS")
	b.CutStreams("key")
	<-three.ended
	await(t, func() bool { return b.StreamConnections("key") == 0 })
}

func TestStreamTickets(t *testing.T) {
	t.Parallel()
	b := streaming(t)
	for name, c := range map[string]struct {
		p    params
		want string
	}{
		"secret":        {streamRequest().with("clientSecret", "x"), "invalidClientIdOrSecret"},
		"client":        {streamRequest().with("clientId", "x"), "invalidClientIdOrSecret"},
		"no subject":    {streamRequest().with("subscriptions", []string{}), "invalidParameter"},
		"other subject": {streamRequest().with("subscriptions", []map[string]string{{"type": "CALLBACK", "topic": "*"}}), "invalidParameter"},
	} {
		if got := b.post(pathStream, c.p).wantStatus(http.StatusBadRequest).body["code"]; got != c.want {
			t.Errorf("%s: code %v, want %s", name, got, c.want)
		}
	}
	ticket := func() string {
		return texts([]any{b.post(pathStream, streamRequest()).wantStatus(http.StatusOK).body["ticket"]})[0]
	}
	connect := func(ticket string) int {
		t.Helper()
		resp, err := b.Client().Get(b.URL + "/connect?ticket=" + ticket)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	used := ticket()
	same(t, "no handshake", connect(used), http.StatusUpgradeRequired)
	same(t, "used twice", connect(used), http.StatusUnauthorized)
	late := ticket()
	b.clock.Advance(91 * time.Second)
	same(t, "too late", connect(late), http.StatusUnauthorized)
}

func TestAdminStreams(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	post := func(action string) answer {
		t.Helper()
		return b.post("/_emulator/streams", params{"clientId": "key", "action": action})
	}
	post("on").wantStatus(http.StatusOK)
	c := openClient(t, b, "SUCCESS")
	same(t, "echoes", post("ping").wantStatus(http.StatusOK).body["echoes"], any(1.0))
	post("disconnect").wantStatus(http.StatusOK)
	<-c.ended
	c = openClient(t, b, "SUCCESS")
	post("cut").wantStatus(http.StatusOK)
	<-c.ended
	post("off").wantStatus(http.StatusOK)
	post("dance").wantStatus(http.StatusBadRequest)
	b.post("/_emulator/streams", params{"clientId": "nobody", "action": "on"}).wantStatus(http.StatusNotFound)
}
