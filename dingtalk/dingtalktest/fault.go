package dingtalktest

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// The kinds of faults. Unless Fault.AfterEffect is set, a call that is hit has
// no effect, Delay and Truncate excepted.
const (
	// Throttle refuses the call for speed: 90018, or status 403.
	Throttle FaultKind = "throttle"
	// TokenExpired says that the token is no longer valid: 42001, or
	// InvalidAuthentication. The token itself stays as it is; see also
	// Emulator.ExpireTokens.
	TokenExpired FaultKind = "token_expired"
	// Busy is 系统繁忙: -1, or status 500.
	Busy FaultKind = "busy"
	// GatewayBusy is the gateway of /topapi that could not ask whether the call
	// is allowed: 88 without sub_code. The new API answers as with Busy.
	GatewayBusy FaultKind = "gateway_busy"
	// Refuse answers with Fault.Code, whatever it is.
	Refuse FaultKind = "refuse"
	// Banned is what an address that called too much gets: neither an errcode
	// nor a code (docs, "call frequency limit", read 2026-11-22).
	Banned FaultKind = "banned"
	// ServerError answers with Fault.Status, default 500, and a page of HTML.
	ServerError FaultKind = "server_error"
	// Garbage answers with Fault.Status, default 200, and a page of HTML.
	Garbage FaultKind = "garbage"
	// Truncate carries the call out and breaks off in the middle of the answer.
	Truncate FaultKind = "truncate"
	// Reset resets the connection instead of answering.
	Reset FaultKind = "reset"
	// Timeout holds the call until the client gives up, or for Fault.Delay,
	// after which it answers with status 504.
	Timeout FaultKind = "timeout"
	// Delay carries the call out and answers after Fault.Delay.
	Delay FaultKind = "delay"
)

// Fault is a rule for calls that shall fail. Where, which and how often add up:
// a call must meet all of it.
type Fault struct {
	// Path is the endpoint, or the beginning of several when it ends in "*"; ""
	// is every endpoint.
	Path string
	// ClientID restricts the fault to one app.
	ClientID string
	// Params must all be there with these values, as text:
	// {"dept_id": "7", "cursor": "100"} is one page of one department.
	Params map[string]string
	// Match may look at the call itself; it must not call the emulator.
	Match func(Call) bool

	// Skip lets so many calls pass first.
	Skip int
	// Every hits only each so-manieth call; 0 and 1 are all.
	Every int
	// Times is how often to strike; 0 is no bound.
	Times int
	// Probability hits at random, above 0 and below 1; 0 and 1 are always. The
	// same Seed gives the same sequence of hits.
	Probability float64
	Seed        uint64

	Kind FaultKind
	// Status is the HTTP status of ServerError and Garbage, and of Refuse on
	// the new API (default 400).
	Status int
	// Code is the answer of Refuse: an error number of the old API or an error
	// name of the new one. Text goes with it.
	Code string
	Text string
	// Scopes are the missing permissions that Refuse names on the new API.
	Scopes []string
	// Wrapped packs the Code of Refuse into 88, as the gateway of /topapi does.
	Wrapped bool
	// Delay comes before the answer, in real time. See Timeout.
	Delay time.Duration
	// AfterEffect carries the call out, and only then spoils the answer: the
	// message is sent, and the client does not know.
	AfterEffect bool

	// Mix takes the place of Kind and all that belongs to it: each call that is
	// hit gets one of these answers, drawn at random from Seed by their Weight
	// (0 is 1). They choose no calls themselves and hold no Mix. The sequence
	// of answers is the same for the same Seed; which call meets which depends
	// on the order in which calls come.
	Mix    []Fault
	Weight int
}

// Unreliable is a share of all calls, 0 to 1, failing in every way that leaves a
// client to wonder: turned away for speed or with status 502, and carried out
// with an answer that comes too late (status 504), breaks off, or gets lost with
// the connection. Path and ClientID may be set before it is put in force.
func Unreliable(share float64, seed uint64) Fault {
	f := Fault{Probability: share, Seed: seed, Mix: []Fault{
		{Kind: ServerError, Status: http.StatusBadGateway},
		{Kind: Throttle},
		{Kind: Timeout, Delay: 20 * time.Millisecond, AfterEffect: true},
		{Kind: Truncate},
		{Kind: Reset, AfterEffect: true},
	}}
	if share <= 0 {
		f.Skip = math.MaxInt // Probability 0 would be always
	}
	return f
}

func faultKinds() []FaultKind {
	return []FaultKind{
		Throttle, TokenExpired, Busy, GatewayBusy, Refuse, Banned,
		ServerError, Garbage, Truncate, Reset, Timeout, Delay,
	}
}

func (f *Fault) validate() error {
	if len(f.Mix) == 0 {
		return errors.Join(f.validateRule(), f.validateAnswer())
	}
	problems := []error{f.validateRule()}
	if f.Kind != "" {
		problems = append(problems, fmt.Errorf("%w: fault: kind %q beside a mix", ErrInvalid, f.Kind))
	}
	for i := range f.Mix {
		part := &f.Mix[i]
		if len(part.Mix) > 0 || part.Weight < 0 {
			problems = append(problems, fmt.Errorf("%w: fault: part %d of a mix: weight %d, mix of %d; not below 0, none", ErrInvalid, i, part.Weight, len(part.Mix)))
		}
		problems = append(problems, part.validateAnswer())
	}
	return errors.Join(problems...)
}

// validateRule looks at which calls are hit, validateAnswer at what they get.
func (f *Fault) validateRule() error {
	var problems []error
	if f.Probability < 0 || f.Probability > 1 {
		problems = append(problems, fmt.Errorf("%w: fault: probability %v; 0 to 1", ErrInvalid, f.Probability))
	}
	if f.Skip < 0 || f.Every < 0 || f.Times < 0 {
		problems = append(problems, fmt.Errorf("%w: fault: skip %d, every %d, times %d; none may be negative", ErrInvalid, f.Skip, f.Every, f.Times))
	}
	return errors.Join(problems...)
}

func (f *Fault) validateAnswer() error {
	var problems []error
	if !slices.Contains(faultKinds(), f.Kind) {
		problems = append(problems, fmt.Errorf("%w: fault: kind %q; one of %v", ErrInvalid, f.Kind, faultKinds()))
	}
	if f.Delay < 0 {
		problems = append(problems, fmt.Errorf("%w: fault: delay %s; must not be negative", ErrInvalid, f.Delay))
	}
	if f.Kind == Refuse && f.Code == "" {
		problems = append(problems, fmt.Errorf("%w: fault: refuse needs a code", ErrInvalid))
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		problems = append(problems, fmt.Errorf("%w: fault: status %d; 200 to 599", ErrInvalid, f.Status))
	}
	return errors.Join(problems...)
}
