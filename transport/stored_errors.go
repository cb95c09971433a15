package transport

import (
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// storedError is an error that work has left in a delivery or a run, told like
// the error of an answer.
type storedError struct {
	Message string `json:"message"`
	*errorBody
}

func (a *api) stored(c *call, f failure) *storedError {
	return &storedError{Message: f.message.In(c.lang), errorBody: f.body(c.lang)}
}

// deliveryFailure tells why something was not sent as the failure of a request
// is told.
func (a *api) deliveryFailure(f messaging.Failure) failure {
	if f.Provider == "" {
		return ownFailure(f.Code, f.Reason, f.Message, f.Remedy)
	}
	return a.upstreamFailure(&provider.Error{
		Code: f.Code, Provider: f.Provider, Op: f.Op, Upstream: f.Upstream,
		UpstreamMessage: f.UpstreamMessage, RequestID: f.RequestID, Remedy: f.Remedy,
	})
}

func (a *api) deliveryError(c *call, f *messaging.Failure) *storedError {
	if f == nil {
		return nil
	}
	return a.stored(c, a.deliveryFailure(*f))
}

func ownFailure(code provider.Code, reason string, message, remedy provider.Text) failure {
	if message.IsZero() {
		message = rowOf(code).text
	}
	return failure{code: code, reason: reason, message: message, remedy: remedy}
}

// runError tells why a run, or the reading of a department, failed.
func runError(c *call, f *dirsync.Failure) *storedError {
	if f == nil {
		return nil
	}
	return &storedError{Message: c.text(f.Message), errorBody: &errorBody{
		Code: f.Code, Reason: f.Reason, Upstream: f.Upstream, RequestID: f.RequestID, Remedy: c.text(f.Remedy),
	}}
}
