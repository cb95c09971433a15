package riverjobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/jobs"
)

const (
	maxPayload = 64 << 10
	maxTrace   = 64
	minTimeout = time.Second
	maxTimeout = time.Minute
)

var (
	kindPattern  = regexp.MustCompile(`^[a-z0-9_][a-z0-9_.]{1,63}$`)
	queuePattern = regexp.MustCompile(`^[a-z0-9]+([_.][a-z0-9]+)*$`)
)

// validateJob reports all faults of a job.
func validateJob(job jobs.Job) error {
	var faults []error
	if !kindPattern.MatchString(job.Kind) {
		faults = append(faults, fmt.Errorf("kind %q: 2 to 64 of a-z, 0-9, '_' and '.', no '.' first", job.Kind))
	}
	if !storable(job.Tenant) || !storable(job.Key) {
		faults = append(faults, errors.New("tenant, key: must be UTF-8 without NUL"))
	}
	if len(job.Payload) > maxPayload {
		faults = append(faults, fmt.Errorf("payload of %d bytes: at most %d", len(job.Payload), maxPayload))
	}
	if len(job.Payload) > 0 && !json.Valid(job.Payload) {
		faults = append(faults, errors.New("payload: not JSON"))
	}
	if len(job.Trace) > maxTrace || !storable(job.Trace) {
		faults = append(faults, fmt.Errorf("trace: at most %d bytes of UTF-8 without NUL", maxTrace))
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("job of kind %q: %w", job.Kind, err)
	}
	return nil
}

// storable reports whether both databases keep s as it is.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// validateHandlers reports all faults of the handlers.
func validateHandlers(handlers []jobs.Handler) error {
	var faults []error
	seen := make(map[string]bool, len(handlers))
	for _, h := range handlers {
		if seen[h.Kind] {
			faults = append(faults, fmt.Errorf("handler of kind %q: twice", h.Kind))
		}
		seen[h.Kind] = true
		if err := validateHandler(h); err != nil {
			faults = append(faults, fmt.Errorf("handler of kind %q: %w", h.Kind, err))
		}
	}
	return errors.Join(faults...)
}

func validateHandler(h jobs.Handler) error {
	var faults []error
	if !kindPattern.MatchString(h.Kind) {
		faults = append(faults, errors.New("Kind: 2 to 64 of a-z, 0-9, '_' and '.', no '.' first"))
	}
	if len(h.Queue) < 2 || len(h.Queue) > 64 || !queuePattern.MatchString(h.Queue) || h.Queue == unrouted {
		faults = append(faults, fmt.Errorf(
			"Queue %q: 2 to 64 of a-z and 0-9, single '_' or '.' between them, not %q", h.Queue, unrouted))
	}
	if h.Timeout < minTimeout || h.Timeout > maxTimeout {
		faults = append(faults, fmt.Errorf("Timeout %s: %s to %s", h.Timeout, minTimeout, maxTimeout))
	}
	if h.Work == nil {
		faults = append(faults, errors.New("Work: required"))
	}
	return errors.Join(faults...)
}
