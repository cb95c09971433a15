package casbinauthz

import (
	"fmt"
	"log/slog"
	"time"
)

// Config tunes an [Authorizer]. The zero value is ready to use.
type Config struct {
	// Poll is how often the source is asked for changes made by other
	// processes, and so how long a revoked grant can stay in force there: 10 ms
	// to 1 min; 0 means 1 s.
	Poll time.Duration
	// Logger is told when the source cannot be read, and when it can again; nil
	// discards it.
	Logger *slog.Logger
}

// The default and bounds of Config.Poll.
const (
	defaultPoll = time.Second
	minPoll     = 10 * time.Millisecond
	maxPoll     = time.Minute
)

// WithDefaults returns a copy in which every zero field has its default.
func (c Config) WithDefaults() Config {
	if c.Poll == 0 {
		c.Poll = defaultPoll
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Validate returns what is wrong with c; call it after WithDefaults.
func (c Config) Validate() error {
	if c.Poll < minPoll || c.Poll > maxPoll {
		return fmt.Errorf("Config.Poll %s: %s to %s", c.Poll, minPoll, maxPoll)
	}
	return nil
}
