package dingtalk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/thirdapp/thirdapp/provider"
)

// maxAnswer bounds the body of an answer. The largest known, a listing of
// thousands of sub-departments, stays below 2 MiB.
const maxAnswer = 8 << 20

const tokenHeader = "x-acs-dingtalk-access-token" //nolint:gosec // a header's name

// httpAnswer is an answer that has arrived as a whole.
type httpAnswer struct {
	status int
	header http.Header
	body   []byte
}

// exchange makes one HTTP call and reads its answer.
func (c *client) exchange(ctx context.Context, a api, body []byte, token string, hidden redactor) (httpAnswer, error) {
	callCtx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var way wayOut
	req, err := c.newRequest(way.watch(callCtx), a, body, token)
	if err != nil {
		return httpAnswer{}, c.failure(a, provider.Internal, hidden.cause(err), true)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return httpAnswer{}, c.lost(ctx, a, err, way.neverLeft(err), hidden)
	}
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(read) > maxAnswer {
		err = errTooLarge
	}
	if err != nil {
		return httpAnswer{}, c.lost(ctx, a, err, false, hidden)
	}
	return httpAnswer{resp.StatusCode, resp.Header, read}, nil
}

func (c *client) newRequest(ctx context.Context, a api, body []byte, token string) (*http.Request, error) {
	target := c.base[a.gen] + "/" + a.path
	if a.gen == oldAPI && !a.open {
		target += "?access_token=" + url.QueryEscape(token)
	}
	req, err := http.NewRequestWithContext(ctx, a.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	req.Header.Set("Accept", "application/json")
	if a.gen == newAPI && !a.open {
		req.Header.Set(tokenHeader, token)
	}
	return req, nil
}

// lost is the error for a call that got no whole answer. The caller's context
// comes first: its end is why everything else failed.
func (c *client) lost(ctx context.Context, a api, err error, unsent bool, hidden redactor) *provider.Error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	e := c.failure(a, codeOfCause(err), hidden.cause(err), unsent)
	if e.Code != provider.Canceled {
		e.Remedy = remedyUnreachable
	}
	return e
}

// wayOut watches how far a request came.
type wayOut struct{ asked, connected atomic.Bool }

func (w *wayOut) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.connected.Store(true) },
	})
}

// neverLeft reports whether the request that failed with err certainly did not
// reach DingTalk. A transport that does not report to the trace gives no such
// certainty, except by an error of dialling.
func (w *wayOut) neverLeft(err error) bool {
	if w.asked.Load() && !w.connected.Load() {
		return true
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" && !w.connected.Load()
}
