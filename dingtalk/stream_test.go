package dingtalk_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

const streamPath = "/v1.0/gateway/connections/open"

// streamTicket must not show.
const streamTicket = "ticket 0815+/="

// gateway is a scripted gateway of Stream mode.
type gateway struct {
	*fake

	server *httptest.Server
	// serve speaks on a connection; it is closed afterwards.
	serve func(ctx context.Context, c *websocket.Conn)
	// served gets a value when it has spoken.
	served chan struct{}
}

func newGateway(t *testing.T, serve func(ctx context.Context, c *websocket.Conn)) *gateway {
	t.Helper()
	g := &gateway{fake: newFake(), serve: serve, served: make(chan struct{}, 1)}
	g.server = httptest.NewServer(g.fake)
	t.Cleanup(g.server.Close)
	g.announce("ws" + strings.TrimPrefix(g.server.URL, "http") + "/connect")
	g.on("/connect", g.connect)
	return g
}

func (g *gateway) announce(endpoint string) {
	body, err := json.Marshal(map[string]string{"endpoint": endpoint, "ticket": streamTicket})
	if err != nil {
		panic(err)
	}
	g.reply(streamPath, string(body))
}

func (g *gateway) connect(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("ticket") != streamTicket {
		http.Error(w, "ticket", http.StatusUnauthorized)
		return
	}
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	g.serve(r.Context(), c)
	g.served <- struct{}{}
}

func (g *gateway) open(t *testing.T) *dingtalk.Provider {
	t.Helper()
	return openWith(t, dingtalk.Options{APIBaseURL: g.server.URL, OAPIBaseURL: g.server.URL, CallsPerSecond: -1, Attempts: 1},
		subscribed(), provider.Environment{})
}

// frames reads testdata/stream_frames.json, which says how it was made.
func frames(tb testing.TB) map[string]map[string]json.RawMessage {
	tb.Helper()
	b, err := os.ReadFile("testdata/stream_frames.json")
	if err != nil {
		tb.Fatal(err)
	}
	var file struct{ Frames []map[string]json.RawMessage }
	if err := json.Unmarshal(b, &file); err != nil {
		tb.Fatal(err)
	}
	byName := make(map[string]map[string]json.RawMessage)
	for _, f := range file.Frames {
		byName[strings.Trim(string(f["name"]), `"`)] = f
	}
	return byName
}

func TestStreamFrames(t *testing.T) {
	t.Parallel()
	all := frames(t)
	all["event_org_change"] = map[string]json.RawMessage{
		"frame": json.RawMessage(`{"specVersion":"1.0","type":"EVENT","data":"","headers":{"topic":"*","messageId":"m1",` +
			`"contentType":"application/json","eventType":"org_change","eventId":"e1","eventCorpId":"dingcorp0001","eventBornTime":"1683533823336"}}`),
		"ack": json.RawMessage(`{"code":200,"headers":{"messageId":"m1","contentType":"application/json"},"message":"OK",` +
			`"data":"{\"status\":\"SUCCESS\",\"message\":\"success\"}"}`),
	}
	for name, c := range map[string]struct {
		frame, answer string
		err           error
	}{
		"kept":           {"event_user_add_org", "ack_success", nil},
		"not kept":       {"event_user_add_org", "ack_retry_later", context.DeadlineExceeded},
		"no data":        {"event_org_change", "ack", nil},
		"ping":           {"system_ping", "ack", nil},
		"unknown topic":  {"event_unknown_topic", "ack", nil},
		"robot":          {"callback_robot_text", "404", nil},
		"card":           {"callback_card", "404", nil},
		"asked to leave": {"system_disconnect", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []byte
			g := newGateway(t, func(ctx context.Context, conn *websocket.Conn) {
				if conn.Write(ctx, websocket.MessageText, all[c.frame]["frame"]) != nil {
					return
				}
				_, got, _ = conn.Read(ctx)
				if name == "asked to leave" {
					_, _, _ = conn.Read(ctx) // the goodbye
				}
			})
			var event provider.Event
			err := g.open(t).StreamEvents(t.Context(), provider.StreamHandler{Event: func(_ context.Context, e provider.Event) error {
				event = e
				return c.err
			}})
			<-g.served
			if name == "asked to leave" {
				if err != nil || !strings.Contains(string(got), `"messageId":"m-disc-1"`) || !strings.Contains(string(got), `"code":200`) {
					t.Errorf("answer %s, error %v; want 200 and none", got, err)
				}
				return
			}
			if e := asError(t, err); e.Code != provider.Unavailable || e.Remedy.IsZero() {
				t.Errorf("the gateway hangs up: %+v", e)
			}
			if c.frame == "event_user_add_org" {
				want := provider.Event{
					ID: "evt-0001", Kind: provider.PersonJoined, Type: "user_add_org", OrgID: "dingcorp0001",
					At: time.UnixMilli(1683533823336), People: []provider.UserID{"user001"},
				}
				if !reflect.DeepEqual(event, want) {
					t.Errorf("event %+v, want %+v", event, want)
				}
			}
			if c.answer == "404" {
				if !strings.Contains(string(got), `"code":404`) {
					t.Errorf("answer %s, want 404", got)
				}
				return
			}
			wantSameJSON(t, got, all[c.frame][c.answer])
		})
	}
}

