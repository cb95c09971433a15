package events

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/tenant"
)

// Subscription is an endpoint that a tenant wants told of events, as it may be
// shown.
type Subscription struct {
	ID     string
	Tenant tenant.ID
	URL    string
	// Types are the types it wants, or All.
	Types []string
	// Enabled: it is told. It becomes false when the endpoint answers 410 Gone
	// or fails for too long.
	Enabled     bool
	Description string
	// Version grows by one with every change of the above or of the secret.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
	Health    Health
}

// Health is how the endpoint has been doing since its URL was set or it was
// last enabled. While all is well it may be some seconds old.
type Health struct {
	// LastStatus is the last HTTP status; 0 when there was none.
	LastStatus int
	// LastReason is why the last delivery failed; "" when it did not.
	LastReason Reason
	// LastAt is when the last delivery ended; zero when there was none.
	LastAt time.Time
	// FailingSince is the first failure after the last success; zero when the
	// endpoint is well.
	FailingSince time.Time
}

// Input is a new subscription.
type Input struct {
	URL   string
	Types []string
	// Enabled: it is told from now on.
	Enabled     bool
	Description string
}

// Change is a change of a subscription; nil means unchanged.
type Change struct {
	URL         *string
	Types       []string
	Enabled     *bool
	Description *string
}

// MaxSubscriptions is how many a tenant may have.
const MaxSubscriptions = 20

// maxDescription bounds a description, in characters.
const maxDescription = 200

// over returns the subscription with the change made to it. When the endpoint
// gets a new chance, because it is another one or was switched on again, reset
// is true.
func (c Change) over(old Subscription) (next Subscription, reset bool) {
	next = old
	if c.URL != nil {
		next.URL = *c.URL
	}
	if c.Types != nil {
		next.Types = c.Types
	}
	if c.Enabled != nil {
		next.Enabled = *c.Enabled
	}
	if c.Description != nil {
		next.Description = *c.Description
	}
	next.Version++
	return next, next.URL != old.URL || next.Enabled && !old.Enabled
}

// checked returns the subscription in its normal form, or says what is wrong
// with what was entered. Types that were accepted once are accepted again,
// whether or not this release still knows them.
func (s *Service) checked(sub Subscription, accepted []string) (Subscription, error) {
	var err error
	if sub.URL, err = s.cfg.checkURL(sub.URL); err != nil {
		return Subscription{}, err
	}
	if sub.Types, err = s.checkTypes(sub.Types, accepted); err != nil {
		return Subscription{}, err
	}
	sub.Description = strings.TrimSpace(sub.Description)
	if !readable(sub.Description) || utf8.RuneCountInString(sub.Description) > maxDescription {
		return Subscription{}, errDescription()
	}
	return sub, nil
}

// checkTypes returns the types sorted, each once.
func (s *Service) checkTypes(types, accepted []string) ([]string, error) {
	known := s.registry.names()
	if len(types) == 0 {
		return nil, errNoTypes(known)
	}
	for i, t := range types {
		if t != All && !slices.Contains(known, t) && !slices.Contains(accepted, t) {
			return nil, errUnknownType(fmt.Sprintf("types[%d]", i), known)
		}
	}
	sorted := slices.Clone(types)
	slices.Sort(sorted)
	return slices.Compact(sorted), nil
}

// readable reports whether s is text without control characters.
func readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
