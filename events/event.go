package events

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Event is something that has happened. Its JSON form is what endpoints get.
type Event struct {
	// ID is the same for every receiver and on every repeat; it is the
	// webhook-id of the standard.
	ID string `json:"id"`
	// Type is what has happened, such as "message.finished".
	Type string `json:"type"`
	// At is when it happened: UTC, to the microsecond.
	At time.Time `json:"timestamp"`
	// Tenant is whom it happened to.
	Tenant tenant.ID `json:"tenantId"`
	// Data is what the type's Describer says about the subject.
	Data json.RawMessage `json:"data"`
}

// Type is a type of event that there is.
type Type struct {
	// Name is what Event.Type has.
	Name string
	// About says when there is such an event, in half a sentence.
	About provider.Text
}

const (
	// All stands for every type of event.
	All = "*"
	// Ping is the type of the event that [Service.Test] sends.
	Ping = "ping"
)

// Describer says what there is to say about the subject of an event: a value
// that package json encodes, at most 256 KiB then, without secrets. It is
// called in a job as the platform itself (tenant.AsSystem), at least once for
// each receiver; it must be safe for concurrent use and heed its context, which
// ends after 15 seconds. An error of code NotFound, or tenant.ErrNotFound, says
// that the subject is gone, and nobody is told of the event any more. After any
// other error it is asked again, for an hour or two.
type Describer func(ctx context.Context, t tenant.ID, subject string) (data any, err error)

// The bounds of what is published, in bytes.
const (
	maxType    = 64
	maxSubject = 256
	maxData    = 256 << 10
)

// validType reports whether s can be a type of event: pieces of letters, digits
// and '_', divided by full stops, as the standard recommends.
func validType(s string) bool {
	if len(s) == 0 || len(s) > maxType {
		return false
	}
	for piece := range strings.SplitSeq(s, ".") {
		if piece == "" || strings.ContainsFunc(piece, notInType) {
			return false
		}
	}
	return true
}

func notInType(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
}

// stamp returns t as the store keeps it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
