package events

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"
)

// Config tunes a [Service]. The zero value is ready to use.
type Config struct {
	// Backoff has the pauses before each further attempt to tell a receiver,
	// each at least 0; the first attempt is made at once. A pause is varied by
	// up to a fifth. Empty means 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h,
	// 5 h, 10 h.
	Backoff []time.Duration
	// Timeout bounds one call of an endpoint, 1 s to 30 s; 0 means 15 s.
	Timeout time.Duration
	// CacheFor is how long it is remembered who has subscribed, and so how soon
	// a change made by another process is seen: 10 ms to 1 min; 0 means 3 s.
	CacheFor time.Duration
	// DisableAfter is how long an endpoint may fail before it is switched off,
	// at least 1 h; 0 means 5 days.
	DisableAfter time.Duration
	// AllowHTTP lets endpoints be http as well as https. What they are told can
	// then be read on the way.
	AllowHTTP bool
	// AllowPrivate lets endpoints be in private networks and on this machine.
	// Whoever may write subscriptions can then make this process send requests
	// there: for tests and demonstrations.
	AllowPrivate bool
	// Client calls the endpoints instead of the default one, which dials public
	// addresses only and uses no proxy. Addresses that a name leads to are then
	// for this client, or its proxy, to check. Redirects are not followed
	// whatever it says.
	Client *http.Client
	// Logger gets what the workers do; nil discards it.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// The defaults and bounds of Config.
const (
	defaultTimeout      = 15 * time.Second
	minTimeout          = time.Second
	maxTimeout          = 30 * time.Second
	defaultCacheFor     = 3 * time.Second
	minCacheFor         = 10 * time.Millisecond
	maxCacheFor         = time.Minute
	defaultDisableAfter = 5 * 24 * time.Hour
	minDisableAfter     = time.Hour
)

var defaultBackoff = []time.Duration{ //nolint:gochecknoglobals // constant table
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
}

// WithDefaults returns a copy in which every zero field has its default, except
// Client.
func (c Config) WithDefaults() Config {
	if len(c.Backoff) == 0 {
		c.Backoff = defaultBackoff
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.CacheFor == 0 {
		c.CacheFor = defaultCacheFor
	}
	if c.DisableAfter == 0 {
		c.DisableAfter = defaultDisableAfter
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Backoff = slices.Clone(c.Backoff)
	return c
}

// Validate returns every field that is out of bounds, joined. Zero fields are
// valid.
func (c Config) Validate() error {
	c = c.WithDefaults()
	var faults []error
	within := func(field string, d, least, most time.Duration) {
		if d < least || d > most {
			faults = append(faults, fmt.Errorf("%s %s: %s to %s", field, d, least, most))
		}
	}
	for i, d := range c.Backoff {
		if d < 0 {
			faults = append(faults, fmt.Errorf("Backoff[%d] %s: not below 0", i, d))
		}
	}
	within("Timeout", c.Timeout, minTimeout, maxTimeout)
	within("CacheFor", c.CacheFor, minCacheFor, maxCacheFor)
	if c.DisableAfter < minDisableAfter {
		faults = append(faults, fmt.Errorf("DisableAfter %s: at least %s", c.DisableAfter, minDisableAfter))
	}
	return errors.Join(faults...)
}