func wantSameJSON(t *testing.T, got, want []byte) {
	t.Helper()
	var a, b any
	if err := errors.Join(json.Unmarshal(got, &a), json.Unmarshal(want, &b)); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("answer %s, %v; want %s", got, err, want)
	}
}

// TestStreamOpening looks at what is asked for.
func TestStreamOpening(t *testing.T) {
	t.Parallel()
	g := newGateway(t, func(context.Context, *websocket.Conn) {})
	_ = g.open(t).StreamEvents(t.Context(), provider.StreamHandler{})
	body := string(g.to(streamPath)[0].body)
	if !strings.Contains(body, `"subscriptions":[{"type":"EVENT","topic":"*"}]`) || !strings.Contains(body, `"clientId":"dingtestappkey001"`) {
		t.Errorf("asked %s", body)
	}
	if n := g.count(tokenPath); n > 0 {
		t.Errorf("asked for %d access tokens, needs none", n)
	}
	refusing := newGateway(t, nil)
	refusing.on(streamPath, write(http.StatusUnauthorized, `{"code":"authFailed","message":"鉴权失败"}`))
	e := asError(t, refusing.open(t).StreamEvents(t.Context(), provider.StreamHandler{}))
	if e.Code != provider.Unauthenticated || e.Remedy.IsZero() {
		t.Errorf("wrong credentials: %+v", e)
	}
}

// TestStreamTicketIsSecret: it goes nowhere but to a proper endpoint, and shows
// in no error.
func TestStreamTicketIsSecret(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	refused := httptest.NewServer(http.NotFoundHandler())
	refused.Close()
	for _, endpoint := range []string{
		"", "https://example.com/connect", "wss://", "wss://example.com/connect?a=b", "%", "ftp://x", "wss:example.com",
		"ws" + strings.TrimPrefix(refused.URL, "http") + "/connect", "ws" + strings.TrimPrefix(g.server.URL, "http") + "/elsewhere",
	} {
		g.announce(endpoint)
		e := asError(t, g.open(t).StreamEvents(t.Context(), provider.StreamHandler{}))
		if e.Code != provider.Unavailable || strings.Contains(e.Error(), "0815") || strings.Contains(e.Error(), secretValue) {
			t.Errorf("%q: %v", endpoint, e)
		}
	}
	// A plain connection is for who is asked plainly.
	script := newFake().reply(streamPath, `{"endpoint":"ws://example.com/connect","ticket":"0815"}`)
	p := openWith(t, dingtalk.Options{CallsPerSecond: -1, Attempts: 1}, subscribed(),
		provider.Environment{Client: &http.Client{Transport: direct{script}}})
	if e := asError(t, p.StreamEvents(t.Context(), provider.StreamHandler{})); e.Code != provider.Unavailable || script.count("/connect") > 0 {
		t.Errorf("ws from an https API: %v, %d connections", e, script.count("/connect"))
	}
}

// TestStreamAnswersWhileItWaits: a slow handler does not keep pings waiting.
func TestStreamAnswersWhileItWaits(t *testing.T) {
	t.Parallel()
	all := frames(t)
	release := make(chan struct{})
	var first, second []byte
	g := newGateway(t, func(ctx context.Context, conn *websocket.Conn) {
		for _, text := range [][]byte{
			[]byte(`not a frame`), all["event_user_add_org"]["frame"], all["system_ping"]["frame"],
		} {
			if conn.Write(ctx, websocket.MessageText, text) != nil {
				return
			}
		}
		_ = conn.Write(ctx, websocket.MessageBinary, []byte{0})
		_, first, _ = conn.Read(ctx)
		_ = conn.Write(ctx, websocket.MessageText, all["system_disconnect"]["frame"])
		close(release)
		_, _, _ = conn.Read(ctx) // that it leaves
		_, second, _ = conn.Read(ctx)
		_, _, _ = conn.Read(ctx)
	})
	err := g.open(t).StreamEvents(t.Context(), provider.StreamHandler{Event: func(context.Context, provider.Event) error {
		<-release
		return nil
	}})
	<-g.served
	if err != nil || !strings.Contains(string(first), "m-ping-1") {
		t.Errorf("first answer %s, error %v; want the ping's, none", first, err)
	}
	if !strings.Contains(string(second), "m-event-0001") && !strings.Contains(string(second), "m-disc-1") {
		t.Errorf("the event was not answered before the end: %s", second)
	}
}

