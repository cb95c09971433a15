package transport

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// The values of envelope.Code besides HTTP status codes. Zero means success,
// too, on the operations whose answer has always had it.
const (
	codeOK        = 200
	codeFailed    = 500
	codeForbidden = 510
)

// envelope is the shape of every JSON answer.
type envelope struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Code    int    `json:"code"`
	Result  any    `json:"result"`
	// Timestamp is in milliseconds since 1970.
	Timestamp int64 `json:"timestamp"`
	// Error is set in failures of the full family.
	Error *errorBody `json:"error,omitempty"`
}

// errorBody is what programs read of a failure.
type errorBody struct {
	// Code is the name of a provider.Code, such as "not_found".
	Code string `json:"code"`
	// Reason is a stable name of what is wrong, such as "app_exists".
	Reason string `json:"reason,omitempty"`
	// Provider, Upstream, UpstreamMessage and RequestID are set when an office
	// app refused: its kind, its own error number, its own text, and what its
	// support asks for.
	Provider        string `json:"provider,omitempty"`
	Upstream        string `json:"upstream,omitempty"`
	UpstreamMessage string `json:"upstreamMessage,omitempty"`
	RequestID       string `json:"requestId,omitempty"`
	// RetryAfter is in seconds.
	RetryAfter int    `json:"retryAfter,omitempty"`
	Remedy     string `json:"remedy,omitempty"`
	// Field is the input that is wrong, as the API spells it.
	Field   string `json:"field,omitempty"`
	Details any    `json:"details,omitempty"`
}

// write answers with e. The encoding is finished before the first byte
// is sent, so that an error leaves the response untouched.
func (a *api) write(w http.ResponseWriter, c *call, status int, e envelope) error {
	e.Timestamp = a.cfg.Now().UnixMilli()
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Content-Language", c.lang)
	w.WriteHeader(status)
	// What fails now is the connection; there is nobody left to tell.
	_, _ = w.Write(body.Bytes())
	return nil
}
