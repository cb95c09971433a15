package tenant

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Config tunes a [Service]. The zero value is ready to use.
type Config struct {
	// Environment is lent to every Provider that is opened. Its clock is Now
	// unless it has one of its own.
	Environment provider.Environment
	// MaxOpen is how many Providers are kept open, at least 1; 0 means 1000.
	// When one more is needed the one unused for longest is closed, and with it
	// goes its access token: keep MaxOpen above the number of apps that are
	// busy at a time.
	MaxOpen int
	// VersionCheck is how long a version read from the store is believed, and
	// so how soon a change made by another process is seen: 10 ms to 1 min; 0
	// means 1 s. Changes made by the same Service are seen at once.
	VersionCheck time.Duration
	// CloseAfter is how long a Provider that was replaced or fell out of the
	// cache stays open for the calls that still use it: 1 s to 1 h; 0 means
	// 2 min, twice the longest time a job may run.
	CloseAfter time.Duration
	// AuditRetentionDays is how many days entries of the audit trail are kept, 1
	// to 36,500; 0 keeps them for ever. The module removes older ones, of all
	// tenants, by an hourly job.
	AuditRetentionDays int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger gets what nobody waits for, such as a Provider that could not be
	// closed; nil discards it.
	Logger *slog.Logger
}

// The defaults and bounds of Config.
const (
	defaultMaxOpen      = 1000
	defaultVersionCheck = time.Second
	minVersionCheck     = 10 * time.Millisecond
	maxVersionCheck     = time.Minute
	defaultCloseAfter   = 2 * time.Minute
	minCloseAfter       = time.Second
	maxCloseAfter       = time.Hour
	maxAuditDays        = 36_500
)

// WithDefaults returns a copy in which every zero field has its default.
func (c Config) WithDefaults() Config {
	if c.MaxOpen == 0 {
		c.MaxOpen = defaultMaxOpen
	}
	if c.VersionCheck == 0 {
		c.VersionCheck = defaultVersionCheck
	}
	if c.CloseAfter == 0 {
		c.CloseAfter = defaultCloseAfter
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Environment.Now == nil {
		c.Environment.Now = c.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Validate returns every fault of c, joined; call it after WithDefaults.
func (c Config) Validate() error {
	var faults []error
	if c.MaxOpen < 1 {
		faults = append(faults, fmt.Errorf("MaxOpen %d: at least 1", c.MaxOpen))
	}
	if c.VersionCheck < minVersionCheck || c.VersionCheck > maxVersionCheck {
		faults = append(faults, fmt.Errorf("VersionCheck %s: %s to %s", c.VersionCheck, minVersionCheck, maxVersionCheck))
	}
	if c.CloseAfter < minCloseAfter || c.CloseAfter > maxCloseAfter {
		faults = append(faults, fmt.Errorf("CloseAfter %s: %s to %s", c.CloseAfter, minCloseAfter, maxCloseAfter))
	}
	if c.AuditRetentionDays < 0 || c.AuditRetentionDays > maxAuditDays {
		faults = append(faults, fmt.Errorf("AuditRetentionDays %d: 0, which keeps everything, to %d", c.AuditRetentionDays, maxAuditDays))
	}
	return errors.Join(faults...)
}
