package dingtalk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

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

// parcel is the body of one attempt.
type parcel struct {
	data io.Reader
	// contentType is "" when there is no body.
	contentType string
	// size is the length of data in bytes; 0 when data tells it.
	size int64
	// timeout bounds the attempt.
	timeout time.Duration
}

// parcel makes the body of a call from JSON; nil means no body.
func (c *client) parcel(body []byte) parcel {
	p := parcel{data: bytes.NewReader(body), timeout: c.timeout}
	if body != nil {
		p.contentType = "application/json; charset=utf-8"
	}
	return p
}

// exchange makes one HTTP call and reads its answer.
func (c *client) exchange(ctx context.Context, r request, p parcel, token string, hidden redactor) (httpAnswer, error) {
	a := r.api
	callCtx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	var way wayOut
	req, err := c.newRequest(way.watch(callCtx), r, p, token)
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

func (c *client) newRequest(ctx context.Context, r request, p parcel, token string) (*http.Request, error) {
	a := r.api
	req, err := http.NewRequestWithContext(ctx, a.method, c.target(r, token), p.data)
	if err != nil {
		return nil, err
	}
	if p.size > 0 {
		req.ContentLength = p.size
	}
	if p.contentType != "" {
		req.Header.Set("Content-Type", p.contentType)
	}
	req.Header.Set("Accept", "application/json")
	if a.gen == newAPI && !a.open {
		req.Header.Set(tokenHeader, token)
	}
	if r.bearer != "" {
		req.Header.Set(tokenHeader, r.bearer)
	}
	return req, nil
}

// target returns the URL of a request.
func (c *client) target(r request, token string) string {
	target := r.address
	if target == "" {
		target = c.base[r.api.gen] + "/" + r.api.path
	}
	query := maps.Clone(r.query)
	if r.api.gen == oldAPI && !r.api.open {
		if query == nil {
			query = url.Values{}
		}
		query.Set("access_token", token)
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	return target
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
