package jwtauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/transport"
)

// MinKeyBytes is the least length of a key: 256 bits (RFC 7518, section 3.2).
const MinKeyBytes = 32

// Config says how tokens are checked. Exactly one of Key and KeyFunc, and
// Lookup are required.
type Config struct {
	// Key signs and checks all tokens, at least MinKeyBytes long. Whoever changes
	// it ends every session, unless the one before is the PreviousKey.
	Key provider.Secret
	// PreviousKey is accepted besides Key, and signs nothing: the key before a
	// change, until the last of its tokens has expired, or, where several
	// processes share the tokens, the key to come, until all know it. None by
	// default; it goes with Key only.
	PreviousKey provider.Secret
	// KeyFunc returns the key of one user's tokens, at least MinKeyBytes long,
	// for hosts that have one each. The claims are not proved yet.
	// tenant.ErrNotFound means that there is no such user.
	KeyFunc func(ctx context.Context, claims Claims) (provider.Secret, error)
	// Lookup returns who the claims of a good token belong to, with the
	// tenants they are a member of now. tenant.ErrNotFound means that there is
	// no such user; a *tenant.Error of code Unauthenticated, such as
	// transport.ErrUserLocked, is passed on. It is called on every request,
	// unless Remember is set.
	Lookup func(ctx context.Context, claims Claims) (transport.Principal, error)
	// Remember is how long an answer of Lookup is believed, at most 1 min, and
	// so how long somebody keeps their way in after they were locked or left a
	// tenant; 0 asks every time.
	Remember time.Duration
	// Leeway is how far the clocks of who issues and who checks may differ, at
	// most 5 min; 0 means 30 s.
	Leeway time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// The default and bounds of Config.
const (
	defaultLeeway = 30 * time.Second
	maxLeeway     = 5 * time.Minute
	maxRemember   = time.Minute
)

// WithDefaults returns a copy in which every zero field that has a default has
// it.
func (c Config) WithDefaults() Config {
	if c.Leeway == 0 {
		c.Leeway = defaultLeeway
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Validate returns every fault of c, joined; call it after WithDefaults.
func (c Config) Validate() error {
	var faults []error
	if c.Key.IsZero() == (c.KeyFunc == nil) {
		faults = append(faults, errors.New("want exactly one of Key and KeyFunc"))
	}
	if !c.Key.IsZero() {
		faults = append(faults, checkKey(c.Key))
	}
	if !c.PreviousKey.IsZero() {
		if err := checkKey(c.PreviousKey); err != nil {
			faults = append(faults, fmt.Errorf("PreviousKey: %w", err))
		}
		if c.KeyFunc != nil {
			faults = append(faults, errors.New("PreviousKey goes with Key; KeyFunc has one key for each user"))
		}
	}
	if c.Lookup == nil {
		faults = append(faults, errors.New("no Lookup"))
	}
	if c.Leeway < 0 || c.Leeway > maxLeeway {
		faults = append(faults, fmt.Errorf("Config.Leeway %s: 0 to %s", c.Leeway, maxLeeway))
	}
	if c.Remember < 0 || c.Remember > maxRemember {
		faults = append(faults, fmt.Errorf("Remember %s: 0 to %s", c.Remember, maxRemember))
	}
	return errors.Join(faults...)
}

func checkKey(key provider.Secret) error {
	if n := len(key.Reveal()); n < MinKeyBytes {
		return fmt.Errorf("key of %d bytes: at least %d", n, MinKeyBytes)
	}
	return nil
}
