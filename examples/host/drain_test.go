package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestDrainShares: a request that does not end is broken off, and takes no time
// of the jobs.
func TestDrainShares(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]bool{"idle": false, "a request hangs": true} {
		synctest.Test(t, func(t *testing.T) {
			begun, ended := make(chan struct{}), make(chan struct{})
			server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(begun)
				<-r.Context().Done()
				close(ended)
			})}
			pipe := newPipeListener()
			go func() { _ = server.Serve(pipe) }()
			if hangs {
				go func() { _, _ = io.WriteString(pipe.client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") }()
				<-begun
			}
			var left time.Duration
			start := time.Now()
			err := drain(t.Context(), server, func(ctx context.Context) error {
				deadline, _ := ctx.Deadline()
				left = time.Until(deadline)
				return nil
			})
			if hangs {
				<-ended
			}
			if errors.Is(err, context.DeadlineExceeded) != hangs {
				t.Errorf("%s: %v", name, err)
			}
			want := drainTime
			if hangs {
				want -= requestsTime
			}
			if left < want-time.Second || time.Since(start) > drainTime-left+time.Second {
				t.Errorf("%s: the jobs have %s after %s, want about %s", name, left, time.Since(start), want)
			}
			_ = pipe.client.Close()
		})
	}
}

// pipeListener accepts one connection, in memory: a test's clock stands still
// over real ones.
type pipeListener struct {
	client net.Conn
	server chan net.Conn
	closed chan struct{}
}

func newPipeListener() *pipeListener {
	client, server := net.Pipe()
	l := &pipeListener{client: client, server: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.server <- server
	return l
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.server:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