// TestStreamEnds with its context and with the Provider, once handle has
// returned.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	all := frames(t)
	for name, want := range map[string]provider.Code{"cancelled": provider.Canceled, "closed": provider.Unavailable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, func(ctx context.Context, conn *websocket.Conn) {
				_ = conn.Write(ctx, websocket.MessageText, all["event_user_add_org"]["frame"])
				_, _, _ = conn.Read(ctx)
			})
			p := g.open(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var inside atomic.Bool
			err := p.StreamEvents(ctx, provider.StreamHandler{Event: func(ctx context.Context, _ provider.Event) error {
				inside.Store(true)
				if name == "closed" {
					_ = p.Close()
				} else {
					cancel()
				}
				<-ctx.Done()
				inside.Store(false)
				return ctx.Err()
			}})
			if e := asError(t, err); e.Code != want || inside.Load() {
				t.Errorf("error %+v, handle still runs: %t; want %s, false", e, inside.Load(), want)
			}
		})
	}
	err := openWith(t, dingtalk.Options{}, subscribed(), provider.Environment{}).StreamEvents(cancelled(t), provider.StreamHandler{})
	if e := asError(t, err); e.Code != provider.Canceled {
		t.Errorf("before it began: %+v", e)
	}
}

func cancelled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// pipes is a network inside of a bubble of testing/synctest.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func newPipes() pipes { return pipes{make(chan net.Conn), make(chan struct{})} }

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	close(p.done)
	return nil
}

func (pipes) Addr() net.Addr { return &net.UnixAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p.conns <- there
	return here, nil
}

// TestStreamNoticesSilence: a line that was cut looks like a quiet day. A quiet
// one that answers pings is kept.
func TestStreamNoticesSilence(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string]bool{"cut": false, "quiet": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { streamInside(t, answers) })
		})
	}
}

func streamInside(t *testing.T, answers bool) {
	t.Helper()
	leave, left := make(chan struct{}), make(chan struct{})
	script := newFake().reply(streamPath, `{"endpoint":"ws://gateway/connect","ticket":"t"}`)
	script.on("/connect", func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		if answers {
			_, _, _ = c.Read(context.Background()) // pings are answered while something reads
		} else {
			<-leave
		}
		_ = c.CloseNow()
	})
	network := newPipes()
	server := &http.Server{Handler: script}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(network)
	}()
	transport := &http.Transport{DialContext: network.dial}
	p := openWith(t, dingtalk.Options{APIBaseURL: "http://api", OAPIBaseURL: "http://api", CallsPerSecond: -1, Attempts: 1},
		subscribed(), provider.Environment{Client: &http.Client{Transport: transport}})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	began := time.Now()
	e := asError(t, p.StreamEvents(ctx, provider.StreamHandler{}))
	took := time.Since(began)
	if answers && (e.Code != provider.DeadlineExceeded || took != 10*time.Minute) {
		t.Errorf("after %s: %v; want it to last ten minutes", took, e)
	}
	if !answers && (e.Code != provider.Unavailable || took < time.Minute || took > 2*time.Minute) {
		t.Errorf("after %s: %v; want it to be noticed in the second minute", took, e)
	}
	close(leave)
	<-left
	transport.CloseIdleConnections()
	_ = server.Close()
	<-served
}

// FuzzFrame decodes and answers any frame with an event.
func FuzzFrame(f *testing.F) {
	for _, frame := range frames(f) {
		f.Add([]byte(frame["frame"]))
	}
	f.Add([]byte(`{"type":"EVENT","headers":{"eventType":7,"eventBornTime":1683533823336},"data":{"userId":"u","deptId":[1]}}`))
	f.Add([]byte(`{"headers":null,"data":"{"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		answer, err := decoder(t, subscribed()).HandleFrame(text, func(_ context.Context, e provider.Event) error {
			wantEvents(t, []provider.Event{e})
			return nil
		})
		if err == nil && !json.Valid(answer) {
			t.Errorf("answer %s", answer)
		}
	})
}
