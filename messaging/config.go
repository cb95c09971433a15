package messaging

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Config tunes a [Service]. The zero value is ready to use.
type Config struct {
	// MaxRecipients bounds the entries in the lists of Recipients of one request,
	// and of Mentions; 0 means 10,000, which is also the most.
	MaxRecipients int
	// KeyTTL is how long an idempotency key holds; 0 means 24 h; at least 1
	// minute.
	KeyTTL time.Duration
	// Backoff has the pause before each attempt to send a batch, so that its
	// length is the number of attempts; a pause is varied by up to a fifth.
	// Empty means at once, 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 5 h.
	Backoff []time.Duration
	// TrackBackoff has the pauses between the questions what became of a
	// batch, varied likewise; the last one repeats. Each is at least 10 ms.
	// Empty means 2 s, 5 s, 15 s, 1 min, 5 min, 30 min, 2 h.
	TrackBackoff []time.Duration
	// TrackFor is how long after its acceptance a batch is tracked at most;
	// the office app's Limits.TrackWindow can make it shorter. 0 means 72 h.
	TrackFor time.Duration
	// SendTimeout bounds one call to the office app, the wait for its pace
	// included; 0 means 20 s; at most 40 s, so that there is time left to
	// store the outcome.
	SendTimeout time.Duration
	// MaxAttachments bounds the files that come with one request; 0 means 10,
	// which is also the most.
	MaxAttachments int
	// MediaTTL is how long an upload is used again for the same file where the
	// office app names no end; 0 means 30 days; at least 1 hour.
	MediaTTL time.Duration
	// RetentionDays is how long messages of a tenant that has not chosen are
	// kept, 1 to 3650; 0 means 90.
	RetentionDays int
	// Logger gets what the workers do; nil discards.
	Logger *slog.Logger
	// Metrics counts deliveries and waits; its zero fields discard.
	Metrics Metrics
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	defaultMaxRecipients = 10_000
	defaultKeyTTL        = 24 * time.Hour
	minKeyTTL            = time.Minute
	minTrackPause        = 10 * time.Millisecond
	defaultTrackFor      = 72 * time.Hour
	defaultSendTimeout   = 20 * time.Second
	maxSendTimeout       = 40 * time.Second

	defaultMaxAttachments = 10
	// DingTalk documents no end of an upload.
	defaultMediaTTL      = 30 * 24 * time.Hour
	minMediaTTL          = time.Hour
	defaultRetentionDays = 90
	maxRetentionDays     = 3650
)

var defaultBackoff = []time.Duration{ //nolint:gochecknoglobals // constant table
	0, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
	30 * time.Minute, time.Hour, 2 * time.Hour, 5 * time.Hour,
}

var defaultTrackBackoff = []time.Duration{ //nolint:gochecknoglobals // constant table
	2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute,
	5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
}

// WithDefaults returns a copy in which every zero field has its default.
func (c Config) WithDefaults() Config {
	if c.MaxRecipients == 0 {
		c.MaxRecipients = defaultMaxRecipients
	}
	if c.KeyTTL == 0 {
		c.KeyTTL = defaultKeyTTL
	}
	if len(c.Backoff) == 0 {
		c.Backoff = defaultBackoff
	}
	if len(c.TrackBackoff) == 0 {
		c.TrackBackoff = defaultTrackBackoff
	}
	if c.TrackFor == 0 {
		c.TrackFor = defaultTrackFor
	}
	if c.SendTimeout == 0 {
		c.SendTimeout = defaultSendTimeout
	}
	if c.MaxAttachments == 0 {
		c.MaxAttachments = defaultMaxAttachments
	}
	if c.MediaTTL == 0 {
		c.MediaTTL = defaultMediaTTL
	}
	if c.RetentionDays == 0 {
		c.RetentionDays = defaultRetentionDays
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Metrics = c.Metrics.withDefaults()
	c.Backoff, c.TrackBackoff = slices.Clone(c.Backoff), slices.Clone(c.TrackBackoff)
	return c
}

// Validate returns every field that is out of bounds, joined. Zero fields are
// valid.
func (c Config) Validate() error {
	c = c.WithDefaults()
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(c.MaxRecipients < 1 || c.MaxRecipients > defaultMaxRecipients,
		"MaxRecipients %d: want 1 to %d", c.MaxRecipients, defaultMaxRecipients)
	fault(c.KeyTTL < minKeyTTL, "KeyTTL %s: at least %s", c.KeyTTL, minKeyTTL)
	for i, d := range c.Backoff {
		fault(d < 0, "Backoff[%d] %s: not below 0", i, d)
	}
	for i, d := range c.TrackBackoff {
		fault(d < minTrackPause, "TrackBackoff[%d] %s: at least %s", i, d, minTrackPause)
	}
	fault(c.TrackFor < 0, "TrackFor %s: not below 0", c.TrackFor)
	fault(c.SendTimeout < 0 || c.SendTimeout > maxSendTimeout, "SendTimeout %s: at most %s", c.SendTimeout, maxSendTimeout)
	fault(c.MaxAttachments < 0 || c.MaxAttachments > defaultMaxAttachments,
		"MaxAttachments %d: want 1 to %d", c.MaxAttachments, defaultMaxAttachments)
	fault(c.MediaTTL < minMediaTTL, "MediaTTL %s: at least %s", c.MediaTTL, minMediaTTL)
	fault(c.RetentionDays < 0 || c.RetentionDays > maxRetentionDays,
		"RetentionDays %d: want 1 to %d", c.RetentionDays, maxRetentionDays)
	return errors.Join(faults...)
}
