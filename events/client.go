package events

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

const (
	userAgent = "thirdapp-events/1"
	// maxAnswer is how much of an answer is read, so that the connection can be
	// used again; what is longer costs the connection.
	maxAnswer = 64 << 10
	// idleConns and idleFor bound the connections that are kept for the next
	// delivery.
	idleConns = 100
	idleFor   = 30 * time.Second
)

// newClient returns what calls the endpoints.
func newClient(cfg Config) *http.Client {
	client := http.Client{Transport: newTransport(cfg)}
	if cfg.Client != nil {
		client = *cfg.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	return &client
}

func newTransport(cfg Config) *http.Transport {
	dialer := &net.Dialer{Timeout: cfg.Timeout, Control: dialPublic}
	if cfg.AllowPrivate {
		dialer.Control = nil
	}
	return &http.Transport{
		Proxy: nil, DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
		TLSHandshakeTimeout: cfg.Timeout, MaxResponseHeaderBytes: maxAnswer,
		MaxIdleConns: idleConns, MaxIdleConnsPerHost: 2, IdleConnTimeout: idleFor,
	}
}

// answer is how a call of an endpoint ended.
type answer struct {
	// status is 0 when there was no answer.
	status int
	// reason is why it failed; "" is success.
	reason Reason
	// retryAfter is how long the endpoint asked to be left alone; 0 is none.
	retryAfter time.Duration
}

// post signs and sends a body to an endpoint.
func (s *Service) post(ctx context.Context, url, id string, body []byte, secrets []provider.Secret) answer {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{reason: ReasonConnection}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if err := sign(req.Header, id, s.cfg.Now(), body, secrets); err != nil {
		return answer{reason: ReasonSecret}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return answer{reason: reasonOf(err)}
	}
	defer resp.Body.Close()
	// The status is the answer; a body that breaks off changes nothing.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer))
	return s.judge(resp)
}

// judge goes by the standard's "Delivery success and failure".
func (s *Service) judge(resp *http.Response) answer {
	a := answer{status: resp.StatusCode, retryAfter: retryAfter(resp.Header.Get("Retry-After"), s.cfg.Now())}
	switch {
	case a.status >= 200 && a.status < 300:
		a.retryAfter = 0
	case a.status >= 300 && a.status < 400:
		a.reason = ReasonRedirect
	case a.status == http.StatusGone:
		a.reason = ReasonGone
	default:
		a.reason = ReasonStatus
	}
	return a
}
