package identity

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config tunes a [Service]. The zero value is ready to use.
type Config struct {
	// StateTTL is how long a login in a browser may take, 1 to 30 min; 0 means
	// 10 min.
	StateTTL time.Duration
	// TicketTTL is how long a ticket can be exchanged, 5 s to 5 min; 0 means
	// 60 s.
	TicketTTL time.Duration
	// ProofTTL is how long somebody who was not bound can bind what they have
	// proved, 1 to 30 min; 0 means 10 min.
	ProofTTL time.Duration
	// AllowHTTP lets return addresses be http as well as https; those of this
	// machine may be anyway. What they are told can then be read on the way.
	AllowHTTP bool
	// Logger gets what the jobs do; nil discards it.
	Logger *slog.Logger
	// Metrics counts logins; its zero fields discard.
	Metrics Metrics
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// The defaults and bounds of Config.
const (
	defaultStateTTL  = 10 * time.Minute
	defaultTicketTTL = time.Minute
	defaultProofTTL  = 10 * time.Minute
	minStateTTL      = time.Minute
	maxStateTTL      = 30 * time.Minute
	minTicketTTL     = 5 * time.Second
	maxTicketTTL     = 5 * time.Minute
)

// WithDefaults returns a copy in which every zero field has its default.
func (c Config) WithDefaults() Config {
	if c.StateTTL == 0 {
		c.StateTTL = defaultStateTTL
	}
	if c.TicketTTL == 0 {
		c.TicketTTL = defaultTicketTTL
	}
	if c.ProofTTL == 0 {
		c.ProofTTL = defaultProofTTL
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Metrics = c.Metrics.withDefaults()
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
	within("StateTTL", c.StateTTL, minStateTTL, maxStateTTL)
	within("TicketTTL", c.TicketTTL, minTicketTTL, maxTicketTTL)
	within("ProofTTL", c.ProofTTL, minStateTTL, maxStateTTL)
	return errors.Join(faults...)
}
