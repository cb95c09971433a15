package dingtalk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

var _ provider.EventStreamer = (*Provider)(nil)

// Stream mode (developerpedia, "stream protocol", and the official SDKs, read
// 2026-11-22).
const (
	// streamPing is how often a connection on which nothing comes is proved to
	// be alive, and pingPatience how long that may take: the Python SDK pings
	// every minute, the Go SDK waits 5 seconds.
	streamPing   = time.Minute
	pingPatience = 5 * time.Second
	// writePatience bounds sending a frame, as in the Go SDK.
	writePatience = 5 * time.Second
	// largestFrame bounds a frame; the largest known are robot messages of some
	// ten thousand bytes.
	largestFrame = 1 << 20
	// waitingFrames is how many events wait for the one before; what comes
	// beyond stays without an answer, and DingTalk sends it again. The Go SDK
	// runs as many at once.
	waitingFrames = 100
)

// apiStream asks for a connection and stands for it in errors. It has no access
// token: the credentials are in its body.
//
//nolint:gochecknoglobals // constant table
var apiStream = api{
	path: "v1.0/gateway/connections/open", gen: newAPI, method: http.MethodPost, repeatable: true, open: true, right: rightBase,
}

var (
	errStreamEndpoint = errors.New("endpoint of the stream is not a wss URL")
	errStreamEnded    = errors.New("stream was closed by DingTalk")
	errStreamSilent   = errors.New("stream does not answer")
)

// StreamEvents opens a connection of Stream mode and hands over the events that
// are chosen in the app's event subscription. Each is answered with SUCCESS, or
// with LATER when h.Event returns an error. DingTalk gives a push 3 seconds and
// sends again what was not answered. Callbacks of robots and cards, which come
// when the app has them by Stream mode, are answered with 404.
//
// The error is nil when DingTalk asked for a new connection, as it does from time
// to time.
func (p *Provider) StreamEvents(ctx context.Context, h provider.StreamHandler) error {
	// The connection ends with the caller's context and with the Provider.
	life, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(p.life, end)() //nolint:contextcheck // both end it
	conn, hidden, err := p.openStream(life)
	if err == nil {
		if h.Connected != nil {
			h.Connected()
		}
		s := stream{provider: p, conn: conn, handle: h.Event, waiting: make(chan wire.Frame, waitingFrames)}
		err = s.run(life)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return p.client.failure(apiStream, codeOfCause(ctx.Err()), ctx.Err(), true)
	case p.life.Err() != nil:
		return p.client.failure(apiStream, provider.Unavailable, errClosed, true)
	}
	if e, ok := asError(err); ok {
		return e
	}
	e := p.client.failure(apiStream, provider.Unavailable, hidden.cause(err), true)
	e.Remedy = remedyUnreachable
	return e
}

// openStream asks for an endpoint and connects. hidden are the values that must
// not show in its errors.
func (p *Provider) openStream(ctx context.Context) (*websocket.Conn, redactor, error) {
	hidden := redactor{p.client.app.clientSecret.Reveal()}
	at, got, err := ask[wire.StreamEndpoint](ctx, p.client, request{api: apiStream, body: wire.StreamRequest{
		ClientID: p.client.app.clientID, ClientSecret: p.client.app.clientSecret.Reveal(),
		Subscriptions: []wire.StreamSubscription{{Type: wire.FrameEvent, Topic: "*"}}, UserAgent: "thirdapp",
	}})
	if err != nil {
		return nil, hidden, err
	}
	hidden = append(hidden, string(at.Ticket))
	endpoint, err := p.endpoint(string(at.Endpoint))
	if err != nil || at.Ticket == "" {
		return nil, hidden, p.client.malformed(apiStream, got)
	}
	dialing, cancel := context.WithTimeout(ctx, p.client.timeout)
	defer cancel()
	conn, resp, err := websocket.Dial(dialing, endpoint+"?ticket="+url.QueryEscape(string(at.Ticket)), &websocket.DialOptions{HTTPClient: p.client.http})
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return nil, hidden, err
	}
	conn.SetReadLimit(largestFrame)
	return conn, hidden, nil
}

// endpoint checks where the ticket is about to go: a plain connection is for
// emulators, which are asked plainly, too.
func (p *Provider) endpoint(text string) (string, error) {
	u, err := url.Parse(text)
	plain := err == nil && u.Scheme == "ws" && strings.HasPrefix(p.client.base[newAPI], "http://")
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "wss" && !plain {
		return "", errStreamEndpoint
	}
	return text, nil
}
