package events

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
)

// VerifyAt is Verify at a given time.
func VerifyAt(now time.Time, header http.Header, body []byte, secret string) error {
	return verifyAt(now, header, body, secret)
}

// Sign sets the headers of a delivery.
func Sign(header http.Header, id string, now time.Time, body []byte, secrets ...provider.Secret) error {
	return sign(header, id, now, body, secrets)
}

// Public reports whether an address may be dialled.
func Public(a netip.Addr) bool { return public(a) }

// CheckURL returns an endpoint's URL in its normal form.
func (c Config) CheckURL(raw string) (string, error) { return c.checkURL(raw) }

// RetryAfter reads a header.
func RetryAfter(value string, now time.Time) time.Duration { return retryAfter(value, now) }

// ReadPayload reads the payload of a job.
func ReadPayload(run jobs.Run) error {
	_, err := taskOf(run)
	return err
}

// TurnPause is how long a delivery waits for its turn.
func TurnPause(failing time.Duration) time.Duration { return turnPause(failing) }
