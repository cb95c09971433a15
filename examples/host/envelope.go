package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// envelope is the classic answer, in which the host's own endpoints speak as
// the module does.
type envelope struct {
	Success   bool   `json:"success"`
	Message   string `json:"message"`
	Code      int    `json:"code"`
	Result    any    `json:"result"`
	Timestamp int64  `json:"timestamp"`
}

// refusal is an answer other than success.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return r.message }

const (
	maxBody     = 64 << 10
	requestTime = 30 * time.Second
)

// refusalOf returns what a failed request is answered; fault is true of what
// the operator should know.
func refusalOf(err error) (no *refusal, fault bool) {
	if errors.As(err, &no) {
		return no, false
	}
	switch provider.CodeOf(err) {
	case provider.Unavailable, provider.DeadlineExceeded:
		return &refusal{http.StatusServiceUnavailable, "服务暂时不可用，请稍后重试"}, true
	default:
		return &refusal{http.StatusInternalServerError, "服务器内部错误"}, true
	}
}

// handle adapts a function from request to result. What it returns besides a
// refusal is logged and shown as a neutral text.
func (p *platform) handle(f func(r *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		result, err := f(r.WithContext(ctx))
		if err == nil {
			writeJSON(w, http.StatusOK, envelope{Success: true, Code: http.StatusOK, Result: result})
			return
		}
		no, fault := refusalOf(err)
		if fault {
			p.log.ErrorContext(r.Context(), "host endpoint", "path", r.URL.Path, "error", err)
		}
		writeJSON(w, no.status, envelope{Code: no.status, Message: no.message})
	})
}

func writeJSON(w http.ResponseWriter, status int, e envelope) {
	e.Timestamp = time.Now().UnixMilli()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(e) // the client is gone; nobody is left to tell
}

// readJSON decodes a body strictly.
func readJSON(r *http.Request, into any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return &refusal{http.StatusBadRequest, "请求体不是有效的JSON：" + err.Error()}
	}
	return nil
}
