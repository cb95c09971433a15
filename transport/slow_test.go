package transport_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSlowBody sends a body drop by drop, as somebody who is signed in, as nobody
// and where nothing is read of it: each is answered before it has come.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle, func(s *setup) { s.Timeout = time.Second })
	for name, head := range map[string]string{
		"exchange":  "POST /login/exchange HTTP/1.1\r\n",
		"signed in": "POST /subscriptions HTTP/1.1\r\nX-Access-Token: token-" + owner + "\r\nX-Tenant-Id: " + string(here) + "\r\n",
		"nobody":    "GET /sync/runs/x/events HTTP/1.1\r\n",
		"no path":   "POST /nothing HTTP/1.1\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", p.server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close() //nolint:errcheck // of a test
			_, err = fmt.Fprint(conn, head, "Host: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n")
			if err != nil {
				t.Fatal(err)
			}
			stop := make(chan struct{})
			defer close(stop)
			go drip(conn, stop)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode < 400 || err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("got HTTP %d %s, %v; want a refusal", resp.StatusCode, body, err)
			}
		})
	}
}

// drip writes blanks until it is told to stop, or cannot.
func drip(conn net.Conn, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(50 * time.Millisecond):
		}
		if _, err := conn.Write([]byte(" ")); err != nil {
			return
		}
	}
}
